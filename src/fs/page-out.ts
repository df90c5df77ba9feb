/** Pages of a file that are on their way to a disk that is slow, or plugged. They count as clean; Writeback of /proc/meminfo has them. Linux: PG_writeback. */
import { beginningWrites } from './block-device.ts';
import { IoBatch } from './io-batch.ts';
import type { PageCache } from './page-cache.ts';

export class PageOut extends IoBatch {
  private readonly cache: PageCache;
  private readonly count: number;

  constructor(cache: PageCache, count: number) {
    super();
    this.cache = cache;
    this.count = count;
    // Not done before all have begun.
    this.pending = 1;
    const { account } = cache.frames;
    if (account) account.writeback += count;
  }

  protected override finished(): void {
    const { account } = this.cache.frames;
    if (account) account.writeback -= this.count;
    if (this.error) this.cache.notStored(this.error);
  }
}

/** The frames of pages from `first` on are stored, or begin to be. Throws EIO, ENOSPC. */
export function storePages(cache: PageCache, first: number, frames: readonly number[]): void {
  const { owner } = cache;
  const device = owner.lateDevice;
  if (device?.beginWrites === undefined) {
    owner.writePages(first, frames);
    return;
  }
  const out = new PageOut(cache, frames.length);
  try {
    beginningWrites(device, out, () => owner.writePages(first, frames));
  } finally {
    out.transferDone(undefined);
  }
}
