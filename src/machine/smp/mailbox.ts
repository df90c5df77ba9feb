/**
 * What threads ask of the one that runs a hart (HART.MAILBOX): fences in a ring, acknowledged; commands; MMIO on its way to
 * the machine thread; and the bell, the one word that the thread ever sleeps on. README.md in machine/ tells the protocol.
 */
import { HART, HART_BLOCKS_BASE } from '../hart-layout.ts';

/** Word offsets in a mailbox. All are accessed by atomics, but for the ring's entries, which the lock protects. */
export const BOX = {
  BELL: 0,
  /** THREAD_STATE */
  STATE: 1,
  /** 1 while a thread writes to the ring. */
  LOCK: 2,
  /** Requests put into the ring and taken out of it so far, modulo 2^32. */
  POSTED: 3,
  SERVED: 4,
  /** Bit n: thread n waits for an acknowledgement. */
  WAITERS: 5,
  /** COMMAND */
  COMMAND: 6,
  /** STALE bits: what the thread derives from the hart block was changed from outside. */
  STALE: 7,
  /** One access to a device: MMIO_STATE, size and direction, address, value. */
  MMIO: 8,
  MMIO_OPERATION: 9,
  MMIO_ADDRESS: 10,
  MMIO_LOW: 11,
  MMIO_HIGH: 12,
  /** Why a hart that runs user mode stands still: REASON. The last word that its thread stores. */
  REASON: 13,
  /** 1: a request was dropped for want of room, and everything is to be forgotten instead. */
  OVERFLOW: 14,
  /** SLEEP: whether a ring has to wake the thread. */
  SLEEP: 15,
  RING: 16,
} as const;

const RING_ENTRIES = 32;
const ENTRY_WORDS = 5;

/** Whether the hart executes instructions: then a fence waits for it. */
export const THREAD_STATE = { STARTING: 0, RUNNING: 1, STANDING: 2, FAILED: 3, ENDED: 4 } as const;

/** What the machine thread wants of a hart's thread. */
export const COMMAND = { PAUSE: 0, RUN: 1, END: 2 } as const;

/** What to derive again before the next instruction: CONTEXT from satp and mstatus; BLOCK: everything. */
export const STALE = { CONTEXT: 1, BLOCK: 2 } as const;

/** UNKNOWN: the thread sleeps on the bell by its own means, too. */
export const SLEEP = { UNKNOWN: 0, AWAKE: 1, ASLEEP: 2 } as const;

export const MMIO_STATE = { NONE: 0, ASKED: 1, ANSWERED: 2 } as const;

/** Kinds of requests, and their operands. */
export const REQUEST = {
  /** sfence.vma: asid or NO_ASID; number of pages, 0 for all; the first one's address, low and high. */
  TRANSLATION: 1,
  /** fence.i. */
  CODE: 2,
  /** Forget the code of a physical page: its number. */
  PAGE: 3,
  /** The frame becomes data: forget its code and empty the fetch tables: number of the physical page. */
  TO_DATA: 4,
  /** A frame becomes code: empty the write tables. */
  TO_CODE: 5,
  /** All translations, and all code. */
  EVERYTHING: 6,
} as const;

export const REASON = { NONE: 0, TRAP: 1, INTERRUPT: 2 } as const;

export const NO_ASID = 0xffff_ffff;

/** A huge attention value: any budget is below it. */
const ATTENTION = 0x7fff_ffff;

/** What the thread of a hart does when it is asked. */
export interface RequestHandler {
  perform(kind: number, a: number, b: number, c: number, d: number): void;
}

export class Mailbox {
  readonly hart: number;
  private readonly words: Int32Array;
  private readonly base: number;
  private readonly attention: number;
  private readonly bell: Int32Array;
  private readonly bellAt: number;

  /** `bell`: a shared word that the hart's thread sleeps on for other reasons, too; absent: one of the mailbox. */
  constructor(memory: WebAssembly.Memory, hart: number, bell?: Int32Array) {
    this.hart = hart;
    this.words = new Int32Array(memory.buffer);
    const block = HART_BLOCKS_BASE + hart * HART.SIZE;
    this.base = (block + HART.MAILBOX) >>> 2;
    this.attention = (block + HART.ATTENTION) >>> 2;
    this.bell = bell ?? this.words;
    this.bellAt = bell ? 0 : this.base + BOX.BELL;
  }

