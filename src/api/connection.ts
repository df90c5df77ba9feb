/** The main thread's end of the machine thread: starts the worker, matches replies to requests, hands events on. */
import type { MessagePort } from 'node:worker_threads';
import type {
  CommandEvent,
  Counters,
  Event,
  EventsMessage,
  ForeignOptions,
  ForeignRequest,
  HookEvent,
  InjectedFault,
  MachineOptions,
  RepetitionResult,
  Reply,
  Request,
  RewindOption,
  RunningProgram,
  RunTrace,
  Stuck,
} from '../protocol.ts';
import { DOORBELL, VOLUME } from '../protocol.ts';
import { ConsoleBacklog } from './console-backlog.ts';
import { DiskLocks } from './disk-lock.ts';
import {
  ClosedError,
  GuestFileError,
  KernelPanicError,
  LimitError,
  OptionError,
} from './errors.ts';
import type { MachineEvent, MachineLine } from './machine-line.ts';
import type { VolumeLike } from './options.ts';
import { spareThreads } from './spare-threads.ts';
import { answerVolume } from './volume.ts';

/** What a program's messages go to. */
export interface ProgramEvents {
  onOutput(stream: 1 | 2, bytes: Uint8Array): void;
  onInputConsumed(bytes: number): void;
  /** A wait status word, or the error that ended the machine first. */
  onExit(status: number | Error, trace?: RunTrace): void;
}

type Channels = 'doorbell' | 'volumeChannel';
/** Options without what a connection itself adds. */
export type ThreadStart = Omit<MachineOptions, Channels> | Omit<ForeignOptions, Channels>;

interface Pending {
  resolve(value: Reply): void;
  reject(error: Error): void;
  /** For the message of a failure. */
  operation: string;
  path: string;
}

export class Connection {
  /** Held until the thread has ended. */
  readonly diskLocks = new DiskLocks();
  private readonly line: MachineLine;
  private readonly pending = new Map<number, Pending>();
  private readonly programs = new Map<number, ProgramEvents>();
  /** Of all programs and the console; more ends the machine. */
  maxOutputBytes = Number.POSITIVE_INFINITY;
  private outputBytes = 0;
  private nextId = 1;
  private failure: Error | undefined;
  private status: number | undefined;
  /** Counters at the power-off of a foreign machine. */
  lastCounters: Counters | undefined;
  /** Why programs under a schedule did not go on. */
  stuck: Stuck | undefined;
  /** Failures by rules, in order; the first thousand. */
  readonly faults: InjectedFault[] = [];
  /** At the power-off of a deterministic foreign machine. */
  repetition: RepetitionResult | undefined;
  /** Resolves with the power-off status; rejects with a panic or a failed boot. */
  readonly halted: Promise<number>;
  private settleHalted: { resolve(status: number): void; reject(error: Error): void } = {
    resolve: () => undefined,
    reject: () => undefined,
  };
  readonly booted: Promise<void>;
  /** Resolves with the reason when nothing more comes. */
  readonly ended: Promise<Error>;
  private settleEnded: (error: Error) => void = () => undefined;
  /** Resolves when nothing of the machine is left in any thread, however it ended. */
  readonly gone: Promise<void>;
  private settleBooted: { resolve(): void; reject(error: Error): void } = {
    resolve: () => undefined,
    reject: () => undefined,
  };
  /** What the console printed before anyone listened. */
  private readonly consoleBacklog = new ConsoleBacklog();
  private onConsole = (bytes: Uint8Array): void => this.consoleBacklog.add(bytes);
  onGdbOutput: (bytes: Uint8Array) => void = () => undefined;
  /** The debugger of a recording wants to go back: a machine of its own has to. */
  onGdbBack: (rewind: RewindOption) => void = () => undefined;
  onEvents: (message: EventsMessage) => void = () => undefined;
  /** Programs that a restored machine runs already; called before anything is heard of them. */
  onRunning: (programs: readonly RunningProgram[]) => void = () => undefined;
  onHook: (event: HookEvent) => void = () => undefined;
  onCommand: (event: CommandEvent) => void = () => undefined;
  onTrace: (channel: string, text: string) => void = () => undefined;
  onReplayed: (event: Extract<Event, { type: 'replayed' }>) => void = () => undefined;

  /** `bell`: the machine's doorbell, where others shall ring it, too. Throws OptionError for a disk that somebody else writes. */
  constructor(options: ThreadStart, volumes: readonly VolumeLike[], bell?: Int32Array) {
    this.lockDisks(options);
    const volumeChannel = volumes.length > 0 ? new SharedArrayBuffer(VOLUME.SIZE) : undefined;
    this.halted = new Promise((resolve, reject) => (this.settleHalted = { resolve, reject }));
    this.booted = new Promise((resolve, reject) => (this.settleBooted = { resolve, reject }));
    this.ended = new Promise((resolve) => (this.settleEnded = resolve));
    // Both are also observed through other calls: an unobserved copy must not end the user's process.
    this.halted.catch(() => undefined);
    this.booted.catch(() => undefined);
    let leave: () => void = () => undefined;
    this.gone = new Promise((resolve) => (leave = resolve));
    this.line = spareThreads.enter({ ...options, volumeChannel }, bell);
    this.line.listen({
      message: (event) => {
        if (event.type !== 'volume') this.receive(event);
        else if (volumeChannel) answerVolume(volumes[event.volume], event, volumeChannel);
      },
      failed: (error) => this.end(error),
      gone: () => {
        this.diskLocks.releaseAll();
        spareThreads.leave();
        void spareThreads.settle();
        leave();
        this.end(new ClosedError('the machine thread ended'));
      },
    });
  }

