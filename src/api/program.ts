/** A program started in the guest: its standard streams, its end, and what scripts need to converse with it. */
import { type Readable, Writable } from 'node:stream';
import { INPUT_CREDIT_BYTES, type RunTrace, type WindowSize } from '../protocol.ts';
import { checkArgument, DATA, SIZE } from './argument-checks.ts';
import type { Connection } from './connection.ts';
import { OptionError } from './errors.ts';
import { OutputStream } from './output-stream.ts';
import { OutputWatcher, type WaitOptions } from './output-watcher.ts';
import { ProgramScreen, type Screen } from './program-screen.ts';
import { signalName, signalNumber } from './signal-names.ts';

/** As node:child_process reports it: one of the two is null. */
export interface ExitStatus {
  exitCode: number | null;
  /** 'SIGKILL' … */
  signal: string | null;
  /** Of a deterministic machine, since its boot: the same for runs that are the same. */
  trace?: RunTrace;
}

function decodeStatus(status: number, trace: RunTrace | undefined): ExitStatus {
  const signal = status & 0x7f;
  const ended =
    signal === 0
      ? { exitCode: (status >> 8) & 0xff, signal: null }
      : { exitCode: null, signal: signalName(signal) };
  return trace ? { ...ended, trace } : ended;
}

export class Program {
  /** Standard output; of a program with a terminal everything that the terminal shows. */
  readonly stdout: Readable;
  /** Standard error; empty with a terminal. */
  readonly stderr: Readable;
  readonly stdin: Writable;
  /** Pid in the guest; rejects if the program could not be started. */
  readonly pid: Promise<number>;
  /** How it ended. Rejects if the machine ended first, or the program could not be started. */
  readonly exit: Promise<ExitStatus>;
  private readonly connection: Connection;
  private readonly id: number;
  private inputCredit = INPUT_CREDIT_BYTES;
  private continueInput: (() => void) | undefined;
  private readonly watcher: OutputWatcher;
  private hasEnded = false;
  private readonly shown: ProgramScreen | undefined;

  /** `terminal`: the size of the one that it has. `endsInput`: the guest knows already that nothing comes. */
  constructor(
    connection: Connection,
    id: number,
    pid: Promise<number>,
    terminal: WindowSize | undefined,
    endsInput: boolean,
  ) {
    this.connection = connection;
    this.id = id;
    this.pid = pid;
    this.pid.catch(() => undefined);
    const consumed = (bytes: number) => {
      const give = () => connection.post({ type: 'consumed', program: id, bytes });
      if (this.shown) this.shown.afterTaken(give);
      else give();
    };
    const stream = (number: 1 | 2) =>
      new OutputStream(consumed, () => {
        if (!this.hasEnded) connection.post({ type: 'closeOutput', program: id, stream: number });
      });
    const out = stream(1);
    const err = stream(2);
    this.stdout = out;
    this.watcher = new OutputWatcher(out, 'the program');
    this.shown = terminal && new ProgramScreen(terminal, (data) => this.write(data));
    this.stderr = err;
    this.stdin = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => this.send(chunk, done),
      final: (done) => {
        if (!endsInput) connection.post({ type: 'input', program: id, bytes: undefined });
        done();
      },
    });
    this.exit = new Promise((resolve, reject) => {
      const end = (status: ExitStatus | Error) => {
        this.hasEnded = true;
        if (status instanceof Error) this.watcher.failed(status);
        out.finish();
        err.finish();
        this.continueInput?.();
        if (status instanceof Error) reject(status);
        else resolve(status);
      };
      connection.attach(id, {
        onOutput: (number, bytes) => {
          this.shown?.push(bytes);
          (number === 1 ? out : err).receive(bytes);
        },
        onInputConsumed: (bytes) => {
          this.inputCredit += bytes;
          this.continueInput?.();
        },
        onExit: (status, trace) =>
          end(typeof status === 'number' ? decodeStatus(status, trace) : status),
      });
      pid.catch(end);
    });
    this.exit.catch(() => undefined);
  }

  /** Send to standard input, or type at the terminal. */
  write(data: string | Uint8Array): void {
    checkArgument('write', 'data', data, DATA);
    this.stdin.write(data);
  }

  /** End of standard input. */
  end(): void {
    this.stdin.end();
  }

  /** To the foreground group of its terminal, or its own process group. 'SIGINT', 'INT' or 2. */
  kill(signal: string | number = 'SIGTERM'): void {
    this.connection.post({ type: 'signal', program: this.id, signal: signalNumber(signal) });
  }

  /** The terminal's new size: the foreground group gets SIGWINCH. */
  resize(size: WindowSize): void {
    checkArgument('resize', 'size', size, SIZE);
    this.connection.post({ type: 'resize', program: this.id, size });
    this.shown?.resize(size);
  }

  /**
   * What the program's terminal shows now: text and cells. The first call begins to read stdout, if nobody does. Throws
   * OptionError for a program without a terminal.
   */
  screen(): Promise<Screen> {
    if (!this.shown)
      throw new OptionError('screen: the program has no terminal; spawn it with tty: true');
    this.stdout.resume();
    return this.shown.look();
  }

  /**
   * Wait until standard output, from where the last waitFor ended, matches. Returns the match. Takes over reading stdout.
   * Throws WaitError on timeout, and when the program ends without a match; where the machine has ended, what exit rejects with.
   */
  waitFor(pattern: RegExp | string, options: WaitOptions = {}): Promise<RegExpExecArray> {
    return this.watcher.waitFor(pattern, options);
  }

  private send(chunk: Uint8Array, done: () => void): void {
    const transmit = () => {
      this.continueInput = undefined;
      // Nobody reads it any more. Not at once: a source without end would keep the news of that from all others.
      if (this.hasEnded) {
        setImmediate(done);
        return;
      }
      this.inputCredit -= chunk.length;
      this.connection.post({ type: 'input', program: this.id, bytes: new Uint8Array(chunk) });
      done();
    };
    if (this.inputCredit > 0 || this.hasEnded) transmit();
    else this.continueInput = () => (this.inputCredit > 0 || this.hasEnded) && transmit();
  }
}
