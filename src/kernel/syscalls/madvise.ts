/** madvise(2), mlock(2), mlock2(2), munlock(2), mlockall(2), munlockall(2), membarrier(2), riscv_flush_icache(2). */
import { EINVAL, fail } from '../../abi/errno.ts';
import { MADV_DONTNEED, MADV_FREE, MADV_WILLNEED } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { spaceOf } from '../futex.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import { checkLockLimit, pageDown, pageUp, populate } from '../mm/mmap.ts';
import type { Vma } from '../mm/vma.ts';
import type { Task } from '../task.ts';
import { mappingsOf } from './mmap.ts';

const MADV_REMOVE = 9;
const MADV_DONTFORK = 10;
const MADV_DOFORK = 11;
const MADV_LAST = 25;
const MADV_WIPEONFORK = 18;
const MADV_KEEPONFORK = 19;

/** madvise(2). Errors: EINVAL, ENOMEM. Advice about speed is taken and has no effect. */
export function madvise(task: Task, address: number, length: number, advice: number): number {
  if (address % PAGE_SIZE !== 0 || advice < 0 || advice > MADV_LAST || advice === MADV_REMOVE)
    throw fail(EINVAL, 'advice');
  const end = address + pageUp(length);
  const space = spaceOf(task);
  const vmas = mappingsOf(task, address, end);
  for (const vma of vmas) {
    const start = Math.max(address, vma.start);
    const stop = Math.min(end, vma.end);
    advise(space, vma, start, stop, advice);
  }
  return 0;
}

function advise(space: AddressSpace, vma: Vma, start: number, end: number, advice: number): void {
  switch (advice) {
    case MADV_DONTNEED:
      if (vma.isLocked) throw fail(EINVAL, 'the range is locked');
      space.zap(vma, start, end);
      break;
    case MADV_FREE:
      if (vma.isShared || vma.file) throw fail(EINVAL, 'MADV_FREE of a file');
      space.zap(vma, start, end);
      break;
    case MADV_WILLNEED:
      if (vma.file) populate(space, start, end);
      break;
    case MADV_DONTFORK:
    case MADV_DOFORK:
      space.isolate(vma, start, end).isDontFork = advice === MADV_DONTFORK;
      break;
    case MADV_WIPEONFORK:
    case MADV_KEEPONFORK:
      if (vma.isShared || vma.file) throw fail(EINVAL, 'MADV_WIPEONFORK of a file');
      space.isolate(vma, start, end).isWipeOnFork = advice === MADV_WIPEONFORK;
      break;
    default:
      break;
  }
}

function setLocked(space: AddressSpace, vma: Vma, isLocked: boolean): void {
  if (vma.isLocked === isLocked) return;
  vma.isLocked = isLocked;
  const pages = (vma.end - vma.start) / PAGE_SIZE;
  space.counters.lockedPages += isLocked ? pages : -pages;
}

/** Nothing is ever swapped out: locking means faulting in and counting. Errors: EINVAL, ENOMEM. */
export function mlock(task: Task, address: number, length: number): number {
  const start = pageDown(address);
  const end = pageUp(address + length);
  const space = spaceOf(task);
  checkLockLimit(space, end - start);
  for (const vma of mappingsOf(task, start, end))
    setLocked(space, space.isolate(vma, start, end), true);
  populate(space, start, end);
  return 0;
}

const MLOCK_ONFAULT = 1;

export function mlock2(task: Task, address: number, length: number, flags: number): number {
  if ((flags & ~MLOCK_ONFAULT) !== 0) throw fail(EINVAL, 'flags');
  return mlock(task, address, length);
}

export function munlock(task: Task, address: number, length: number): number {
  const start = pageDown(address);
  const end = pageUp(address + length);
  const space = spaceOf(task);
  for (const vma of mappingsOf(task, start, end)) {
    const part = space.isolate(vma, start, end);
    setLocked(space, part, false);
    space.tryMerge(part);
  }
  return 0;
}

const MCL_CURRENT = 1;
const MCL_FUTURE = 2;
const MCL_ONFAULT = 4;

export function mlockall(task: Task, flags: number): number {
  if ((flags & ~7) !== 0 || (flags & ~MCL_ONFAULT) === 0) throw fail(EINVAL, 'flags');
  const space = spaceOf(task);
  if ((flags & MCL_CURRENT) !== 0)
    checkLockLimit(space, (space.counters.mappedPages - space.counters.lockedPages) * PAGE_SIZE);
  space.locksFuture = (flags & MCL_FUTURE) !== 0;
  if ((flags & MCL_CURRENT) === 0) return 0;
  for (const vma of [...space.vmas]) {
    setLocked(space, vma, true);
    populate(space, vma.start, vma.end);
  }
  return 0;
}

export function munlockall(task: Task): number {
  const space = spaceOf(task);
  space.locksFuture = false;
  for (const vma of space.vmas) setLocked(space, vma, false);
  return 0;
}

const MEMBARRIER_SUPPORTED = 1 | 2 | 4 | 8 | 16;

/** membarrier(2): with one kernel entry at a time, every entry is a barrier. Errors: EINVAL. */
export function membarrier(_task: Task, command: number, flags: number): number {
  if (flags !== 0) throw fail(EINVAL, 'flags');
  if (command === 0) return MEMBARRIER_SUPPORTED;
  if ((command & (command - 1)) !== 0 || (command & MEMBARRIER_SUPPORTED) === 0)
    throw fail(EINVAL, 'command');
  return 0;
}

const SYS_RISCV_FLUSH_ICACHE_ALL = 1;

export function riscvFlushIcache(task: Task, _start: number, _end: number, flags: number): number {
  if ((flags & ~SYS_RISCV_FLUSH_ICACHE_ALL) !== 0) throw fail(EINVAL, 'flags');
  task.kernel.arch.platform.fenceI();
  return 0;
}
