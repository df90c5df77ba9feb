/** Pages of a file leave memory because others need it, or because nobody needs them: the clock of mm/vmscan.c, posix_fadvise(2). */
import type { PageCache } from './page-cache.ts';

/** Clean pages of [first, end) go if no mapping has used them of late, or, with `isForced`, used or not. */
export function dropPages(cache: PageCache, first: number, end: number, isForced: boolean): void {
  const { owner, mapper, dirty } = cache;
  if (cache.isInTransfer || !owner.isStored) return;
  for (const index of [...cache.pages.keys()]) {
    if (index < first || index >= end || dirty.has(index)) continue;
    if (!isForced && mapper?.isNeeded(index)) continue;
    mapper?.pageReclaimed(index);
    if (!dirty.has(index)) cache.remove(index);
  }
}

/**
 * Memory is short: release up to `count` clean pages; returns how many. Mapped pages that were used since the last time get a
 * second chance, at the end of the line: the clock algorithm. In the second round, which `sparesUsed` leaves out, nobody has one left.
 */
export function evictPages(cache: PageCache, count: number, sparesUsed = false): number {
  if (cache.isInTransfer || !cache.owner.isStored) return 0;
  const rounds = cache.mapper === undefined || sparesUsed ? 1 : 2;
  let released = 0;
  for (let round = 0; round < rounds && released < count; round++)
    released += goRound(cache, count - released);
  return released;
}

function goRound(cache: PageCache, count: number): number {
  const { mapper, dirty } = cache;
  const spared: number[] = [];
  let scanned = 0;
  let released = 0;
  for (const index of cache.pages.keys()) {
    if (released >= count) break;
    scanned++;
    if (dirty.has(index)) continue;
    if (mapper?.isNeeded(index)) {
      spared.push(index);
      continue;
    }
    mapper?.pageReclaimed(index);
    // A mapping may have written to it.
    if (dirty.has(index)) continue;
    cache.remove(index);
    released++;
  }
  for (const index of spared) moveToEnd(cache, index);
  if (cache.frames.account) cache.frames.account.scanned += scanned;
  return released;
}

function moveToEnd({ pages }: PageCache, index: number): void {
  const frame = pages.get(index);
  if (frame === undefined) return;
  pages.delete(index);
  pages.set(index, frame);
}

/** As evictPages, where frames are the only store: pages go to swap. */
export function swapOutPages(cache: PageCache, count: number, sparesUsed: boolean): number {
  const { mapper, owner } = cache;
  const { account } = cache.frames;
  if (cache.isInTransfer) return 0;
  let released = 0;
  for (const [index, frame] of cache.pages) {
    if (released >= count) break;
    if (account) account.scannedUnstored++;
    // Asked in any case: locked pages stay even without a second chance.
    if (mapper?.isNeeded(index) && (sparesUsed || mapper.isNeeded(index))) continue;
    mapper?.pageReclaimed(index);
    if (!owner.swapOut?.(index, frame)) break;
    cache.remove(index);
    released++;
  }
  return released;
}
