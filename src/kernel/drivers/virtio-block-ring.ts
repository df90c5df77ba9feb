/** The queue of a virtio disk, and what it was given: virtio 1.2 section 5.2.6. */
import { EIO, fail } from '../../abi/errno.ts';
import type { PlatformMemory } from '../../platform/platform.ts';
import type { VirtioTransport } from './virtio.ts';
import type { Segment, Virtqueue } from './virtqueue.ts';

/** struct virtio_blk_req: type, reserved, sector (16 bytes); the status byte follows the data. */
const HEADER_BYTES = 16;
const STATUS_AT = HEADER_BYTES;
/** Header and status of each request lie in one frame. */
const SLOT_BYTES = 32;
const SLOTS = 128;
/** Left for requests that do not go indirectly. */
const DIRECT_SLOTS = 8;

/** One that the device is done with; `status` as in section 5.2.6. */
export interface DoneRequest {
  readonly slot: number;
  readonly status: number;
}

export class VirtioBlockRing {
  private readonly transport: VirtioTransport;
  private readonly memory: PlatformMemory;
  private readonly ring: Virtqueue;
  private readonly slotFrame: number;
  private readonly freeSlots: number[] = [];
  /** By slot of a request that went indirectly: the frame of its descriptors. */
  private readonly tables = new Map<number, number>();
  /** One of them that is kept, so that write-out needs no memory while one request at a time is on its way. */
  private spareTable: number | undefined;
  /** Slot by first descriptor. */
  private readonly offered = new Map<number, number>();

  constructor(transport: VirtioTransport) {
    this.transport = transport;
    this.memory = transport.platform.memory;
    this.ring = transport.queue(0);
    this.slotFrame = transport.frames.allocate();
    this.spareTable = transport.frames.allocate();
    for (let slot = SLOTS - 1; slot >= 0; slot--) this.freeSlots.push(slot);
  }

  /** Data segments that a request may have. */
  get mostSegments(): number {
    return this.ring.size / 2 - 2;
  }

  /** Whether a request of so many segments has room; of those that wait in line some is left to others. */
  hasRoom(segments: number, isIndirect: boolean): boolean {
    const least = isIndirect ? DIRECT_SLOTS : 0;
    const needed = isIndirect ? 1 : segments + 2;
    return this.freeSlots.length > least && this.ring.freeDescriptors >= needed;
  }

  /** Returns its slot. Throws EIO without room, ENOMEM. */
  submit(type: number, sector: number, data: readonly Segment[], isIndirect: boolean): number {
    const slot = this.freeSlots.at(-1);
    if (slot === undefined) throw fail(EIO, 'disk queue is full');
    const address = this.slotFrame + slot * SLOT_BYTES;
    const word = (address - this.memory.base) >>> 2;
    const { u32, u8 } = this.memory;
    u32[word] = type;
    u32[word + 1] = 0;
    u32[word + 2] = sector >>> 0;
    u32[word + 3] = Math.floor(sector / 0x1_0000_0000);
    u8[address - this.memory.base + STATUS_AT] = 0xff;
    const chain: Segment[] = [
      { address, length: HEADER_BYTES, isDeviceWritten: false },
      ...data,
      { address: address + STATUS_AT, length: 1, isDeviceWritten: true },
    ];
    const head = isIndirect
      ? this.ring.submitIndirect(chain, this.tableOf(slot))
      : this.ring.submit(chain);
    if (head === undefined) {
      this.releaseTable(slot);
      throw fail(EIO, 'disk queue is full');
    }
    this.freeSlots.pop();
    this.offered.set(head, slot);
    return slot;
  }

  /** The device begins. If it `isPolled`, it does not interrupt, and is done with something when this returns. */
  notify(isPolled: boolean): void {
    this.ring.isPolled = isPolled;
    this.transport.notify(0);
    if (isPolled) this.ring.isPolled = false;
  }

  takeDone(): DoneRequest | undefined {
    const used = this.ring.takeUsed();
    if (used === undefined) return undefined;
    const slot = this.offered.get(used.head);
    if (slot === undefined) throw fail(EIO, 'disk answered what was not asked');
    this.offered.delete(used.head);
    this.freeSlots.push(slot);
    this.releaseTable(slot);
    const address = this.slotFrame + slot * SLOT_BYTES + STATUS_AT;
    return { slot, status: this.memory.u8[address - this.memory.base] as number };
  }

  /** After a reset of the device: its memory is free again. */
  release(): void {
    const { frames } = this.transport;
    frames.release(this.slotFrame);
    for (const frame of this.tables.values()) frames.release(frame);
    this.tables.clear();
    if (this.spareTable !== undefined) frames.release(this.spareTable);
    this.spareTable = undefined;
    this.transport.releaseQueue(this.ring);
  }

  private tableOf(slot: number): number {
    const table = this.spareTable ?? this.transport.frames.allocate();
    this.spareTable = undefined;
    this.tables.set(slot, table);
    return table;
  }

  private releaseTable(slot: number): void {
    const table = this.tables.get(slot);
    if (table === undefined) return;
    this.tables.delete(slot);
    if (this.spareTable === undefined) this.spareTable = table;
    else this.transport.frames.release(table);
  }
}
