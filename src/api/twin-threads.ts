/**
 * Threads that twins share. A thread with its code and heap takes seven times the memory of a machine in it, and its code is warm for the
 * next one. A thread takes FEW machines, as long as they sleep, before the next is started, as many threads as the host has cores; then each
 * takes more.
 */
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type {
  Event,
  MachineOptions,
  SharedThreadOptions,
  SharedThreadRequest,
} from '../protocol.ts';
import { DOORBELL } from '../protocol.ts';
import type { LineListener, MachineLine } from './machine-line.ts';
import { createDoorbell, type LikelyOptions, startMachineThread } from './machine-worker.ts';

const FEW = 4;
/** Machines that a thread has had when it takes no more: what they leave until it ends (ports, stopped translators) is bounded so. */
const MOST_IN_ALL = 100;
/** A thread that has not answered for so long hangs, with all its machines. */
const PATIENCE_MS = 5000;

class TwinLine implements MachineLine {
  readonly doorbell: Int32Array;
  private readonly port: MessagePort;
  private readonly requestEnd: () => void;
  readonly gone: Promise<void>;
  private settle: () => void = () => undefined;
  private listener: LineListener | undefined;
  private state: 'there' | 'ending' | 'gone' = 'there';

  constructor(port: MessagePort, doorbell: Int32Array, requestEnd: () => void) {
    this.port = port;
    this.doorbell = doorbell;
    this.requestEnd = requestEnd;
    this.gone = new Promise((resolve) => (this.settle = resolve));
  }

  listen(listener: LineListener): void {
    this.listener = listener;
    this.port.on('message', (event: Event) => {
      if (event.type === 'gone') this.leave();
      else listener.message(event);
    });
  }

  post(message: object, transfer: MessagePort[]): void {
    this.port.postMessage(message, transfer);
  }

  end(): Promise<void> {
    if (this.state === 'there') {
      this.state = 'ending';
      this.requestEnd();
    }
    return this.gone;
  }

  /** The thread has failed. */
  fail(error: Error): void {
    if (this.state !== 'gone') this.listener?.failed(error);
  }

  leave(): void {
    if (this.state === 'gone') return;
    this.state = 'gone';
    this.port.close();
    this.settle();
    this.listener?.gone();
  }
}

class TwinThread {
  private readonly worker: Worker;
  readonly doorbell = createDoorbell();
  private readonly lines = new Map<number, TwinLine>();
  private taken = 0;
  private isOver = false;

  constructor(rehearsal: LikelyOptions | undefined) {
    const { doorbell } = this;
    const options: SharedThreadOptions = {
      kind: 'shared',
      doorbell,
      rehearsal: rehearsal && { ...rehearsal, doorbell, volumeChannel: undefined },
    };
    this.worker = startMachineThread(options, 'twin');
    // The lines hold the process open.
    this.worker.unref();
    this.worker.on('error', (error: Error) => {
      this.isOver = true;
      for (const line of this.lines.values()) line.fail(error);
    });
    this.worker.on('exit', () => {
      this.isOver = true;
      for (const line of this.lines.values()) line.leave();
    });
  }

  get load(): number {
    return this.lines.size;
  }

  /** Whether a machine of it has something to do. */
  get isBusy(): boolean {
    return Atomics.load(this.doorbell, DOORBELL.AWAKE) > 0;
  }

  get takesMore(): boolean {
    return !this.isOver && this.taken < MOST_IN_ALL;
  }

  /** `left`: called when the machine has. */
  begin(options: LikelyOptions, left: () => void): MachineLine {
    const { doorbell } = this;
    const { port1, port2 } = new MessageChannel();
    const machine = this.taken++;
    const line = new TwinLine(port1, doorbell, () => {
      const timer = setTimeout(() => void this.end(), PATIENCE_MS);
      void line.end().then(() => clearTimeout(timer));
      this.ask({ type: 'end', machine }, []);
    });
    this.lines.set(machine, line);
    void line.gone.then(() => {
      this.lines.delete(machine);
      left();
    });
    const given: MachineOptions = { ...options, doorbell, volumeChannel: undefined };
    const { restore } = options;
    const ports = restore?.kind === 'direct' ? [port2, restore.port] : [port2];
    this.ask({ type: 'begin', machine, port: port2, options: given }, ports);
    return line;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private ask(request: SharedThreadRequest, transfer: MessagePort[]): void {
    this.worker.postMessage(request, transfer);
    Atomics.add(this.doorbell, DOORBELL.REQUESTS, 1);
    Atomics.notify(this.doorbell, DOORBELL.REQUESTS);
  }
}

export class TwinThreads {
  private threads: TwinThread[] = [];

  /**
   * Where the next twin runs: the thread of that doorbell, for who brings the parts rings it; else the one that has fewest. Which that is may
   * have changed since the doorbell was asked for: machines fall asleep and wake.
   */
  begin(options: LikelyOptions, bell: Int32Array | undefined): MachineLine {
    this.threads = this.threads.filter((thread) => thread.takesMore || thread.load > 0);
    const awaited = bell && this.threads.find(({ doorbell }) => doorbell === bell);
    const thread = awaited ?? this.next() ?? this.start(undefined);
    const isBusy = thread.isBusy && this.threads.every((other) => other.load > 0);
    const line = thread.begin(options, () => this.left(thread));
    // The next one is not to wait for a thread.
    const isFull = thread.load >= FEW || !thread.takesMore;
    if (this.mayGrow && (isBusy || isFull))
      this.start(options.restore?.kind === 'twin' ? options : undefined);
    return line;
  }

  /** Start the first thread, which loads its code while the parent saves the parts. */
  prepare(): void {
    if (this.open.length === 0) this.start(undefined);
  }

  /**
   * Of the thread that takes the next twin, to which its parent's may give the parts. Undefined where the parts are also of use here: for the
   * first thread, and to have the next one ready.
   */
  bellOfNext(): Int32Array | undefined {
    const thread = this.next();
    const isEnough = this.open.length >= availableParallelism();
    const hasRoom = thread && !thread.isBusy && thread.load + 1 < FEW;
    return isEnough || hasRoom ? thread?.doorbell : undefined;
  }

  /** All threads end: nobody runs in them. */
  async end(): Promise<void> {
    await Promise.all(this.threads.splice(0).map((thread) => thread.end()));
  }

  /** The one with least to do, of those with room. */
  private next(): TwinThread | undefined {
    const cost = ({ isBusy, load }: TwinThread) => load + (isBusy ? FEW : 0);
    return this.open.toSorted((a, b) => cost(a) - cost(b))[0];
  }

  private get open(): TwinThread[] {
    return this.threads.filter(({ takesMore }) => takesMore);
  }

  /** Whether another thread would be of use. */
  private get mayGrow(): boolean {
    const { open } = this;
    return open.length < availableParallelism() && open.every(({ load }) => load > 0);
  }

  private start(rehearsal: LikelyOptions | undefined): TwinThread {
    const thread = new TwinThread(rehearsal);
    this.threads.push(thread);
    return thread;
  }

  private left(thread: TwinThread): void {
    if (thread.takesMore || thread.load > 0) return;
    this.threads = this.threads.filter((other) => other !== thread);
    void thread.end();
  }
}
