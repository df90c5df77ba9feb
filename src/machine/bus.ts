/** Physical address map outside RAM: ranges of devices. */
import { BUS_ERROR, type Device } from './device.ts';

interface Mapping {
  readonly base: number;
  readonly end: number;
  readonly device: Device;
}

const HIGH = 0x1_0000_0000;

/** Loads and stores outside RAM. Addresses are physical; see Bus. */
export interface BusPort {
  read(pa: number, size: number): number;
  write(pa: number, size: number, value: number): number;
  readWide(pa: number, words: Uint32Array, at: number): number;
  writeWide(pa: number, low: number, high: number): number;
}

export class Bus implements BusPort {
  private readonly mappings: Mapping[] = [];
  /** The device of the last access: drivers make runs of them. */
  private last: Mapping | undefined;

  /** Throws when the range overlaps one that is mapped. */
  map(base: number, size: number, device: Device): void {
    const end = base + size;
    if (this.mappings.some((other) => base < other.end && other.base < end)) {
      throw new Error(
        `device range 0x${base.toString(16)}+0x${size.toString(16)} overlaps another`,
      );
    }
    this.mappings.push({ base, end, device });
  }

  has(pa: number): boolean {
    return this.mappings.some(({ base, end }) => pa >= base && pa < end);
  }

  /** Unsigned value of 1, 2 or 4 bytes, or BUS_ERROR: no device, misaligned, or refused by the device. */
  read(pa: number, size: number): number {
    const mapping = this.find(pa, size);
    return mapping ? mapping.device.read(pa - mapping.base, size) : BUS_ERROR;
  }

  write(pa: number, size: number, value: number): number {
    const mapping = this.find(pa, size);
    return mapping ? mapping.device.write(pa - mapping.base, size, value) : BUS_ERROR;
  }

  /**
   * Eight bytes into words[at] (low) and words[at + 1]. The high half is read twice: a counter that carried in between
   * is read again. Returns 0 or BUS_ERROR.
   */
  readWide(pa: number, words: Uint32Array, at: number): number {
    const mapping = this.find(pa, 8);
    if (!mapping?.device.isWide) return BUS_ERROR;
    const offset = pa - mapping.base;
    for (;;) {
      const high = mapping.device.read(offset + 4, 4);
      const low = mapping.device.read(offset, 4);
      if (high === BUS_ERROR || low === BUS_ERROR) return BUS_ERROR;
      if (mapping.device.read(offset + 4, 4) !== high) continue;
      words[at] = low;
      words[at + 1] = high;
      return 0;
    }
  }

  writeWide(pa: number, low: number, high: number): number {
    const mapping = this.find(pa, 8);
    if (!mapping?.device.isWide) return BUS_ERROR;
    const offset = pa - mapping.base;
    // The high half first: writing mtimecmp must not match by an old high half and a new low one for longer than needed.
    if (mapping.device.write(offset + 4, 4, high) === BUS_ERROR) return BUS_ERROR;
    return mapping.device.write(offset, 4, low);
  }

  /** Misaligned accesses to devices find nothing. */
  private find(pa: number, size: number): Mapping | undefined {
    if (pa % size !== 0 || pa >= HIGH) return undefined;
    let mapping = this.last;
    if (!mapping || pa < mapping.base || pa >= mapping.end) {
      mapping = this.mappings.find((candidate) => pa >= candidate.base && pa < candidate.end);
      if (!mapping) return undefined;
      this.last = mapping;
    }
    return mapping;
  }
}
