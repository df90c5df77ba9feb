/** Guest physical memory, and the hart blocks and tables before it: the only owner of WebAssembly.Memory and its views. */
import { type BulkMemory, bulkMemory } from './bulk-memory.ts';
import {
  HART,
  HART_BLOCKS_BASE,
  hostOf,
  MAX_HARTS,
  RAM_BASE,
  RAM_PHYSICAL_BASE,
  ROM_BASE,
  ROM_BYTES,
} from './hart-layout.ts';

export const PAGE_BYTES = 4096;
const WASM_PAGE_BYTES = 65536;
const MIB = 1024 * 1024;
export const MIN_RAM_BYTES = 16 * MIB;
export const MAX_RAM_BYTES = 3584 * MIB;

/**
 * What V8 counts as the memory of a machine, in wasm pages: it counts what a memory begins with, not what it grows to. With all of it, each machine begins with a
 * collection of its thread's garbage, some 10 ms, which is right where others were there before and nobody waits. `booted`: about what a
 * machine takes that has booted, for one that is waited for. `least`: of one whose thread has no other and ends with it.
 */
const COUNTED_PAGES = { all: Number.POSITIVE_INFINITY, booted: 128, least: 1 } as const;

export type CountedMemory = keyof typeof COUNTED_PAGES;

/** The memory that was asked for cannot be had; the message says what can. */
export class MemorySizeError extends Error {
  override readonly name = 'MemorySizeError';
}

function reserve(ramBytes: number, counted: CountedMemory): WebAssembly.Memory {
  if (ramBytes < MIN_RAM_BYTES || ramBytes > MAX_RAM_BYTES || ramBytes % PAGE_BYTES !== 0) {
    throw new MemorySizeError(
      `memory of ${ramBytes / MIB} MiB is not possible: it must be 16 MiB to 3584 MiB (3.5 GiB), in whole pages`,
    );
  }
  const pages = Math.ceil((RAM_BASE + ramBytes) / WASM_PAGE_BYTES);
  try {
    const initial = Math.min(pages, COUNTED_PAGES[counted]);
    const memory = new WebAssembly.Memory({ initial, maximum: pages, shared: true });
    memory.grow(pages - initial);
    return memory;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new MemorySizeError(
      `this host cannot reserve ${Math.ceil((pages * WASM_PAGE_BYTES) / MIB)} MiB of address space for ` +
        `a machine with ${ramBytes / MIB} MiB of memory; ask for less`,
      { cause: error },
    );
  }
}

/** What the threads of one machine share: the memory, and who fetched from and stored to its frames. */
export interface SharedMemory {
  readonly wasm: WebAssembly.Memory;
  readonly ramBytes: number;
  readonly frames: SharedArrayBuffer;
}

/** Called with the physical page number (pa / 4096) of a code frame that was replaced, and the threads that fetched from it. */
export type CodeListener = (physicalPage: number, threads: number) => void;

export class PhysicalMemory {
  readonly wasm: WebAssembly.Memory;
  /** Physical address and size of RAM. */
  readonly base = RAM_PHYSICAL_BASE;
  readonly size: number;
  /** RAM; index by (pa - base), in units of the element. */
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  /** The whole wasm memory, hart blocks included, by wasm address. */
  readonly words: Uint32Array;
  /** The hart blocks as 64-bit values, by wasm address / 8: for floating point in software only. */
  readonly quads: BigUint64Array;
  /** Content of the boot ROM. */
  readonly rom: Uint8Array;
  private readonly bulk: BulkMemory;
  /** One byte per frame: bit n once thread n fetched an instruction from it. */
  private readonly fetched: Uint8Array;
  /** One byte per frame: bit n while thread n may have it in a write table. Only where stores to code are seen. */
  private readonly stored: Uint8Array;
  readonly shared: SharedMemory;
  private readonly threadBit: number;
  private onCodeReplaced: CodeListener = () => undefined;

  /**
   * Reserve `memory` bytes, of which V8 counts `counted`, or attach to another thread's as thread number `thread`. Throws MemorySizeError.
   */
  constructor(memory: number | SharedMemory, thread = 0, counted: CountedMemory = 'all') {
    const shared =
      typeof memory === 'number'
        ? {
            wasm: reserve(memory, counted),
            ramBytes: memory,
            frames: new SharedArrayBuffer((2 * memory) / PAGE_BYTES),
          }
        : memory;
    const { wasm, ramBytes, frames } = shared;
    this.shared = shared;
    this.wasm = wasm;
    this.size = ramBytes;
    const { buffer } = wasm;
    this.u8 = new Uint8Array(buffer, RAM_BASE, ramBytes);
    this.u16 = new Uint16Array(buffer, RAM_BASE, ramBytes >>> 1);
    this.u32 = new Uint32Array(buffer, RAM_BASE, ramBytes >>> 2);
    this.i32 = new Int32Array(buffer, RAM_BASE, ramBytes >>> 2);
    this.words = new Uint32Array(buffer, 0, (RAM_BASE + ramBytes) >>> 2);
    this.quads = new BigUint64Array(buffer, 0, (HART_BLOCKS_BASE + MAX_HARTS * HART.SIZE) >>> 3);
    this.rom = new Uint8Array(buffer, hostOf(ROM_BASE), ROM_BYTES);
    this.bulk = bulkMemory(wasm);
    const count = ramBytes / PAGE_BYTES;
    this.fetched = new Uint8Array(frames, 0, count);
    this.stored = new Uint8Array(frames, count, count);
    this.threadBit = 1 << thread;
  }

