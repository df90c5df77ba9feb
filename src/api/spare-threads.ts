/**
 * Machine threads that have loaded their code and wait for their options: what comes from a snapshot or a fork starts with one of
 * them, if there is one. They hold no process open, and go with the last machine.
 */
import { Worker } from 'node:worker_threads';
import type { SpareOptions } from '../protocol.ts';
import { bundleFile, compileCacheFolder } from './bundle.ts';

/** Of the machine thread's heap: what a larger one saves in collections it takes in memory, and in pauses. */
const YOUNG_GENERATION_MB = 16;
/** A thread that waits takes about 20 MB. */
const MAX_SPARES = 2;

export function startMachineThread(workerData: object): Worker {
  const cache = compileCacheFolder();
  return new Worker(bundleFile('machine-thread.js'), {
    workerData,
    name: 'hartix',
    // Those of the user's program are for its modules: --import of a loader, --input-type of a program without a file.
    execArgv: [],
    // A start without it takes 30 ms longer.
    env: { ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }), ...process.env },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
}

class SpareThread {
  private readonly worker: Worker;
  private readonly wakes = new Int32Array(new SharedArrayBuffer(4));
  /** It has ended by itself: the next one is started anew, and says why. */
  isGone = false;
  private readonly ended = (): void => {
    this.isGone = true;
  };

  constructor() {
    const options: SpareOptions = { kind: 'spare', wakes: this.wakes };
    this.worker = startMachineThread(options);
    this.worker.on('error', this.ended);
    this.worker.on('exit', this.ended);
    this.worker.unref();
  }

  give(options: object): Worker {
    const { worker, wakes } = this;
    worker.off('error', this.ended);
    worker.off('exit', this.ended);
    worker.ref();
    worker.postMessage(options);
    Atomics.store(wakes, 0, 1);
    Atomics.notify(wakes, 0);
    return worker;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

class SpareThreads {
  private spares: SpareThread[] = [];
  /** Machine threads that run. */
  private users = 0;
  private ending: Promise<unknown> = Promise.resolve();

  /** A thread with these options; `leave` when it has ended. */
  enter(options: object, mayBeSpare: boolean): Worker {
    this.spares = this.spares.filter(({ isGone }) => !isGone);
    const spare = mayBeSpare ? this.spares.shift() : undefined;
    const worker = spare?.give(options) ?? startMachineThread(options);
    this.users += 1;
    return worker;
  }

  leave(): void {
    this.users -= 1;
  }

  /** More machines are likely to come: have threads ready for them. */
  fill(): void {
    while (this.users > 0 && this.spares.length < MAX_SPARES) this.spares.push(new SpareThread());
  }

  /** Whether more than one machine runs: a process that only goes on with a saved one needs no spares. */
  get areShared(): boolean {
    return this.users > 1;
  }

  /** Resolves when none is left, where no machine is. */
  async settle(): Promise<void> {
    if (this.users === 0) {
      const ends = this.spares.splice(0).map((spare) => spare.end());
      this.ending = Promise.all([this.ending, ...ends]);
    }
    await this.ending;
  }
}

/** Of this process. */
export const spareThreads = new SpareThreads();
