/** shmget(2), shmat(2), shmdt(2), shmctl(2). */
import { EINVAL, ENOMEM, ENOSPC, EPERM, fail } from '../../abi/errno.ts';
import * as abi from '../../abi/ipc.ts';
import {
  HUGE_SHIFT,
  MAP_HUGE_MASK,
  MAP_HUGE_SHIFT,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from '../../abi/mman.ts';
import { RLIMIT_MEMLOCK } from '../../abi/resource.ts';
import { S_IFREG } from '../../abi/stat.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { HUGE_BYTES } from '../arch/page-table.ts';
import { CAP_IPC_LOCK } from '../credentials.ts';
import { spaceOf } from '../futex.ts';
import { SharedMemorySegment } from '../ipc/shared-memory-segment.ts';
import { HugetlbInode } from '../mm/hugetlb-file-system.ts';
import { hugeUp, mapRegion, pageUp } from '../mm/mmap.ts';
import { VM_HUGETLB } from '../mm/vma.ts';
import type { Task } from '../task.ts';

const READ_MODES = 0o444;
const WRITE_MODES = 0o222;
const EXECUTE_MODES = 0o111;

/** shmget(2). Errors: EACCES, EEXIST, EINVAL, ENOENT, ENOMEM, ENOSPC, EPERM for huge pages. */
export function shmget(task: Task, key: number, size: number, flags: number): number {
  const { segments, limits } = task.kernel.ipc;
  const fits = (known: SharedMemorySegment): void => {
    if (known.size < size) throw fail(EINVAL, 'the segment is smaller');
  };
  return segments.open(task, key, flags, limits.shmmni, fits, (id) =>
    makeSegment(task, id, key, size, flags),
  );
}

function makeSegment(
  task: Task,
  id: number,
  key: number,
  size: number,
  flags: number,
): SharedMemorySegment {
  const { kernel } = task;
  const { segments, limits } = kernel.ipc;
  if (size < 1 || size > Number(limits.shmmax)) throw fail(EINVAL, 'size');
  const pages = pageUp(size) / PAGE_SIZE;
  if (kernel.ipc.sharedPages + pages > Number(limits.shmall)) throw fail(ENOSPC, 'shmall');
  if ((flags & abi.SHM_HUGETLB) !== 0) return makeHugeSegment(task, id, key, size, flags);
  if (pages > Number.MAX_SAFE_INTEGER / PAGE_SIZE) throw fail(ENOMEM, 'size');
  if ((flags & abi.SHM_NORESERVE) === 0) kernel.overcommit.check(undefined, pages);
  const { euid, egid } = task.credentials;
  const name = `SYSV${(key >>> 0).toString(16).padStart(8, '0')}`;
  // The id is the inode number: how tools find the segment of a line in maps.
  const dentry = kernel.vfs.createUnnamed(name, S_IFREG | (flags & 0o777), euid, egid, id);
  return new SharedMemorySegment(task, segments, id, key, flags, size, dentry);
}

/** Pages of the pool, promised at once. Errors: EINVAL for another page size than 2 MiB, ENOMEM, EPERM. */
function makeHugeSegment(
  task: Task,
  id: number,
  key: number,
  size: number,
  flags: number,
): SharedMemorySegment {
  const { hugePages, ipc } = task.kernel;
  const pageSize = (flags >>> MAP_HUGE_SHIFT) & MAP_HUGE_MASK;
  if (pageSize !== 0 && pageSize !== HUGE_SHIFT) throw fail(EINVAL, 'no pages of this size');
  const { credentials } = task;
  const { euid, egid } = credentials;
  if (!credentials.hasCapability(CAP_IPC_LOCK) && !credentials.isInGroup(hugePages.sharedGroup))
    throw fail(EPERM, 'vm.hugetlb_shm_group');
  if (size > hugePages.pool.total * HUGE_BYTES + hugePages.pool.overcommit * HUGE_BYTES)
    throw fail(ENOMEM, 'more than the pool');
  const name = `SYSV${(key >>> 0).toString(16).padStart(8, '0')}`;
  const mode = S_IFREG | (flags & 0o777);
  const dentry = hugePages.files.create(name, mode, euid, egid, size, id);
  if ((flags & abi.SHM_NORESERVE) === 0) hugePages.files.promise(dentry, size);
  return new SharedMemorySegment(task, ipc.segments, id, key, flags, size, dentry);
}

/** shmat(2). Errors: EACCES, EINVAL, ENOMEM. */
export function shmat(task: Task, id: number, address: number, flags: number): number {
  const place = attachPlace(address, flags);
  const isReadOnly = (flags & abi.SHM_RDONLY) !== 0;
  const isExecutable = (flags & abi.SHM_EXEC) !== 0;
  const segment = task.kernel.ipc.segments.get(id);
  segment.check(
    task,
    READ_MODES | (isReadOnly ? 0 : WRITE_MODES) | (isExecutable ? EXECUTE_MODES : 0),
  );
  const space = spaceOf(task);
  const isHuge = segment.dentry.inode instanceof HugetlbInode;
  const length = isHuge ? hugeUp(segment.size) : pageUp(segment.size);
  const replaces = (flags & abi.SHM_REMAP) !== 0;
  if (place !== 0 && !replaces && space.vmas.overlapping(place, place + length).length > 0)
    throw fail(EINVAL, 'the range is mapped');
  return mapRegion(space, {
    address: place,
    length,
    protection: PROT_READ | (isReadOnly ? 0 : PROT_WRITE) | (isExecutable ? PROT_EXEC : 0),
    isShared: true,
    file: {
      inode: segment.dentry.inode,
      dentry: segment.dentry,
      isWritable: !isReadOnly,
      users: segment,
    },
    placement: place === 0 ? 'anywhere' : 'fixed',
    flags: isHuge ? VM_HUGETLB : 0,
  });
}

/** 0 for any. Throws EINVAL. */
function attachPlace(address: number, flags: number): number {
  const replaces = (flags & abi.SHM_REMAP) !== 0;
  if (address === 0) {
    if (replaces) throw fail(EINVAL, 'SHM_REMAP without an address');
    return 0;
  }
  const rest = address % PAGE_SIZE;
  if (rest === 0) return address;
  if ((flags & abi.SHM_RND) === 0) throw fail(EINVAL, 'address');
  if (address === rest && replaces) throw fail(EINVAL, 'address');
  return address - rest;
}

/** shmdt(2). Errors: EINVAL. */
export function shmdt(task: Task, address: number): number {
  const space = spaceOf(task);
  if (address % PAGE_SIZE !== 0) throw fail(EINVAL, 'address');
  let segment: SharedMemorySegment | undefined;
  // The first mapping may be cut off in front: what counts is where it would start.
  for (let at = space.vmas.indexAt(address); ; at = space.vmas.after(at)) {
    const vma = space.vmas.at(at);
    if (!vma) break;
    const users = vma.file?.users;
    if (users instanceof SharedMemorySegment && vma.start - vma.offset === address) {
      segment = users;
      break;
    }
  }
  if (!segment) throw fail(EINVAL, 'no segment is attached there');
  for (const vma of space.vmas.overlapping(address, address + hugeUp(segment.size)))
    if (vma.file?.users === segment && vma.start - vma.offset === address)
      space.unmap(vma.start, vma.end);
  return 0;
}

/** shmctl(2). Errors: EACCES, EFAULT, EINVAL, ENOMEM, EPERM. */
export function shmctl(task: Task, id: number, command: number, address: number): number {
  const { segments } = task.kernel.ipc;
  if (id < 0 || command < 0) throw fail(EINVAL, 'id or command');
  switch (command) {
    case abi.IPC_INFO:
      return writeLimits(task, address);
    case abi.SHM_INFO:
      return writeUse(task, address);
    case abi.IPC_STAT:
      return writeState(task, segments.get(id), address, true, 0);
    case abi.SHM_STAT:
    case abi.SHM_STAT_ANY: {
      const segment = segments.at(id);
      return writeState(task, segment, address, command === abi.SHM_STAT, segment.id);
    }
    case abi.IPC_SET: {
      const { uid, gid, mode } = task.memory.read(abi.Shmid64Ds, address);
      const segment = segments.get(id);
      segment.checkOwner(task);
      segment.setPermissions(task, uid, gid, mode);
      return 0;
    }
    case abi.IPC_RMID: {
      const segment = segments.get(id);
      segment.checkOwner(task);
      segment.remove(task, abi.SHM_DEST);
      return 0;
    }
    case abi.SHM_LOCK:
    case abi.SHM_UNLOCK:
      return lock(task, segments.get(id), command === abi.SHM_LOCK);
    default:
      throw fail(EINVAL, 'command');
  }
}

function writeLimits(task: Task, address: number): number {
  const { limits, segments } = task.kernel.ipc;
  const { shmmax, shmmni, shmall } = limits;
  task.memory.write(abi.Shminfo64, address, { shmmax, shmmin: 1, shmmni, shmseg: shmmni, shmall });
  return segments.highestPlace;
}

function writeUse(task: Task, address: number): number {
  const { segments, sharedPages } = task.kernel.ipc;
  let resident = 0;
  for (const segment of segments) resident += segment.residentPages;
  task.memory.write(abi.ShmInfo, address, {
    used_ids: segments.count,
    shm_tot: sharedPages,
    shm_rss: resident,
  });
  return segments.highestPlace;
}

function writeState(
  task: Task,
  segment: SharedMemorySegment,
  address: number,
  checksPermission: boolean,
  result: number,
): number {
  if (checksPermission) segment.check(task, READ_MODES);
  task.memory.write(abi.Shmid64Ds, address, {
    ...segment.permissions,
    shm_segsz: segment.size,
    shm_atime: segment.attachTime,
    shm_dtime: segment.detachTime,
    shm_ctime: segment.ctime,
    shm_cpid: segment.creatorPid,
    shm_lpid: segment.lastPid,
    shm_nattch: segment.attached,
  });
  return result;
}

/** SHM_LOCK. Nothing is ever swapped out: a bit is all there is to it. */
function lock(task: Task, segment: SharedMemorySegment, isLock: boolean): number {
  const { credentials } = task;
  if (!credentials.hasCapability(CAP_IPC_LOCK)) {
    if (credentials.euid !== segment.uid && credentials.euid !== segment.cuid)
      throw fail(EPERM, 'not the owner');
    const limit = task.process.limit(RLIMIT_MEMLOCK);
    if (isLock && limit === 0) throw fail(EPERM, 'RLIMIT_MEMLOCK is 0');
    if (isLock && segment.size > limit) throw fail(ENOMEM, 'RLIMIT_MEMLOCK');
  }
  if (isLock) segment.mode |= abi.SHM_LOCKED;
  else segment.mode &= ~abi.SHM_LOCKED;
  return 0;
}
