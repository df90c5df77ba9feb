/** `hartix run`: boot, run one program with the host's standard streams, exit with its status. */
import { writeFileSync } from 'node:fs';
import { ClosedError } from '../api/errors.ts';
import type { Program } from '../api/program.ts';
import { signalNumber } from '../api/signal-names.ts';
import { boot, type SpawnOptions, type System } from '../api/system.ts';
import type { Stuck } from '../protocol.ts';
import type { Arguments } from './arguments.ts';
import { bootOptions, HERE_FOLDER } from './boot-options.ts';
import { EXIT_POWER_CUT, hasLostPower, reportFaults } from './fault-report.ts';
import { HOST_FOLDER, prepareHostFile } from './host-file.ts';
import { takeTerminal, terminalSize } from './host-terminal.ts';
import { shareZone } from './host-zone.ts';
import { UsageError } from './usage-error.ts';

const EXIT_TIMEOUT = 124;
/** As on a timeout: it would not have ended. */
const EXIT_STUCK = 124;
const EXIT_INTERRUPTED = 130;
const SECOND_INTERRUPT_MS = 2000;
const EXIT_TERMINATED = 143;
/** The host could not take the program's output: a full disk, as write(1) reports it. */
const EXIT_LOST = 1;
const GRACE_MS = 2000;
const STUCK_MS = 5000;
const INTERRUPT_BYTE = 3;

/** Longer ones overflow Node's timers, which then go off at once. */
const MAX_TIMEOUT_S = 2_147_483;

/** Milliseconds; 0 without a limit. Throws UsageError. */
export function parseSeconds(option: string, text: string | undefined): number {
  if (text === undefined) return 0;
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= MAX_TIMEOUT_S)) {
    throw new UsageError(
      `--${option} ${text}: write a number of seconds, at most ${MAX_TIMEOUT_S}`,
    );
  }
  return seconds * 1000;
}

function workingDirectory(args: Arguments, isHostFile: boolean): string | undefined {
  return (
    args.value('cwd') ??
    (args.flags.has('here') ? HERE_FOLDER : isHostFile ? HOST_FOLDER : undefined)
  );
}

const NO_PERMISSION = 'permission denied';
/** Why a program did not start, and the exit status that a shell gives. */
const START_FAILURES: Readonly<Record<string, { reason: string; status: number }>> = {
  ENOENT: { reason: 'not found', status: 127 },
  ENOTDIR: { reason: 'not found', status: 127 },
  EACCES: { reason: NO_PERMISSION, status: 126 },
  EISDIR: { reason: 'is a directory', status: 126 },
  ENOEXEC: { reason: 'cannot be executed: no riscv64 program and no script', status: 126 },
};

/** Calls `end` on the second interrupt within two seconds; returns what to call for each. */
function countInterrupts(end: () => void): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < SECOND_INTERRUPT_MS) end();
    last = now;
  };
}

/** Wire a terminal program to the host's terminal. */
function connectTerminal(program: Program, interrupted: () => void): () => void {
  const terminal = takeTerminal('');
  const resize = () => program.resize(terminalSize());
  const type = (bytes: Uint8Array) => {
    program.write(bytes);
    if (bytes.includes(INTERRUPT_BYTE)) interrupted();
  };
  process.stdin.on('data', type);
  process.stdin.resume();
  process.stdout.on('resize', resize);
  program.stdout.pipe(process.stdout, { end: false });
  // Nothing comes here, but only a stream that is read tells its end.
  program.stderr.resume();
  return () => {
    process.stdin.off('data', type);
    process.stdout.off('resize', resize);
    terminal.restore();
  };
}

