/** `hartix machine`: somebody else's kernel on the bare machine, its console on the host's terminal or streams. */
import { HartixError } from '../api/errors.ts';
import { type Machine, openMachine } from '../api/machine.ts';
import { MONITOR_HELP, Monitor } from '../api/monitor.ts';
import { takeTerminal, terminalSize } from './host-terminal.ts';
import {
  MACHINE_COMMANDS,
  type MachineArguments,
  machineOptions,
  machineUsage,
  machineWords,
  parseMachineArguments,
} from './machine-options.ts';
import { PrefixKey } from './prefix-key.ts';
import { parseSeconds } from './run.ts';
import { SaveTrigger } from './save-trigger.ts';

const EXIT_TIMEOUT = 124;
const EXIT_INTERRUPTED = 130;
const EXIT_TERMINATED = 143;
/** The host could not take the output: a full disk, as write(1) reports it. */
const EXIT_LOST = 1;
/** A replay that was another run. */
const EXIT_DIFFERENT = 1;
/** The machine ended before what its snapshot was to wait for, or could not be saved. */
const EXIT_UNSAVED = 1;
const DEFAULT_SNAPSHOT = 'machine.snapshot';
const PATIENCE_MS = 1000;
/** Largest exit status of a process. */
const MAX_STATUS = 255;

/** What the guest reports, as an exit status: a failure never looks like a success. */
function exitStatus(status: number): number {
  return status > MAX_STATUS ? status & MAX_STATUS || 1 : status;
}

function say(text: string): void {
  process.stderr.write(text);
}

async function printStatistics(machine: Machine): Promise<void> {
  const counters = Object.entries(await machine.statistics());
  const width = Math.max(...counters.map(([name]) => name.length));
  for (const [name, value] of counters) say(`${name.padEnd(width)} ${value}\r\n`);
}

/** A machine that does not answer any more must not keep the command alive. */
function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
}

/** Save the machine, and say so; whether that went well. */
async function save(machine: Machine, file: string): Promise<boolean> {
  try {
    const bytes = await machine.snapshot(file);
    say(`\r\nhartix: saved to ${file}, ${bytes} bytes\r\n`);
    return true;
  } catch (error) {
    if (!(error instanceof HartixError)) throw error;
    say(`\r\nhartix: ${error.message}\r\n`);
    return false;
  }
}

/** The end of a machine that was to be saved first. */
async function saveAndEnd(
  machine: Machine,
  trigger: SaveTrigger,
  file: string,
  end: (status: number) => void,
): Promise<void> {
  await trigger.fired;
  end((await save(machine, file)) ? 0 : EXIT_UNSAVED);
}

const PROMPT = '(monitor) ';

function openMonitor(monitor: Monitor): void {
  monitor.open();
  say(`\r\n${MONITOR_HELP}\r\n${PROMPT}`);
}

/** To the monitor while a line of it is typed, else to the guest. */
function typeTo(machine: Machine, monitor: Monitor, bytes: Uint8Array): void {
  if (monitor.line === undefined) {
    machine.write(bytes);
    return;
  }
  monitor.type(new TextDecoder().decode(bytes));
  say(monitor.line === undefined ? '\r\n' : `\r\x1b[K${PROMPT}${monitor.line}`);
}

/** The keys of the terminal, raw; returns how to give it back. */
function connectTerminal(
  machine: Machine,
  file: string,
  end: (status: number) => void,
): () => void {
  const terminal = takeTerminal('');
  const monitor = new Monitor(machine.devices, (text) => say(`\r\nhartix: ${text}\r\n`));
  const keys = new PrefixKey(
    {
      x: { help: 'end the machine', run: () => end(EXIT_INTERRUPTED) },
      s: { help: `save the machine to ${file}`, run: () => void save(machine, file) },
      r: { help: 'reset the machine', run: () => machine.reset() },
      i: { help: 'counters of the run', run: () => void printStatistics(machine) },
      c: { help: 'add and remove devices: a line of the monitor', run: () => openMonitor(monitor) },
    },
    (bytes) => typeTo(machine, monitor, bytes),
    say,
  );
  const type = (bytes: Uint8Array) => keys.receive(bytes);
  const resize = () => machine.resize(terminalSize());
  process.stdin.on('data', type);
  process.stdin.resume();
  process.stdout.on('resize', resize);
  return () => {
    process.stdin.off('data', type);
    process.stdout.off('resize', resize);
    terminal.restore();
  };
}

