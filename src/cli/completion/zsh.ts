/** Completion for zsh: specifications for _arguments. zshcompsys(1). */
import type { Option } from '../arguments.ts';
import { type CompletedCommand, completedValue, quoted } from './completed-command.ts';

/** Brackets and colons have a meaning in a specification. */
function plain(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function specification(name: string, row: Option): string {
  const completed = completedValue(row);
  const repeated = row.multiple ? '*' : '';
  const head = `${repeated}--${name}[${plain(row.help)}]`;
  if (completed.kind === 'none') return quoted(head);
  const label = plain(row.value ?? '');
  if (completed.kind === 'file') return quoted(`${head}:${label}:_files`);
  if (completed.kind === 'choice') return quoted(`${head}:${label}:(${completed.words.join(' ')})`);
  return quoted(`${head}:${label}: `);
}

function commandCase({ name, options, actions }: CompletedCommand): string {
  const rows = Object.entries(options).map(([option, row]) => specification(option, row));
  const words =
    actions.length > 0
      ? [quoted(`1:action:(${actions.join(' ')})`), quoted('*:file:_files')]
      : [quoted('*:file:_files')];
  return `    ${name}) _arguments ${[...rows, ...words].join(' ')} ;;`;
}

export function zshScript(commands: readonly CompletedCommand[]): string {
  const [itself, ...subcommands] = commands;
  const described = subcommands.map(({ name, help }) => quoted(`${name}:${plain(help)}`));
  const rows = Object.entries(itself?.options ?? {}).map(([name, row]) => specification(name, row));
  return `#compdef hartix
# Completion of hartix for zsh: a file _hartix in a folder of $fpath.
_hartix() {
  local context state line
  local -a commands=(${described.join(' ')})
  _arguments -C ${rows.join(' ')} '1:command:->command' '*::argument:->argument'
  case $state in
  command) _describe command commands ;;
  argument)
    case $line[1] in
${subcommands.map(commandCase).join('\n')}
    esac ;;
  esac
}
_hartix "$@"
`;
}
