/** Access to a process's memory as the process would have it: pages are faulted in, protection counts. Throws EFAULT. */
import { EFAULT, EINVAL, ENAMETOOLONG, fail, KernelError } from '../../abi/errno.ts';
import { PAGE_SIZE, withinPage } from '../../fs/page-frames.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { type Decoded, type Fields, type Layout, layout } from '../../lib/layout.ts';
import { wide } from '../../lib/wide.ts';
import type { Ram } from '../arch/memory.ts';
import { TASK_SIZE } from '../arch/page-table.ts';
import type { AddressSpace } from './address-space.ts';

const HIGH = 0x1_0000_0000;
/** A word that is not aligned. */
const Word = layout({ value: 'u32' });

export class UserMemory {
  /** immutable */
  readonly owner: AddressSpace;
  private readonly ram: Ram;

  constructor(space: AddressSpace, ram: Ram) {
    this.owner = space;
    this.ram = ram;
  }

  /** Physical address of a user byte, its page present and allowed for the access. Throws EFAULT. */
  translate(address: number, isWrite: boolean): number {
    const known = this.owner.pageTable.lookup(address, isWrite);
    return known >= 0 ? known : this.owner.faultIn(address, isWrite);
  }

  /** A copy of `length` bytes. */
  readBytes(address: number, length: number): Uint8Array {
    checkRange(address, length);
    const bytes = new Uint8Array(length);
    this.copyOut(address, bytes);
    return bytes;
  }

  /** Fill `target` from user memory. */
  copyOut(address: number, target: Uint8Array): void {
    checkRange(address, target.length);
    let done = 0;
    while (done < target.length) {
      const at = address + done;
      const count = Math.min(PAGE_SIZE - withinPage(at), target.length - done);
      const physical = this.translate(at, false);
      this.ram.read(physical, count, target, done);
      done += count;
    }
  }

  writeBytes(address: number, bytes: Uint8Array): void {
    checkRange(address, bytes.length);
    let done = 0;
    while (done < bytes.length) {
      const at = address + done;
      const count = Math.min(PAGE_SIZE - withinPage(at), bytes.length - done);
      const physical = this.translate(at, true);
      this.ram.write(physical, count === bytes.length ? bytes : bytes.subarray(done, done + count));
      done += count;
    }
  }

  /** Fill `words` from a structure of 32-bit words. */
  readWords(address: number, words: Uint32Array): void {
    const length = words.length * 4;
    if (length === 0) return;
    if ((address & 3) !== 0 || withinPage(address) + length > PAGE_SIZE) {
      this.copyOut(address, new Uint8Array(words.buffer, words.byteOffset, length));
      return;
    }
    checkRange(address, length);
    const at = this.ram.wordIndex(this.translate(address, false));
    const source = this.ram.words();
    for (let i = 0; i < words.length; i++) words[i] = source[at + i] as number;
  }

  /** A structure of 32-bit words. */
  writeWords(address: number, words: Uint32Array): void {
    const length = words.length * 4;
    if (length === 0) return;
    if ((address & 3) !== 0 || withinPage(address) + length > PAGE_SIZE) {
      this.writeBytes(address, new Uint8Array(words.buffer, words.byteOffset, length));
      return;
    }
    checkRange(address, length);
    const at = this.ram.wordIndex(this.translate(address, true));
    const target = this.ram.words();
    for (let i = 0; i < words.length; i++) target[at + i] = words[i] as number;
  }

  /** Copy `length` bytes at a physical address to user memory. */
  writePhysical(address: number, source: number, length: number): void {
    checkRange(address, length);
    let done = 0;
    while (done < length) {
      const at = address + done;
      const count = Math.min(PAGE_SIZE - withinPage(at), length - done);
      this.ram.copy(this.translate(at, true), source + done, count);
      done += count;
    }
  }

  /** Copy `length` bytes of user memory to a physical address. */
  readPhysical(address: number, target: number, length: number): void {
    checkRange(address, length);
    let done = 0;
    while (done < length) {
      const at = address + done;
      const count = Math.min(PAGE_SIZE - withinPage(at), length - done);
      this.ram.copy(target + done, this.translate(at, false), count);
      done += count;
    }
  }

