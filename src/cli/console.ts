/** `hartix`: boot into the console session; drawn on the screen of a terminal, plain bytes otherwise. */
import { boot, type System } from '../api/system.ts';
import { holdYoungGeneration } from '../api/young-generation.ts';
import { leaveScreen } from '../ui/host-modes.ts';
import { hostCapabilities } from '../ui/screen/host-capabilities.ts';
import type { TerminalSession } from '../ui/terminal-session.ts';
import type { Arguments } from './arguments.ts';
import { bootOptions } from './boot-options.ts';
import { bootConsole } from './console-boot.ts';
import { drawsScreen } from './console-start.ts';
import { takeTerminal, terminalSize } from './host-terminal.ts';
import { shareZone } from './host-zone.ts';
import { PrefixKey } from './prefix-key.ts';
import { UsageError } from './usage-error.ts';

const END_OF_TRANSMISSION = 4;
const EXIT_INTERRUPTED = 130;
/** TERM of the guest: pipes and files can draw nothing. */
const PLAIN = { TERM: 'dumb' };

/** Bytes to standard output; resolves when they are written, or nobody reads them any more. */
function print(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => process.stdout.write(bytes, () => resolve()));
}

/** Standard input to the console, the console to standard output; end of file is ^D. */
async function plainConsole(system: System): Promise<number> {
  system.onConsole(print);
  process.stdin.on('data', (bytes: Uint8Array) => system.writeConsole(bytes));
  process.stdin.on('end', () => system.writeConsole(new Uint8Array([END_OF_TRANSMISSION])));
  process.once('SIGINT', () => system.writeConsole('\x03'));
  try {
    return await system.halted;
  } finally {
    process.stdin.destroy();
  }
}

/** The same at a terminal whose keys the guest gets one by one: nothing is drawn, for screen readers and simple terminals. */
async function plainTerminal(system: System): Promise<number> {
  const terminal = takeTerminal('');
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const keys = new PrefixKey(
    { q: { help: 'end Hartix at once', run: () => end(EXIT_INTERRUPTED) } },
    (bytes) => system.writeConsole(bytes),
    (text) => process.stdout.write(text),
  );
  system.onConsole(print);
  process.stdin.on('data', (bytes: Uint8Array) => keys.receive(bytes));
  process.stdin.resume();
  process.stdout.on('resize', () => system.resizeConsole(terminalSize()));
  try {
    return await Promise.race([system.halted, ended]);
  } finally {
    terminal.restore();
  }
}

/** The same drawn on the screen, with a status line and views. */
async function drawnConsole(args: Arguments): Promise<number> {
  const host = hostCapabilities(process.env);
  const terminal = takeTerminal(leaveScreen(host));
  try {
    const size = terminalSize();
    const booting = bootConsole(args, { ...size, rows: size.rows - 1 });
    // Ink takes attributes from its own idea of our terminal: here its frames are cells, whatever that is.
    process.env['FORCE_COLOR'] = '3';
    // The machine boots in its own thread while the screen's code is loaded here.
    const [{ TerminalSession }, { openTerminal }] = await Promise.all([
      import('../ui/terminal-session.ts'),
      import('../ui/open-terminal.ts'),
    ]);
    const allowsClipboard = args.flags.has('clipboard');
    const session = new TerminalSession({ size, host, allowsClipboard });
    const drawing = openTerminal(session, host, {
      write: (text) => process.stdout.write(text),
      onDrain: (listener) => process.stdout.on('drain', listener),
    });
    terminal.onContinue = () => session.onRedraw();
    terminal.stopDrawing = () => {
      drawing.close();
      session.detach();
    };
    const system = await booting;
    // Its thread has loaded its code, which V8 had compiled without.
    holdYoungGeneration();
    return await converse(system, session);
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
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (drawsScreen(args.flags.has('plain'))) return drawnConsole(args);
  const system = await boot({
    ...bootOptions(args, PLAIN),
    console: true,
    windowSize: terminalSize(),
  });
  if (args.value('rootfs') === undefined) shareZone(system);
  try {
    return await (isTerminal ? plainTerminal(system) : plainConsole(system));
  } finally {
    await system.close();
  }
}
