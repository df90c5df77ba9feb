/** Completion for bash: a function that puts words into COMPREPLY. Files are left to readline, which quotes them. Bash manual, section 8.6. */
import { type CompletedCommand, completedValue, quoted } from './completed-command.ts';

function optionWords({ options }: CompletedCommand): string {
  return Object.entries(options)
    .flatMap(([name, { short }]) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])])
    .join(' ');
}

/** Cases of the value of an option. */
function valueCases({ name, options }: CompletedCommand): string[] {
  return Object.entries(options).flatMap(([option, row]) => {
    const completed = completedValue(row);
    if (completed.kind === 'none') return [];
    const pattern = `${name}:--${option})`;
    if (completed.kind === 'choice') {
      const words = quoted(completed.words.join(' '));
      return [`    ${pattern} COMPREPLY=($(compgen -W ${words} -- "$word")) ;;`];
    }
    if (completed.kind === 'file') return [`    ${pattern} compopt -o default ;;`];
    return [`    ${pattern} ;;`];
  });
}

/** Options that take the next word. */
function takers(commands: readonly CompletedCommand[]): string {
  const names = commands.flatMap(({ options }) =>
    Object.entries(options)
      .filter(([, row]) => completedValue(row).kind !== 'none')
      .map(([option]) => `--${option}`),
  );
  return [...new Set(names)].join('|');
}

export function bashScript(commands: readonly CompletedCommand[]): string {
  const names = commands.slice(1).map(({ name }) => name);
  const options = commands.map(
    (command) =>
      `    ${command.name || "''"}) options=${quoted(optionWords(command))} actions=${quoted(command.actions.join(' '))} ;;`,
  );
  return `# Completion of hartix for bash: source it, or put it where bash-completion looks.
_hartix() {
  COMPREPLY=()
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} other='' command='' first='' options='' actions='' at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
    --) compopt -o default; return ;;
    ${takers(commands)}) ((at++)) ;;
    -*) ;;
    ${names.join('|')}) if [[ -z $command ]]; then command=\${COMP_WORDS[at]}; else first=\${COMP_WORDS[at]}; fi ;;
    *) first=\${COMP_WORDS[at]} ;;
    esac
  done
  case $command in
${options.join('\n')}
  esac
  if [[ $before == --* ]]; then
    case $command:$before in
${commands.flatMap(valueCases).join('\n')}
    *) other=1 ;;
    esac
    [[ -n $other ]] || return
  fi
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [[ -n $actions && -z $first ]]; then COMPREPLY=($(compgen -W "$actions" -- "$word"))
  else compopt -o default; fi
}
complete -F _hartix hartix
`;
}
