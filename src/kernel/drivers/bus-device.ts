/** A device as its bus found it, and the driver that is bound to it. Linux: struct device. */
import type { DeviceNode } from './device-tree.ts';

export type BusName = 'platform' | 'virtio';

export class BusDevice {
  readonly bus: BusName;
  /** As below /sys/bus/<bus>/devices: `10000000.serial`, `virtio0`. */
  readonly name: string;
  readonly node: DeviceNode;
  /** What drivers are matched by: the `compatible` string that one has, or the virtio device type. */
  readonly id: string;
  /** Physical address of its registers; 0 for none. */
  readonly base: number;
  /** Its line to the interrupt controller; undefined for none. */
  readonly irq: number | undefined;
  driver: string | undefined = undefined;
  /** What the driver made of it: a disk, a port; undefined for drivers that keep nothing. */
  instance: object | undefined = undefined;

  constructor(bus: BusName, name: string, node: DeviceNode, id: string) {
    this.bus = bus;
    this.name = name;
    this.node = node;
    this.id = id;
    this.base = node.regions()[0]?.address ?? 0;
    this.irq = node.u32('interrupts') ?? node.cells('interrupts-extended')[1];
  }

  /** `at MMIO 0x10001000 (irq = 1)`, for the log. */
  get place(): string {
    const irq = this.irq === undefined ? '' : ` (irq = ${this.irq})`;
    return `at MMIO 0x${this.base.toString(16)}${irq}`;
  }
}
