/** mlock(2), mlock2(2), munlock(2), mlockall(2), munlockall(2). Nothing is ever swapped out: locking is faulting in and counting. */
import { EAGAIN, EINVAL, ENOMEM, EPERM, fail } from '../../abi/errno.ts';
import { MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT, MLOCK_ONFAULT } from '../../abi/mman.ts';
import { RLIMIT_MEMLOCK } from '../../abi/resource.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { TASK_SIZE } from '../arch/page-table.ts';
import { CAP_IPC_LOCK } from '../credentials.ts';
import { spaceOf } from '../futex.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import { FaultResult } from '../mm/fault.ts';
import { endOfPages, forMappings, mayLock, pageDown, populate } from '../mm/mmap.ts';
import { VM_LOCKED, VM_LOCKONFAULT, type Vma } from '../mm/vma.ts';
import type { Task } from '../task.ts';

const LOCK_FLAGS = VM_LOCKED | VM_LOCKONFAULT;

/** Who may lock nothing at all gets EPERM. */
export function checkMayLock({ process, credentials }: Task): void {
  if (process.limit(RLIMIT_MEMLOCK) > 0) return;
  if (!credentials.hasCapability(CAP_IPC_LOCK)) throw fail(EPERM, 'RLIMIT_MEMLOCK is 0');
}

function setLock(space: AddressSpace, vma: Vma, flags: number): void {
  const before = vma.flags;
  if ((before & LOCK_FLAGS) === flags) return;
  vma.flags = (before & ~LOCK_FLAGS) | flags;
  const pages = (vma.end - vma.start) / PAGE_SIZE;
  if (((before ^ vma.flags) & VM_LOCKED) !== 0)
    space.counters.lockedPages += (flags & VM_LOCKED) !== 0 ? pages : -pages;
  space.tryMerge(vma);
}

function lockRange(task: Task, address: number, length: number, flags: number): number {
  const start = pageDown(address);
  const end = endOfPages(start, address - start + length);
  const space = spaceOf(task);
  forMappings(space, start, end, (vma, from, to) => {
    setLock(space, (vma.flags & LOCK_FLAGS) === flags ? vma : space.isolate(vma, from, to), flags);
  });
  return 0;
}

/** mlock2(2). Errors: EAGAIN, EINVAL, ENOMEM, EPERM. */
export function mlock2(task: Task, address: number, length: number, flags: number): number {
  if ((flags & ~MLOCK_ONFAULT) !== 0) throw fail(EINVAL, 'flags');
  checkMayLock(task);
  const start = pageDown(address);
  const end = endOfPages(start, address - start + length);
  const space = spaceOf(task);
  if (!mayLock(space, end - start - lockedBytes(space, start, end)))
    throw fail(ENOMEM, 'RLIMIT_MEMLOCK');
  const isOnFault = (flags & MLOCK_ONFAULT) !== 0;
  lockRange(task, address, length, isOnFault ? LOCK_FLAGS : VM_LOCKED);
  if (isOnFault) return 0;
  const result = populate(space, start, end);
  if (result === FaultResult.OUT_OF_MEMORY) throw fail(EAGAIN, 'no frames');
  if (result !== FaultResult.DONE) throw fail(ENOMEM, 'a page cannot be had');
  return 0;
}

export function mlock(task: Task, address: number, length: number): number {
  return mlock2(task, address, length, 0);
}

/** Bytes of a range that are locked already. */
function lockedBytes(space: AddressSpace, start: number, end: number): number {
  let bytes = 0;
  for (const vma of space.vmas.overlapping(start, end))
    if ((vma.flags & VM_LOCKED) !== 0) bytes += Math.min(end, vma.end) - Math.max(start, vma.start);
  return bytes;
}

/** munlock(2). Errors: ENOMEM. */
export function munlock(task: Task, address: number, length: number): number {
  return lockRange(task, address, length, 0);
}

/** mlockall(2). Errors: EINVAL, ENOMEM, EPERM. */
export function mlockall(task: Task, flags: number): number {
  const known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
  if ((flags & ~known) !== 0 || (flags & ~MCL_ONFAULT) === 0) throw fail(EINVAL, 'flags');
  checkMayLock(task);
  const space = spaceOf(task);
  const isCurrent = (flags & MCL_CURRENT) !== 0;
  const { mappedPages, lockedPages } = space.counters;
  if (isCurrent && !mayLock(space, (mappedPages - lockedPages) * PAGE_SIZE))
    throw fail(ENOMEM, 'RLIMIT_MEMLOCK');
  const lock = (flags & MCL_ONFAULT) !== 0 ? LOCK_FLAGS : VM_LOCKED;
  space.futureFlags = (flags & MCL_FUTURE) !== 0 ? lock : 0;
  if (!isCurrent) return 0;
  for (const vma of space.vmas.owned(0, TASK_SIZE)) setLock(space, vma, lock);
  if (lock === VM_LOCKED) populate(space, 0, Number.POSITIVE_INFINITY);
  return 0;
}

export function munlockall(task: Task): number {
  const space = spaceOf(task);
  space.futureFlags = 0;
  for (const vma of space.vmas.owned(0, TASK_SIZE)) setLock(space, vma, 0);
  return 0;
}
