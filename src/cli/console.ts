/** `hartix`: boot into the console session; drawn by Ink in a terminal, plain bytes otherwise. */
import { boot, type System } from '../api/system.ts';
import type { Arguments } from './arguments.ts';
import { bootOptions } from './boot-options.ts';
import { terminalSize } from './host-terminal.ts';

const END_OF_TRANSMISSION = 4;

/** Standard input to the console, the console to standard output; end of file is ^D. */
async function plainConsole(system: System): Promise<number> {
  system.onConsole((bytes) => process.stdout.write(bytes));
  process.stdin.on('data', (bytes: Uint8Array) => system.writeConsole(bytes));
  process.stdin.on('end', () => system.writeConsole(new Uint8Array([END_OF_TRANSMISSION])));
  process.once('SIGINT', () => system.writeConsole('\x03'));
  try {
    return await system.halted;
  } finally {
    process.stdin.destroy();
  }
}

/** Returns the power-off status: that of the console's shell. */
export async function openConsole(args: Arguments): Promise<number> {
  const size = terminalSize();
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const options = bootOptions(args);
  if (isTerminal) {
    const { openTerminal } = await import('../ui/terminal-session.ts');
    return openTerminal({ ...options, console: true });
  }
  const system = await boot({ ...options, console: true, windowSize: size });
  try {
    return await plainConsole(system);
  } finally {
    await system.close();
  }
}
