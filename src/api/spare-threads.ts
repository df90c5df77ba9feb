/**
 * Machine threads that have loaded their code and wait for their options: what comes from a snapshot or a fork starts with one of
 * them, if there is one. They hold no process open, and go with the last machine.
 */
import type { ForeignOptions, SpareOptions } from '../protocol.ts';
import type { Beginning } from './beginning.ts';
import { type MachineLine, OwnThread } from './machine-line.ts';
import { createDoorbell, type LikelyOptions, startMachineThread } from './machine-worker.ts';
import { takeAhead } from './thread-ahead.ts';
import { TwinThreads } from './twin-threads.ts';
import { WaitingThread } from './waiting-thread.ts';

/** A thread that waits takes about 20 MB. */
const MAX_SPARES = 2;

/**
 * Whether a machine like it can be made before it is asked for: alone in its thread, and without files of the host that change, be it
 * on their own or because a machine is made.
 */
function canBeRehearsed({ harts, disks, trace, ...options }: LikelyOptions): boolean {
  const { recordFile, replayFile, schedule, faults, isProfiled, isDebugged } = options;
  const isPlain = !recordFile && !replayFile && !schedule && !faults && !isProfiled && !isDebugged;
  return isPlain && harts === 1 && disks.length === 0 && trace.length === 0;
}

/**
 * Whether it is a twin that may run beside others in a thread: nothing holds the thread, or has to be the same each time it is run. What
 * belongs to this thread (a console, volumes) is waited for there.
 */
function sharesThread(options: LikelyOptions): boolean {
  const { restore, mounts, hasConsole, deterministicSeed, isMeasured } = options;
  const holdsThread = hasConsole || mounts.length > 0 || isMeasured;
  const isRepeated = deterministicSeed !== undefined;
  const isTwin = restore?.kind === 'twin' || restore?.kind === 'direct';
  return isTwin && canBeRehearsed(options) && !holdsThread && !isRepeated;
}

function spareThread(likely: LikelyOptions): WaitingThread {
  const rehearsed = canBeRehearsed(likely);
  return new WaitingThread((wakes, doorbell): SpareOptions => {
    const rehearsal = rehearsed ? { ...likely, doorbell, volumeChannel: undefined } : undefined;
    return { kind: 'spare', wakes, rehearsal };
  }, 'restore');
}

/** With what the doorbell's owner adds left out. */
export type MachineStart = (LikelyOptions | Omit<ForeignOptions, 'doorbell' | 'volumeChannel'>) & {
  volumeChannel: SharedArrayBuffer | undefined;
};

function started(options: object, beginning: Beginning, doorbell: Int32Array): MachineLine {
  return new OwnThread(startMachineThread({ ...options, doorbell }, beginning), doorbell);
}

class SpareThreads {
  private spares: WaitingThread[] = [];
  private readonly twins = new TwinThreads();
  /** Machine threads that run. */
  private users = 0;
  private ending: Promise<unknown> = Promise.resolve();

  /** A thread for these options, or a share of one; `leave` when the machine is gone. `bell`: where others ring it, too. */
  enter(options: MachineStart, bell: Int32Array | undefined): MachineLine {
    this.users += 1;
    const isRestored = options.kind === 'hartix' && options.restore !== undefined;
    if (isRestored && sharesThread(options)) return this.twins.begin(options, bell);
    this.spares = this.spares.filter(({ isGone }) => !isGone);
    const waiting =
      (isRestored ? this.spares.shift() : undefined) ?? takeAhead(options.memoryBytes);
    return (
      waiting?.give(options) ??
      started(options, isRestored ? 'restore' : 'boot', bell ?? createDoorbell())
    );
  }

  /** Where the parts of a machine with these options are waited for, if it begins now. */
  bellOf(options: LikelyOptions): Int32Array | undefined {
    return sharesThread(options) ? this.twins.bellOfNext() : undefined;
  }

  /** One with these options is going to begin, once its parts are there. */
  prepare(options: LikelyOptions): void {
    if (sharesThread(options)) this.twins.prepare();
  }

  leave(): void {
    this.users -= 1;
  }

  /** More machines are likely to come: have threads ready for them. */
  fill(likely: LikelyOptions): void {
    if (sharesThread(likely)) return;
    while (this.users > 0 && this.spares.length < MAX_SPARES) this.spares.push(spareThread(likely));
  }

  /** Whether more than one machine runs: a process that only goes on with a saved one needs no spares. */
  get areShared(): boolean {
    return this.users > 1;
  }

  /** Resolves when none is left, where no machine is. */
  async settle(): Promise<void> {
    if (this.users === 0) {
      const ends = this.spares.splice(0).map((spare) => spare.end());
      this.ending = Promise.all([this.ending, this.twins.end(), ...ends]);
    }
    await this.ending;
  }
}

/** Of this process. */
export const spareThreads = new SpareThreads();
