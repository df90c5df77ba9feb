/** The machine thread's side of the harts that have threads of their own: starts, pauses and ends them, serves their MMIO. */
import type { Bus } from '../bus.ts';
import { failureText } from './hart-thread.ts';
import { BOX, COMMAND, type Mailbox, REASON, STALE, THREAD_STATE } from './mailbox.ts';
import type { Peers } from './peers.ts';
import { answerMmio } from './remote-bus.ts';

const FAILURE_BYTES = 4096;
/** A thread that has not come up after this long never will. */
const START_LIMIT_MS = 60_000;
/** How often it is looked whether the threads are still there. */
const WATCH_MS = 1000;

export class HartThreads {
  readonly peers: Peers;
  private readonly bus: Bus;
  /** Where a thread that fails says why. */
  readonly failure = new SharedArrayBuffer(FAILURE_BYTES);
  private readonly boxes: readonly Mailbox[];
  private readonly value = new Uint32Array(2);
  private readonly started = performance.now();
  /** By hart: whether its thread is still there. */
  private readonly watched = new Map<number, () => boolean>();
  private watchedAt = 0;

  constructor(peers: Peers, bus: Bus) {
    this.peers = peers;
    this.bus = bus;
    this.boxes = Array.from({ length: peers.harts - 1 }, (_unused, k) => peers.box(k + 1));
    this.blocksReplaced();
    peers.lookAgain = () => this.checkLives();
  }

  watch(hart: number, isAlive: () => boolean): void {
    this.watched.set(hart, isAlive);
  }

  /** Longest sleep of the machine thread: while other harts execute, it may be theirs to wake it, and they may die. */
  get longestSleepMs(): number {
    const isRunning = this.boxes.some((box) => box.load(BOX.STATE) === THREAD_STATE.RUNNING);
    return isRunning ? WATCH_MS : Infinity;
  }

  /** User mode: let a hart run from its registers. */
  run(hart: number): void {
    const box = this.peers.box(hart);
    box.store(BOX.COMMAND, COMMAND.RUN);
    box.ringBell();
  }

  /** User mode: why a hart that was let run stands still now, REASON; asked once. */
  takeReason(hart: number): number {
    const box = this.peers.box(hart);
    return box.load(BOX.REASON) === REASON.NONE ? REASON.NONE : box.take(BOX.REASON);
  }

  /** satp of a hart that stands still was changed. */
  contextChanged(hart: number): void {
    this.peers.box(hart).or(BOX.STALE, STALE.CONTEXT);
  }

  /** Hart blocks were written: the threads derive all from them again before they run. */
  blocksReplaced(): void {
    for (const box of this.boxes) box.or(BOX.STALE, STALE.BLOCK);
  }

  /** Let the harts run. */
  resume(): void {
    for (const box of this.boxes) {
      box.store(BOX.COMMAND, COMMAND.RUN);
      box.ring();
    }
  }

  /** Returns once all harts stand still, at exact state; their accesses to devices are finished first. */
  pause(): void {
    for (const box of this.boxes) {
      box.replace(BOX.COMMAND, COMMAND.RUN, COMMAND.PAUSE);
      box.ring();
    }
    for (const box of this.boxes) {
      this.peers.until(box, () => {
        this.serve();
        return box.load(BOX.STATE) !== THREAD_STATE.RUNNING;
      });
    }
  }

  /**
   * Serve what the harts' threads ask of the machine thread. Returns whether there was anything. Throws an Error when one of
   * them has failed.
   */
  serve(): boolean {
    this.peers.serve();
    this.checkLives();
    let isBusy = false;
    for (const box of this.boxes) {
      if (answerMmio(box, this.bus, this.value)) isBusy = true;
      const state = box.load(BOX.STATE);
      if (state === THREAD_STATE.FAILED) {
        throw new Error(`the thread of hart ${box.hart} failed: ${failureText(this.failure)}`);
      }
      if (state === THREAD_STATE.STARTING) this.checkStart(box.hart);
    }
    return isBusy;
  }

  /** Throws an Error when a thread has ended without a word. */
  private checkLives(): void {
    const now = performance.now();
    if (now - this.watchedAt < WATCH_MS) return;
    this.watchedAt = now;
    for (const [hart, isAlive] of this.watched) {
      const state = this.peers.box(hart).load(BOX.STATE);
      if (state === THREAD_STATE.FAILED || state === THREAD_STATE.ENDED || isAlive()) continue;
      throw new Error(
        `the thread of hart ${hart} is gone: the host has ended it, perhaps for want of memory`,
      );
    }
  }

  private checkStart(hart: number): void {
    if (performance.now() - this.started > START_LIMIT_MS) {
      throw new Error(`the thread of hart ${hart} does not start`);
    }
  }

  end(): void {
    for (const box of this.boxes) {
      box.store(BOX.COMMAND, COMMAND.END);
      box.ring();
    }
  }
}
