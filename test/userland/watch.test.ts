/** watch in a pseudo-terminal: its title, and none where there is no room for the time, as procps-ng 4 has it. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import { buildNativeCommands } from '../../tools/userland.ts';
import { ProgramTerminal } from './program-terminal.ts';

let bin = '';
let terminal: ProgramTerminal | undefined;
beforeAll(async () => {
  bin = await buildNativeCommands();
}, 600_000);
afterEach(() => terminal?.close());

async function titleAt(columns: number): Promise<string | undefined> {
  terminal = new ProgramTerminal(bin, 'watch', ['-n', '9', 'echo hi'], { columns, rows: 5 });
  const lines = await terminal.until((shown) => shown[2] === 'hi');
  return lines[0];
}

it('shows the command and the time', async () => {
  expect(await titleAt(60)).toMatch(/^Every 9\.0s: echo hi +\w{3} \w{3} .* \d{4}$/);
});

it('leaves the title away in narrow windows', async () => {
  expect(await titleAt(20)).toBe('');
});
