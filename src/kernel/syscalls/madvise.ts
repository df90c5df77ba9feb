/** madvise(2), and riscv_flush_icache(2). Linux: mm/madvise.c. */
import {
  EACCES,
  EAGAIN,
  EBADF,
  EFAULT,
  EINVAL,
  ENOMEM,
  EOPNOTSUPP,
  EPERM,
  fail,
  KernelError,
} from '../../abi/errno.ts';
import { F_SEAL_FUTURE_WRITE, F_SEAL_WRITE } from '../../abi/fcntl.ts';
import {
  MADV_COLD,
  MADV_COLLAPSE,
  MADV_DODUMP,
  MADV_DOFORK,
  MADV_DONTDUMP,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_DONTNEED_LOCKED,
  MADV_FREE,
  MADV_HUGEPAGE,
  MADV_KEEPONFORK,
  MADV_NOHUGEPAGE,
  MADV_NORMAL,
  MADV_PAGEOUT,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_RANDOM,
  MADV_REMOVE,
  MADV_SEQUENTIAL,
  MADV_WILLNEED,
  MADV_WIPEONFORK,
  PROT_READ,
  PROT_WRITE,
} from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { HUGE_BYTES, isSwapEntry, PTE_A, PTE_ANONYMOUS } from '../arch/page-table.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import { spaceOf } from '../futex.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import { FaultResult, faultIgnoringProtection } from '../mm/fault.ts';
import { collapse } from '../mm/huge-fault.ts';
import { endOfPages, faultRange, forMappings } from '../mm/mmap.ts';
import { swapOutRange } from '../mm/swap-out.ts';
import {
  isShmem,
  VM_DONTCOPY,
  VM_DONTDUMP,
  VM_HUGEPAGE,
  VM_HUGETLB,
  VM_LOCKED,
  VM_NOHUGEPAGE,
  VM_RAND_READ,
  VM_SEQ_READ,
  VM_WIPEONFORK,
  type Vma,
} from '../mm/vma.ts';
import type { Task } from '../task.ts';

const MADV_HWPOISON = 100;
const MADV_SOFT_OFFLINE = 101;

type Advise = (space: AddressSpace, vma: Vma, start: number, end: number) => void;

/** An advice that is remembered: bits to set and to clear. Memory of files has no wiping (EINVAL). */
function flag(set: number, clear: number, isPrivateOnly = false): Advise {
  return (space, vma, start, end) => {
    if (isPrivateOnly && (vma.isShared || vma.file)) throw fail(EINVAL, 'not private memory');
    if (((vma.flags & ~clear) | set) === vma.flags) return;
    const part = isolate(space, vma, start, end);
    part.flags = (part.flags & ~clear) | set;
    space.tryMerge(part);
  };
}

/** What is remembered may take more mappings than there can be: come again. */
function isolate(space: AddressSpace, vma: Vma, start: number, end: number): Vma {
  try {
    return space.isolate(vma, start, end);
  } catch (error) {
    if (error instanceof KernelError && error.errno === ENOMEM) throw fail(EAGAIN, 'mappings');
    throw error;
  }
}

const setHuge = flag(VM_HUGEPAGE, VM_NOHUGEPAGE);

function wishHuge(space: AddressSpace, vma: Vma, start: number, end: number): void {
  setHuge(space, vma, start, end);
  space.kernel.hugePages.collapser.noteWish();
}

/** What an advice does to each mapping of its range; what is not here is EINVAL. */
const ADVICES: ReadonlyMap<number, Advise> = new Map<number, Advise>([
  [MADV_NORMAL, flag(0, VM_SEQ_READ | VM_RAND_READ)],
  [MADV_RANDOM, flag(VM_RAND_READ, VM_SEQ_READ)],
  [MADV_SEQUENTIAL, flag(VM_SEQ_READ, VM_RAND_READ)],
  [MADV_DONTFORK, flag(VM_DONTCOPY, 0)],
  [MADV_DOFORK, flag(0, VM_DONTCOPY)],
  [MADV_DONTDUMP, flag(VM_DONTDUMP, 0)],
  [MADV_DODUMP, flag(0, VM_DONTDUMP)],
  [MADV_WIPEONFORK, flag(VM_WIPEONFORK, 0, true)],
  [MADV_KEEPONFORK, flag(0, VM_WIPEONFORK)],
  [MADV_HUGEPAGE, wishHuge],
  [MADV_COLLAPSE, collapse],
  [MADV_NOHUGEPAGE, flag(VM_NOHUGEPAGE, VM_HUGEPAGE)],
  [MADV_WILLNEED, willNeed],
  [MADV_DONTNEED, dontNeed],
  [MADV_DONTNEED_LOCKED, (space, vma, start, end) => space.zap(vma, start, end)],
  [MADV_FREE, freeLazily],
  [MADV_REMOVE, remove],
  [MADV_COLD, cool],
  [MADV_PAGEOUT, pageOut],
]);

/** madvise(2). Errors: EACCES, EAGAIN, EBADF, EFAULT, EINVAL, ENOMEM, EPERM. */
export function madvise(task: Task, address: number, length: number, advice: number): number {
  if (advice === MADV_HWPOISON || advice === MADV_SOFT_OFFLINE) return poison(task);
  return adviseRange(spaceOf(task), address, length, advice);
}

/** Gaps of the range are passed over and reported in the end. */
export function adviseRange(
  space: AddressSpace,
  address: number,
  length: number,
  advice: number,
): number {
  const isPopulate = advice === MADV_POPULATE_READ || advice === MADV_POPULATE_WRITE;
  const advise = ADVICES.get(advice);
  if (!advise && !isPopulate) throw fail(EINVAL, 'advice');
  if (address % PAGE_SIZE !== 0) throw fail(EINVAL, 'address');
  const end = endOfPages(address, length);
  if (length > 0 && end === address) throw fail(EINVAL, 'length');
  if (isPopulate) populateAll(space, address, end, advice === MADV_POPULATE_WRITE);
  else if (advise)
    forMappings(space, address, end, (vma, from, to) => advise(space, vma, from, to), true);
  return 0;
}

