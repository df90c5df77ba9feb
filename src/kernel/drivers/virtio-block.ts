/** Disk driver: virtio 1.2 section 5.2. The device completes a request while it is notified, so a request is synchronous. */
import { EINVAL, EIO, EROFS, fail } from '../../abi/errno.ts';
import { makeDevice } from '../../abi/stat.ts';
import type { BlockDevice } from '../../fs/block-device.ts';
import type { FileSystem } from '../../fs/filesystem.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { PlatformMemory } from '../../platform/platform.ts';
import { MINORS_PER_DISK, VIRTIO_BLOCK_MAJOR } from '../devfs/disk-numbers.ts';
import type { InterruptTarget } from './plic.ts';
import type { VirtioTransport } from './virtio.ts';
import type { Segment, Virtqueue } from './virtqueue.ts';

const F_RO = 1 << 5;
const F_FLUSH = 1 << 9;
const T_IN = 0;
const T_OUT = 1;
const T_FLUSH = 4;
const S_OK = 0;
/** struct virtio_blk_req: type, reserved, sector (16 bytes); the status byte follows the data. */
const HEADER_BYTES = 16;
const STATUS_AT = HEADER_BYTES;
const SECTOR_BYTES = 512;
/** Frames kept for transfers to and from kernel buffers: 64 KiB at a time. */
const BOUNCE_FRAMES = 16;

/** What /proc/diskstats shows: completed requests and 512-byte sectors. */
export interface DiskStatistics {
  reads: number;
  sectorsRead: number;
  writes: number;
  sectorsWritten: number;
  flushes: number;
}

export class VirtioBlock implements BlockDevice, InterruptTarget {
  readonly name: string;
  readonly sectorBytes = SECTOR_BYTES;
  readonly sectors: number;
  readonly isReadOnly: boolean;
  readonly deviceNumber: number;
  mounted: FileSystem | undefined = undefined;
  readonly statistics: DiskStatistics = {
    reads: 0,
    sectorsRead: 0,
    writes: 0,
    sectorsWritten: 0,
    flushes: 0,
  };
  private readonly transport: VirtioTransport;
  private readonly memory: PlatformMemory;
  private readonly queue: Virtqueue;
  private readonly canFlush: boolean;
  /** Frame that holds request header and status byte. */
  private readonly requestFrame: number;
  private readonly bounce: number[] = [];

  /** `index` is its place among the disks: 0 is vda. */
  constructor(index: number, transport: VirtioTransport) {
    this.name = `vd${String.fromCharCode(97 + index)}`;
    this.deviceNumber = makeDevice(VIRTIO_BLOCK_MAJOR, index * MINORS_PER_DISK);
    this.transport = transport;
    this.memory = transport.platform.memory;
    const features = transport.begin(F_RO | F_FLUSH);
    this.isReadOnly = (features & F_RO) !== 0;
    this.canFlush = (features & F_FLUSH) !== 0;
    this.queue = transport.queue(0);
    this.requestFrame = transport.frames.allocate();
    for (let i = 0; i < BOUNCE_FRAMES; i++) this.bounce.push(transport.frames.allocate());
    this.sectors = transport.configU32(4) * 0x1_0000_0000 + transport.configU32(0);
    transport.finish();
  }

  /** Requests were completed where they were made; only the line must be lowered. */
  interrupt(): void {
    this.transport.acknowledge();
  }

  read(sector: number, target: Uint8Array): void {
    this.forEachBounce(sector, target.length, (at, sectorAt, segments) => {
      this.request(T_IN, sectorAt, segments);
      for (const { address, length } of segments) {
        const from = address - this.memory.base;
        target.set(this.memory.u8.subarray(from, from + length), at);
        at += length;
      }
    });
  }

  write(sector: number, source: Uint8Array): void {
    this.forEachBounce(sector, source.length, (at, sectorAt, segments) => {
      for (const { address, length } of segments) {
        this.memory.u8.set(source.subarray(at, at + length), address - this.memory.base);
        at += length;
      }
      this.request(T_OUT, sectorAt, segments);
    });
  }

