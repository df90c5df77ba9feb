/** Disk driver: virtio 1.2 section 5.2. The device completes a request while it is notified, so a request is synchronous. */
import { EINVAL, EIO, ENOSPC, EROFS, fail } from '../../abi/errno.ts';
import { makeDevice } from '../../abi/stat.ts';
import type { FileSystem } from '../../fs/filesystem.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { PlatformMemory } from '../../platform/platform.ts';
import type { Partition } from '../block/partition.ts';
import { type Dispatcher, type QueuedWrite, RequestQueue } from '../block/request-queue.ts';
import { NS_PER_SECOND } from '../clock.ts';
import { MINORS_PER_DISK, VIRTIO_BLOCK_MAJOR } from '../devfs/disk-numbers.ts';
import { type Disk, type Journal, newStatistics } from './disk.ts';
import type { InterruptTarget } from './plic.ts';
import type { VirtioTransport } from './virtio.ts';
import type { Segment, Virtqueue } from './virtqueue.ts';

const F_RO = 1 << 5;
const F_FLUSH = 1 << 9;
const T_IN = 0;
const T_OUT = 1;
const T_FLUSH = 4;
const T_GET_ID = 8;
const ID_BYTES = 20;
/** What the serial number of this machine's hard disks begins with. */
const HARD_DISK_SERIAL = 'hartix-hdd';
const S_OK = 0;
const S_IO_ERROR = 1;
/** This machine's own: the host has no room for what was written. */
const S_NO_SPACE = 0xe0;
/** As the block layer of Linux calls them: req_op. */
const OPERATIONS: Readonly<Record<number, string>> = {
  [T_IN]: '0x0:(READ)',
  [T_OUT]: '0x1:(WRITE)',
  [T_FLUSH]: '0x2:(FLUSH)',
  [T_GET_ID]: '0x22:(DRV_IN)',
};
/** struct virtio_blk_req: type, reserved, sector (16 bytes); the status byte follows the data. */
const HEADER_BYTES = 16;
const STATUS_AT = HEADER_BYTES;
const SECTOR_BYTES = 512;
/** Frames kept for transfers to and from kernel buffers: 64 KiB at a time. */
const BOUNCE_FRAMES = 16;

/** How often a request that failed is tried again before it is an error. */
const RETRIES = 3;
/** Levels of syslog(2). */
const LOG_ERROR = 3;
const LOG_WARNING = 4;

export class VirtioBlock implements Disk, InterruptTarget, Dispatcher {
  readonly name: string;
  readonly sectorBytes = SECTOR_BYTES;
  readonly sectors: number;
  isWriteProtected = false;
  /** The device takes no writes: VIRTIO_BLK_F_RO. */
  private readonly refusesWrites: boolean;
  readonly deviceNumber: number;
  mounted: FileSystem | undefined = undefined;
  readonly driver = 'virtblk';
  readonly statistics = newStatistics();
  isGone = false;
  openCount = 0;
  claim: object | undefined = undefined;
  readonly minors = MINORS_PER_DISK;
  readonly partitions: Partition[] = [];
  /** So many of the next attempts fail without reaching the device: /sys/block/<disk>/make-it-fail. */
  failNext = 0;
  /** Where writes wait while it is plugged. */
  readonly queue: RequestQueue;
  private readonly transport: VirtioTransport;
  private readonly journal: Journal;
  private readonly memory: PlatformMemory;
  private readonly ring: Virtqueue;
  private readonly canFlush: boolean;
  /** Frame that holds request header and status byte. */
  private readonly requestFrame: number;
  private readonly bounce: number[] = [];

  /** `index` is its place among the disks: 0 is vda. */
  constructor(index: number, transport: VirtioTransport, journal: Journal) {
    this.name = VirtioBlock.nameOf(index);
    this.deviceNumber = makeDevice(VIRTIO_BLOCK_MAJOR, index * MINORS_PER_DISK);
    this.transport = transport;
    this.journal = journal;
    this.memory = transport.platform.memory;
    const features = transport.begin(F_RO | F_FLUSH);
    this.refusesWrites = (features & F_RO) !== 0;
    this.canFlush = (features & F_FLUSH) !== 0;
    this.ring = transport.queue(0);
    this.queue = new RequestQueue(this, transport.frames);
    this.requestFrame = transport.frames.allocate();
    for (let i = 0; i < BOUNCE_FRAMES; i++) this.bounce.push(transport.frames.allocate());
    this.sectors = transport.configU32(4) * 0x1_0000_0000 + transport.configU32(0);
    transport.finish();
  }

  get isReadOnly(): boolean {
    return this.refusesWrites || this.isWriteProtected;
  }

  /** As the disk identifies itself. Throws EIO. */
  get serial(): string {
    const [frame] = this.bounce;
    if (frame === undefined) return '';
    this.request(T_GET_ID, 0, [{ address: frame, length: ID_BYTES, isDeviceWritten: true }]);
    const from = frame - this.memory.base;
    const text = String.fromCharCode(...this.memory.u8.subarray(from, from + ID_BYTES));
    return text.split('\0')[0] ?? '';
  }

  get isRotational(): boolean {
    return this.serial.startsWith(HARD_DISK_SERIAL);
  }

  /** vda to vdz, vdaa, vdab and so on, as Linux counts. */
  static nameOf(index: number): string {
    let letters = '';
    for (let rest = index; rest >= 0; rest = Math.floor(rest / 26) - 1)
      letters = String.fromCharCode(97 + (rest % 26)) + letters;
    return `vd${letters}`;
  }

  /** Requests were completed where they were made; only the line must be lowered. */
  interrupt(): void {
    this.transport.acknowledge();
  }

