/**
 * Machine threads that have loaded their code and wait for their options: what comes from a snapshot or a fork starts with one of
 * them, if there is one. They hold no process open, and go with the last machine.
 */
import { Worker } from 'node:worker_threads';
import { DOORBELL, type MachineOptions, type SpareOptions } from '../protocol.ts';
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

/** Of a machine that is likely to be asked for: what comes from a snapshot or a fork, as a rule once more. */
export type LikelyOptions = Omit<MachineOptions, 'doorbell' | 'volumeChannel'>;

/** A machine's thread, and the doorbell that it sleeps on. */
export interface MachineThread {
  readonly worker: Worker;
  readonly doorbell: Int32Array;
}

export function createDoorbell(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * DOORBELL.WORDS));
}

/**
 * Whether a machine like it can be made before it is asked for: alone in its thread, and without files of the host that change, be it
 * on their own or because a machine is made.
 */
function canBeRehearsed({ harts, disks, trace, ...options }: LikelyOptions): boolean {
  const { recordFile, replayFile, schedule, faults, isProfiled, isDebugged } = options;
  const isPlain = !recordFile && !replayFile && !schedule && !faults && !isProfiled && !isDebugged;
  return isPlain && harts === 1 && disks.length === 0 && trace.length === 0;
}

class SpareThread {
  private readonly worker: Worker;
  private readonly doorbell = createDoorbell();
  private readonly wakes = new Int32Array(new SharedArrayBuffer(4));
  /** It has ended by itself: the next one is started anew, and says why. */
  isGone = false;
  private readonly ended = (): void => {
    this.isGone = true;
  };

  constructor(likely: LikelyOptions) {
    const { wakes, doorbell } = this;
    const rehearsal = canBeRehearsed(likely)
      ? { ...likely, doorbell, volumeChannel: undefined }
      : undefined;
    const options: SpareOptions = { kind: 'spare', wakes, rehearsal };
    this.worker = startMachineThread(options);
    this.worker.on('error', this.ended);
    this.worker.on('exit', this.ended);
    this.worker.unref();
  }

  give(options: object): MachineThread {
    const { worker, wakes, doorbell } = this;
    worker.off('error', this.ended);
    worker.off('exit', this.ended);
    worker.ref();
    worker.postMessage({ ...options, doorbell });
    Atomics.store(wakes, 0, 1);
    Atomics.notify(wakes, 0);
    return { worker, doorbell };
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

function started(options: object, doorbell: Int32Array): MachineThread {
  return { worker: startMachineThread({ ...options, doorbell }), doorbell };
}

class SpareThreads {
  private spares: SpareThread[] = [];
  /** Machine threads that run. */
  private users = 0;
  private ending: Promise<unknown> = Promise.resolve();

  /** A thread with these options; `leave` when it has ended. */
  enter(options: object, mayBeSpare: boolean, bell: Int32Array | undefined): MachineThread {
    this.spares = this.spares.filter(({ isGone }) => !isGone);
    const spare = mayBeSpare ? this.spares.shift() : undefined;
    const thread = spare?.give(options) ?? started(options, bell ?? createDoorbell());
    this.users += 1;
    return thread;
  }

  leave(): void {
    this.users -= 1;
  }

  /** More machines are likely to come: have threads ready for them. */
  fill(likely: LikelyOptions): void {
    while (this.users > 0 && this.spares.length < MAX_SPARES)
      this.spares.push(new SpareThread(likely));
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
