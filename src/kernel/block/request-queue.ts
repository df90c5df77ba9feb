/**
 * Requests on their way to a disk: those that touch each other become one, the scheduler says which goes next, and several are with the disk
 * at a time. Linux: block/blk-mq.c, block/blk-merge.c.
 */
import { EINVAL, fail, type KernelError } from '../../abi/errno.ts';
import { IoBatch } from '../../fs/io-batch.ts';
import { type FrameSource, PAGE_SIZE } from '../../fs/page-frames.ts';
import { type DiskStatistics, noteDone, noteInFlight } from '../drivers/disk.ts';
import type { BlockTrace } from './block-trace.ts';
import { type IoOrigin, ioPriorityOf } from './io-priority.ts';
import { IO_SCHEDULERS, SchedulerState } from './io-scheduler.ts';
import { join, overlaps, type Request, touches } from './request.ts';

const SECTOR_BYTES = 512;
const DEFAULT_REQUESTS = 128;
const MAX_REQUESTS = 4096;
/** Requests that the driver has room for. */
const MAX_DEPTH = 64;

/** The driver's end. */
export interface Dispatcher {
  readonly name: string;
  readonly statistics: DiskStatistics;
  /** How many requests the disk is given at a time, if nobody says otherwise. */
  readonly defaultDepth: number;
  /** Puts it before the device, which begins with `kick`. */
  start(request: Request): void;
  kick(): void;
  /** Waits, while nothing else runs, until at least one of those that were started is done. */
  wait(): void;
  nowNs(): number;
}

export class RequestQueue {
  /** Name in IO_SCHEDULERS. */
  scheduler = 'none';
  /** nr_requests: so many wait before they go without an unplug. */
  limit = DEFAULT_REQUESTS;
  mergesRequests = true;
  readonly trace: BlockTrace;
  private setDepth: number | undefined = undefined;
  private readonly driver: Dispatcher;
  private readonly frames: FrameSource;
  private readonly origin: IoOrigin;
  /** In the order in which they came. */
  private waiting: Request[] = [];
  private readonly started = new Set<Request>();
  private plugs = 0;
  /** Of writes while it is plugged. */
  private plugged = new IoBatch();
  /** What waits may be looked at for neighbours. */
  private hasNew = false;
  /** Who waits for the reads of frames that come now: beginLate. */
  private late: IoBatch | undefined = undefined;
  private readonly state = new SchedulerState();

  constructor(driver: Dispatcher, frames: FrameSource, origin: IoOrigin, trace: BlockTrace) {
    this.driver = driver;
    this.frames = frames;
    this.origin = origin;
    this.trace = trace;
  }

  get isPlugged(): boolean {
    return this.plugs > 0;
  }

  get isLate(): boolean {
    return this.late !== undefined;
  }

  /** Requests that are with the disk: reads, writes. */
  get inFlight(): { reads: number; writes: number } {
    let writes = 0;
    for (const { isWrite } of this.started) if (isWrite) writes++;
    return { reads: this.started.size - writes, writes };
  }

  get depth(): number {
    return this.setDepth ?? this.driver.defaultDepth;
  }

  /** Errors: EINVAL. */
  set depth(depth: number) {
    if (!Number.isInteger(depth) || depth < 1 || depth > MAX_DEPTH) throw fail(EINVAL, 'depth');
    this.setDepth = depth;
    this.run();
  }

  /** Errors: EINVAL. */
  setScheduler(name: string): void {
    if (!Object.hasOwn(IO_SCHEDULERS, name)) throw fail(EINVAL, `no scheduler ${name}`);
    this.settle();
    this.scheduler = name;
  }

  /** Errors: EINVAL. */
  setLimit(limit: number): void {
    if (!Number.isInteger(limit) || limit < 4 || limit > MAX_REQUESTS) {
      throw fail(EINVAL, 'nr_requests');
    }
    this.limit = limit;
  }

  plug(): void {
    this.plugs++;
  }

  /** The last unplug sends what waits, and waits for it. Throws the first error of these, when all were tried. */
  unplug(): void {
    if (--this.plugs === 0) this.finishPlugged();
  }

  /** While plugged. The content of the frames must not change until they are sent. */
  addFrames(sector: number, frames: readonly number[]): void {
    this.add(sector, (frames.length * PAGE_SIZE) / SECTOR_BYTES, frames, true, this.plugged);
  }

  /** While plugged: a copy in frames of its own. Throws ENOMEM. */
  addBytes(sector: number, source: Uint8Array): void {
    const frames: number[] = [];
    try {
      for (let at = 0; at < source.length; at += PAGE_SIZE) {
        const frame = this.frames.allocate();
        frames.push(frame);
        this.frames.bytes(frame).set(source.subarray(at, at + PAGE_SIZE));
      }
      this.add(sector, source.length / SECTOR_BYTES, frames, true, this.plugged);
    } finally {
      for (const frame of frames) this.frames.release(frame);
    }
  }

  /** A transfer that `batch` waits for; the frames are kept until it is done. It may be done already. */
  submit(
    sector: number,
    sectors: number,
    frames: readonly number[],
    isWrite: boolean,
    batch: IoBatch,
  ): void {
    this.add(sector, sectors, frames, isWrite, batch);
    if (!this.isPlugged && !this.isLate) this.run();
  }

  /** Until endLate, reads of frames only begin: `batch` has them. */
  beginLate(batch: IoBatch): void {
    this.late = batch;
  }

