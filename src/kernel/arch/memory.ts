/** The one accessor of guest RAM in the kernel. Addresses are physical. */
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { fromBytes } from '../../lib/bytes.ts';
import type { PlatformMemory } from '../../platform/platform.ts';

/** Fewer bytes are copied faster one by one than through a view. */
const VIEW_BYTES = 64;
/** And faster than by the machine's copy. */
const FEW_BYTES = 16;

export class Ram {
  readonly base: number;
  readonly size: number;
  private readonly memory: PlatformMemory;
  private readonly u8: Uint8Array;
  private readonly u32: Uint32Array;

  constructor(memory: PlatformMemory) {
    this.memory = memory;
    this.base = memory.base;
    this.size = memory.size;
    this.u8 = memory.u8;
    this.u32 = memory.u32;
  }

  /** Physical address of a frame, counted from the start of RAM. */
  frameAt(number: number): number {
    return this.base + number * PAGE_SIZE;
  }

  /** Aligned 32-bit word. */
  readWord(address: number): number {
    return this.u32[(address - this.base) >>> 2] as number;
  }

  writeWord(address: number, value: number): void {
    this.u32[(address - this.base) >>> 2] = value;
  }

  readByte(address: number): number {
    return this.u8[address - this.base] as number;
  }

  writeByte(address: number, value: number): void {
    this.u8[address - this.base] = value;
  }

  /** A view for immediate use: must not be kept over a block or a trap. */
  bytes(address: number, length: number): Uint8Array {
    // Half of what subarray takes.
    return new Uint8Array(this.u8.buffer, this.u8.byteOffset + address - this.base, length);
  }

  write(address: number, bytes: Uint8Array): void {
    if (bytes.length > VIEW_BYTES) this.u8.set(bytes, address - this.base);
    else {
      const at = address - this.base;
      for (let i = 0; i < bytes.length; i++) this.u8[at + i] = bytes[i] as number;
    }
  }

  /** Copy `count` bytes to `target` from `offset` on. */
  read(address: number, count: number, target: Uint8Array, offset: number): void {
    if (count > VIEW_BYTES) {
      target.set(this.bytes(address, count), offset);
      return;
    }
    const at = address - this.base;
    for (let i = 0; i < count; i++) target[offset + i] = this.u8[at + i] as number;
  }

  /** Bytes in front of the first NUL; `most` when there is none among so many. */
  lengthToNul(address: number, most: number): number {
    const from = address - this.base;
    let at = from;
    while (at < from + most && this.u8[at] !== 0) at++;
    return at - from;
  }

  /** Bytes as a latin-1 string. */
  text(address: number, length: number): string {
    const at = address - this.base;
    return fromBytes(this.u8, at, at + length);
  }

  clearFrame(frame: number): void {
    this.memory.fill(frame, 0, PAGE_SIZE);
  }

  clear(address: number, bytes: number): void {
    this.memory.fill(address, 0, bytes);
  }

  fill(address: number, value: number, bytes: number): void {
    this.memory.fill(address, value, bytes);
  }

  copyFrame(target: number, source: number): void {
    this.memory.copy(target, source, PAGE_SIZE);
  }

  copy(target: number, source: number, bytes: number): void {
    if (bytes > FEW_BYTES) {
      this.memory.copy(target, source, bytes);
      return;
    }
    const to = target - this.base;
    const from = source - this.base;
    for (let i = 0; i < bytes; i++) this.u8[to + i] = this.u8[from + i] as number;
  }

  /** Index in the array of aligned words; for loops over page tables together with words(). */
  wordIndex(address: number): number {
    return (address - this.base) >>> 2;
  }

  words(): Uint32Array {
    return this.u32;
  }
}