  plug(): void {
    this.queue.plug();
  }

  unplug(): void {
    this.queue.unplug();
  }

  read(sector: number, target: Uint8Array): void {
    this.queue.flush();
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
    this.check(T_OUT, sector, source.length);
    if (this.queue.isPlugged) this.queue.addBytes(sector, source);
    else this.writeNow(sector, source);
  }

  private writeNow(sector: number, source: Uint8Array): void {
    this.forEachBounce(sector, source.length, (at, sectorAt, segments) => {
      for (const { address, length } of segments) {
        this.memory.u8.set(source.subarray(at, at + length), address - this.memory.base);
        at += length;
      }
      this.request(T_OUT, sectorAt, segments);
    });
  }

  readFrames(sector: number, frames: readonly number[]): void {
    this.queue.flush();
    this.forEachBatch(frames, (batch, sectorAt) => this.request(T_IN, sector + sectorAt, batch));
    for (const frame of frames) this.transport.frames.changed(frame);
  }

  writeFrames(sector: number, frames: readonly number[]): void {
    this.check(T_OUT, sector, frames.length * PAGE_SIZE);
    if (this.queue.isPlugged) this.queue.addFrames(sector, frames);
    else this.writeFramesNow(sector, frames);
  }

  private writeFramesNow(sector: number, frames: readonly number[]): void {
    this.forEachBatch(frames, (batch, sectorAt) => this.request(T_OUT, sector + sectorAt, batch));
  }

  /** A write whose turn it is. */
  dispatch({ sector, frames, bytes }: QueuedWrite): void {
    if (bytes) this.writeNow(sector, bytes);
    else this.writeFramesNow(sector, frames);
  }

  flush(): void {
    this.queue.flush();
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
    const most = this.ring.size - 2;
    for (let i = 0; i < frames.length; i += most) {
      const segments = frames
        .slice(i, i + most)
        .map((address) => ({ address, length: PAGE_SIZE, isDeviceWritten: false }));
      transfer(segments, (i * PAGE_SIZE) / SECTOR_BYTES);
    }
  }

  /** The driver lets go of the device, which forgets its queues, and gives its memory back. */
  remove(): void {
    this.isGone = true;
    this.transport.reset();
    const { frames } = this.transport;
    for (const frame of [this.requestFrame, ...this.bounce.splice(0)]) frames.release(frame);
    this.transport.releaseQueue(this.ring);
  }

  /** One request, tried again when the medium fails. Throws EIO, EROFS, ENOSPC. */
  private request(type: number, sector: number, data: readonly Segment[]): void {
    const bytes = data.reduce((sum, segment) => sum + segment.length, 0);
    this.check(type, sector, bytes);
    const isTransfer = type === T_IN || type === T_OUT;
    const sectors = bytes / SECTOR_BYTES;
    if (isTransfer) this.queue.trace('D', type === T_OUT, sector, sectors);
    const { platform } = this.transport;
    const begin = platform.time();
    for (let attempt = 0; ; attempt++) {
      const status = this.attempt(type, sector, data);
      if (status === S_OK) break;
      const where = `dev ${this.name}, sector ${sector} op ${OPERATIONS[type]}`;
      if (status === S_NO_SPACE) {
        this.journal.print(`critical space allocation error, ${where}`, LOG_ERROR);
        throw fail(ENOSPC, 'the host has no room for the disk');
      }
      if (attempt === RETRIES) {
        this.journal.print(`I/O error, ${where}: given up`, LOG_ERROR);
        throw fail(EIO, 'disk request failed');
      }
      const count = `attempt ${attempt + 1} of ${RETRIES + 1}`;
      this.journal.print(`I/O error, ${where}: ${count}`, LOG_WARNING);
    }
    this.count(type, sectors);
    if (isTransfer) {
      this.queue.trace('C', type === T_OUT, sector, sectors);
      this.queue.passed(sector, sectors);
    }
    // At least one tick, as Linux counts: what is done at once took time too.
    const ticks = Math.max(1, platform.time() - begin);
    this.statistics.busyNs += (ticks * NS_PER_SECOND) / platform.timebaseHz;
  }

  /** Throws EIO, EROFS. */
  private check(type: number, sector: number, bytes: number): void {
    if (this.isGone) throw fail(EIO, 'disk was removed');
    if (type === T_OUT && this.refusesWrites) throw fail(EROFS, 'disk is read-only');
    if (sector * SECTOR_BYTES + bytes > this.sectors * SECTOR_BYTES) {
      throw fail(EIO, 'access beyond end of disk');
    }
  }

  /** From header to status, which is returned. */
  private attempt(type: number, sector: number, data: readonly Segment[]): number {
    if (this.failNext > 0) {
      this.failNext--;
      return S_IO_ERROR;
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
      ...data.map(({ address, length }) => ({ address, length, isDeviceWritten: type !== T_OUT })),
      { address: this.requestFrame + STATUS_AT, length: 1, isDeviceWritten: true },
    ];
    if (this.ring.submit(chain) === undefined) throw fail(EIO, 'disk queue is full');
    this.transport.notify(0);
    if (!this.ring.takeUsed()) throw fail(EIO, 'disk request was not completed');
    return this.memory.u8[statusAt] as number;
  }

  private count(type: number, sectors: number): void {
    const statistics = this.statistics;
    if (type === T_IN) {
      statistics.reads++;
      statistics.sectorsRead += sectors;
    } else if (type === T_OUT) {
      statistics.writes++;
      statistics.sectorsWritten += sectors;
    } else if (type === T_FLUSH) {
      statistics.flushes++;
    }
  }
}
