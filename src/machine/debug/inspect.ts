/** Memory as a debugger sees it: by virtual address through the tables of a hart, without any trace in them, or by physical. */
import { LEVEL_SIZE, PTE, PTE_BYTES, PTE_LEAF, PTE_PPN_SHIFT } from '../../isa/sv39.ts';
import type { Bus } from '../bus.ts';
import { BUS_ERROR } from '../device.ts';
import type { Hart } from '../hart.ts';
import { PAGE_BYTES, type PhysicalMemory } from '../memory.ts';

const PPN_HIGH = 0x003f_ffff;
const TWO_32 = 0x1_0000_0000;
const VPN_BITS = 9;
const PAGE_SHIFT = 12;
/** A naturally aligned power of two: a leaf of level 0 with NAPOT set stands for 64 KiB (Svnapot). */
const NAPOT_BYTES = 64 * 1024;
const PTE_NAPOT_HIGH = 0x8000_0000;

export class Inspector {
  private readonly memory: PhysicalMemory;
  private readonly bus: Bus;

  constructor(memory: PhysicalMemory, bus: Bus) {
    this.memory = memory;
    this.bus = bus;
  }

  /** Physical address that the hart would fetch from, permissions left aside; undefined where nothing is mapped. */
  translate(hart: Hart, address: bigint): number | undefined {
    const { levels, root } = hart.code;
    if (levels === 0) return Number(address);
    const bits = PAGE_SHIFT + VPN_BITS * levels;
    if (BigInt.asUintN(64, BigInt.asIntN(bits, address)) !== address) return undefined;
    const { u32, base, size } = this.memory;
    let table = root;
    for (let level = levels - 1; level >= 0; level--) {
      const vpn = Number((address >> BigInt(PAGE_SHIFT + VPN_BITS * level)) & 511n);
      const at = table - base + vpn * PTE_BYTES;
      if (at < 0 || at >= size) return undefined;
      const pte = u32[at >>> 2] as number;
      const upper = u32[(at >>> 2) + 1] as number;
      if ((pte & PTE.V) === 0) return undefined;
      const target = (upper & PPN_HIGH) * (TWO_32 * 4) + (pte >>> PTE_PPN_SHIFT) * PAGE_BYTES;
      if ((pte & PTE_LEAF) !== 0) {
        const isNapot = level === 0 && (upper & PTE_NAPOT_HIGH) !== 0;
        const span = isNapot ? NAPOT_BYTES : (LEVEL_SIZE[level] as number);
        return target - (target % span) + Number(address % BigInt(span));
      }
      table = target;
    }
    return undefined;
  }

  /** What can be read from `address` on: up to `length` bytes, fewer where the mapping or the memory ends. */
  readVirtual(hart: Hart, address: bigint, length: number): Uint8Array {
    return this.collect(address, length, (at) => this.translate(hart, at));
  }

  readPhysical(address: bigint, length: number): Uint8Array {
    return this.collect(address, length, Number);
  }

  /** Returns whether all of it was written. Code that is replaced takes effect. */
  writeVirtual(hart: Hart, address: bigint, bytes: Uint8Array): boolean {
    return this.scatter(address, bytes, (at) => this.translate(hart, at));
  }

  writePhysical(address: bigint, bytes: Uint8Array): boolean {
    return this.scatter(address, bytes, Number);
  }

  private collect(
    address: bigint,
    length: number,
    translate: (address: bigint) => number | undefined,
  ): Uint8Array {
    const result = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = BigInt.asUintN(64, address + BigInt(done));
      const pa = translate(at);
      const part = Math.min(length - done, PAGE_BYTES - Number(at % BigInt(PAGE_BYTES)));
      const bytes = pa === undefined ? undefined : this.readPart(pa, part);
      if (bytes === undefined) return result.subarray(0, done);
      result.set(bytes, done);
      done += part;
    }
    return result;
  }

  private scatter(
    address: bigint,
    bytes: Uint8Array,
    translate: (address: bigint) => number | undefined,
  ): boolean {
    for (let done = 0; done < bytes.length; ) {
      const at = BigInt.asUintN(64, address + BigInt(done));
      const pa = translate(at);
      const part = Math.min(bytes.length - done, PAGE_BYTES - Number(at % BigInt(PAGE_BYTES)));
      if (pa === undefined || !this.writePart(pa, bytes.subarray(done, done + part))) return false;
      done += part;
    }
    return true;
  }

  /** Inside a page. Registers of devices are read as 1, 2 or 4 bytes, with all that reading them does. */
  private readPart(pa: number, length: number): Uint8Array | undefined {
    const ram = this.memory.dmaRead(pa, length);
    if (ram) return ram;
    const size = accessSize(pa, length);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += size) {
      const value = this.bus.read(pa + at, size);
      if (value === BUS_ERROR) return undefined;
      for (let i = 0; i < size; i++) bytes[at + i] = value >>> (8 * i);
    }
    return bytes;
  }

  private writePart(pa: number, bytes: Uint8Array): boolean {
    const ram = this.memory.dmaWrite(pa, bytes.length);
    if (ram) {
      ram.set(bytes);
      return true;
    }
    const size = accessSize(pa, bytes.length);
    for (let at = 0; at < bytes.length; at += size) {
      let value = 0;
      for (let i = size - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number);
      if (this.bus.write(pa + at, size, value) === BUS_ERROR) return false;
    }
    return true;
  }
}

/** The widest access that fits address and length. */
function accessSize(pa: number, length: number): 1 | 2 | 4 {
  if (pa % 4 === 0 && length % 4 === 0) return 4;
  return pa % 2 === 0 && length % 2 === 0 ? 2 : 1;
}
