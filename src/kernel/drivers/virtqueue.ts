/** Split virtqueue, driver side: virtio 1.2 section 2.7. Lives in one guest frame: descriptors, available ring, used ring. */
import type { PlatformMemory } from '../../platform/platform.ts';

/** Most entries per queue: descriptors, available and used ring of 128 fit one 4 KiB frame. */
export const MAX_QUEUE_SIZE = 128;
const DESCRIPTOR_BYTES = 16;
const F_NEXT = 1;
const F_WRITE = 2;
const F_INDIRECT = 4;
const NO_INTERRUPT = 1;

/** A piece of a buffer in guest RAM. */
export interface Segment {
  readonly address: number;
  readonly length: number;
  /** The device writes it. */
  readonly isDeviceWritten: boolean;
}

export interface UsedElement {
  /** First descriptor of the chain, as submit() returned it. */
  head: number;
  /** Bytes that the device wrote. */
  length: number;
}

export class Virtqueue {
  readonly descriptorAddress: number;
  readonly availableAddress: number;
  readonly usedAddress: number;
  /** Entries; a power of two. */
  readonly size: number;
  private readonly memory: PlatformMemory;
  /** Free descriptors, used as a stack. */
  private readonly free: number[] = [];
  private availableIndex = 0;
  private usedIndex = 0;

  constructor(memory: PlatformMemory, frame: number, size: number) {
    this.memory = memory;
    this.size = size;
    this.descriptorAddress = frame;
    this.availableAddress = frame + size * DESCRIPTOR_BYTES;
    this.usedAddress = Math.ceil((this.availableAddress + 6 + 2 * size) / 4) * 4;
    for (let i = size - 1; i >= 0; i--) this.free.push(i);
  }

  get freeDescriptors(): number {
    return this.free.length;
  }

  /** Offer a chain to the device; returns its head, or undefined when too few descriptors are free. The caller notifies. */
  submit(chain: readonly Segment[]): number | undefined {
    if (chain.length === 0 || chain.length > this.free.length) return undefined;
    const taken = this.free.splice(this.free.length - chain.length).reverse();
    chain.forEach((segment, i) => {
      const next = taken[i + 1];
      this.writeDescriptor(taken[i] as number, segment, next);
    });
    const head = taken[0] as number;
    const slot = this.availableIndex % this.size;
    this.setU16(this.availableAddress + 4 + 2 * slot, head);
    this.availableIndex = (this.availableIndex + 1) & 0xffff;
    this.setU16(this.availableAddress + 2, this.availableIndex);
    return head;
  }

  /** As submit, with the descriptors in a table of their own, a whole frame: one of the queue's is taken. Section 2.7.5.3. */
  submitIndirect(chain: readonly Segment[], table: number): number | undefined {
    const last = chain.length - 1;
    chain.forEach((segment, i) => {
      this.describe(table + i * DESCRIPTOR_BYTES, segment, i === last ? undefined : i + 1);
    });
    const [head] = this.free.slice(-1);
    if (head === undefined) return undefined;
    const length = chain.length * DESCRIPTOR_BYTES;
    const offered = this.submit([{ address: table, length, isDeviceWritten: false }]);
    this.setU16(this.descriptorAddress + head * DESCRIPTOR_BYTES + 12, F_INDIRECT);
    return offered;
  }

  /** The driver looks for itself: the device need not interrupt (section 2.7.6). */
  set isPolled(isPolled: boolean) {
    this.setU16(this.availableAddress, isPolled ? NO_INTERRUPT : 0);
  }

  /** The next chain that the device gave back, whose descriptors become free; undefined when there is none. */
  takeUsed(): UsedElement | undefined {
    if (this.getU16(this.usedAddress + 2) === this.usedIndex) return undefined;
    const element = this.usedAddress + 4 + 8 * (this.usedIndex % this.size);
    const head = this.getU32(element);
    const length = this.getU32(element + 4);
    this.usedIndex = (this.usedIndex + 1) & 0xffff;
    this.releaseChain(head);
    return { head, length };
  }

  private writeDescriptor(index: number, segment: Segment, next: number | undefined): void {
    this.describe(this.descriptorAddress + index * DESCRIPTOR_BYTES, segment, next);
  }

  private describe(at: number, segment: Segment, next: number | undefined): void {
    const address = segment.address;
    this.setU32(at, address >>> 0);
    this.setU32(at + 4, Math.floor(address / 0x1_0000_0000));
    this.setU32(at + 8, segment.length);
    const flags = (segment.isDeviceWritten ? F_WRITE : 0) | (next === undefined ? 0 : F_NEXT);
    this.setU16(at + 12, flags);
    this.setU16(at + 14, next ?? 0);
  }

  private releaseChain(head: number): void {
    let index = head;
    for (;;) {
      this.free.push(index);
      const at = this.descriptorAddress + index * DESCRIPTOR_BYTES;
      if (!(this.getU16(at + 12) & F_NEXT)) return;
      index = this.getU16(at + 14);
    }
  }

  private getU16(pa: number): number {
    return this.memory.u16[(pa - this.memory.base) >>> 1] as number;
  }
  private setU16(pa: number, value: number): void {
    this.memory.u16[(pa - this.memory.base) >>> 1] = value;
  }
  private getU32(pa: number): number {
    return this.memory.u32[(pa - this.memory.base) >>> 2] as number;
  }
  private setU32(pa: number, value: number): void {
    this.memory.u32[(pa - this.memory.base) >>> 2] = value;
  }
}
