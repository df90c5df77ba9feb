/** remap_file_pages(2), as Linux does it since 4.0: each call makes a mapping of its own. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { MAP_NONBLOCK } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { drop, hold } from '../../fs/references.ts';
import { spaceOf } from '../futex.ts';
import { mapRegion, pageDown, populate } from '../mm/mmap.ts';
import { VM_LOCKED, VM_LOCKONFAULT } from '../mm/vma.ts';
import type { Task } from '../task.ts';

/** Errors: EINVAL, ENOMEM. What was there is unmapped first: the last mapping of a removed System V segment gives EINVAL, and is gone. */
export function remapFilePages(
  task: Task,
  address: number,
  size: number,
  protection: number,
  page: number,
  flags: number,
): number {
  const start = pageDown(address);
  const length = pageDown(size);
  if (protection !== 0 || length <= 0) throw fail(EINVAL, 'protection or size');
  const offset = page * PAGE_SIZE;
  if (offset + length > Number.MAX_SAFE_INTEGER) throw fail(EINVAL, 'offset');
  const space = spaceOf(task);
  const vma = space.vmas.find(start);
  if (!vma?.isShared) throw fail(EINVAL, 'not a shared mapping');
  let covered = vma.end;
  for (const next of space.vmas.overlapping(vma.end, start + length)) {
    const isSame = next.start === covered && next.file?.inode === vma.file?.inode;
    if (!isSame || next.protection !== vma.protection) throw fail(EINVAL, 'another mapping');
    covered = next.end;
  }
  if (covered < start + length) throw fail(EINVAL, 'beyond the mapping');
  const { file } = vma;
  const options = { protection: vma.protection, flags: vma.flags & (VM_LOCKED | VM_LOCKONFAULT) };
  // The last mapping of a file without a name makes place for itself: the file stays meanwhile.
  if (file) hold(file.inode);
  try {
    space.unmap(start, start + length);
    if (file?.users?.isGone) throw fail(EINVAL, 'the segment was removed');
    mapRegion(space, {
      address: start,
      length,
      isShared: true,
      file,
      offset,
      placement: 'fixed',
      ...options,
    });
  } finally {
    if (file) drop(file.inode);
  }
  if ((flags & MAP_NONBLOCK) === 0) populate(space, start, start + length);
  return 0;
}
