/**
 * What a disk with a volatile cache holds after the power was cut: everything in front of the last flush, and of the writes
 * behind it some, some not, and some in part, sector by sector.
 */
import { MemoryDisk } from '../memory-disk.ts';
import type { FrameSource } from '../page-frames.ts';
import type { Request } from './recording-disk.ts';

const SECTOR_BYTES = 512;

/** How likely a write that was not flushed is there as a whole, and not at all; else it is torn. */
const WHOLE = 0.5;
const ABSENT = 0.75;

function copy(disk: MemoryDisk, frames: FrameSource): MemoryDisk {
  const made = new MemoryDisk(disk.name, disk.sectors * SECTOR_BYTES, frames);
  for (const [at, bytes] of disk.content()) made.write(at / SECTOR_BYTES, bytes);
  return made;
}

export class PowerCuts {
  private readonly requests: readonly Request[];
  private readonly frames: FrameSource;
  /** Gives numbers in [0, 1). */
  private readonly random: () => number;
  /** What survives for certain: the first `durableCount` requests. */
  private readonly durable: MemoryDisk;
  private durableCount = 0;

  constructor(
    before: MemoryDisk,
    requests: readonly Request[],
    frames: FrameSource,
    random: () => number,
  ) {
    this.requests = requests;
    this.frames = frames;
    this.random = random;
    this.durable = copy(before, frames);
  }

  /** The disk when the power was cut behind the first `count` requests. Counts must not fall from call to call. */
  after(count: number): MemoryDisk {
    const flush = this.requests.slice(0, count).findLastIndex(({ kind }) => kind === 'flush');
    for (; this.durableCount <= flush; this.durableCount++) {
      const request = this.requests[this.durableCount];
      if (request?.kind === 'write') this.durable.write(request.sector, request.bytes);
    }
    const disk = copy(this.durable, this.frames);
    for (const request of this.requests.slice(this.durableCount, count)) {
      if (request.kind === 'write') this.writePart(disk, request.sector, request.bytes);
    }
    return disk;
  }

  private writePart(disk: MemoryDisk, sector: number, bytes: Uint8Array): void {
    const luck = this.random();
    if (luck < WHOLE) {
      disk.write(sector, bytes);
    } else if (luck >= ABSENT) {
      for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
        if (this.random() < 0.5) continue;
        disk.write(sector + at / SECTOR_BYTES, bytes.subarray(at, at + SECTOR_BYTES));
      }
    }
  }
}
