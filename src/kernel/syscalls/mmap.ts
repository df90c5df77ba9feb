/** brk(2), mmap(2), munmap(2), mprotect(2), msync(2), mincore(2). */
import { EACCES, EINVAL, ENODEV, ENOMEM, EOVERFLOW, EPERM, fail } from '../../abi/errno.ts';
import { O_ACCMODE, O_RDWR, O_WRONLY } from '../../abi/fcntl.ts';
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_HUGETLB,
  MAP_LOCKED,
  MAP_NONBLOCK,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_SHARED_VALIDATE,
  MAP_TYPE,
  MS_ASYNC,
  MS_INVALIDATE,
  MS_SYNC,
  PROT_EXEC,
  PROT_GROWSDOWN,
  PROT_GROWSUP,
  PROT_WRITE,
} from '../../abi/mman.ts';
import { MS_NOEXEC } from '../../abi/mount.ts';
import { makeDevice, S_IFCHR, S_IFMT } from '../../abi/stat.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { TASK_SIZE } from '../arch/page-table.ts';
import { spaceOf } from '../futex.ts';
import { setBreak } from '../mm/brk.ts';
import { mapRegion, PROTECTION_BITS, pageUp, populate, protect } from '../mm/mmap.ts';
import { SharedMemory } from '../mm/shared-memory.ts';
import type { MappedFile, Vma } from '../mm/vma.ts';
import type { Task } from '../task.ts';

export function brk(task: Task, address: number): number {
  return setBreak(spaceOf(task), address);
}

const ZERO_DEVICE = makeDevice(1, 5);

/** mmap(2). Errors: EACCES, EBADF, EEXIST, EINVAL, ENODEV, ENOMEM, EOVERFLOW, EPERM. */
export function mmap(
  task: Task,
  address: number,
  length: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
): number {
  const space = spaceOf(task);
  const type = flags & MAP_TYPE;
  const isShared = type === MAP_SHARED || type === MAP_SHARED_VALIDATE;
  if (!isShared && type !== MAP_PRIVATE) throw fail(EINVAL, 'neither shared nor private');
  if (length === 0 || offset % PAGE_SIZE !== 0) throw fail(EINVAL, 'length or offset');
  if ((flags & MAP_HUGETLB) !== 0) throw fail(ENOMEM, 'no huge pages');
  const backing =
    (flags & MAP_ANONYMOUS) === 0 ? backingOf(task, fd, protection, isShared, offset + length) : {};
  const isAnonymous = backing.file === undefined;
  const start = mapRegion(space, {
    address,
    length,
    protection,
    isShared,
    ...backing,
    sharedMemory:
      isAnonymous && isShared
        ? new SharedMemory(task.kernel.nextSharedMemoryId++, task.kernel.frames)
        : undefined,
    offset: isAnonymous ? 0 : offset,
    placement:
      (flags & MAP_FIXED_NOREPLACE) !== 0
        ? 'fixed-noreplace'
        : (flags & MAP_FIXED) === 0
          ? 'anywhere'
          : 'fixed',
    growsDown: (flags & MAP_GROWSDOWN) !== 0,
    isLocked: (flags & MAP_LOCKED) !== 0,
  });
  if ((flags & (MAP_POPULATE | MAP_NONBLOCK)) === MAP_POPULATE)
    populate(space, start, start + pageUp(length));
  return start;
}

function backingOf(
  task: Task,
  fd: number,
  protection: number,
  isShared: boolean,
  end: number,
): { file?: MappedFile } {
  const file = task.process.files.get(fd);
  const access = file.flags & O_ACCMODE;
  if (access === O_WRONLY) throw fail(EACCES, 'the file is not readable');
  if (isShared && (protection & PROT_WRITE) !== 0 && access !== O_RDWR)
    throw fail(EACCES, 'the file is not writable');
  if (end > Number.MAX_SAFE_INTEGER) throw fail(EOVERFLOW, 'offset');
  if ((protection & PROT_EXEC) !== 0 && ((file.dentry?.mount.flags ?? 0) & MS_NOEXEC) !== 0)
    throw fail(EPERM, 'noexec mount');
  const { inode } = file;
  if ((inode.mode & S_IFMT) === S_IFCHR && inode.rdev === ZERO_DEVICE) return {};
  if (!inode.pages) throw fail(ENODEV, 'the file cannot be mapped');
  return { file: { inode, dentry: file.dentry, isWritable: access === O_RDWR } };
}

