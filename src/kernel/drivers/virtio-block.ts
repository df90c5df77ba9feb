/**
 * Disk driver: virtio 1.2 section 5.2. Requests of the queue are many at a time, and end with an interrupt; others, of file systems for their
 * structures, are waited for by looking: the device need not interrupt, and lets virtual time pass instead.
 */
import { EIO, EROFS, fail, KernelError } from '../../abi/errno.ts';
import { makeDevice } from '../../abi/stat.ts';
import type { FileSystem } from '../../fs/filesystem.ts';
import type { IoBatch } from '../../fs/io-batch.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { PlatformMemory } from '../../platform/platform.ts';
import { BlockTrace } from '../block/block-trace.ts';
import type { IoOrigin } from '../block/io-priority.ts';
import type { Partition } from '../block/partition.ts';
import type { Request } from '../block/request.ts';
import { type Dispatcher, RequestQueue } from '../block/request-queue.ts';
import { NS_PER_SECOND } from '../clock.ts';
import { MINORS_PER_DISK, VIRTIO_BLOCK_MAJOR } from '../devfs/disk-numbers.ts';
import { type Disk, type Journal, newStatistics, noteDone, noteInFlight } from './disk.ts';
import type { InterruptTarget } from './plic.ts';
import type { VirtioTransport } from './virtio.ts';
import { BounceFrames } from './virtio-block-bounce.ts';
import {
  batchesOf,
  diskName,
  failureOf,
  type MediumReport,
  mediumReport,
  S_IO_ERROR,
  S_OK,
  segmentsOf,
  T_FLUSH,
  T_GET_ID,
  T_IN,
  T_MEDIUM,
  T_OUT,
  typeOf,
} from './virtio-block-request.ts';
import { VirtioBlockRing } from './virtio-block-ring.ts';
import type { Segment } from './virtqueue.ts';

const F_RO = 1 << 5;
const F_FLUSH = 1 << 9;
const F_TOPOLOGY = 1 << 10;
/** Configuration space. */
const PHYSICAL_EXPONENT_AT = 24;
/** VIRTIO_F_INDIRECT_DESC. */
const F_INDIRECT = 1 << 28;
const ID_BYTES = 20;
const MEDIUM_WORDS = 6;
/** What the serial numbers of this machine's disks with a model begin with. */
const MODEL_SERIAL = /^hartix-(hdd|ssd|nvme|tape)-/;
/** Requests that a disk is given at a time: one with heads does best if the scheduler says which is next. */
const DEPTHS: Readonly<Record<string, number>> = { hdd: 1, tape: 1 };
const DEFAULT_DEPTH = 32;
const SECTOR_BYTES = 512;

export class VirtioBlock implements Disk, InterruptTarget, Dispatcher {
  readonly name: string;
  readonly sectorBytes = SECTOR_BYTES;
  readonly sectors: number;
  readonly physicalBytes: number;
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
  readonly queue: RequestQueue;
  private readonly transport: VirtioTransport;
  private readonly journal: Journal;
  private readonly memory: PlatformMemory;
  private readonly ring: VirtioBlockRing;
  private readonly canFlush: boolean;
  private readonly goesIndirectly: boolean;
  private readonly bounce: BounceFrames;
  /** Requests of the queue by the slot that they have with the device. */
  private readonly slots = new Map<number, Request>();
  /** Those that did not reach it. */
  private readonly unsent: Request[] = [];
  /** As the disk says; '' for one that takes what the host takes. */
  private readonly model: string;

  /** `index` is its place among the disks: 0 is vda. */
  constructor(index: number, transport: VirtioTransport, journal: Journal, origin: IoOrigin) {
    this.name = diskName(index);
    this.deviceNumber = makeDevice(VIRTIO_BLOCK_MAJOR, index * MINORS_PER_DISK);
    this.transport = transport;
    this.journal = journal;
    this.memory = transport.platform.memory;
    const features = transport.begin(F_RO | F_FLUSH | F_TOPOLOGY | F_INDIRECT);
    this.refusesWrites = (features & F_RO) !== 0;
    this.canFlush = (features & F_FLUSH) !== 0;
    this.goesIndirectly = (features & F_INDIRECT) !== 0;
    this.ring = new VirtioBlockRing(transport);
    const trace = new BlockTrace(this.name, this);
    this.queue = new RequestQueue(this, transport.frames, origin, trace);
    this.bounce = new BounceFrames(transport.frames, this.memory);
    this.sectors = transport.configU32(4) * 0x1_0000_0000 + transport.configU32(0);
    const exponent = (features & F_TOPOLOGY) === 0 ? 0 : transport.configU8(PHYSICAL_EXPONENT_AT);
    this.physicalBytes = SECTOR_BYTES << Math.min(exponent, 7);
    transport.finish();
    this.model = MODEL_SERIAL.exec(this.serial)?.[1] ?? '';
  }

