/**
 * Which frames hold code and which data, where a store to code takes effect at once (MachineOptions.tracksCode): a frame is
 * in the write tables or in the fetch tables of harts, never in both. Between threads, transitions go one after the other.
 */
import type { Hart } from './hart.ts';
import { PAGE_BYTES, type PhysicalMemory } from './memory.ts';

/** What the transitions ask of the other threads. The masks have a bit per thread, and may name the own one. */
export interface FrameThreads {
  /** Do what other threads have asked; returns whether that was anything. */
  serve(): boolean;
  /** From here to unlock() no other thread changes the use of frames; the own thread is served meanwhile. */
  lock(): void;
  unlock(): void;
  emptyWriteTables(threads: number): void;
  /** Forget the code of a physical page, and empty the fetch tables. */
  forgetCode(threads: number, physicalPage: number): void;
}

export class FrameUse {
  private readonly memory: PhysicalMemory;
  private readonly threads: FrameThreads;
  private readonly tracksCode: boolean;

  constructor(memory: PhysicalMemory, tracksCode: boolean, threads: FrameThreads) {
    this.memory = memory;
    this.tracksCode = tracksCode;
    this.threads = threads;
  }

  /**
   * Before the frame goes into a fetch table. Returns false when the address has to be translated again, because
   * other threads' requests were served meanwhile.
   */
  fetch(pa: number): boolean {
    const { memory, threads } = this;
    // A page that is new to a hart may hold code of a frame that it was told to forget.
    if (threads.serve()) return false;
    if (memory.isCode(pa)) return true;
    if (!this.tracksCode) {
      memory.markCode(pa);
      return true;
    }
    threads.lock();
    // In this order: a thread that sees itself gone from the set asks for the lock before it fills a table again.
    const writers = memory.takeStored(pa);
    if (writers !== 0) threads.emptyWriteTables(writers);
    memory.markCode(pa);
    threads.unlock();
    return false;
  }

  /** Before the frame goes into a write table, or is stored to without one. Returns as fetch does. */
  store(pa: number): boolean {
    const { memory, threads } = this;
    if (!this.tracksCode || memory.isStored(pa)) return true;
    threads.lock();
    const fetchers = memory.takeCode(pa);
    if (fetchers !== 0) threads.forgetCode(fetchers, Math.floor(pa / PAGE_BYTES));
    memory.markStored(pa);
    threads.unlock();
    return false;
  }
}

/** One thread, which runs all harts. */
export class SingleThread implements FrameThreads {
  private readonly harts: readonly Hart[];
  private readonly forget: (physicalPage: number) => void;

  constructor(harts: readonly Hart[], forget: (physicalPage: number) => void) {
    this.harts = harts;
    this.forget = forget;
  }

  serve(): boolean {
    return false;
  }

  lock(): void {
    // Nobody else is there.
  }

  unlock(): void {
    // As lock.
  }

  emptyWriteTables(): void {
    for (const { banks } of this.harts) banks.clearWrites();
  }

  forgetCode(_threads: number, physicalPage: number): void {
    this.forget(physicalPage);
    for (const { banks } of this.harts) banks.clearFetches();
  }
}