/** Wire a program to pipes and files of the host. */
function connectStreams(
  program: Program,
  interrupted: () => void,
  terminated: () => void,
  outputLost: (reason: string) => void,
): () => void {
  const interrupt = () => {
    program.kill('SIGINT');
    interrupted();
  };
  const terminate = () => {
    program.kill('SIGTERM');
    // A program that does not listen must not keep the host's command alive.
    setTimeout(terminated, GRACE_MS).unref();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', terminate);
  // A reader that went away (| head) closes the guest's end: the program gets SIGPIPE there.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') outputLost(error.message);
    program.stdout.destroy();
  });
  process.stderr.on('error', () => program.stderr.destroy());
  program.stdin.on('error', () => process.stdin.unpipe(program.stdin));
  process.stdin.on('error', () => program.end());
  process.stdin.pipe(program.stdin);
  program.stdout.pipe(process.stdout, { end: false });
  program.stderr.pipe(process.stderr, { end: false });
  return () => {
    // Another ^C on the way out is none for us to die of: the exit status is decided.
    process.on('SIGINT', () => undefined);
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', terminate);
    process.stdin.unpipe(program.stdin);
    process.stdin.destroy();
  };
}

function drained(
  stream: NodeJS.ReadableStream & { readableEnded?: boolean; destroyed?: boolean },
): Promise<void> {
  if (stream.readableEnded || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => stream.once('end', resolve).once('close', resolve));
}

/** A shell says nothing of those: who typed ^C knows, and a pipeline ends so. */
const QUIET_SIGNALS = ['SIGINT', 'SIGPIPE'];

async function finish(
  program: Program,
  deadline: AbortSignal | undefined,
  hasTrace: boolean,
): Promise<number> {
  const { exitCode, signal, trace } = await program.exit;
  await Promise.all([drained(program.stdout), drained(program.stderr)]);
  if (hasTrace && trace)
    process.stderr.write(`trace hash ${trace.hash}, ${trace.instructions} instructions\n`);
  if (deadline?.aborted) return EXIT_TIMEOUT;
  if (signal === null) return exitCode ?? 1;
  // There is no shell in between that would say it; a script has the status.
  if (process.stderr.isTTY && !QUIET_SIGNALS.includes(signal))
    process.stderr.write(`hartix: ended by ${signal}\n`);
  return 128 + signalNumber(signal);
}

/** Programs under --schedule do not go on. */
function reportStuck({ reason, tasks, instructions }: Stuck): number {
  const what = reason === 'deadlock' ? 'deadlock: all wait' : 'no end';
  const lines = [`hartix: ${what}, after ${instructions} instructions`, ...tasks, ''];
  process.stderr.write(lines.join('\n  ').trimEnd().concat('\n'));
  return EXIT_STUCK;
}

async function printStatistics(system: System): Promise<void> {
  for (const file of ['/proc/jit', '/proc/tlbstat', '/proc/vmstat', '/proc/stat']) {
    const text = await system.fs.readFile(file, 'utf8');
    // What has not happened is most of it, and says nothing.
    process.stderr.write(`== ${file}\n${text.replaceAll(/^\S+ +0\n/gm, '')}`);
  }
}

/** What is told when the program has ended. */
interface Report {
  readonly hasStatistics: boolean;
  /** Of a deterministic machine. */
  readonly hasTrace: boolean;
  /** File for a profile. */
  readonly profile: string | undefined;
  /** Looks at the machine, which was profiled. */
  readonly lookAt: ((system: System) => Promise<void>) | undefined;
}

async function writeProfile(system: System, file: string): Promise<void> {
  const { cpuProfile } = await import('./profile/cpu-profile.ts');
  const data = await system.profile();
  const text = JSON.stringify(await cpuProfile(data, (path) => system.fs.readFile(path)));
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new UsageError(`--profile: cannot write '${file}'`, { cause });
  }
}