function checkRange(address: number, length: number): void {
  if (address % PAGE_SIZE !== 0 || address + length > TASK_SIZE) throw fail(EINVAL, 'range');
}

/** munmap(2). Errors: EINVAL. */
export function munmap(task: Task, address: number, length: number): number {
  checkRange(address, length);
  if (length === 0) throw fail(EINVAL, 'length 0');
  spaceOf(task).unmap(address, address + pageUp(length));
  return 0;
}

/** The mappings of a range without gaps. Throws ENOMEM at a gap. */
export function mappingsOf(task: Task, start: number, end: number): Vma[] {
  const vmas = spaceOf(task).vmas.overlapping(start, end);
  let covered = start;
  for (const vma of vmas) {
    if (vma.start > covered) throw fail(ENOMEM, 'gap in the range');
    covered = vma.end;
  }
  if (covered < end) throw fail(ENOMEM, 'gap in the range');
  return vmas;
}

/** mprotect(2). Errors: EACCES, EINVAL, ENOMEM. */
export function mprotect(task: Task, address: number, length: number, protection: number): number {
  const known = PROTECTION_BITS | PROT_GROWSDOWN | PROT_GROWSUP;
  if (address % PAGE_SIZE !== 0 || (protection & ~known) !== 0 || (protection & PROT_GROWSUP) !== 0)
    throw fail(EINVAL, 'address or protection');
  if (length === 0) return 0;
  const end = address + pageUp(length);
  if (end > TASK_SIZE) throw fail(ENOMEM, 'range');
  const space = spaceOf(task);
  const wanted = protection & PROTECTION_BITS;
  for (const vma of mappingsOf(task, address, end)) {
    if (vma.isShared && vma.file && !vma.file.isWritable && (wanted & PROT_WRITE) !== 0)
      throw fail(EACCES, 'the file is not open for writing');
    const from = (protection & PROT_GROWSDOWN) !== 0 && vma.growsDown ? vma.start : address;
    protect(space, vma, Math.max(vma.start, from), Math.min(vma.end, end), wanted);
  }
  return 0;
}

/** msync(2). Errors: EBUSY never, EINVAL, ENOMEM. */
export function msync(task: Task, address: number, length: number, flags: number): number {
  if (address % PAGE_SIZE !== 0 || (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0)
    throw fail(EINVAL, 'flags');
  if ((flags & MS_ASYNC) !== 0 && (flags & MS_SYNC) !== 0)
    throw fail(EINVAL, 'MS_ASYNC and MS_SYNC');
  for (const vma of mappingsOf(task, address, address + pageUp(length)))
    if (vma.isShared && (flags & MS_SYNC) !== 0) vma.file?.inode.sync(true);
  return 0;
}

/** mincore(2): one byte per page. Errors: EFAULT, EINVAL, ENOMEM. */
export function mincore(task: Task, address: number, length: number, vector: number): number {
  if (address % PAGE_SIZE !== 0) throw fail(EINVAL, 'address');
  const end = address + pageUp(length);
  const space = spaceOf(task);
  const vmas = mappingsOf(task, address, end);
  const residency = new Uint8Array((end - address) / PAGE_SIZE);
  for (const vma of vmas)
    for (let at = Math.max(address, vma.start); at < Math.min(end, vma.end); at += PAGE_SIZE) {
      const index = (vma.offset + at - vma.start) / PAGE_SIZE;
      const isCached =
        vma.file?.inode.pages?.pages.has(index) ?? vma.sharedMemory?.hasPage(index) ?? false;
      residency[(at - address) / PAGE_SIZE] = isCached || space.isPresent(at) ? 1 : 0;
    }
  task.memory.writeBytes(vector, residency);
  return 0;
}