  readFrames(sector: number, frames: readonly number[]): void {
    this.forEachBatch(frames, (batch, sectorAt) => this.request(T_IN, sector + sectorAt, batch));
    for (const frame of frames) this.transport.frames.changed(frame);
  }

  writeFrames(sector: number, frames: readonly number[]): void {
    this.forEachBatch(frames, (batch, sectorAt) => this.request(T_OUT, sector + sectorAt, batch));
  }

  flush(): void {
    if (!this.canFlush) return;
    this.request(T_FLUSH, 0, []);
  }

  private forEachBounce(
    sector: number,
    length: number,
    transfer: (at: number, sectorAt: number, segments: Segment[]) => void,
  ): void {
    if (length % SECTOR_BYTES !== 0) throw fail(EINVAL, 'disk transfer is not whole sectors');
    for (let at = 0; at < length; ) {
      const batch = Math.min(length - at, this.bounce.length * PAGE_SIZE);
      const segments: Segment[] = [];
      for (let done = 0; done < batch; done += PAGE_SIZE) {
        const address = this.bounce[done / PAGE_SIZE] as number;
        const isDeviceWritten = false;
        segments.push({ address, length: Math.min(PAGE_SIZE, batch - done), isDeviceWritten });
      }
      transfer(at, sector + at / SECTOR_BYTES, segments);
      at += batch;
    }
  }

  private forEachBatch(
    frames: readonly number[],
    transfer: (segments: Segment[], sectorAt: number) => void,
  ): void {
    const most = this.queue.size - 2;
    for (let i = 0; i < frames.length; i += most) {
      const segments = frames
        .slice(i, i + most)
        .map((address) => ({ address, length: PAGE_SIZE, isDeviceWritten: false }));
      transfer(segments, (i * PAGE_SIZE) / SECTOR_BYTES);
    }
  }

  /** One request, from header to status. Throws EIO, EROFS. */
  private request(type: number, sector: number, data: readonly Segment[]): void {
    if (type === T_OUT && this.isReadOnly) throw fail(EROFS, 'disk is read-only');
    const bytes = data.reduce((sum, segment) => sum + segment.length, 0);
    if (sector * SECTOR_BYTES + bytes > this.sectors * SECTOR_BYTES) {
      throw fail(EIO, 'access beyond end of disk');
    }
    const u32 = this.memory.u32;
    const word = (this.requestFrame - this.memory.base) >>> 2;
    u32[word] = type;
    u32[word + 1] = 0;
    u32[word + 2] = sector >>> 0;
    u32[word + 3] = Math.floor(sector / 0x1_0000_0000);
    const statusAt = this.requestFrame - this.memory.base + STATUS_AT;
    this.memory.u8[statusAt] = 0xff;
    const chain: Segment[] = [
      { address: this.requestFrame, length: HEADER_BYTES, isDeviceWritten: false },
      ...data.map(({ address, length }) => ({ address, length, isDeviceWritten: type === T_IN })),
      { address: this.requestFrame + STATUS_AT, length: 1, isDeviceWritten: true },
    ];
    if (this.queue.submit(chain) === undefined) throw fail(EIO, 'disk queue is full');
    this.transport.notify(0);
    if (!this.queue.takeUsed()) throw fail(EIO, 'disk request was not completed');
    if (this.memory.u8[statusAt] !== S_OK) throw fail(EIO, 'disk request failed');
    this.count(type, bytes / SECTOR_BYTES);
  }

  private count(type: number, sectors: number): void {
    const statistics = this.statistics;
    if (type === T_IN) {
      statistics.reads++;
      statistics.sectorsRead += sectors;
    } else if (type === T_OUT) {
      statistics.writes++;
      statistics.sectorsWritten += sectors;
    } else {
      statistics.flushes++;
    }
  }
}
