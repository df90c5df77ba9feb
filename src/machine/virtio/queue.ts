/** Split virtqueue, device side: virtio 1.2, section 2.7. */
import type { PhysicalMemory } from '../memory.ts';
import type { StateValue } from '../state.ts';
import type { StateFields } from '../state-fields.ts';

/**
 * All little-endian, in guest RAM:
 *
 *   descriptor  u64 address, u32 length, u16 flags, u16 next          16 bytes, one per queue entry
 *   available   u16 flags, u16 index, u16 ring[size], u16 used_event   written by the driver
 *   used        u16 flags, u16 index, {u32 id, u32 length}[size], u16 avail_event   written by the device
 *
 * Indices run freely modulo 2^16; an entry is at index modulo size.
 */
const DESCRIPTOR_BYTES = 16;
const FLAG = { NEXT: 1, WRITE: 2, INDIRECT: 4 } as const;
const AVAILABLE_NO_INTERRUPT = 1;
const RING = 4;
const USED_ELEMENT_BYTES = 8;
const TWO_32 = 0x1_0000_0000;

export const QUEUE_SIZE_MAX = 256;
/** Parts of a chain, those of an indirect table included: as many as QEMU takes. Linux's drivers use at most 126 + 2. */
const PARTS_MAX = 1024;
/** Cost of a part and of a chain beside its bytes, in bytes. */
const PART_COST = 1024;

/** A buffer that the driver made available: `readable` parts first, then `writable` ones. The views are of guest RAM. */
export interface Chain {
  readonly head: number;
  readonly readable: readonly Uint8Array[];
  readonly writable: readonly Uint8Array[];
}

/** A buffer that goes back to the driver; one whose head alone was kept has not been written to since. */
type UsedChain = Pick<Chain, 'head'> & Partial<Chain>;

export class VirtQueue {
  private readonly memory: PhysicalMemory;
  /** Set by the driver, through the transport. */
  size = 0;
  isReady = false;
  descriptors = 0;
  available = 0;
  used = 0;
  /** Next entry of the available ring to take, and of the used ring to fill. */
  private nextAvailable = 0;
  private nextUsed = 0;
  /** Used index when the driver was last interrupted. */
  private signalledUsed = 0;
  /** VIRTIO_F_EVENT_IDX was negotiated. */
  hasEventIndex = false;
  /** The driver's structures made no sense; the transport reports DEVICE_NEEDS_RESET. */
  isBroken = false;
  /** Chains that the model was given cost this much; a queue over its allowance waits for the next poll. */
  private allowance = Infinity;
  /** The last take() found a buffer that was too much for the allowance. */
  isPostponed = false;

  constructor(memory: PhysicalMemory) {
    this.memory = memory;
  }

  reset(): void {
    this.size = this.descriptors = this.available = this.used = 0;
    this.nextAvailable = this.nextUsed = this.signalledUsed = 0;
    this.isReady = this.hasEventIndex = this.isBroken = this.isPostponed = false;
  }

  save(): StateValue {
    const { size, isReady, descriptors, available, used } = this;
    const { nextAvailable, nextUsed, signalledUsed } = this;
    const { hasEventIndex, isBroken, isPostponed } = this;
    const place = { size, isReady, descriptors, available, used };
    const position = { nextAvailable, nextUsed, signalledUsed };
    return { ...place, ...position, hasEventIndex, isBroken, isPostponed };
  }

  /** Throws where a queue in use could not have been made ready so. */
  restore(fields: StateFields): void {
    this.size = fields.number('size');
    this.descriptors = fields.number('descriptors');
    this.available = fields.number('available');
    this.used = fields.number('used');
    this.nextAvailable = fields.index('nextAvailable', 0xffff);
    this.nextUsed = fields.index('nextUsed', 0xffff);
    this.signalledUsed = fields.index('signalledUsed', 0xffff);
    this.hasEventIndex = fields.boolean('hasEventIndex');
    this.isBroken = fields.boolean('isBroken');
    this.isPostponed = fields.boolean('isPostponed');
    this.isReady = false;
    if (fields.boolean('isReady') && !this.start()) {
      throw new Error('saved state of a virtqueue: its rings are not in RAM');
    }
  }

  /** Before the model works on the queue: `bytes` limits how long that may take. One chain is always served. */
  allow(bytes: number): void {
    this.allowance = bytes;
    this.isPostponed = false;
  }

  /** The last buffer cost more than its bytes: `bytes` worth of time. */
  charge(bytes: number): void {
    this.allowance -= bytes;
  }

  /** The next available buffer, taken off the ring; undefined when there is none now or the queue is broken. */
  take(): Chain | undefined {
    if (!this.hasAvailable) return undefined;
    this.isPostponed = this.allowance <= 0;
    if (this.isPostponed) return undefined;
    const head = this.read16(this.available + RING + 2 * (this.nextAvailable % this.size));
    this.nextAvailable = (this.nextAvailable + 1) & 0xffff;
    const chain = this.follow(head);
    if (!chain) this.isBroken = true;
    else if (this.hasEventIndex) {
      // avail_event: notify for the very next buffer.
      this.write16(this.used + RING + USED_ELEMENT_BYTES * this.size, this.nextAvailable);
    }
    return chain;
  }

  /** A buffer that was taken before the machine was saved. Throws an Error where there is none any more. */
  takenBefore(head: number): Chain {
    const chain = this.isReady ? this.follow(head) : undefined;
    if (!chain) throw new Error('saved state of a virtqueue: a request under way is not in RAM');
    return chain;
  }

  /** The driver looks for itself, and wants no interrupt: flag of the available ring. */
  get isPolled(): boolean {
    return (
      this.isReady &&
      !this.hasEventIndex &&
      (this.read16(this.available) & AVAILABLE_NO_INTERRUPT) !== 0
    );
  }

