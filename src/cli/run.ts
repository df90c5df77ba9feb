/** `hartix run`: boot, run one program with the host's standard streams, exit with its status. */
import { constants } from 'node:os';
import type { Program } from '../api/program.ts';
import { boot, type SpawnOptions, type System } from '../api/system.ts';
import type { Arguments } from './arguments.ts';
import { bootOptions, HERE_FOLDER } from './boot-options.ts';
import { HOST_FOLDER, prepareHostFile } from './host-file.ts';
import { takeTerminal, terminalSize } from './host-terminal.ts';
import { UsageError } from './usage-error.ts';

const EXIT_TIMEOUT = 124;
const EXIT_INTERRUPTED = 130;
const SECOND_INTERRUPT_MS = 2000;
const INTERRUPT_BYTE = 3;

function parseTimeout(text: string | undefined): number {
  if (text === undefined) return 0;
  const seconds = Number(text);
  if (!(seconds > 0)) throw new UsageError(`--timeout ${text}: write a number of seconds`);
  return seconds * 1000;
}

function workingDirectory(args: Arguments, isHostFile: boolean): string | undefined {
  return (
    args.value('cwd') ??
    (args.flags.has('here') ? HERE_FOLDER : isHostFile ? HOST_FOLDER : undefined)
  );
}

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
  const terminal = takeTerminal(false);
  const resize = () => program.resize(terminalSize());
  const type = (bytes: Uint8Array) => {
    program.write(bytes);
    if (bytes.includes(INTERRUPT_BYTE)) interrupted();
  };
  process.stdin.on('data', type);
  process.stdin.resume();
  process.stdout.on('resize', resize);
  program.stdout.pipe(process.stdout, { end: false });
  return () => {
    process.stdin.off('data', type);
    process.stdout.off('resize', resize);
    terminal.restore();
  };
}

/** Wire a program to pipes and files of the host. */
function connectStreams(program: Program, interrupted: () => void): () => void {
  const interrupt = () => {
    program.kill('SIGINT');
    interrupted();
  };
  const terminate = () => program.kill('SIGTERM');
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', terminate);
  // A reader that went away (| head) closes the guest's end: the program gets SIGPIPE there.
  process.stdout.on('error', () => program.stdout.destroy());
  process.stderr.on('error', () => program.stderr.destroy());
  program.stdin.on('error', () => process.stdin.unpipe(program.stdin));
  process.stdin.on('error', () => program.end());
  process.stdin.pipe(program.stdin);
  program.stdout.pipe(process.stdout, { end: false });
  program.stderr.pipe(process.stderr, { end: false });
  return () => {
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

async function finish(program: Program, deadline: AbortSignal | undefined): Promise<number> {
  const { exitCode, signal } = await program.exit;
  await Promise.all([drained(program.stdout), drained(program.stderr)]);
  if (deadline?.aborted) return EXIT_TIMEOUT;
  if (signal === null) return exitCode ?? 1;
  return 128 + ((constants.signals as Record<string, number>)[signal] ?? 0);
}

async function printStatistics(system: System): Promise<void> {
  for (const file of ['/proc/jit', '/proc/vmstat', '/proc/stat']) {
    process.stderr.write(`== ${file}\n${await system.fs.readFile(file, 'utf8')}`);
  }
}

async function runProgram(
  system: System,
  argv: readonly string[],
  options: SpawnOptions,
  wantsStatistics: boolean,
): Promise<number> {
  const [command = '', ...rest] = argv;
  const program = system.spawn(command, rest, options);
  let isInterrupted = false;
  const interrupted = countInterrupts(() => {
    isInterrupted = true;
    void system.close();
  });
  const disconnect = options.tty
    ? connectTerminal(program, interrupted)
    : connectStreams(program, interrupted);
  try {
    const status = await finish(program, options.signal);
    if (wantsStatistics) await printStatistics(system);
    return status;
  } catch (error) {
    if (isInterrupted) return EXIT_INTERRUPTED;
    const { code } = error as { code?: string };
    if (
      code === 'ENOENT' ||
      code === 'EACCES' ||
      code === 'ENOEXEC' ||
      code === 'ENOTDIR' ||
      code === 'EISDIR'
    ) {
      const reason =
        code === 'ENOENT'
          ? 'not found'
          : code === 'ENOEXEC'
            ? 'cannot be executed: not a riscv64 program or a script'
            : 'permission denied';
      process.stderr.write(`hartix: ${command}: ${reason}\n`);
      return code === 'ENOENT' || code === 'ENOTDIR' ? 127 : 126;
    }
    throw error;
  } finally {
    disconnect();
  }
}

/** Returns the exit status. Throws UsageError, HartixError. */
export async function run(args: Arguments): Promise<number> {
  const hostFile =
    args.command === undefined && args.words[0] !== undefined
      ? prepareHostFile(args.words[0])
      : undefined;
  const argv = hostFile ? [hostFile.path, ...args.words.slice(1)] : (args.command ?? []);
  if (argv.length === 0)
    throw new UsageError('nothing to run; write: hartix run -- CMD, or: hartix run FILE');
  const timeout = parseTimeout(args.value('timeout'));
  const options = bootOptions(args);
  const hasTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const cwd = workingDirectory(args, hostFile !== undefined);
  const user = args.value('user');
  try {
    const system = await boot({
      ...options,
      mounts: { ...hostFile?.mounts, ...options.mounts },
      windowSize: terminalSize(),
    });
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
        args.flags.has('stats'),
      );
      // What programs wrote to a disk may still be in the guest's page cache.
      const keepsDisks = args.values('disk').length > 0 && status !== EXIT_INTERRUPTED;
      if (keepsDisks) await system.shutdown();
      return status;
    } finally {
      await system.close();
    }
  } finally {
    hostFile?.dispose();
  }
}