/** Pipes and files of the host. The end of standard input is not the end of the machine. */
function connectStreams(machine: Machine, end: (status: number) => void): () => void {
  const type = (bytes: Uint8Array) => machine.write(bytes);
  process.on('SIGINT', () => end(EXIT_INTERRUPTED));
  process.on('SIGTERM', () => end(EXIT_TERMINATED));
  process.stdin.on('data', type);
  process.stdin.on('error', () => process.stdin.off('data', type));
  return () => {
    process.stdin.off('data', type);
    process.stdin.destroy();
  };
}

/** Resolves when all that the machine printed has been written. */
function passOutput(machine: Machine, end: (status: number) => void): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') say(`hartix: standard output: ${error.message}\n`);
    end(EXIT_LOST);
  });
  machine.output.pipe(process.stdout, { end: false });
  return new Promise((resolve) => machine.output.once('end', resolve));
}

async function converse(
  machine: Machine,
  args: MachineArguments,
  limits: { readonly timeoutMs: number; readonly afterMs: number },
): Promise<number> {
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const { timeoutMs, afterMs } = limits;
  const timer = timeoutMs > 0 ? setTimeout(() => end(EXIT_TIMEOUT), timeoutMs) : undefined;
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const file = args.value('save') ?? DEFAULT_SNAPSHOT;
  const onSignal = () => void save(machine, file);
  process.on('SIGUSR1', onSignal);
  const disconnect = isTerminal
    ? connectTerminal(machine, file, end)
    : connectStreams(machine, end);
  const trigger = new SaveTrigger(machine.output, args.value('when'), afterMs);
  const written = passOutput(machine, end);
  void saveAndEnd(machine, trigger, file, end);
  try {
    const status = machine.halted.then(async (reported) => {
      await written;
      if (!trigger.isSet) return exitStatus(reported);
      say(`hartix: the machine ended before it was to be saved\n`);
      return EXIT_UNSAVED;
    });
    return await Promise.race([status, ended]);
  } finally {
    clearTimeout(timer);
    trigger.dispose();
    disconnect();
    process.off('SIGUSR1', onSignal);
    if (args.flags.has('stats')) await Promise.race([printStatistics(machine), patience()]);
  }
}

/** Say what became of a run that can be repeated; returns a status that takes the place of the machine's. */
function repetitionStatus(machine: Machine, args: MachineArguments): number | undefined {
  const { traceHash, difference } = machine;
  if (traceHash === undefined) return undefined;
  if (args.flags.has('trace-hash')) say(`trace hash ${traceHash}\n`);
  if (args.value('replay') === undefined) return undefined;
  if (difference === undefined) return undefined;
  say(`hartix: not the recorded run: ${difference}\n`);
  return EXIT_DIFFERENT;
}

/** `name`: machine, or a command that is that with a file first. Returns the exit status. Throws UsageError, HartixError. */
export async function machine(argv: readonly string[], name: string): Promise<number> {
  const command = MACHINE_COMMANDS[name];
  const args = parseMachineArguments(command ? machineWords(name, command, argv) : argv);
  if (args.flags.has('help')) {
    process.stdout.write(machineUsage(command));
    return 0;
  }
  const limits = {
    timeoutMs: parseSeconds('timeout', args.value('timeout')),
    afterMs: parseSeconds('after', args.value('after')),
  };
  const opened = await openMachine(machineOptions(args));
  if (process.stdin.isTTY && process.stdout.isTTY && !args.flags.has('quiet')) {
    say('hartix machine: ^A x ends it, ^A ? shows the other keys\r\n');
  }
  if (opened.gdbPort !== undefined) {
    say(`gdb: target remote localhost:${opened.gdbPort}\n`);
  }
  try {
    const status = await converse(opened, args, limits);
    return repetitionStatus(opened, args) ?? status;
  } finally {
    await opened.close();
  }
}
