/** A machine thread that was started before its options were known, and sleeps until they come. It holds no process open. */
import type { Worker } from 'node:worker_threads';
import type { AheadOptions, SpareOptions } from '../protocol.ts';
import type { Beginning } from './beginning.ts';
import { type MachineLine, OwnThread } from './machine-line.ts';
import { createDoorbell, startMachineThread } from './machine-worker.ts';

export class WaitingThread {
  private readonly worker: Worker;
  private readonly doorbell = createDoorbell();
  private readonly wakes = new Int32Array(new SharedArrayBuffer(4));
  /** It has ended by itself: the next one is started anew, and says why. */
  isGone = false;
  private readonly ended = (): void => {
    this.isGone = true;
  };

  /** `data`: of the worker, by the word that wakes it and by the doorbell of its machine to come. */
  constructor(
    data: (wakes: Int32Array, doorbell: Int32Array) => AheadOptions | SpareOptions,
    beginning: Beginning,
  ) {
    this.worker = startMachineThread(data(this.wakes, this.doorbell), beginning);
    this.worker.on('error', this.ended);
    this.worker.on('exit', this.ended);
    this.worker.unref();
  }

  give(options: object): MachineLine {
    const { worker, wakes, doorbell } = this;
    worker.off('error', this.ended);
    worker.off('exit', this.ended);
    worker.ref();
    worker.postMessage({ ...options, doorbell });
    Atomics.store(wakes, 0, 1);
    Atomics.notify(wakes, 0);
    return new OwnThread(worker, doorbell);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
