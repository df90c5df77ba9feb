/** Completion for fish: one complete command for each word. fish's complete(1). */
import type { Option } from '../arguments.ts';
import { type Completed, type CompletedCommand, completedValue } from './completed-command.ts';

/** Inside single quotes of fish. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

function argumentOf(completed: Completed): string {
  if (completed.kind === 'choice') return ` -x -a ${quoted(completed.words.join(' '))}`;
  return { none: '', file: ' -r -F', text: ' -x' }[completed.kind];
}

function optionLine(condition: string, name: string, row: Option): string {
  const argument = argumentOf(completedValue(row));
  const short = row.short === undefined ? '' : ` -s ${row.short}`;
  return `complete -c hartix -n ${quoted(condition)}${short} -l ${name}${argument} -d ${quoted(row.help)}`;
}

export function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = ['# Completion of hartix for fish.', 'complete -c hartix -f'];
  for (const { name, help, options, actions } of commands) {
    const condition = name === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${name}`;
    if (name !== '') {
      lines.push(
        `complete -c hartix -n __fish_use_subcommand -a ${name} -d ${quoted(help)}`,
        `complete -c hartix -n ${quoted(condition)} -F`,
      );
      for (const action of actions)
        lines.push(`complete -c hartix -n ${quoted(condition)} -a ${action}`);
    }
    for (const [option, row] of Object.entries(options))
      lines.push(optionLine(condition, option, row));
  }
  return `${lines.join('\n')}\n`;
}
