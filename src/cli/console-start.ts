/** How `hartix` without a subcommand will begin: known from its words alone, so that its machine's thread can be started first. */
import { existsSync } from 'node:fs';
import { SHIPPED_SNAPSHOT } from '../api/prompt-snapshot.ts';

/** Options of the host's side: with any other one the machine is not that of the snapshot. */
const HOSTS_OWN = ['clipboard', 'no-cache'];

/** Whether a screen is drawn. `isPlain`: the option says no. */
export function drawsScreen(isPlain: boolean): boolean {
  const { stdin, stdout, env } = process;
  return Boolean(stdin.isTTY && stdout.isTTY) && !isPlain && env['TERM'] !== 'dumb';
}

/** Whether it goes on from the shipped snapshot, at its prompt. `names`: of the options that were given. */
export function beginsAtPrompt(names: readonly string[]): boolean {
  const isDefault = names.every((name) => HOSTS_OWN.includes(name));
  return isDefault && drawsScreen(false) && existsSync(SHIPPED_SNAPSHOT);
}
