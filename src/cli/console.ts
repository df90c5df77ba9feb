/** `hartix`: boot into the console session; drawn by Ink in a terminal, plain bytes otherwise. */
import type { BootOptions } from '../api/options.ts';
import { boot, type System } from '../api/system.ts';
import type { TerminalSession } from '../ui/terminal-session.ts';
import type { Arguments } from './arguments.ts';
import { bootOptions } from './boot-options.ts';
import { takeTerminal, terminalSize } from './host-terminal.ts';
import { UsageError } from './usage-error.ts';

const END_OF_TRANSMISSION = 4;
const EXIT_INTERRUPTED = 130;
/** TERM of the guest: the screen is xterm's whatever the host's is; pipes and files can draw nothing. */
const SCREEN_TYPE = 'xterm-256color';
const PLAIN_TYPE = 'dumb';

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

/** The same drawn by Ink, with a status line and panels. */
async function drawnConsole(options: BootOptions): Promise<number> {
  const terminal = takeTerminal(true);
  try {
    const booting = boot({
      ...options,
      windowSize: { rows: terminalSize().rows - 1, columns: terminalSize().columns },
    });
    // The machine boots in its own thread while Ink is loaded here.
    const [{ TerminalSession }, { openTerminal }] = await Promise.all([
      import('../ui/terminal-session.ts'),
      import('../ui/open-terminal.tsx'),
    ]);
    const session = new TerminalSession(terminalSize());
    const close = openTerminal(session);
    // Also when a signal or an error ends us: Ink would draw its last frame on the restored screen.
    terminal.leaveScreen = () => {
      session.detach();
      close();
    };
    return await converse(await booting, session);
  } finally {
    terminal.restore();
  }
}

async function converse(system: System, session: TerminalSession): Promise<number> {
  const type = (bytes: Uint8Array) => session.type(bytes);
  const resize = () => session.resize(terminalSize());
  const quit = new Promise<number>((resolve) => {
    session.onQuit = () => resolve(EXIT_INTERRUPTED);
  });
  session.attach(system);
  process.stdin.on('data', type);
  process.stdin.resume();
  process.stdout.on('resize', resize);
  try {
    return await Promise.race([system.halted, quit]);
  } finally {
    process.stdin.off('data', type);
    process.stdout.off('resize', resize);
    await system.close();
  }
}

/** Returns the power-off status: that of the console's shell. Throws UsageError. */
export async function openConsole(args: Arguments): Promise<number> {
  // There is no place on the screen to say which one it would be.
  if (Number(args.value('gdb')) === 0) throw new UsageError('--gdb 0: name the port, or use run');
  if (process.stdin.isTTY && process.stdout.isTTY) {
    return drawnConsole({ ...bootOptions(args, SCREEN_TYPE), console: true });
  }
  const system = await boot({
    ...bootOptions(args, PLAIN_TYPE),
    console: true,
    windowSize: terminalSize(),
  });
  try {
    return await plainConsole(system);
  } finally {
    await system.close();
  }
}