  /** Post without an answer; silently dropped once the machine is gone. */
  post(request: Request | ForeignRequest, transfer: MessagePort[] = []): void {
    if (this.failure || this.status !== undefined) return;
    const { doorbell } = this.line;
    this.line.post(request, transfer);
    Atomics.add(doorbell, DOORBELL.REQUESTS, 1);
    Atomics.notify(doorbell, DOORBELL.REQUESTS);
  }

  /** A fresh request id, with the promise of its reply. `operation` and `path` name it in errors. */
  request(
    make: (id: number) => Request | ForeignRequest,
    operation: string,
    path: string,
    transfer: MessagePort[] = [],
  ): { id: number; reply: Promise<Reply> } {
    const id = this.nextId++;
    const reply = new Promise<Reply>((resolve, reject) => {
      const gone = this.failure ?? (this.status === undefined ? undefined : new ClosedError());
      if (gone) {
        reject(gone);
        return;
      }
      this.pending.set(id, { resolve, reject, operation, path });
    });
    this.post(make(id), transfer);
    return { id, reply };
  }

  /** Also hands over what was printed before, of more than a MiB the end. */
  listenConsole(listener: (bytes: Uint8Array) => void): void {
    this.onConsole = listener;
    for (const bytes of this.consoleBacklog.take()) listener(bytes);
  }

  attach(program: number, events: ProgramEvents): void {
    this.programs.set(program, events);
  }

  /** Stop the machine, orderly or not. Resolves when it is gone. */
  async terminate(): Promise<void> {
    this.end(new ClosedError());
    await this.line.end();
    await spareThreads.settle();
  }

  private lockDisks({ kind, disks }: ThreadStart): void {
    // By the names that the machine gives them: disk0 of Hartix is its root.
    const first = kind === 'hartix' ? 1 : 0;
    try {
      disks.forEach((disk, index) => {
        this.diskLocks.add(`disk${first + index}`, disk);
      });
    } catch (error) {
      this.diskLocks.releaseAll();
      throw error;
    }
  }

  private receive(event: Exclude<MachineEvent, { type: 'volume' }>): void {
    switch (event.type) {
      case 'booted':
        for (const { id } of event.programs ?? []) this.nextId = Math.max(this.nextId, id + 1);
        this.onRunning(event.programs ?? []);
        this.settleBooted.resolve();
        break;
      case 'reply':
        this.take(event.id)?.resolve(event.value);
        break;
      case 'failure': {
        const request = this.take(event.id);
        const { code, errno, message } = event;
        request?.reject(
          errno === 0
            ? new OptionError(message)
            : new GuestFileError(code, errno, request.operation, request.path),
        );
        break;
      }
      case 'output':
        this.countOutput(event.bytes.length);
        this.programs.get(event.program)?.onOutput(event.stream, event.bytes);
        break;
      case 'inputConsumed':
        this.programs.get(event.program)?.onInputConsumed(event.bytes);
        break;
      case 'exit': {
        const program = this.programs.get(event.program);
        this.programs.delete(event.program);
        program?.onExit(event.status, event.trace);
        break;
      }
      case 'console':
        this.countOutput(event.bytes.length);
        this.onConsole(event.bytes);
        break;
      case 'commandCalled':
      case 'commandInput':
      case 'commandTaken':
      case 'commandClosed':
        this.onCommand(event);
        break;
      case 'hookHeld':
      case 'hookForgotten':
        this.onHook(event);
        break;
      case 'events':
        this.onEvents(event);
        break;
      case 'gdbOutput':
        this.onGdbOutput(event.bytes);
        break;
      case 'gdbBack':
        this.onGdbBack(event.rewind);
        break;
      case 'log':
        for (const { channel, text } of event.lines) this.onTrace(channel, text);
        this.post({ type: 'traced', lines: event.lines.length });
        break;
      case 'replayed':
        this.onReplayed(event);
        break;
      case 'stuck':
        this.stuck = event.stuck;
        break;
      case 'fault':
        this.faults.push(event.fault);
        break;
      case 'panic':
        this.end(new KernelPanicError(event.report));
        break;
      case 'limit':
        this.fail(new LimitError(event.name, `${event.most}`));
        break;
      case 'bootFailure':
        this.end(new OptionError(event.message));
        break;
      case 'halted':
        this.status = event.status;
        this.lastCounters = event.counters;
        this.repetition = event.repetition;
        this.settleHalted.resolve(event.status);
        this.end(new ClosedError('the machine has powered off'));
        break;
    }
  }

  private take(id: number): Pending | undefined {
    const request = this.pending.get(id);
    this.pending.delete(id);
    return request;
  }

  /** End the machine at once; everything that waits for it is rejected with `error`. */
  fail(error: Error): void {
    // Each end waits for the thread's exit: one that writes on would have it awaited for each message.
    if (this.failure) return;
    this.end(error);
    void this.line.end();
  }

  private countOutput(bytes: number): void {
    this.outputBytes += bytes;
    if (this.outputBytes > this.maxOutputBytes)
      this.fail(new LimitError('output', `${this.maxOutputBytes} bytes`));
  }

  private end(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.settleEnded(error);
    for (const request of this.pending.values()) request.reject(error);
    for (const program of this.programs.values()) program.onExit(error);
    this.pending.clear();
    this.programs.clear();
    this.settleBooted.reject(error);
    this.settleHalted.reject(error);
  }
}