  endLate(): void {
    this.late = undefined;
    this.run();
  }

  /** Between beginLate and endLate. */
  addLate(sector: number, frames: readonly number[]): void {
    if (this.late === undefined) return;
    this.add(sector, (frames.length * PAGE_SIZE) / SECTOR_BYTES, frames, false, this.late);
  }

  /** Before a transfer that does not wait in line: those of the same sectors are done first, unless both only read. */
  settleRange(sector: number, sectors: number, isWrite: boolean): void {
    if (this.waiting.length === 0 && this.started.size === 0) return;
    const isThere = (each: Request) => (isWrite || each.isWrite) && overlaps(each, sector, sectors);
    while (this.waiting.some(isThere) || [...this.started].some(isThere)) this.advance();
  }

  /** All that came is done. Throws the first error of what was written while plugged. */
  settle(): void {
    while (this.waiting.length > 0 || this.started.size > 0) this.advance();
    this.throwPlugged();
  }

  /** Give the disk as many as it takes. */
  run(): void {
    if (this.hasNew && this.mergesRequests) this.merge();
    this.hasNew = false;
    let count = 0;
    while (this.waiting.length > 0 && this.started.size < this.depth) {
      const request = this.next();
      noteInFlight(this.driver.statistics, this.driver.nowNs(), 1);
      this.started.add(request);
      this.state.sent(request);
      this.trace.add('D', request);
      this.driver.start(request);
      count++;
    }
    if (count > 0) this.driver.kick();
  }

  /** A request that was started is done. */
  completed(request: Request, error: KernelError | undefined): void {
    const nowNs = this.driver.nowNs();
    this.started.delete(request);
    this.trace.add('C', request);
    noteInFlight(this.driver.statistics, nowNs, -1);
    if (!error) noteDone(this.driver.statistics, request, nowNs);
    for (const frame of request.frames) {
      if (!request.isWrite) this.frames.changed(frame);
      this.frames.release(frame);
    }
    for (const batch of request.batches) batch.transferDone(error);
  }

  /** The disk is gone: nothing that waits, or was started, will be done. */
  abandon(error: KernelError): void {
    const lost = [...this.started, ...this.waiting.splice(0)];
    for (const request of lost) {
      if (!this.started.has(request)) noteInFlight(this.driver.statistics, this.driver.nowNs(), 1);
      this.completed(request, error);
    }
  }

  /** The head is behind a transfer that did not wait in line. */
  passed(sector: number, sectors: number): void {
    const { state } = this;
    if (sector !== state.sector) state.isRising = sector > state.sector;
    state.sector = sector + sectors;
  }

  /** A request of the running task, for the trace and the statistics. */
  request(sector: number, sectors: number, isWrite: boolean): Request {
    const { current } = this.origin;
    return {
      sector,
      sectors,
      isWrite,
      priority: ioPriorityOf(current),
      owner: current?.process.pid ?? 0,
      name: current?.name ?? 'kernel',
      arrivalNs: this.driver.nowNs(),
      frames: [],
      batches: [],
      attempts: 0,
    };
  }

  private finishPlugged(): void {
    this.run();
    while (this.plugged.pending > 0) this.advance();
    this.throwPlugged();
  }

  private throwPlugged(): void {
    const { error } = this.plugged;
    this.plugged.error = undefined;
    if (error) throw error;
  }

  /** Something gets done. */
  private advance(): void {
    this.run();
    if (this.started.size > 0) this.driver.wait();
  }

  private add(
    sector: number,
    sectors: number,
    frames: readonly number[],
    isWrite: boolean,
    batch: IoBatch,
  ): void {
    // Of two writes to one place the later one counts, and a read gets what was written before.
    this.settleRange(sector, sectors, isWrite);
    while (this.waiting.length >= this.limit) this.advance();
    const request = this.request(sector, sectors, isWrite);
    for (const frame of frames) this.frames.retain(frame);
    request.frames.push(...frames);
    request.batches.push(batch);
    batch.pending++;
    this.trace.add('Q', request);
    this.trace.add('G', request);
    this.waiting.push(request);
    this.hasNew = true;
  }

  private next(): Request {
    const choose = IO_SCHEDULERS[this.scheduler];
    const chosen = choose?.(this.waiting, this.state, this.driver.nowNs()) ?? this.waiting[0];
    if (chosen === undefined) throw new Error('nothing waits');
    this.waiting.splice(this.waiting.indexOf(chosen), 1);
    return chosen;
  }

  /** Neighbours of one kind become one, where the first of them came. */
  private merge(): void {
    const arrivals = this.waiting.map((request, arrival) => ({ request, arrival }));
    if (arrivals.length < 2) return;
    arrivals.sort((one, other) => one.request.sector - other.request.sector);
    const runs: { request: Request; arrival: number }[] = [];
    for (const { request, arrival } of arrivals) {
      const last = runs.at(-1);
      if (last && touches(last.request, request)) {
        this.trace.add('M', request);
        const { statistics } = this.driver;
        if (request.isWrite) statistics.writesMerged++;
        else statistics.readsMerged++;
        last.request = join(last.request, request);
        last.arrival = Math.min(last.arrival, arrival);
      } else runs.push({ request, arrival });
    }
    runs.sort((one, other) => one.arrival - other.arrival);
    this.waiting = runs.map(({ request }) => request);
  }
}