  get isReadOnly(): boolean {
    return this.refusesWrites || this.isWriteProtected;
  }

  /** As the disk identifies itself. Throws EIO. */
  get serial(): string {
    const bytes = this.ask(T_GET_ID, ID_BYTES);
    return String.fromCharCode(...bytes).split('\0')[0] ?? '';
  }

  /** What it says of its medium; undefined for a disk that counts nothing. */
  medium(): MediumReport | undefined {
    if (this.isGone) return undefined;
    const [frame] = this.bounce.frames;
    if (frame === undefined) return undefined;
    const length = MEDIUM_WORDS * 4;
    const status = this.attempt(T_MEDIUM, 0, [{ address: frame, length, isDeviceWritten: true }]);
    if (status !== S_OK) return undefined;
    const word = (frame - this.memory.base) >>> 2;
    return mediumReport(this.memory.u32.subarray(word, word + MEDIUM_WORDS));
  }

  get isRotational(): boolean {
    return this.model === 'hdd';
  }

  get defaultDepth(): number {
    return DEPTHS[this.model] ?? DEFAULT_DEPTH;
  }

  /** Requests take time: it is worth while to do something else meanwhile. */
  get isSlow(): boolean {
    return this.model !== '';
  }

  nowNs(): number {
    const { platform } = this.transport;
    return (platform.time() * NS_PER_SECOND) / platform.timebaseHz;
  }

  interrupt(): void {
    this.transport.acknowledge();
    if (this.slots.size === 0) return;
    this.reap();
    this.queue.run();
  }

  plug(): void {
    this.queue.plug();
  }

  unplug(): void {
    this.queue.unplug();
  }

  read(sector: number, target: Uint8Array): void {
    for (const { at, sectorAt, segments } of this.bounce.parts(sector, target.length)) {
      this.request(T_IN, sectorAt, segments);
      this.bounce.copyOut(segments, target, at);
    }
  }

  write(sector: number, source: Uint8Array): void {
    this.check(T_OUT, sector, source.length);
    if (this.queue.isPlugged || this.queue.chainsWrites) this.addCopy(sector, source);
    else this.writeNow(sector, source);
  }

  /** Without memory for a copy it is written now. */
  private addCopy(sector: number, source: Uint8Array): void {
    try {
      this.queue.addBytes(sector, source);
    } catch (error) {
      if (!this.queue.chainsWrites || !(error instanceof KernelError)) throw error;
      this.writeNow(sector, source);
    }
  }

  private writeNow(sector: number, source: Uint8Array): void {
    for (const { at, sectorAt, segments } of this.bounce.parts(sector, source.length)) {
      this.bounce.copyIn(segments, source, at);
      this.request(T_OUT, sectorAt, segments);
    }
  }

  readFrames(sector: number, frames: readonly number[]): void {
    this.check(T_IN, sector, frames.length * PAGE_SIZE);
    if (this.queue.isLate) {
      this.queue.addLate(sector, frames);
      return;
    }
    this.transferNow(T_IN, sector, frames);
    for (const frame of frames) this.transport.frames.changed(frame);
  }

  writeFrames(sector: number, frames: readonly number[]): void {
    this.check(T_OUT, sector, frames.length * PAGE_SIZE);
    const { queue } = this;
    if (!queue.isPlugged && !queue.chainsWrites) this.transferNow(T_OUT, sector, frames);
    else
      batchesOf(frames, this.ring.mostSegments, (batch, sectorAt) => {
        queue.addFrames(sector + sectorAt, batch);
      });
  }

  private transferNow(type: number, sector: number, frames: readonly number[]): void {
    batchesOf(frames, this.ring.mostSegments, (batch, sectorAt) => {
      const segments = segmentsOf(batch, batch.length * PAGE_SIZE, type === T_IN);
      this.request(type, sector + sectorAt, segments);
    });
  }

  /** Some or all of `frames`, which are kept; `batch` is told. Throws EIO, EROFS for what cannot begin. */
  submit(
    sector: number,
    sectors: number,
    frames: readonly number[],
    isWrite: boolean,
    batch: IoBatch,
  ): void {
    this.check(isWrite ? T_OUT : T_IN, sector, sectors * SECTOR_BYTES);
    this.queue.submit(sector, sectors, frames, isWrite, batch);
  }

  beginLate(batch: IoBatch): void {
    this.queue.beginLate(batch);
  }

  endLate(): void {
    this.queue.endLate();
  }

