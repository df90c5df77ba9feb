/** How `hartix` without a subcommand will begin: known from its words alone, so that its machine's thread can be started first. */
import { existsSync } from 'node:fs';
import { SHIPPED_SNAPSHOT } from '../api/prompt-snapshot.ts';

/** With any other option the machine is not that of the snapshot. */
const HARMLESS = ['clipboard', 'no-cache', 'env'];

/** Whether a screen is drawn. `isPlain`: the option says no. */
export function drawsScreen(isPlain: boolean): boolean {
  const { stdin, stdout, env } = process;
  return Boolean(stdin.isTTY && stdout.isTTY) && !isPlain && env['TERM'] !== 'dumb';
}

/** Whether it goes on from the shipped snapshot, at its prompt. `names`: of the options that were given. */
export function beginsAtPrompt(names: readonly string[]): boolean {
  const isDefault = names.every((name) => HARMLESS.includes(name));
  return isDefault && drawsScreen(false) && existsSync(SHIPPED_SNAPSHOT);
}
