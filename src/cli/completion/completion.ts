/** `hartix completion`: scripts for the host's shells, made from the table of subcommands and their tables of options. */
import { BOOT_ROWS, type OptionTable, optionHelp, parseOptions } from '../arguments.ts';
import type { Subcommand } from '../subcommand.ts';
import { UsageError } from '../usage-error.ts';
import { bashScript } from './bash.ts';
import type { CompletedCommand } from './completed-command.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

/** Of `hartix completion`. */
export const COMPLETION_ROWS = {
  help: { type: 'boolean', help: 'print this text' },
} as const satisfies OptionTable;

const SHELLS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

const USAGE = `usage: hartix completion bash|zsh|fish

Print a script that completes subcommands, options and their values.

  bash: hartix completion bash > ~/.local/share/bash-completion/completions/hartix
  zsh:  hartix completion zsh > _hartix, in a folder of $fpath
  fish: hartix completion fish > ~/.config/fish/completions/hartix.fish

options:
${optionHelp(COMPLETION_ROWS)}
`;

/** Of all subcommands; the first is `hartix` itself. */
async function completedCommands(
  subcommands: Readonly<Record<string, Subcommand>>,
): Promise<CompletedCommand[]> {
  const commands: CompletedCommand[] = [
    { name: '', help: '', options: BOOT_ROWS, actions: Object.keys(subcommands) },
  ];
  for (const [name, { help, actions = [], options }] of Object.entries(subcommands)) {
    commands.push({ name, help, options: await options(), actions });
  }
  return commands;
}

/** Returns the exit status. Throws UsageError. */
export async function completion(
  argv: readonly string[],
  subcommands: Readonly<Record<string, Subcommand>>,
): Promise<number> {
  const args = parseOptions(argv, COMPLETION_ROWS);
  if (args.flags.has('help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [shell = '', ...more] = args.words;
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (!script || more.length > 0) {
    throw new UsageError('completion: name one shell: bash, zsh or fish');
  }
  process.stdout.write(script(await completedCommands(subcommands)));
  return 0;
}