  /** Give the last `count` buffers that were taken back: they will be taken again. */
  untake(count = 1): void {
    this.nextAvailable = (this.nextAvailable - count) & 0xffff;
  }

  /** Whether a buffer is available. A driver that claims more of them than the ring holds has lost its way. */
  get hasAvailable(): boolean {
    if (!this.isReady || this.isBroken) return false;
    const count = (this.read16(this.available + 2) - this.nextAvailable) & 0xffff;
    if (count > this.size) this.isBroken = true;
    return count > 0 && !this.isBroken;
  }

  /** Return a buffer to the driver; `written` is the number of bytes stored in its writable parts. */
  put(chain: UsedChain, written: number): void {
    this.stage(chain, written);
    this.publish();
  }

  /** As put, but the driver sees it only with publish(): for what fills several buffers. */
  stage(chain: UsedChain, written: number): void {
    // dmaWrite has told of code in the parts; a hart of another thread may have fetched from them since.
    const { memory } = this;
    for (const part of chain.writable ?? []) {
      memory.codeReplaced(memory.base + part.byteOffset - memory.u8.byteOffset, part.length);
    }
    const element = this.used + RING + USED_ELEMENT_BYTES * (this.nextUsed % this.size);
    this.write32(element, chain.head);
    this.write32(element + 4, written);
    this.nextUsed = (this.nextUsed + 1) & 0xffff;
  }

  publish(): void {
    this.write16(this.used + 2, this.nextUsed);
  }

  /** Whether the driver wants an interrupt for what was put since the last call (section 2.7.7.1). */
  shouldInterrupt(): boolean {
    if (!this.isReady || this.isBroken) return false;
    const old = this.signalledUsed;
    if (old === this.nextUsed) return false;
    this.signalledUsed = this.nextUsed;
    if (!this.hasEventIndex) {
      return (this.read16(this.available) & AVAILABLE_NO_INTERRUPT) === 0;
    }
    const event = this.read16(this.available + RING + 2 * this.size);
    return ((this.nextUsed - event - 1) & 0xffff) < ((this.nextUsed - old) & 0xffff);
  }

  /** Collect a descriptor chain; undefined where it leaves RAM, loops, or is otherwise invalid. */
  private follow(head: number): Chain | undefined {
    const readable: Uint8Array[] = [];
    const writable: Uint8Array[] = [];
    let table = this.descriptors;
    let entries = this.size;
    let index = head;
    let bytes = 0;
    // A chain without a loop has at most as many parts as there are descriptors.
    for (let count = 0; count < Math.min(entries, PARTS_MAX) && index < entries; count++) {
      const at = table + index * DESCRIPTOR_BYTES;
      const address = this.read32(at) + this.read32(at + 4) * TWO_32;
      const length = this.read32(at + 8);
      const flags = this.read16(at + 12);
      if ((flags & FLAG.INDIRECT) !== 0) {
        const isTable =
          length % DESCRIPTOR_BYTES === 0 &&
          address % 4 === 0 &&
          this.memory.contains(address, length);
        // A table has no table in it, and nothing comes after it (section 2.7.5.3).
        if (table !== this.descriptors || !isTable || (flags & FLAG.NEXT) !== 0) return undefined;
        table = address;
        entries = length / DESCRIPTOR_BYTES;
        index = 0;
        count = -1;
        continue;
      }
      bytes += length;
      // More than there is RAM: parts overlap, for no purpose but to keep the host busy.
      if (bytes > this.memory.size) return undefined;
      this.allowance -= length + PART_COST;
      if (!this.addPart(address, length, flags, readable, writable)) return undefined;
      if ((flags & FLAG.NEXT) === 0) return { head, readable, writable };
      index = this.read16(at + 14);
    }
    return undefined;
  }

  private addPart(
    address: number,
    length: number,
    flags: number,
    readable: Uint8Array[],
    writable: Uint8Array[],
  ): boolean {
    const isWritable = (flags & FLAG.WRITE) !== 0;
    if (!isWritable && writable.length > 0) return false;
    const part = isWritable
      ? this.memory.dmaWrite(address, length)
      : this.memory.dmaRead(address, length);
    if (!part) return false;
    (isWritable ? writable : readable).push(part);
    return true;
  }

  /**
   * The rings were checked to lie in RAM when the queue was made ready; their fields are naturally aligned. 16-bit fields
   * order what other harts see: entries before the index, the index before the look at the other side's event index.
   */
  private read16(pa: number): number {
    return Atomics.load(this.memory.u16, (pa - this.memory.base) / 2);
  }

  private read32(pa: number): number {
    return this.memory.u32[(pa - this.memory.base) / 4] ?? 0;
  }

  private write16(pa: number, value: number): void {
    Atomics.store(this.memory.u16, (pa - this.memory.base) / 2, value);
  }

  private write32(pa: number, value: number): void {
    this.memory.u32[(pa - this.memory.base) / 4] = value;
  }

  /** Make the queue ready. Returns false where size, alignment or place of its parts are invalid. */
  start(): boolean {
    const { size, memory } = this;
    const isPowerOfTwo = size > 0 && size <= QUEUE_SIZE_MAX && (size & (size - 1)) === 0;
    this.isReady =
      isPowerOfTwo &&
      this.descriptors % 16 === 0 &&
      this.available % 2 === 0 &&
      this.used % 4 === 0 &&
      memory.contains(this.descriptors, DESCRIPTOR_BYTES * size) &&
      memory.contains(this.available, RING + 2 * size + 2) &&
      memory.contains(this.used, RING + USED_ELEMENT_BYTES * size + 2);
    return this.isReady;
  }
}
