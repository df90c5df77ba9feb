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
import { LateWrites } from './late-writes.ts';
import { merged, overlaps, type Request } from './request.ts';
import { WriteChain } from './write-chain.ts';

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
  /** Requests take time in which others can run. */
  readonly isSlow: boolean;
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
  /** Who is told of writes that only begin now: beginWrites. */
  private readonly writers: IoBatch[] = [];
  private readonly chain = new WriteChain();
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

  /** Somebody can sleep until writes are done that begin now. Who makes room cannot: it is missing until then. */
  get chainsWrites(): boolean {
    const isAwaited = this.writers.length > 0 && this.origin.current !== undefined;
    return this.driver.isSlow && isAwaited && this.frames.isReclaiming !== true;
  }

  /** While plugged, or while writes are chained. The content of the frames must not change until plugged ones are sent. */
  addFrames(sector: number, frames: readonly number[]): void {
    const sectors = (frames.length * PAGE_SIZE) / SECTOR_BYTES;
    if (this.chainsWrites) this.addChained(sector, sectors, frames, false);
    else this.addPlugged(sector, sectors, frames);
  }

  /** As addFrames: a copy in frames of its own. Throws ENOMEM. */
  addBytes(sector: number, source: Uint8Array): void {
    const frames: number[] = [];
    try {
      for (let at = 0; at < source.length; at += PAGE_SIZE) {
        const frame = this.frames.allocate();
        frames.push(frame);
        this.frames.bytes(frame).set(source.subarray(at, at + PAGE_SIZE));
      }
      const sectors = source.length / SECTOR_BYTES;
      if (this.chainsWrites) this.addChained(sector, sectors, frames, false);
      else this.addPlugged(sector, sectors, frames);
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

  beginWrites(batch: IoBatch): void {
    this.writers.push(batch);
  }

  endWrites(): void {
    this.writers.pop();
    if (!this.isPlugged) this.run();
  }

  /** While writes are chained: behind what was written. */
  addFlush(): void {
    this.addChained(0, 0, [], true);
  }

  /** Before a transfer that does not wait in line: those of the same sectors are done first, unless both only read. */
  settleRange(sector: number, sectors: number, isWrite: boolean): void {
    if (!this.isBusy) return;
    while (this.isUnderWay(sector, sectors, isWrite) || this.chain.waitsFor(sector, sectors))
      this.advance();
  }

  /** Before a write that does not wait in line: what was written before it is done. */
  settleWrites(): void {
    while (!this.chain.isEmpty) this.advance();
  }

  /** All that came is done. Throws the first error of what was written while plugged. */
  settle(): void {
    while (this.isBusy) this.advance();
    this.throwPlugged();
  }

  private get isBusy(): boolean {
    return this.waiting.length > 0 || this.started.size > 0 || !this.chain.isEmpty;
  }

  /** Whether a request for these sectors waits or is with the disk, unless both only read. */
  private isUnderWay(sector: number, sectors: number, isWrite: boolean): boolean {
    const isThere = (each: Request) => (isWrite || each.isWrite) && overlaps(each, sector, sectors);
    return this.waiting.some(isThere) || [...this.started].some(isThere);
  }

  /** Give the disk as many as it takes. */
  run(): void {
    do {
      this.takeChained();
      if (this.hasNew && this.mergesRequests) this.waiting = merged(this.waiting, this);
      this.hasNew = false;
    } while (this.send() > 0);
  }

  /** Returns how many were sent. */
  private send(): number {
    let count = 0;
    while (this.waiting.length > 0 && this.started.size < this.depth) {
      const request = this.next();
      noteInFlight(this.driver.statistics, this.driver.nowNs(), 1);
      this.started.add(request);
      if (!request.isFlush) {
        this.state.sent(request);
        this.trace.add('D', request);
      }
      this.driver.start(request);
      count++;
    }
    if (count > 0) this.driver.kick();
    return count;
  }

  /** Writes whose turn it is now wait with the others. */
  private takeChained(): void {
    this.chain.take(
      (request) => {
        this.waiting.push(request);
        this.hasNew = true;
      },
      (request, why) => this.finish(request, why),
    );
  }

  /** A request that was started is done. */
  completed(request: Request, error: KernelError | undefined): void {
    const nowNs = this.driver.nowNs();
    const { statistics } = this.driver;
    this.started.delete(request);
    noteInFlight(statistics, nowNs, -1);
    if (request.isFlush) {
      statistics.flushes++;
      statistics.flushNs += nowNs - request.arrivalNs;
    } else {
      this.trace.add('C', request);
      if (!error) noteDone(statistics, request, nowNs);
    }
    this.finish(request, error);
  }

  private finish(request: Request, error: KernelError | undefined): void {
    for (const frame of request.frames) {
      if (!request.isWrite) this.frames.changed(frame);
      this.frames.release(frame);
    }
    for (const batch of request.batches) batch.transferDone(error);
  }

  /** The disk is gone: nothing that waits, or was started, will be done. */
  abandon(error: KernelError): void {
    const lost = [...this.started, ...this.waiting.splice(0), ...this.chain.takeAll()];
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
      isFlush: false,
      isChained: false,
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

  /** The unplug waits for it and throws; whose pages they are is told, too. */
  private addPlugged(sector: number, sectors: number, frames: readonly number[]): void {
    this.add(sector, sectors, frames, true, this.plugged, ...this.writers);
  }

  private add(
    sector: number,
    sectors: number,
    frames: readonly number[],
    isWrite: boolean,
    ...batches: readonly IoBatch[]
  ): void {
    // Of two writes to one place the later one counts, and a read gets what was written before.
    this.settleRange(sector, sectors, isWrite);
    while (this.waiting.length >= this.limit) this.advance();
    const request = this.request(sector, sectors, isWrite);
    for (const frame of frames) this.frames.retain(frame);
    request.frames.push(...frames);
    request.batches.push(...batches);
    for (const batch of batches) batch.pending++;
    this.trace.add('Q', request);
    this.trace.add('G', request);
    this.waiting.push(request);
    this.hasNew = true;
  }

  /** Behind what was chained, as far as it must be. The running task is going to wait for it. */
  private addChained(
    sector: number,
    sectors: number,
    frames: readonly number[],
    isFlush: boolean,
  ): void {
    const isAfter = this.isUnderWay(sector, sectors, true);
    const request = { ...this.request(sector, sectors, true), isFlush };
    for (const frame of frames) this.frames.retain(frame);
    request.frames.push(...frames);
    const { current } = this.origin;
    if (current) request.batches.push((current.writes ??= new LateWrites()));
    request.batches.push(...this.writers);
    for (const batch of request.batches) batch.pending++;
    if (!isFlush) {
      this.trace.add('Q', request);
      this.trace.add('G', request);
    }
    this.chain.add(request, isAfter);
  }

  /** One became part of another. */
  noteMerged(request: Request): void {
    this.trace.add('M', request);
    const { statistics } = this.driver;
    if (request.isWrite) statistics.writesMerged++;
    else statistics.readsMerged++;
  }

  private next(): Request {
    const choose = IO_SCHEDULERS[this.scheduler];
    const chosen = choose?.(this.waiting, this.state, this.driver.nowNs()) ?? this.waiting[0];
    if (chosen === undefined) throw new Error('nothing waits');
    this.waiting.splice(this.waiting.indexOf(chosen), 1);
    return chosen;
  }
}
