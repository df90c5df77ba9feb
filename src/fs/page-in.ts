/** Pages of a file that are on their way from a slow disk: whoever wants to read them sleeps. Linux: a locked folio. */
import { KernelError } from '../abi/errno.ts';
import { IoBatch } from './io-batch.ts';
import type { PageCache } from './page-cache.ts';
import { allocateIfFree, PAGE_SIZE } from './page-frames.ts';
import type { ReadAhead } from './read-ahead.ts';

/** Pages that one read has brought in at a time: 1 MiB. */
const MAX_PAGES = 256;

export class PageIn extends IoBatch {
  readonly first: number;
  private readonly cache: PageCache;
  private readonly frames: number[] = [];
  /** What is stored may have changed since. */
  private readonly generation: number;

  constructor(cache: PageCache, first: number) {
    super();
    this.cache = cache;
    this.first = first;
    this.generation = cache.generation;
  }

  get end(): number {
    return this.first + this.frames.length;
  }

  /** Begin to bring in up to `count` pages; false without memory for one. Throws EIO for what says where they are. */
  begin(count: number): boolean {
    const { cache, first, frames } = this;
    const { owner } = cache;
    const device = owner.lateDevice;
    // In front of the first frame: what says where they are may have to be waited for.
    const wanted = this.missing(Math.min(first + count, Math.ceil(owner.size / PAGE_SIZE)));
    while (frames.length < wanted) {
      const frame = allocateIfFree(cache.frames);
      if (frame === undefined) break;
      frames.push(frame);
    }
    if (frames.length === 0) return false;
    cache.arriving.push(this);
    // Not done before all have begun.
    this.pending++;
    device?.beginLate?.(this);
    let failure: KernelError | undefined;
    try {
      owner.fillPages(first, frames);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      failure = error;
    } finally {
      device?.endLate?.();
      this.transferDone(failure);
    }
    return true;
  }

  /** How many pages from the first on are stored, and not here. */
  private missing(last: number): number {
    const { cache, first } = this;
    let index = first;
    while (index < last && (index === first || !cache.pages.has(index))) {
      if (index > first && cache.owner.isHole(index)) break;
      index++;
    }
    return index - first;
  }

  protected override finished(): void {
    const { cache, frames, first } = this;
    cache.arriving.splice(cache.arriving.indexOf(this), 1);
    if (this.error) cache.arrivalFailed = true;
    const isValid = !this.error && this.generation === cache.generation;
    if (isValid) this.clearTail();
    frames.forEach((frame, i) => {
      if (!isValid || !cache.adopt(first + i, frame)) cache.frames.release(frame);
    });
  }

  /** What is behind the end of file on disk is nobody's business. */
  private clearTail(): void {
    const { frames, owner } = this.cache;
    const left = owner.size - this.first * PAGE_SIZE;
    const last = this.frames[Math.floor(left / PAGE_SIZE)];
    if (last === undefined) return;
    frames.bytes(last).fill(0, left % PAGE_SIZE);
    frames.changed(last);
  }
}

/** What a fault on page `index` has to wait for: it is on its way, or begins to be now with `count` in all. As beginRead. Throws EIO. */
export function beginFault(cache: PageCache, index: number, count: number): IoBatch | undefined {
  if (cache.arrivalFailed) {
    cache.arrivalFailed = false;
    return undefined;
  }
  const there = cache.arriving.find((each) => index >= each.first && index < each.end);
  if (there) return there;
  const pages = new PageIn(cache, index);
  return pages.begin(count) && pages.pending > 0 ? pages : undefined;
}

/**
 * What a read of these bytes has to wait for: pages that are on their way, or begin to be now. Undefined where they are there, or cannot be
 * waited for: then the read does everything, and finds the error if there was one.
 */
export function beginRead(
  cache: PageCache,
  offset: number,
  length: number,
  ahead: ReadAhead,
): IoBatch | undefined {
  const { owner } = cache;
  const from = Math.floor(offset / PAGE_SIZE);
  const end = Math.ceil(Math.min(offset + length, owner.size) / PAGE_SIZE);
  if (cache.arrivalFailed) {
    cache.arrivalFailed = false;
    return undefined;
  }
  let first: IoBatch | undefined;
  for (let index = from; index < Math.min(end, from + MAX_PAGES); ) {
    const there = cache.arriving.find((each) => index >= each.first && index < each.end);
    if (there) {
      first ??= there;
      index = there.end;
      continue;
    }
    if (!cache.pages.has(index) && !owner.isHole(index)) {
      const count = ahead.pagesAt(index, end, owner.fs?.readAheadPages);
      const pages = new PageIn(cache, index);
      if (!pages.begin(count)) return first;
      ahead.noteRead(index + count);
      if (pages.pending > 0) first ??= pages;
    }
    index++;
  }
  return first;
}

/** How many of these bytes, from the first on, are in memory or in a hole. */
export function bytesInMemory(cache: PageCache, offset: number, length: number): number {
  const end = offset + length;
  let index = Math.floor(offset / PAGE_SIZE);
  while (index * PAGE_SIZE < end && (cache.pages.has(index) || cache.owner.isHole(index))) index++;
  return Math.max(0, Math.min(end, index * PAGE_SIZE) - offset);
}