  /** Whether [pa, pa + length) lies in RAM. */
  contains(pa: number, length: number): boolean {
    return pa >= this.base && pa - this.base + length <= this.size;
  }

  /** Wasm address of what a hart may fetch at `pa`, or -1: instructions lie in RAM and in ROM. */
  codeAt(pa: number): number {
    const isRom = pa >= ROM_BASE && pa < ROM_BASE + ROM_BYTES;
    return isRom || this.contains(pa, 1) ? hostOf(pa) : -1;
  }

  /** The halfword of an instruction at an even address that codeAt gave. */
  codeHalfword(host: number): number {
    return ((this.words[host >>> 2] as number) >>> (8 * (host & 2))) & 0xffff;
  }

  /** Physical addresses, in RAM; the ranges may overlap. */
  copy(destination: number, source: number, length: number): void {
    if (!this.contains(destination, length) || !this.contains(source, length)) {
      throw new RangeError(`copy outside RAM: ${destination}, ${source}, ${length}`);
    }
    const offset = RAM_BASE - this.base;
    this.bulk.copy(destination + offset, source + offset, length);
  }

  fill(destination: number, value: number, length: number): void {
    if (!this.contains(destination, length)) {
      throw new RangeError(`fill outside RAM: ${destination}, ${length}`);
    }
    this.bulk.fill(destination + RAM_BASE - this.base, value, length);
  }

  /** Fill wasm addresses below RAM: hart blocks and translation tables. */
  fillTables(address: number, value: number, length: number): void {
    this.bulk.fill(address, value, length);
  }

  /** A view of RAM that a device reads from, or undefined when the range is not all RAM. Do not keep it. */
  dmaRead(pa: number, length: number): Uint8Array | undefined {
    if (!this.contains(pa, length)) return undefined;
    const at = pa - this.base;
    return this.u8.subarray(at, at + length);
  }

  /** A view of RAM that a device writes to; translations of code in it are forgotten. Do not keep it. */
  dmaWrite(pa: number, length: number): Uint8Array | undefined {
    if (!this.contains(pa, length)) return undefined;
    this.codeReplaced(pa, length);
    const at = pa - this.base;
    return this.u8.subarray(at, at + length);
  }

  setCodeListener(onCodeReplaced: CodeListener): void {
    this.onCodeReplaced = onCodeReplaced;
  }

  /** An eight-byte value between wasm addresses, both aligned: no thread sees half of it. */
  moveQuad(destination: number, source: number): void {
    this.bulk.moveQuad(destination, source);
  }

  /** This thread fetches an instruction from a frame of RAM. */
  markCode(pa: number): void {
    const frame = (pa - this.base) >>> 12;
    if (((this.fetched[frame] as number) & this.threadBit) !== 0) return;
    Atomics.or(this.fetched, frame, this.threadBit);
  }

  /** Whether this thread fetched instructions from this frame of RAM. */
  isCode(pa: number): boolean {
    return ((this.fetched[(pa - this.base) >>> 12] as number) & this.threadBit) !== 0;
  }

  /** Whether this thread may have this frame of RAM in a write table. */
  isStored(pa: number): boolean {
    return ((this.stored[(pa - this.base) >>> 12] as number) & this.threadBit) !== 0;
  }

  /** The frame is data to no thread from now on; returns the threads that may have it in a write table. */
  takeStored(pa: number): number {
    return Atomics.exchange(this.stored, (pa - this.base) >>> 12, 0);
  }

  /** The frame is code to no thread from now on; returns the threads that fetched from it. */
  takeCode(pa: number): number {
    return Atomics.exchange(this.fetched, (pa - this.base) >>> 12, 0);
  }

  markStored(pa: number): void {
    Atomics.or(this.stored, (pa - this.base) >>> 12, this.threadBit);
  }

  /** The physical page number of each frame that this thread fetched instructions from. */
  forEachCodePage(visit: (physicalPage: number) => void): void {
    this.fetched.forEach((threads, frame) => {
      if ((threads & this.threadBit) !== 0) visit(frame + this.base / PAGE_BYTES);
    });
  }

  /** RAM was written other than by guest stores: tell the engines about the frames that ever held code. */
  codeReplaced(pa: number, length: number): void {
    if (length === 0) return;
    const last = (pa - this.base + length - 1) >>> 12;
    for (let frame = (pa - this.base) >>> 12; frame <= last; frame++) {
      const threads = this.fetched[frame] as number;
      if (threads !== 0) this.onCodeReplaced(frame + this.base / PAGE_BYTES, threads);
    }
  }
}