async function runProgram(
  system: System,
  argv: readonly string[],
  options: SpawnOptions,
  report: Report,
): Promise<number> {
  const [command = '', ...rest] = argv;
  const program = system.spawn(command, rest, options);
  /** Status of the command when the host ended the machine, whatever the program does. */
  let endedBy: number | undefined;
  const end = (status: number) => {
    endedBy = status;
    void system.close();
  };
  const interrupted = countInterrupts(() => end(EXIT_INTERRUPTED));
  // A guest that cannot even be killed any more must not outlive its time.
  const outOfTime = () => setTimeout(() => end(EXIT_TIMEOUT), STUCK_MS).unref();
  options.signal?.addEventListener('abort', outOfTime);
  let isOutputLost = false;
  const outputLost = (reason: string) => {
    isOutputLost = true;
    process.stderr.write(`hartix: standard output: ${reason}\n`);
  };
  const disconnect = options.tty
    ? connectTerminal(program, interrupted)
    : connectStreams(program, interrupted, () => end(EXIT_TERMINATED), outputLost);
  try {
    const status = await finish(program, options.signal, report.hasTrace);
    if (report.hasStatistics) await printStatistics(system);
    if (report.profile !== undefined) await writeProfile(system, report.profile);
    await report.lookAt?.(system);
    return isOutputLost ? EXIT_LOST : status;
  } catch (error) {
    if (endedBy !== undefined) return endedBy;
    const failure = START_FAILURES[(error as { code?: string }).code ?? ''];
    if (failure === undefined) throw error;
    const isHostFile = command.startsWith(`${HOST_FOLDER}/`) && failure.reason === NO_PERMISSION;
    const hint = isHostFile ? ' (on the host: chmod +x)' : '';
    process.stderr.write(`hartix: ${command}: ${failure.reason}${hint}\n`);
    return failure.status;
  } finally {
    disconnect();
  }
}

/** Of commands that run a program and do something more. */
export interface RunExtra {
  readonly lookAt?: Report['lookAt'];
  /** File of a recording. */
  readonly record?: string;
}

/** Returns the exit status. With `lookAt` the machine is profiled. Throws UsageError, HartixError. */
export async function run(args: Arguments, extra: RunExtra = {}): Promise<number> {
  const { lookAt, record } = extra;
  const hostFile =
    args.command === undefined && args.words[0] !== undefined
      ? prepareHostFile(args.words[0])
      : undefined;
  const argv = hostFile ? [...hostFile.command, ...args.words.slice(1)] : (args.command ?? []);
  if (argv.length === 0)
    throw new UsageError('nothing to run; write: hartix run -- CMD, or: hartix run FILE');
  const timeout = parseSeconds('timeout', args.value('timeout'));
  const options = bootOptions(args);
  const hasTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const cwd = workingDirectory(args, hostFile !== undefined);
  const user = args.value('user');
  try {
    const system = await boot({
      ...options,
      ...(lookAt && { profile: true }),
      ...(record !== undefined && { record }),
      mounts: { ...hostFile?.mounts, ...options.mounts },
      windowSize: terminalSize(),
    });
    if (args.value('rootfs') === undefined) shareZone(system);
    if (system.gdbPort !== undefined) {
      // Our end has no files for gdb: what was compiled here is known to nobody else.
      const symbols = hostFile?.program === undefined ? '' : `gdb: file ${hostFile.program}\n`;
      process.stderr.write(`${symbols}gdb: target remote localhost:${system.gdbPort}\n`);
    }
    try {
      const status = await runProgram(
        system,
        argv,
        {
          ...(timeout > 0 ? { signal: AbortSignal.timeout(timeout) } : {}),
          ...(hasTerminal ? { tty: terminalSize() } : {}),
          ...(cwd === undefined ? {} : { cwd }),
          ...(user === undefined ? {} : { user }),
        },
        {
          hasStatistics: args.flags.has('stats'),
          hasTrace: args.flags.has('trace-hash') || args.flags.has('stats'),
          profile: args.value('profile'),
          lookAt,
        },
      );
      // What programs wrote to a disk may still be in the guest's page cache.
      const keepsDisks = args.values('disk').length > 0 && status !== EXIT_INTERRUPTED;
      if (keepsDisks) await system.shutdown();
      return status;
    } catch (error) {
      if (error instanceof ClosedError && hasLostPower(system)) return EXIT_POWER_CUT;
      if (error instanceof ClosedError && system.stuck) return reportStuck(system.stuck);
      throw error;
    } finally {
      if (args.values('fault').length > 0) reportFaults(system);
      await system.close();
    }
  } finally {
    hostFile?.dispose();
  }
}
