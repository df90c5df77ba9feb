/** O_DIRECT: transfers between the caller's memory and the disk, which leave nothing in the page cache. open(2). */
import { EINVAL, fail, KernelError } from '../abi/errno.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { LateTransfer, MAX_LATE_BYTES } from './late-transfer.ts';
import type { PageCache } from './page-cache.ts';
import { dropPages } from './page-eviction.ts';
import { PAGE_SIZE, withinPage } from './page-frames.ts';

/** Logical blocks of the disks: what offset, length and memory must be multiples of. */
export const DIRECT_BLOCK_BYTES = 512;
/** Pages that are read at once. */
const BATCH_PAGES = 16;
const MAX_OWN_PAGES = 256;

/** Throws EINVAL. */
export function checkAlignment(buffer: IoBuffer, offset: number): void {
  const isAligned =
    offset % DIRECT_BLOCK_BYTES === 0 &&
    buffer.length % DIRECT_BLOCK_BYTES === 0 &&
    buffer.isAligned?.(DIRECT_BLOCK_BYTES) !== false;
  if (!isAligned) throw fail(EINVAL, 'O_DIRECT: not aligned to 512 bytes');
}

/** The pages of the buffer themselves, from `offset` on and at most `count`: where the disk may read and write. Empty where they are none. */
export function pagesOf(
  buffer: IoBuffer,
  offset: number,
  count: number,
  isFilled: boolean,
): number[] {
  const pages: number[] = [];
  while (pages.length < count) {
    const page = buffer.pageAt?.(offset + pages.length * PAGE_SIZE, isFilled);
    if (page === undefined) break;
    pages.push(page);
  }
  return pages;
}

/** What is dirty is stored first; returns the count, less at the end of file. Throws EINVAL, EIO, ENOMEM. */
export function readDirect(cache: PageCache, buffer: IoBuffer, offset: number): number {
  checkAlignment(buffer, offset);
  const { frames, owner } = cache;
  const length = Math.min(buffer.length, owner.size - offset);
  if (length <= 0) return 0;
  const last = Math.ceil((offset + length) / PAGE_SIZE);
  cache.sync(Math.floor(offset / PAGE_SIZE), last);
  let done = 0;
  while (done < length) {
    const first = Math.floor((offset + done) / PAGE_SIZE);
    const own = ownPages(cache, buffer, offset, done, length);
    if (own.length > 0) {
      frames.account?.addRead(own.length);
      owner.fillPages(first, own);
      done += own.length * PAGE_SIZE;
      continue;
    }
    const batch = Array.from({ length: Math.min(BATCH_PAGES, last - first) }, () =>
      frames.allocate(),
    );
    try {
      if (owner.isStored) frames.account?.addRead(batch.length);
      owner.fillPages(first, batch);
      for (const frame of batch) {
        const within = (offset + done) % PAGE_SIZE;
        const count = Math.min(PAGE_SIZE - within, length - done);
        frames.copyTo(buffer, done, frame, within, count);
        done += count;
      }
    } finally {
      for (const frame of batch) frames.release(frame);
    }
  }
  return done;
}

/** Of the buffer, zeroed: pages that the file fills as a whole. */
function ownPages(
  { frames, owner }: PageCache,
  buffer: IoBuffer,
  offset: number,
  done: number,
  length: number,
): number[] {
  if (!owner.isStored || withinPage(offset + done) !== 0) return [];
  const whole = Math.min(MAX_OWN_PAGES, Math.floor((length - done) / PAGE_SIZE));
  const pages = pagesOf(buffer, done, whole, true);
  for (const page of pages) {
    frames.bytes(page).fill(0);
    frames.changed(page);
  }
  return pages;
}

/** As readDirect, on a slow disk; undefined where that is to do it. Throws EINVAL, EIO. */
export function beginDirectRead(
  cache: PageCache,
  buffer: IoBuffer,
  offset: number,
): LateTransfer | undefined {
  checkAlignment(buffer, offset);
  const { frames, owner } = cache;
  const device = owner.lateDevice;
  const length = Math.min(buffer.length, owner.size - offset);
  if (device?.isSlow !== true || length <= 0 || length > MAX_LATE_BYTES) return undefined;
  const first = Math.floor(offset / PAGE_SIZE);
  cache.sync(first, Math.ceil((offset + length) / PAGE_SIZE));
  const transfer = LateTransfer.prepare(frames, buffer, withinPage(offset), length, false);
  if (transfer === undefined) return undefined;
  frames.account?.addRead(transfer.frames.length);
  transfer.pending++;
  device.beginLate?.(transfer);
  try {
    owner.fillPages(first, transfer.frames);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    transfer.error = error;
  } finally {
    device.endLate?.();
    transfer.transferDone(undefined);
  }
  return transfer;
}

/** On disk when it returns, and not in the cache, where mappings find it again. Throws EINVAL, ENOSPC, EIO. */
export function writeDirect(cache: PageCache, buffer: IoBuffer, offset: number): number {
  checkAlignment(buffer, offset);
  const count = cache.write(buffer, offset);
  const first = Math.floor(offset / PAGE_SIZE);
  const end = Math.ceil((offset + count) / PAGE_SIZE);
  cache.sync(first, end);
  dropPages(cache, first, end, true);
  return count;
}