  fill(address: number, value: number, length: number): void {
    checkRange(address, length);
    let done = 0;
    while (done < length) {
      const at = address + done;
      const count = Math.min(PAGE_SIZE - withinPage(at), length - done);
      this.ram.fill(this.translate(at, true), value, count);
      done += count;
    }
  }

  /** How many of `count` bytes can be read, from the first one on: asked after an EFAULT. */
  countReadable(address: number, count: number): number {
    let good = 0;
    try {
      while (good < count) {
        this.readU8(address + good);
        good += PAGE_SIZE - withinPage(address + good);
      }
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      return good;
    }
    return count;
  }

  readU8(address: number): number {
    checkRange(address, 1);
    return this.ram.readByte(this.translate(address, false));
  }

  writeU8(address: number, value: number): void {
    checkRange(address, 1);
    this.ram.writeByte(this.translate(address, true), value);
  }

  readU32(address: number): number {
    checkRange(address, 4);
    if ((address & 3) === 0) return this.ram.readWord(this.translate(address, false));
    return Word.decode(this.readBytes(address, 4)).value;
  }

  readI32(address: number): number {
    return this.readU32(address) | 0;
  }

  writeU32(address: number, value: number): void {
    checkRange(address, 4);
    if ((address & 3) === 0) {
      this.ram.writeWord(this.translate(address, true), value);
      return;
    }
    this.write(Word, address, { value });
  }

  /** Exact below 2^53. */
  readU64(address: number): number {
    if ((address & 7) === 0) {
      checkRange(address, 8);
      const at = this.translate(address, false);
      return wide(this.ram.readWord(at + 4), this.ram.readWord(at));
    }
    return wide(this.readU32(address + 4), this.readU32(address));
  }

  /** All 64 bits, for what is only kept and given back. */
  readBigU64(address: number): bigint {
    return (BigInt(this.readU32(address + 4)) << 32n) | BigInt(this.readU32(address));
  }

  /** Signed; exact below 2^53 in magnitude. */
  readI64(address: number): number {
    return wide(this.readI32(address + 4), this.readU32(address));
  }

  /** Any integer of magnitude below 2^53; negative ones in two's complement. */
  writeU64(address: number, value: number): void {
    if ((address & 7) === 0) {
      checkRange(address, 8);
      const at = this.translate(address, true);
      this.ram.writeWord(at, value);
      this.ram.writeWord(at + 4, Math.floor(value / HIGH));
      return;
    }
    this.writeU32(address + 4, Math.floor(value / HIGH));
    this.writeU32(address, value);
  }

  /** Bytes up to the first NUL, as a latin-1 string. Throws ENAMETOOLONG when there is none in `maxBytes`. */
  readString(address: number, maxBytes: number, tooLong = ENAMETOOLONG): string {
    let text = '';
    for (let at = address; text.length < maxBytes; ) {
      checkRange(at, 1);
      const count = Math.min(PAGE_SIZE - withinPage(at), maxBytes - text.length);
      const physical = this.translate(at, false);
      const length = this.ram.lengthToNul(physical, count);
      text += this.ram.text(physical, length);
      if (length < count) return text;
      at += count;
    }
    throw fail(tooLong, `no NUL within ${maxBytes} bytes`);
  }

  read<F extends Fields>(layout: Layout<F>, address: number): Decoded<F> {
    return layout.decode(this.readBytes(address, layout.size));
  }

  write<F extends Fields>(
    layout: Layout<F>,
    address: number,
    values: Parameters<Layout<F>['encode']>[0],
  ): void {
    this.writeBytes(address, layout.encodeBriefly(values));
  }
}

/** Addresses are positive and stay below the end of user space. */
function checkRange(address: number, length: number): void {
  if (address + length > TASK_SIZE) throw fail(EFAULT, 'address outside of user space');
}

/** One range of user memory as the source or target of a transfer. */
export class UserBuffer implements IoBuffer {
  readonly memory: UserMemory;
  readonly address: number;
  readonly length: number;

  constructor(memory: UserMemory, address: number, length: number) {
    this.memory = memory;
    this.address = address;
    this.length = length;
  }

  /** EFAULT where the buffer leaves user space, whatever is moved in the end: access_ok() of Linux. Returns the buffer. */
  checked(): this {
    checkRange(this.address, this.length);
    return this;
  }

