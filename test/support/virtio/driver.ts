/** A driver's side of virtio-mmio and of a split virtqueue for tests, written from virtio 1.2, sections 2.7 and 4.2. */
import { PhysicalMemory } from '../../../src/machine/memory.ts';
import { VirtioMmio, type VirtioModel } from '../../../src/machine/virtio/mmio.ts';

export const RAM = 0x8000_0000;
/** Rings of queue n lie at RAM + n * QUEUE_BYTES; buffers from RAM + BUFFERS on. */
const QUEUE_BYTES = 0x4000;
const AVAILABLE = 0x1000;
const USED = 0x2000;
export const BUFFERS = 0x10_0000;
export const INDIRECT = 4;

export interface Part {
  address: number;
  length: number;
  isWritable: boolean;
  flags?: number;
}

export class TestDriver {
  readonly memory = new PhysicalMemory(16 * 1024 * 1024);
  device: VirtioMmio;
  readonly size: number;
  isHigh = false;
  interrupts = 0;
  private readonly view: DataView;
  private readonly available: number[] = [];
  private readonly seen: number[] = [];
  private nextDescriptor: number[] = [];

  /** Negotiates `features` (bits 31..0) and VERSION_1, and readies all queues with `size` entries. */
  constructor(model: VirtioModel, features: number, size = 8) {
    this.size = size;
    this.device = this.attach(model);
    this.view = new DataView(this.memory.u8.buffer, this.memory.u8.byteOffset, this.memory.size);
    this.begin(features);
  }

  private attach(model: VirtioModel): VirtioMmio {
    return new VirtioMmio(
      this.memory,
      {
        set: (isHigh) => {
          if (isHigh && !this.isHigh) this.interrupts++;
          this.isHigh = isHigh;
        },
        pulse: () => undefined,
      },
      model,
    );
  }

  /** The machine is saved here, and goes on in another process with `model`, fresh, in place of the old one. */
  move(model: VirtioModel): void {
    const state = structuredClone(this.device.save());
    this.device = this.attach(model);
    this.device.restore(state);
  }

  begin(features: number, high = 1): void {
    for (const [register, value] of [
      [0x70, 0],
      [0x70, 1],
      [0x70, 3],
      [0x24, 0],
      [0x20, features],
      [0x24, 1],
      [0x20, high],
      [0x70, 11],
    ] as const) {
      this.device.write(register, 4, value);
    }
    this.readyQueues();
    this.device.write(0x70, 4, 15);
  }

  readyQueues(): void {
    for (let queue = 0; queue < this.device.model.queueCount; queue++) {
      const base = RAM + queue * QUEUE_BYTES;
      this.memory.fill(base, 0, QUEUE_BYTES);
      for (const [register, value] of [
        [0x30, queue],
        [0x38, this.size],
        [0x80, base],
        [0x84, 0],
        [0x90, base + AVAILABLE],
        [0x94, 0],
        [0xa0, base + USED],
        [0xa4, 0],
        [0x44, 1],
      ] as const) {
        this.device.write(register, 4, value);
      }
      this.available[queue] = this.seen[queue] = this.nextDescriptor[queue] = 0;
    }
  }

  status(): number {
    return this.device.read(0x70, 4);
  }

  /** Physical view for direct writing of structures. */
  at(pa: number): number {
    return pa - RAM;
  }

  describe(queue: number, index: number, part: Part, next?: number): void {
    const at = this.at(RAM + queue * QUEUE_BYTES + index * 16);
    const flags = (part.flags ?? 0) | (part.isWritable ? 2 : 0) | (next === undefined ? 0 : 1);
    this.writeDescriptor(at, part, flags, next ?? 0);
  }

  writeDescriptor(at: number, part: Part, flags: number, next: number): void {
    this.view.setBigUint64(at, BigInt(part.address), true);
    this.view.setUint32(at + 8, part.length, true);
    this.view.setUint16(at + 12, flags, true);
    this.view.setUint16(at + 14, next, true);
  }

  /** Make a chain of descriptors that starts at `head` available; does not notify. */
  offer(queue: number, head: number): void {
    const ring = this.at(RAM + queue * QUEUE_BYTES + AVAILABLE);
    const index = this.available[queue] as number;
    this.view.setUint16(ring + 4 + 2 * (index % this.size), head, true);
    this.available[queue] = (index + 1) & 0xffff;
    this.view.setUint16(ring + 2, this.available[queue] as number, true);
  }

  /** A chain from fresh descriptors. Returns its head. */
  add(queue: number, ...parts: Part[]): number {
    const first = this.nextDescriptor[queue] as number;
    parts.forEach((part, i) => {
      const isLast = i === parts.length - 1;
      const index = (first + i) % this.size;
      this.describe(queue, index, part, isLast ? undefined : (index + 1) % this.size);
    });
    this.nextDescriptor[queue] = (first + parts.length) % this.size;
    this.offer(queue, first);
    return first;
  }

  notify(queue: number): void {
    this.device.write(0x50, 4, queue);
  }

  /** The used elements that came since the last call. */
  takeUsed(queue: number): { id: number; length: number }[] {
    const ring = this.at(RAM + queue * QUEUE_BYTES + USED);
    const result: { id: number; length: number }[] = [];
    while (this.view.getUint16(ring + 2, true) !== this.seen[queue]) {
      const at = ring + 4 + 8 * ((this.seen[queue] as number) % this.size);
      result.push({
        id: this.view.getUint32(at, true),
        length: this.view.getUint32(at + 4, true),
      });
      this.seen[queue] = ((this.seen[queue] as number) + 1) & 0xffff;
    }
    return result;
  }

  /** Take back the last buffer, which the device has not seen; returns the index that says so. */
  retract(queue: number): number {
    this.available[queue] = ((this.available[queue] as number) - 1) & 0xffff;
    return this.available[queue] as number;
  }

  /** The driver's index of the available ring, whatever lies in the ring. */
  setAvailableIndex(queue: number, index: number): void {
    this.view.setUint16(this.at(RAM + queue * QUEUE_BYTES + AVAILABLE) + 2, index, true);
  }

  setAvailableFlags(queue: number, flags: number): void {
    this.view.setUint16(this.at(RAM + queue * QUEUE_BYTES + AVAILABLE), flags, true);
  }

  /** used_event: interrupt when the used index passes it. */
  setUsedEvent(queue: number, index: number): void {
    const ring = this.at(RAM + queue * QUEUE_BYTES + AVAILABLE);
    this.view.setUint16(ring + 4 + 2 * this.size, index, true);
  }

  acknowledge(): number {
    const status = this.device.read(0x60, 4);
    this.device.write(0x64, 4, status);
    return status;
  }

  put(pa: number, bytes: ArrayLike<number>): void {
    this.memory.u8.set(bytes, this.at(pa));
  }

  get(pa: number, length: number): number[] {
    return [...this.memory.u8.subarray(this.at(pa), this.at(pa) + length)];
  }
}