/** There is no failing memory to handle: CONFIG_MEMORY_FAILURE is off. */
function poison(task: Task): number {
  if (!task.credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(EPERM, 'CAP_SYS_ADMIN');
  throw fail(EINVAL, 'no memory failure handling');
}

function populateAll(space: AddressSpace, start: number, end: number, isWrite: boolean): void {
  const needed = isWrite ? PROT_WRITE : PROT_READ | PROT_WRITE;
  forMappings(space, start, end, (vma, from, to) => {
    if ((vma.protection & needed) === 0) throw fail(EINVAL, 'the mapping does not allow it');
    const result = faultRange(space, from, to, isWrite);
    if (result === FaultResult.OUT_OF_MEMORY) throw fail(ENOMEM, 'no frames');
    if (result !== FaultResult.DONE) throw fail(EFAULT, 'a page cannot be had');
  });
}

/** Reads ahead. Without swap there is nothing to do for anonymous memory: EBADF, as a Linux says that knows of none. */
function willNeed(space: AddressSpace, vma: Vma, start: number, end: number): void {
  if (!vma.isShared && space.kernel.swap.areas.length > 0) bringBack(space, vma, start, end);
  if (!vma.file) return;
  const cache = vma.file.inode.pages;
  if (!cache) throw fail(EBADF, 'not a mapping of a file');
  if (isShmem(vma)) return;
  const first = (vma.offset + start - vma.start) / PAGE_SIZE;
  const last = Math.min(
    first + (end - start) / PAGE_SIZE,
    Math.ceil(vma.file.inode.size / PAGE_SIZE),
  );
  // Half of what is free is enough of a favour.
  const most = first + Math.floor(space.kernel.frames.free / 2);
  for (let index = first; index < Math.min(last, most); index++) cache.getPage(index, false);
}

/** What of a private mapping is in swap. */
function bringBack(space: AddressSpace, vma: Vma, start: number, end: number): void {
  const { pageTable } = space;
  for (
    let at = pageTable.nextPresent(start, end);
    at < end;
    at = pageTable.nextPresent(at + PAGE_SIZE, end)
  )
    if (isSwapEntry(pageTable.get(at))) faultIgnoringProtection(space, vma, at, 'read');
}

function dontNeed(space: AddressSpace, vma: Vma, start: number, end: number): void {
  if ((vma.flags & VM_LOCKED) !== 0) throw fail(EINVAL, 'the range is locked');
  if ((vma.flags & VM_HUGETLB) === 0) space.zap(vma, start, end);
  else if (start % HUGE_BYTES !== 0) throw fail(EINVAL, 'not 2 MiB aligned');
  else space.zap(vma, start, end - (end % HUGE_BYTES));
}

/** Linux frees when memory gets short; the content may be gone at once. */
function freeLazily(space: AddressSpace, vma: Vma, start: number, end: number): void {
  if (vma.isShared || vma.file) throw fail(EINVAL, 'MADV_FREE of a file');
  dontNeed(space, vma, start, end);
}

/** Punch a hole into what is mapped. */
function remove(_space: AddressSpace, vma: Vma, start: number, end: number): void {
  if ((vma.flags & VM_LOCKED) !== 0) throw fail(EINVAL, 'the range is locked');
  const { file } = vma;
  if (!file) throw fail(EINVAL, 'not a mapping of a file');
  if (!vma.isShared || !file.isWritable) throw fail(EACCES, 'not shared and writable');
  if (!isShmem(vma)) throw fail(EOPNOTSUPP, 'the file system punches no holes');
  if (((file.inode.seals ?? 0) & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) !== 0)
    throw fail(EPERM, 'sealed');
  const first = (vma.offset + start - vma.start) / PAGE_SIZE;
  file.inode.pages?.discard(first, first + (end - start) / PAGE_SIZE);
}

function checkReclaimable(vma: Vma): void {
  if ((vma.flags & (VM_LOCKED | VM_HUGETLB)) !== 0) throw fail(EINVAL, 'locked, or of the pool');
}

/** Not used of late, says the A bit from now on. */
function cool(space: AddressSpace, vma: Vma, start: number, end: number): void {
  checkReclaimable(vma);
  space.pageTable.clearBits(start, end, PTE_A);
  space.flushAll();
}

/** Pages of files are unmapped and can be reclaimed; anonymous ones go to swap, if there is any. */
function pageOut(space: AddressSpace, vma: Vma, start: number, end: number): void {
  cool(space, vma, start, end);
  if (!vma.isShared && space.kernel.swap.hasRoom) swapOutRange(space, start, end);
  if (!vma.file || isShmem(vma)) return;
  const { pageTable } = space;
  for (
    let at = pageTable.nextPresent(start, end);
    at < end;
    at = pageTable.nextPresent(at + PAGE_SIZE, end)
  )
    if ((pageTable.get(at) & PTE_ANONYMOUS) === 0) space.zap(vma, at, at + PAGE_SIZE);
}

const SYS_RISCV_FLUSH_ICACHE_ALL = 1;

export function riscvFlushIcache(task: Task, _start: number, _end: number, flags: number): number {
  if ((flags & ~SYS_RISCV_FLUSH_ICACHE_ALL) !== 0) throw fail(EINVAL, 'flags');
  task.kernel.arch.platform.fenceI();
  return 0;
}
