/** A connection's way to its machine: a thread of its own, or a share of one. */
import type { MessagePort, Worker } from 'node:worker_threads';
import type { Event } from '../protocol.ts';

/** What a machine tells; that it is gone is the line's affair. */
export type MachineEvent = Exclude<Event, { type: 'gone' }>;

export interface LineListener {
  message(event: MachineEvent): void;
  /** The thread has failed. */
  failed(error: Error): void;
  /** Nothing of the machine is left; called once. */
  gone(): void;
}

export interface MachineLine {
  /** That the machine sleeps on. */
  readonly doorbell: Int32Array;
  listen(listener: LineListener): void;
  /** `transfer`: ports that go with it. */
  post(message: object, transfer: MessagePort[]): void;
  /** End the machine at once. Resolves when it is gone. */
  end(): Promise<void>;
}

export class OwnThread implements MachineLine {
  readonly doorbell: Int32Array;
  private readonly worker: Worker;

  constructor(worker: Worker, doorbell: Int32Array) {
    this.worker = worker;
    this.doorbell = doorbell;
  }

  listen(listener: LineListener): void {
    this.worker.on('message', (event: MachineEvent) => listener.message(event));
    this.worker.on('error', (error: Error) => listener.failed(error));
    this.worker.once('exit', () => listener.gone());
  }

  post(message: object, transfer: MessagePort[]): void {
    this.worker.postMessage(message, transfer);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