  beginWrites(batch: IoBatch): void {
    this.queue.beginWrites(batch);
  }

  endWrites(): void {
    this.queue.endWrites();
  }

  /** A request whose turn it is. */
  start(request: Request): void {
    const { sector, sectors, frames } = request;
    if (this.failNext > 0) {
      this.failNext--;
      this.unsent.push(request);
      return;
    }
    const segments = segmentsOf(frames, sectors * SECTOR_BYTES, !request.isWrite);
    while (!this.ring.hasRoom(segments.length, this.goesIndirectly)) this.wait();
    this.slots.set(
      this.ring.submit(typeOf(request), sector, segments, this.goesIndirectly),
      request,
    );
  }

  kick(): void {
    this.ring.notify(false);
    this.reap();
  }

  wait(): void {
    this.ring.notify(true);
    this.reap();
  }

  flush(): void {
    if (this.queue.chainsWrites && this.canFlush) {
      this.queue.addFlush();
      return;
    }
    this.queue.settle();
    if (!this.canFlush) return;
    const beginNs = this.nowNs();
    this.request(T_FLUSH, 0, []);
    this.statistics.flushes++;
    this.statistics.flushNs += this.nowNs() - beginNs;
  }

  /** Requests that the device is done with. Returns the status of the one in `slot`, if that is among them. */
  private reap(slot = -1): number | undefined {
    let found: number | undefined;
    for (const request of this.unsent.splice(0)) this.ended(request, S_IO_ERROR);
    for (;;) {
      const done = this.ring.takeDone();
      if (done === undefined) return found;
      if (done.slot === slot) found = done.status;
      const request = this.slots.get(done.slot);
      if (request === undefined) continue;
      this.slots.delete(done.slot);
      this.ended(request, done.status);
    }
  }

  /** Done, or to be tried again. */
  private ended(request: Request, status: number): void {
    const error = this.failure(status, typeOf(request), request.sector, request.attempts++);
    if (error === 'again') {
      this.start(request);
      this.kick();
    } else this.queue.completed(request, error);
  }

  private failure(status: number, type: number, sector: number, attempts: number) {
    return failureOf(status, { disk: this.name, type, sector, attempts }, this.journal);
  }

  /** The driver lets go of the device, which forgets its queues, and gives its memory back. */
  remove(): void {
    this.isGone = true;
    this.transport.reset();
    this.slots.clear();
    this.queue.abandon(fail(EIO, 'disk was removed'));
    this.bounce.release();
    this.ring.release();
  }

  /** What the device answers to a question about itself. Throws EIO. */
  private ask(type: number, length: number): Uint8Array {
    const [frame] = this.bounce.frames;
    if (frame === undefined) return new Uint8Array();
    this.request(type, 0, [{ address: frame, length, isDeviceWritten: true }]);
    const from = frame - this.memory.base;
    return this.memory.u8.subarray(from, from + length);
  }

  /** One request that is waited for here, tried again when the medium fails. Throws EIO, EROFS, ENOSPC. */
  private request(type: number, sector: number, data: readonly Segment[]): void {
    const bytes = data.reduce((sum, segment) => sum + segment.length, 0);
    this.check(type, sector, bytes);
    const isTransfer = type === T_IN || type === T_OUT;
    const sectors = bytes / SECTOR_BYTES;
    const { queue, statistics } = this;
    if (type === T_OUT) queue.settleWrites();
    if (isTransfer) queue.settleRange(sector, sectors, type === T_OUT);
    const request = queue.request(sector, sectors, type === T_OUT);
    if (isTransfer)
      for (const action of ['Q', 'G', 'D'] as const)
        queue.trace.add(action, request, data[0]?.address);
    noteInFlight(statistics, request.arrivalNs, 1);
    try {
      for (let attempts = 0; ; attempts++) {
        const error = this.failure(this.attempt(type, sector, data), type, sector, attempts);
        if (error === undefined) break;
        if (error !== 'again') throw error;
      }
    } finally {
      noteInFlight(statistics, this.nowNs(), -1);
    }
    if (!isTransfer) return;
    noteDone(statistics, request, this.nowNs());
    queue.trace.add('C', request);
    queue.passed(sector, sectors);
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
    while (!this.ring.hasRoom(data.length, false)) this.wait();
    const segments = data.map(({ address, length }) => {
      return { address, length, isDeviceWritten: type !== T_OUT };
    });
    const slot = this.ring.submit(type, sector, segments, false);
    const others = this.slots.size;
    this.ring.notify(type < T_GET_ID && this.isSlow);
    const status = this.reap(slot);
    if (status === undefined) throw fail(EIO, 'disk request was not completed');
    if (this.slots.size < others) this.queue.run();
    return status;
  }
}
