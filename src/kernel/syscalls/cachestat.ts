/** cachestat(2): how much of a file is in the page cache. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Task } from '../task.ts';

/** Errors: EBADF, EFAULT, EINVAL. Nothing is evicted and remembered, nor under write-back when a call is served. */
export function cachestat(
  task: Task,
  fd: number,
  range: number,
  result: number,
  flags: number,
): number {
  const { memory } = task;
  const { pages } = task.files.get(fd).inode;
  const offset = memory.readU64(range);
  const length = memory.readU64(range + 8);
  if (flags !== 0) throw fail(EINVAL, 'flags');
  const first = Math.floor(offset / PAGE_SIZE);
  const last =
    length === 0 ? Number.POSITIVE_INFINITY : Math.floor((offset + length - 1) / PAGE_SIZE);
  let cached = 0;
  let dirty = 0;
  pages?.mapper?.collectDirty(pages);
  for (const index of pages?.pages.keys() ?? []) {
    if (index < first || index > last) continue;
    cached++;
    if (pages?.dirty.has(index)) dirty++;
  }
  for (const [i, value] of [cached, dirty, 0, 0, 0].entries())
    memory.writeU64(result + 8 * i, value);
  return 0;
}
