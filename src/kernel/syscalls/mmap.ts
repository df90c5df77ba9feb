/** brk(2), mmap(2), munmap(2), mprotect(2), msync(2), mincore(2). */
import {
  EACCES,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOMEM,
  EOPNOTSUPP,
  EOVERFLOW,
  EPERM,
  ETXTBSY,
  fail,
} from '../../abi/errno.ts';
import { F_SEAL_FUTURE_WRITE, F_SEAL_WRITE, O_ACCMODE, O_RDWR, O_WRONLY } from '../../abi/fcntl.ts';
import {
  HUGE_SHIFT,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_HUGE_MASK,
  MAP_HUGE_SHIFT,
  MAP_HUGETLB,
  MAP_LOCKED,
  MAP_NONBLOCK,
  MAP_NORESERVE,
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
import { makeDevice, S_IFCHR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { evictIfUnused } from '../../fs/references.ts';
import { HUGE_BYTES, TASK_SIZE } from '../arch/page-table.ts';
import { spaceOf } from '../futex.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import { setBreak } from '../mm/brk.ts';
import { HugetlbInode } from '../mm/hugetlb-file-system.ts';
import {
  endOfPages,
  forMappings,
  mapRegion,
  PROTECTION_BITS,
  pageUp,
  populate,
  protect,
} from '../mm/mmap.ts';
import { type MappedFile, VM_HUGETLB, VM_LOCKED, VM_NORESERVE, type Vma } from '../mm/vma.ts';
import { letGoDetached } from '../mount-users.ts';
import type { Task } from '../task.ts';
import { checkMayLock } from './mlock.ts';

export function brk(task: Task, address: number): number {
  return setBreak(spaceOf(task), address);
}

/** What a brk(2) that fails returns. */
export function presentBreak({ process }: Task): number {
  return process.addressSpace?.layout.brk ?? 0;
}

const ZERO_DEVICE = makeDevice(1, 5);
/** MAP_DENYWRITE, MAP_EXECUTABLE, MAP_STACK, MAP_UNINITIALIZED. */
const MAP_IGNORED = 0x800 | 0x1000 | 0x20000 | 0x4000000;

/** mmap(2). Errors: EACCES, EAGAIN, EBADF, EEXIST, EINVAL, ENODEV, ENOMEM, EOPNOTSUPP, EOVERFLOW, EPERM, ETXTBSY. */
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
  if (offset % PAGE_SIZE !== 0) throw fail(EINVAL, 'offset');
  if ((flags & MAP_ANONYMOUS) === 0) task.files.get(fd);
  const type = flags & MAP_TYPE;
  const isShared = type === MAP_SHARED || type === MAP_SHARED_VALIDATE;
  if (!isShared && type !== MAP_PRIVATE) throw fail(EINVAL, 'neither shared nor private');
  if (length === 0) throw fail(EINVAL, 'length');
  if (type === MAP_SHARED_VALIDATE) checkValidated(flags);
  const isFixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0;
  if (isFixed && address % PAGE_SIZE !== 0 && address + length <= TASK_SIZE)
    throw fail(EINVAL, 'address');
  if ((flags & MAP_LOCKED) !== 0) checkMayLock(task);
  let file: MappedFile | undefined;
  const isHuge = (flags & MAP_HUGETLB) !== 0;
  if ((flags & MAP_ANONYMOUS) !== 0 && isHuge) file = hugeFile(task, length, flags, offset);
  else if ((flags & MAP_ANONYMOUS) === 0)
    file = fileOf(task, fd, protection, isShared, offset + length);
  const isPooled = file?.inode instanceof HugetlbInode;
  if (isHuge && !isPooled) throw fail(EINVAL, 'not a file of huge pages');
  if (isPooled && offset % HUGE_BYTES !== 0) throw fail(EINVAL, 'offset');
  const isAnonymous = file === undefined;
  if (isAnonymous && isShared) {
    if ((flags & MAP_GROWSDOWN) !== 0) throw fail(EINVAL, 'a shared stack');
    file = sharedAnonymous(task, pageUp(length), (flags & MAP_NORESERVE) !== 0);
    // /dev/zero: what may be done with the memory is said by how that was opened.
    if ((flags & MAP_ANONYMOUS) === 0) file = { ...file, isWritable: isOpenForBoth(task, fd) };
  }
  const start = mapNew(space, {
    address,
    length,
    protection,
    isShared,
    file,
    offset: isAnonymous ? 0 : offset,
    placement:
      (flags & MAP_FIXED_NOREPLACE) !== 0
        ? 'fixed-noreplace'
        : (flags & MAP_FIXED) === 0
          ? 'anywhere'
          : 'fixed',
    growsDown: (flags & MAP_GROWSDOWN) !== 0,
    flags:
      ((flags & MAP_LOCKED) !== 0 ? VM_LOCKED : 0) |
      (isPooled ? VM_HUGETLB : 0) |
      ((flags & MAP_NORESERVE) !== 0 ? VM_NORESERVE : 0),
  });
  if ((flags & (MAP_POPULATE | MAP_NONBLOCK)) === MAP_POPULATE)
    populate(space, start, start + pageUp(length));
  letGoDetached(task.kernel);
  return start;
}

/** As mapRegion; what was made for a mapping that is refused goes with it. */
function mapNew(space: AddressSpace, region: Parameters<typeof mapRegion>[1]): number {
  try {
    return mapRegion(space, region);
  } catch (error) {
    if (region.file) evictIfUnused(region.file.inode);
    throw error;
  }
}

/** Memory of the pool, shared or not, is a file of hugetlbfs. Errors: EINVAL for another page size than 2 MiB. */
function hugeFile(
  { kernel, credentials }: Task,
  length: number,
  flags: number,
  offset: number,
): MappedFile {
  const size = (flags >>> MAP_HUGE_SHIFT) & MAP_HUGE_MASK;
  if (offset % HUGE_BYTES !== 0) throw fail(EINVAL, 'offset');
  if (size !== 0 && size !== HUGE_SHIFT) throw fail(EINVAL, 'no pages of this size');
  if (length > TASK_SIZE) throw fail(ENOMEM, 'larger than the address space');
  const { fsuid, fsgid } = credentials;
  const { files } = kernel.hugePages;
  const dentry = files.create('anon_hugepage', S_IFREG | 0o777, fsuid, fsgid, length);
  return { inode: dentry.inode, dentry, isWritable: true };
}

/** What files may be mapped with: LEGACY_MAP_MASK; on top of it two flags that mean nothing here, and the size of huge pages. */
const VALIDATED =
  MAP_TYPE |
  MAP_FIXED |
  MAP_GROWSDOWN |
  MAP_LOCKED |
  MAP_NORESERVE |
  MAP_POPULATE |
  MAP_NONBLOCK |
  MAP_HUGETLB |
  (MAP_HUGE_MASK << MAP_HUGE_SHIFT) |
  MAP_IGNORED;

/** MAP_SHARED_VALIDATE refuses what MAP_SHARED ignores, and is for files. */
function checkValidated(flags: number): void {
  if ((flags & MAP_ANONYMOUS) !== 0) throw fail(EINVAL, 'anonymous');
  if ((flags & ~VALIDATED) !== 0) throw fail(EOPNOTSUPP, 'flags');
}

/** Shared memory that only its heirs know is a file without a name. Linux: shmem_zero_setup. */
function sharedAnonymous(
  { kernel, credentials }: Task,
  bytes: number,
  isUnreserved: boolean,
): MappedFile {
  if (bytes > TASK_SIZE) throw fail(ENOMEM, 'larger than the address space');
  if (!isUnreserved) kernel.overcommit.check(undefined, bytes / PAGE_SIZE);
  const { fsuid, fsgid } = credentials;
  const dentry = kernel.vfs.createUnnamed('dev/zero', S_IFREG | 0o777, fsuid, fsgid);
  dentry.inode.size = bytes;
  return { inode: dentry.inode, dentry, isWritable: true };
}

/** The file of a descriptor; undefined for /dev/zero, which is anonymous memory. */
function fileOf(
  task: Task,
  fd: number,
  protection: number,
  isShared: boolean,
  end: number,
): MappedFile | undefined {
  const file = task.files.get(fd);
  if (end > Number.MAX_SAFE_INTEGER) throw fail(EOVERFLOW, 'offset');
  const access = file.flags & O_ACCMODE;
  // 3 is for ioctl(2) alone.
  if (access === O_WRONLY || access === O_ACCMODE) throw fail(EACCES, 'the file is not readable');
  const writes = isShared && (protection & PROT_WRITE) !== 0;
  if (writes && access !== O_RDWR) throw fail(EACCES, 'the file is not writable');
  if (writes && file.inode.isSwapFile) throw fail(ETXTBSY, 'a swap area');
  if ((protection & PROT_EXEC) !== 0 && ((file.dentry?.mount.flags ?? 0) & MS_NOEXEC) !== 0)
    throw fail(EPERM, 'noexec mount');
  const { inode } = file;
  if ((inode.mode & S_IFMT) === S_IFCHR && inode.rdev === ZERO_DEVICE) return undefined;
  if (!inode.pages && !(inode instanceof HugetlbInode))
    throw fail(ENODEV, 'the file cannot be mapped');
  const isSealed = ((inode.seals ?? 0) & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0;
  if (isSealed && writes) throw fail(EPERM, 'sealed');
  return { inode, dentry: file.dentry, isWritable: access === O_RDWR && !isSealed };
}

function isOpenForBoth(task: Task, fd: number): boolean {
  return (task.files.get(fd).flags & O_ACCMODE) === O_RDWR;
}

function checkRange(address: number, length: number): void {
  if (address % PAGE_SIZE !== 0 || address + length > TASK_SIZE) throw fail(EINVAL, 'range');
}

/** munmap(2). Errors: EINVAL, ENOMEM for one mapping too many. */
export function munmap(task: Task, address: number, length: number): number {
  checkRange(address, length);
  if (length === 0) throw fail(EINVAL, 'length 0');
  const space = spaceOf(task);
  const end = address + pageUp(length);
  const around = space.vmas.find(address);
  const isSplit = around !== undefined && around.start < address && end < around.end;
  if (isSplit && space.vmas.count >= task.kernel.maxMapCount)
    throw fail(ENOMEM, 'vm.max_map_count');
  space.unmap(address, end);
  letGoDetached(task.kernel);
  return 0;
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
  const growsDown = (protection & PROT_GROWSDOWN) !== 0;
  const first = growsDown ? space.vmas.find(address) : undefined;
  if (growsDown && !first?.growsDown) throw fail(first ? EINVAL : ENOMEM, 'not a stack');
  forMappings(space, first?.start ?? address, end, (vma, from, to) => {
    if (vma.isShared && vma.file && !vma.file.isWritable && (wanted & PROT_WRITE) !== 0)
      throw fail(EACCES, 'the file is not open for writing');
    if ((wanted & PROT_EXEC) !== 0 && isNoExec(vma)) throw fail(EACCES, 'noexec mount');
    protect(space, vma, from, to, wanted);
  });
  return 0;
}

function isNoExec(vma: Vma): boolean {
  return ((vma.file?.dentry?.mount.flags ?? 0) & MS_NOEXEC) !== 0;
}

/** msync(2). Errors: EBUSY, EINVAL, ENOMEM. */
export function msync(task: Task, address: number, length: number, flags: number): number {
  if (address % PAGE_SIZE !== 0 || (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) !== 0)
    throw fail(EINVAL, 'flags');
  if ((flags & MS_ASYNC) !== 0 && (flags & MS_SYNC) !== 0)
    throw fail(EINVAL, 'MS_ASYNC and MS_SYNC');
  const visit = (vma: Vma): void => {
    if ((flags & MS_INVALIDATE) !== 0 && (vma.flags & VM_LOCKED) !== 0)
      throw fail(EBUSY, 'the range is locked');
    if (vma.isShared && (flags & MS_SYNC) !== 0) vma.file?.inode.sync(true);
  };
  forMappings(spaceOf(task), address, endOfPages(address, length, ENOMEM), visit, true);
  return 0;
}

/** mincore(2): one byte per page. Errors: EFAULT, EINVAL, ENOMEM. */
export function mincore(task: Task, address: number, length: number, vector: number): number {
  if (address % PAGE_SIZE !== 0) throw fail(EINVAL, 'address');
  const end = address + pageUp(length);
  const space = spaceOf(task);
  if (end > TASK_SIZE) throw fail(ENOMEM, 'range');
  const residency = new Uint8Array((end - address) / PAGE_SIZE);
  forMappings(space, address, end, (vma, from, to) => {
    const cache = vma.file?.inode.pages;
    for (let at = from; at < to; at += PAGE_SIZE) {
      const index = (vma.offset + at - vma.start) / PAGE_SIZE;
      const isResident = cache?.pages.has(index) === true || space.isPresent(at);
      residency[(at - address) / PAGE_SIZE] = isResident ? 1 : 0;
    }
  });
  task.memory.writeBytes(vector, residency);
  return 0;
}
