/** One thread's way to the others: requests with acknowledgement, waiting without deadlock, and the lock of frame transitions. */

import type { FrameThreads } from '../frame-use.ts';
import { HART_BLOCKS_BASE, MAX_HARTS } from '../hart-layout.ts';
import { BOX, Mailbox, REQUEST, type RequestHandler, THREAD_STATE } from './mailbox.ts';

/** Looks at a condition before a thread sleeps for it: a request to a thread that executes takes about a microsecond. */
const SPINS = 500;
/** The first word of the memory's unused beginning: who changes the use of frames, plus 1. */
const FRAME_LOCK = (HART_BLOCKS_BASE - 64) >>> 2;
/** A thread that ended without a word must not hold the others for ever: they look again this often. */
const LOOK_AGAIN_MS = 100;

export class Peers implements FrameThreads {
  readonly own: Mailbox;
  readonly harts: number;
  private readonly boxes: readonly Mailbox[];
  private readonly words: Int32Array;
  private readonly numbers = new Int32Array(MAX_HARTS);
  private handler: RequestHandler | undefined;
  /** Called now and then by a thread that waits long for another. */
  lookAgain: () => void = () => undefined;

  /** The thread of hart `own`; `doorbell` is what thread 0 sleeps on. */
  constructor(memory: WebAssembly.Memory, own: number, harts: number, doorbell: Int32Array) {
    this.harts = harts;
    this.words = new Int32Array(memory.buffer);
    this.boxes = Array.from(
      { length: harts },
      (_unused, hart) => new Mailbox(memory, hart, hart === 0 ? doorbell : undefined),
    );
    this.own = this.box(own);
  }

  box(hart: number): Mailbox {
    const box = this.boxes[hart];
    if (!box) throw new RangeError(`there is no hart ${hart}`);
    return box;
  }

  setHandler(handler: RequestHandler): void {
    this.handler = handler;
  }

  /** Do what was asked of this thread's hart; returns whether there was anything. */
  serve(): boolean {
    if (!this.handler || !this.own.serve(this.handler)) return false;
    this.wakeWaiters();
    return true;
  }

  /** The own hart executes from now on: what was asked of it is done first. */
  enter(): void {
    this.own.store(BOX.STATE, THREAD_STATE.RUNNING);
    this.own.clearAttention();
    this.serve();
  }

  /** The own hart stands still: nobody waits for it. */
  leave(state: number = THREAD_STATE.STANDING): void {
    this.own.store(BOX.STATE, state);
    this.wakeWaiters();
  }

  /** This thread ends by an error: nothing waits for it, and the machine thread looks. */
  fail(): void {
    Atomics.compareExchange(this.words, FRAME_LOCK, this.own.hart + 1, 0);
    this.leave(THREAD_STATE.FAILED);
    this.box(0).ring();
  }

  private wakeWaiters(): void {
    const waiters = this.own.take(BOX.WAITERS);
    if (waiters === 0) return;
    for (const box of this.boxes) if (((waiters >>> box.hart) & 1) === 1) box.ringBell();
  }

  /**
   * Have the harts of `mask` do something (REQUEST) before their next instruction; the own one does it here. Returns once all
   * have that execute now.
   */
  ask(mask: number, kind: number, a = 0, b = 0, c = 0, d = 0): void {
    const { own, numbers } = this;
    for (const box of this.boxes) {
      if (box === own || ((mask >>> box.hart) & 1) === 0) continue;
      numbers[box.hart] = this.post(box, kind, a, b, c, d);
      if (box.load(BOX.STATE) === THREAD_STATE.RUNNING) box.ring();
    }
    if (((mask >>> own.hart) & 1) === 1) this.handler?.perform(kind, a, b, c, d);
    for (const box of this.boxes) {
      if (box === own || ((mask >>> box.hart) & 1) === 0) continue;
      const number = numbers[box.hart] as number;
      this.until(box, () => box.load(BOX.STATE) !== THREAD_STATE.RUNNING || box.isServed(number));
    }
  }

  /** As ask, but it is enough that the harts do it before they run again, or fetch from a page that is new to them. */
  tell(mask: number, kind: number, a = 0, b = 0, c = 0, d = 0): void {
    for (const box of this.boxes) {
      if (((mask >>> box.hart) & 1) === 0) continue;
      if (box === this.own) this.handler?.perform(kind, a, b, c, d);
      else if (box.post(kind, a, b, c, d) === undefined) box.store(BOX.OVERFLOW, 1);
    }
  }

  private post(box: Mailbox, kind: number, a: number, b: number, c: number, d: number): number {
    for (;;) {
      const number = box.post(kind, a, b, c, d);
      if (number !== undefined) return number;
      // Full. A thread that stands serves when its bell is rung; one that has ended has nothing to forget.
      const state = box.load(BOX.STATE);
      if (state !== THREAD_STATE.RUNNING && state !== THREAD_STATE.STANDING) return 0;
      box.ring();
      this.until(box, () => !box.isFull);
    }
  }

  /** Wait for something that thread `box` brings about, or the own bell is rung for; requests to this thread are served. */
  until(box: Mailbox, isDone: () => boolean): void {
    for (let spins = 0; spins < SPINS; spins++) {
      if (isDone()) return;
      this.serve();
    }
    const { own } = this;
    for (;;) {
      const { rings } = own;
      box.or(BOX.WAITERS, 1 << own.hart);
      if (isDone()) return;
      this.serve();
      own.sleep(rings, LOOK_AGAIN_MS);
      this.lookAgain();
    }
  }

  lock(): void {
    const mine = this.own.hart + 1;
    for (let spins = 0; ; spins++) {
      const holder = Atomics.compareExchange(this.words, FRAME_LOCK, 0, mine);
      if (holder === 0) return;
      this.serve();
      if (spins < SPINS) continue;
      // Only a glance: whoever holds it waits for acknowledgements at most.
      this.own.sleep(this.own.rings, 0.1);
    }
  }

  unlock(): void {
    Atomics.store(this.words, FRAME_LOCK, 0);
  }

  emptyWriteTables(threads: number): void {
    this.ask(threads, REQUEST.TO_CODE);
  }

  forgetCode(threads: number, physicalPage: number): void {
    this.ask(threads, REQUEST.TO_DATA, physicalPage);
  }
}
