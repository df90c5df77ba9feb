/**
 * Requests on their way to a disk. Between plug and unplug writes gather; then those that touch each other become one, and the
 * scheduler says in which order they go. Linux: block/blk-mq.c, block/blk-merge.c.
 */
import { EINVAL, fail, KernelError } from '../../abi/errno.ts';
import { type FrameSource, PAGE_SIZE } from '../../fs/page-frames.ts';
import { log } from '../../lib/log.ts';
import type { DiskStatistics } from '../drivers/disk.ts';
import { IO_SCHEDULERS, type WaitingRequest } from './io-scheduler.ts';

const SECTOR_BYTES = 512;
const channel = log.channel('block');
/** Frames in one request at most, and requests that wait at most by default. */
const MAX_FRAMES = 64;
const DEFAULT_REQUESTS = 128;
const MAX_REQUESTS = 4096;

/** Frames of the page cache, each with a reference of ours, or bytes of the kernel, copied. */
export interface QueuedWrite extends WaitingRequest {
  readonly sector: number;
  readonly isWrite: true;
  readonly sectors: number;
  readonly frames: number[];
  readonly bytes: Uint8Array | undefined;
}

/** The driver's end. */
export interface Dispatcher {
  readonly name: string;
  readonly statistics: DiskStatistics;
  dispatch(request: QueuedWrite): void;
}

export class RequestQueue {
  /** Name in IO_SCHEDULERS. */
  scheduler = 'none';
  /** nr_requests: so many wait before they go without an unplug. */
  limit = DEFAULT_REQUESTS;
  mergesRequests = true;
  private readonly driver: Dispatcher;
  private readonly frames: FrameSource;
  /** In the order in which they came. */
  private readonly waiting: QueuedWrite[] = [];
  private plugs = 0;
  private head = { sector: 0, isRising: true };

  constructor(driver: Dispatcher, frames: FrameSource) {
    this.driver = driver;
    this.frames = frames;
  }

  get isPlugged(): boolean {
    return this.plugs > 0;
  }

  /** Errors: EINVAL. */
  setScheduler(name: string): void {
    if (!Object.hasOwn(IO_SCHEDULERS, name)) throw fail(EINVAL, `no scheduler ${name}`);
    this.flush();
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

  /** The last unplug sends what waits. Throws the first error of these, when all were tried. */
  unplug(): void {
    if (--this.plugs === 0) this.flush();
  }

  /** While plugged. The content of the frames must not change until they are sent. */
  addFrames(sector: number, frames: readonly number[]): void {
    const sectors = (frames.length * PAGE_SIZE) / SECTOR_BYTES;
    for (const frame of frames) this.frames.retain(frame);
    this.add({ sector, isWrite: true, sectors, frames: [...frames], bytes: undefined });
  }

  addBytes(sector: number, source: Uint8Array): void {
    const sectors = source.length / SECTOR_BYTES;
    this.add({ sector, isWrite: true, sectors, frames: [], bytes: source.slice() });
  }

  /** A line of the trace, as blkparse(1) has them: what happened, which way, where. */
  trace(event: 'Q' | 'M' | 'D' | 'C', isWrite: boolean, sector: number, sectors: number): void {
    if (!channel.isOn) return;
    channel.write(`${this.driver.name} ${event} ${isWrite ? 'W' : 'R'} ${sector} + ${sectors}`);
  }

  /** Send what waits, in the scheduler's order. */
  flush(): void {
    if (this.waiting.length === 0) return;
    const waiting = this.mergesRequests ? this.merged(this.waiting) : [...this.waiting];
    this.waiting.length = 0;
    const order = IO_SCHEDULERS[this.scheduler] ?? ((requests) => [...requests]);
    let failure: KernelError | undefined;
    for (const request of order(waiting, this.head)) {
      try {
        this.driver.dispatch(request);
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
        failure ??= error;
      } finally {
        for (const frame of request.frames) this.frames.release(frame);
      }
      this.passed(request.sector, request.sectors);
    }
    if (failure) throw failure;
  }

  /** The head is behind a transfer now. */
  passed(sector: number, sectors: number): void {
    const { head } = this;
    if (sector !== head.sector) head.isRising = sector > head.sector;
    head.sector = sector + sectors;
  }

  private add(request: QueuedWrite): void {
    const { sector, sectors } = request;
    this.trace('Q', true, sector, sectors);
    const overlaps = this.waiting.some((other) => {
      return sector < other.sector + other.sectors && other.sector < sector + sectors;
    });
    // Of two writes to one place the later one counts.
    if (overlaps || this.waiting.length >= this.limit) this.flush();
    this.waiting.push(request);
  }

  /** Neighbours of one kind become one, where the first of them came. */
  private merged(waiting: readonly QueuedWrite[]): QueuedWrite[] {
    const arrivals = waiting.map((request, arrival) => ({ request, arrival }));
    arrivals.sort((one, other) => one.request.sector - other.request.sector);
    const runs: { request: QueuedWrite; arrival: number }[] = [];
    for (const { request, arrival } of arrivals) {
      const last = runs.at(-1);
      if (last && touches(last.request, request)) {
        this.trace('M', true, request.sector, request.sectors);
        this.driver.statistics.writesMerged++;
        last.request = join(last.request, request);
        last.arrival = Math.min(last.arrival, arrival);
      } else runs.push({ request, arrival });
    }
    return runs.toSorted((one, other) => one.arrival - other.arrival).map(({ request }) => request);
  }
}

function touches(one: QueuedWrite, next: QueuedWrite): boolean {
  return (
    one.sector + one.sectors === next.sector &&
    one.bytes === undefined &&
    next.bytes === undefined &&
    one.frames.length + next.frames.length <= MAX_FRAMES
  );
}

function join(one: QueuedWrite, next: QueuedWrite): QueuedWrite {
  return {
    ...one,
    sectors: one.sectors + next.sectors,
    frames: [...one.frames, ...next.frames],
  };
}
