/** A program run to its end, with its output collected: what exec() does, in the manner of node:child_process. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  CHECKED_LATER,
  checkArgument,
  checkOptions,
  DATA,
  type Kind,
  type Shape,
  WORD,
  WORDS,
} from './argument-checks.ts';
import { OptionError } from './errors.ts';
import type { ExitStatus, Program } from './program.ts';
import { SPAWN_SHAPE, type SpawnOptions } from './spawn-options.ts';

export interface ExecOptions extends Omit<SpawnOptions, 'tty'> {
  /** Standard input: all of it, or a stream of strings or bytes. Default empty. */
  input?: string | Uint8Array | AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;
  /** Bytes of stdout or stderr at most: with more the program is killed: `outputExceeded`. Default 64 MiB. */
  maxBuffer?: number;
  /** What stdout and stderr are given as: text of this encoding (default 'utf8'), or bytes, with 'buffer'. */
  encoding?: BufferEncoding | 'buffer';
}

export interface ExecResult<Output = string> extends ExitStatus {
  stdout: Output;
  stderr: Output;
  /** It was killed by `timeout`. */
  timedOut: boolean;
  /** It was killed by `maxBuffer`; the output is what came before, up to that. */
  outputExceeded: boolean;
}

const DEFAULT_MAX_BUFFER = 64 * 1024 * 1024;
const GRACE_MS = 1000;

const COMMAND: Kind = {
  takes: 'a command line, or an array of a program and its arguments',
  fits: (value) => WORD.fits(value) || WORDS.fits(value),
  ...(WORDS.wrongPart && { wrongPart: WORDS.wrongPart }),
};
const INPUT: Kind = {
  takes: 'a string, bytes or a stream of them',
  fits: (value) =>
    DATA.fits(value) ||
    (typeof value === 'object' &&
      value !== null &&
      (Symbol.asyncIterator in value || Symbol.iterator in value)),
};
const COUNT: Kind = {
  takes: 'a number of bytes',
  fits: (value) => typeof value === 'number' && value >= 0,
};
const { tty: _, ...OF_SPAWN } = SPAWN_SHAPE;
const EXEC_SHAPE: Shape<ExecOptions> = {
  ...OF_SPAWN,
  input: INPUT,
  maxBuffer: COUNT,
  encoding: CHECKED_LATER,
};

/** Throws OptionError. */
export function checkExec(command: string | readonly string[], options: ExecOptions): void {
  checkArgument('exec', 'command', command, COMMAND);
  checkOptions('exec', options, EXEC_SHAPE);
  const { encoding } = options;
  if (encoding === undefined || encoding === 'buffer' || Buffer.isEncoding(encoding)) return;
  throw new OptionError(`exec: encoding '${String(encoding)}'; write buffer, utf8, latin1, hex …`);
}

/** Kill the program on timeout or abort; returns what tells whether the timeout did it, and disposes the timers. */
export function limitProgram(
  program: Program,
  options: { timeout?: number | undefined; signal?: AbortSignal | undefined },
): { timedOut: () => boolean } {
  let timedOut = false;
  const timers: NodeJS.Timeout[] = [];
  const kill = () => {
    program.kill('SIGTERM');
    timers.push(setTimeout(() => program.kill('SIGKILL'), GRACE_MS));
  };
  if (options.timeout) {
    timers.push(
      setTimeout(() => {
        timedOut = true;
        kill();
      }, options.timeout),
    );
  }
  options.signal?.addEventListener('abort', kill, { once: true });
  if (options.signal?.aborted) kill();
  const dispose = () => {
    for (const timer of timers) clearTimeout(timer);
    options.signal?.removeEventListener('abort', kill);
  };
  program.exit.then(dispose, dispose);
  return { timedOut: () => timedOut };
}

async function collect(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
  tooMuch: () => void,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk.subarray(0, limit - length));
    length += chunk.length;
    if (length <= limit) continue;
    tooMuch();
    break;
  }
  return Buffer.concat(chunks);
}

/** Ends with the program's input, or its end: a program need not read all of it. Rejects when `input` does. */
async function feed(program: Program, input: ExecOptions['input']): Promise<void> {
  if (program.stdin.writableEnded) return;
  if (input === undefined || typeof input === 'string' || ArrayBuffer.isView(input)) {
    program.stdin.end(input ?? '');
    return;
  }
  const source = Readable.from(input);
  const stop = () => source.destroy();
  program.exit.then(stop, stop);
  try {
    await pipeline(source, program.stdin);
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    program.kill('SIGTERM');
    throw error;
  }
}

type Limits = {
  [Key in 'input' | 'maxBuffer' | 'encoding' | 'timeout' | 'signal']: ExecOptions[Key] | undefined;
};

export async function runToEnd(
  program: Program,
  { input, maxBuffer = DEFAULT_MAX_BUFFER, encoding = 'utf8', timeout, signal }: Limits,
): Promise<ExecResult<string | Uint8Array>> {
  const limits = limitProgram(program, { timeout, signal });
  program.stdin.on('error', () => undefined);
  let outputExceeded = false;
  const overflow = () => {
    outputExceeded = true;
    program.kill('SIGKILL');
  };
  const [stdout, stderr, status] = await Promise.all([
    collect(program.stdout, maxBuffer, overflow),
    collect(program.stderr, maxBuffer, overflow),
    program.exit,
    feed(program, input),
  ]);
  signal?.throwIfAborted();
  const output = (bytes: Buffer) =>
    encoding === 'buffer' ? new Uint8Array(bytes) : bytes.toString(encoding);
  const timedOut = limits.timedOut();
  return { stdout: output(stdout), stderr: output(stderr), ...status, timedOut, outputExceeded };
}