  countReadable(offset: number, count: number): number {
    return this.memory.countReadable(this.address + offset, count);
  }

  pageAt(offset: number, isWrite: boolean): number | undefined {
    const at = this.address + offset;
    if (withinPage(at) !== 0 || offset + PAGE_SIZE > this.length) return undefined;
    checkRange(at, PAGE_SIZE);
    return this.memory.translate(at, isWrite);
  }

  isAligned(bytes: number): boolean {
    return this.address % bytes === 0 && this.length % bytes === 0;
  }

  copyIn(bytes: Uint8Array, offset: number): void {
    this.memory.writeBytes(this.address + offset, bytes);
  }

  copyOut(target: Uint8Array, offset: number): void {
    this.memory.copyOut(this.address + offset, target);
  }

  copyInPhysical(address: number, count: number, offset: number): boolean {
    this.memory.writePhysical(this.address + offset, address, count);
    return true;
  }

  copyOutPhysical(address: number, count: number, offset: number): boolean {
    this.memory.readPhysical(this.address + offset, address, count);
    return true;
  }
}

const IOV_MAX = 1024;
const IOVEC_BYTES = 16;

/** The ranges of an iovec as one buffer: readv(2). */
export class UserVector implements IoBuffer {
  readonly length: number;
  private readonly memory: UserMemory;
  private readonly ranges: readonly { readonly address: number; readonly length: number }[];

  /** Throws EINVAL for more than IOV_MAX ranges or a total above 2^63-1, EFAULT. */
  constructor(memory: UserMemory, address: number, count: number) {
    if (count > IOV_MAX) throw fail(EINVAL, 'too many ranges');
    this.memory = memory;
    const ranges: { address: number; length: number }[] = [];
    let total = 0;
    for (let at = address; ranges.length < count; at += IOVEC_BYTES) {
      const length = memory.readU64(at + 8);
      const start = memory.readU64(at);
      // Linux: access_ok; one range alone is first cut to what a call moves at most.
      if (length < 2 ** 63 && start + (count === 1 ? 0 : length) > TASK_SIZE)
        throw fail(EFAULT, 'range beyond user memory');
      ranges.push({ address: start, length });
      total += length;
    }
    this.ranges = ranges;
    this.length = total;
    if (this.length >= 2 ** 63) throw fail(EINVAL, 'length of the ranges');
  }

  countReadable(offset: number, count: number): number {
    let good = 0;
    let isWhole = true;
    this.forParts(offset, count, (address, length) => {
      const part = isWhole ? this.memory.countReadable(address, length) : 0;
      good += part;
      isWhole &&= part === length;
    });
    return good;
  }

  isAligned(bytes: number): boolean {
    return this.ranges.every(
      ({ address, length }) => address % bytes === 0 && length % bytes === 0,
    );
  }

  copyIn(bytes: Uint8Array, offset: number): void {
    let done = 0;
    this.forParts(offset, bytes.length, (address, count) => {
      this.memory.writeBytes(address, bytes.subarray(done, done + count));
      done += count;
    });
  }

  copyOut(target: Uint8Array, offset: number): void {
    let done = 0;
    this.forParts(offset, target.length, (address, count) => {
      this.memory.copyOut(address, target.subarray(done, done + count));
      done += count;
    });
  }

  copyInPhysical(source: number, length: number, offset: number): boolean {
    let done = 0;
    this.forParts(offset, length, (address, count) => {
      this.memory.writePhysical(address, source + done, count);
      done += count;
    });
    return true;
  }

  copyOutPhysical(target: number, length: number, offset: number): boolean {
    let done = 0;
    this.forParts(offset, length, (address, count) => {
      this.memory.readPhysical(address, target + done, count);
      done += count;
    });
    return true;
  }

  private forParts(
    offset: number,
    length: number,
    visit: (address: number, count: number) => void,
  ): void {
    let skip = offset;
    let left = length;
    for (const range of this.ranges) {
      if (left === 0) return;
      if (skip >= range.length) {
        skip -= range.length;
        continue;
      }
      const count = Math.min(range.length - skip, left);
      visit(range.address + skip, count);
      left -= count;
      skip = 0;
    }
  }
}