  load(word: number): number {
    return Atomics.load(this.words, this.base + word);
  }

  store(word: number, value: number): void {
    Atomics.store(this.words, this.base + word, value);
  }

  /** Returns the value before. */
  replace(word: number, expected: number, value: number): number {
    return Atomics.compareExchange(this.words, this.base + word, expected, value);
  }

  or(word: number, bits: number): void {
    Atomics.or(this.words, this.base + word, bits);
  }

  /** The word's value; it is 0 from now on. */
  take(word: number): number {
    return Atomics.exchange(this.words, this.base + word, 0);
  }

  raiseAttention(): void {
    Atomics.store(this.words, this.attention, ATTENTION);
  }

  get hasAttention(): boolean {
    return Atomics.load(this.words, this.attention) !== 0;
  }

  /** Before the hart's requests are looked at: those that come later raise it again. */
  clearAttention(): void {
    Atomics.store(this.words, this.attention, 0);
  }

  /** Have the thread look at its mailbox, whether it executes or sleeps. */
  ring(): void {
    this.raiseAttention();
    this.ringBell();
  }

  /** For a thread that waits in its own code. */
  ringBell(): void {
    Atomics.add(this.bell, this.bellAt, 1);
    // A notification costs 200 ns even if nobody sleeps.
    if (this.load(BOX.SLEEP) !== SLEEP.AWAKE) Atomics.notify(this.bell, this.bellAt);
  }

  /** Value of the bell; read before looking for work, so that no ring is slept through. */
  get rings(): number {
    return Atomics.load(this.bell, this.bellAt);
  }

  /** Sleep until the bell is rung; `rings` is its value when there was nothing to do. The hart's own thread. */
  sleep(rings: number, timeoutMs: number): void {
    const before = this.load(BOX.SLEEP);
    // Before the bell is compared: who rings after that either sees it, or has changed the bell.
    this.store(BOX.SLEEP, SLEEP.ASLEEP);
    Atomics.wait(this.bell, this.bellAt, rings, timeoutMs);
    this.store(BOX.SLEEP, before);
  }

  /** From now on the thread sleeps by sleep() only. */
  sleepsHere(): void {
    this.store(BOX.SLEEP, SLEEP.AWAKE);
  }

  /** Put a request into the ring; returns its number, or undefined when the ring is full. Any thread. */
  post(kind: number, a: number, b: number, c: number, d: number): number | undefined {
    while (this.replace(BOX.LOCK, 0, 1) !== 0);
    const posted = this.load(BOX.POSTED);
    const hasRoom = !this.isFull;
    if (hasRoom) {
      const at = this.entry(posted);
      this.words[at] = kind;
      this.words[at + 1] = a;
      this.words[at + 2] = b;
      this.words[at + 3] = c;
      this.words[at + 4] = d;
      this.store(BOX.POSTED, posted + 1);
    }
    this.store(BOX.LOCK, 0);
    return hasRoom ? (posted + 1) | 0 : undefined;
  }

  get isFull(): boolean {
    return ((this.load(BOX.POSTED) - this.load(BOX.SERVED)) | 0) >= RING_ENTRIES;
  }

  /** Do what was asked, in order. The hart's own thread; returns whether there was anything. */
  serve(handler: RequestHandler): boolean {
    let served = this.load(BOX.SERVED);
    const isOverfull = this.load(BOX.OVERFLOW) !== 0;
    if (served === this.load(BOX.POSTED) && !isOverfull) return false;
    if (isOverfull) {
      this.store(BOX.OVERFLOW, 0);
      handler.perform(REQUEST.EVERYTHING, 0, 0, 0, 0);
    }
    while (served !== this.load(BOX.POSTED)) {
      const at = this.entry(served);
      const word = (k: number): number => (this.words[at + k] as number) >>> 0;
      handler.perform(word(0), word(1), word(2), word(3), word(4));
      served = (served + 1) | 0;
      this.store(BOX.SERVED, served);
    }
    return true;
  }

  /** Whether the request of this number was served. */
  isServed(number: number): boolean {
    return ((this.load(BOX.SERVED) - number) | 0) >= 0;
  }

  private entry(number: number): number {
    return this.base + BOX.RING + (number & (RING_ENTRIES - 1)) * ENTRY_WORDS;
  }
}
