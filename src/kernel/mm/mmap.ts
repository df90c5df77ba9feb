/** Placing and changing mappings: mmap(2), munmap(2), mprotect(2). Linux: mm/mmap.c, mm/mprotect.c. */
import { EAGAIN, EEXIST, EINVAL, ENOMEM, EPERM, fail } from '../../abi/errno.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK } from '../../abi/resource.ts';
import { PAGE_SIZE, withinPage } from '../../fs/page-frames.ts';
import {
  frameOf,
  HUGE_BYTES,
  HUGE_PAGES,
  isSwapEntry,
  makePte,
  PTE_ANONYMOUS,
  PTE_D,
  PTE_POOLED,
  PTE_X,
  readBits,
  TASK_SIZE,
} from '../arch/page-table.ts';
import { CAP_IPC_LOCK, CAP_SYS_RAWIO } from '../credentials.ts';
import { type AddressSpace, FLUSH_ALL_PAGES } from './address-space.ts';
import { FaultResult, handleFault, STACK_GUARD_BYTES } from './fault.ts';
import { HugetlbInode } from './hugetlb-file-system.ts';
import { OVERCOMMIT_NEVER } from './overcommit.ts';
import type { SharedMemory } from './shared-memory.ts';
import {
  type MappedFile,
  VM_ACCOUNT,
  VM_HUGETLB,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_NORESERVE,
  type Vma,
} from './vma.ts';

export const PROTECTION_BITS = PROT_READ | PROT_WRITE | PROT_EXEC;

export interface MapRequest {
  /** Hint, or with `placement` fixed the exact address. Page-aligned. */
  readonly address: number;
  /** Bytes; rounded up to pages. */
  readonly length: number;
  readonly protection: number;
  readonly isShared?: boolean;
  readonly file?: MappedFile | undefined;
  readonly sharedMemory?: SharedMemory | undefined;
  /** Page-aligned. */
  readonly offset?: number;
  readonly name?: string;
  readonly placement?: 'anywhere' | 'fixed' | 'fixed-noreplace';
  readonly growsDown?: boolean;
  /** VM_*. */
  readonly flags?: number;
}

export function pageUp(value: number): number {
  return Math.ceil(value / PAGE_SIZE) * PAGE_SIZE;
}

/**
 * End of the pages of a range, with the wrap of 64-bit addresses: a length that becomes 0 when it is rounded up ends at once. Throws
 * `error` if the end is below the start.
 */
export function endOfPages(start: number, length: number, error = EINVAL): number {
  const bytes = pageUp(length);
  if (bytes >= 2 ** 64) return start;
  if (start + bytes >= 2 ** 64) throw fail(error, 'the range wraps');
  return start + bytes;
}

export function hugeUp(value: number): number {
  return Math.ceil(value / HUGE_BYTES) * HUGE_BYTES;
}

export function pageDown(value: number): number {
  return value - withinPage(value);
}

/** Add a mapping; returns its address. Throws EINVAL, ENOMEM, EEXIST, EPERM. */
export function mapRegion(space: AddressSpace, request: MapRequest): number {
  const isHuge = ((request.flags ?? 0) & VM_HUGETLB) !== 0;
  const length = isHuge ? hugeUp(request.length) : pageUp(request.length);
  if (length === 0) throw fail(EINVAL, 'mapping of length 0');
  if (length > TASK_SIZE) throw fail(ENOMEM, 'mapping is larger than the address space');
  const start = place(space, request, length);
  const flags = flagsOf(space, request);
  checkLimits(space, request, flags, start, length);
  if (request.placement === 'fixed') space.unmap(start, start + length);
  promisePages(space, request, start, length);
  const vma: Vma = {
    chunk: undefined,
    start,
    end: start + length,
    protection: request.protection & PROTECTION_BITS,
    isShared: request.isShared ?? false,
    file: request.file,
    sharedMemory: request.sharedMemory,
    offset: request.offset ?? 0,
    name: request.name ?? '',
    growsDown: request.growsDown ?? false,
    flags,
  };
  space.addVma(vma);
  if ((flags & (VM_LOCKED | VM_LOCKONFAULT)) === VM_LOCKED) populate(space, start, start + length);
  return start;
}

/** VM_* of a new mapping: what was asked for, what mlockall(MCL_FUTURE) adds, whether it is promised memory. */
function flagsOf(space: AddressSpace, request: MapRequest): number {
  let flags = (request.flags ?? 0) | space.futureFlags;
  if (space.kernel.overcommit.mode === OVERCOMMIT_NEVER) flags &= ~VM_NORESERVE;
  const isPrivateData = !request.isShared && (request.protection & PROT_WRITE) !== 0;
  if (isPrivateData && (flags & (VM_NORESERVE | VM_HUGETLB)) === 0) flags |= VM_ACCOUNT;
  return flags;
}

function place(space: AddressSpace, request: MapRequest, length: number): number {
  const { address, placement = 'anywhere' } = request;
  if (placement !== 'anywhere') {
    if (address + length > TASK_SIZE) throw fail(ENOMEM, 'fixed address above user space');
    if (address % pageBytesOf(request) !== 0) throw fail(EINVAL, 'fixed address is not aligned');
    checkMayMapAt(space, address);
    if (
      placement === 'fixed-noreplace' &&
      space.vmas.overlapping(address, address + length).length > 0
    )
      throw fail(EEXIST, 'range is mapped');
    return address;
  }
  const unit = pageBytesOf(request);
  if (unit === PAGE_SIZE) return findRange(space, length, address);
  return hugeUp(findRange(space, length + HUGE_BYTES - PAGE_SIZE, hugeUp(address)));
}

function pageBytesOf({ flags = 0 }: MapRequest): number {
  return (flags & VM_HUGETLB) === 0 ? PAGE_SIZE : HUGE_BYTES;
}

/** Pages of the pool are promised when they are mapped, unless MAP_NORESERVE says otherwise. */
function promisePages(
  space: AddressSpace,
  { file, flags = 0, isShared, offset = 0 }: MapRequest,
  start: number,
  length: number,
): void {
  if ((flags & (VM_HUGETLB | VM_NORESERVE)) !== VM_HUGETLB) return;
  const first = offset / HUGE_BYTES;
  if (!isShared) space.promiseHuge(start, start + length);
  else if (file?.inode instanceof HugetlbInode)
    file.inode.promise(first, first + length / HUGE_BYTES);
}

/** Throws EPERM below vm.mmap_min_addr. Linux: security/commoncap.c, cap_mmap_addr. */
export function checkMayMapAt({ kernel }: AddressSpace, address: number): void {
  const { current, mmapMinAddress } = kernel;
  if (address >= mmapMinAddress || !current) return;
  if (!current.credentials.hasCapability(CAP_SYS_RAWIO)) throw fail(EPERM, 'vm.mmap_min_addr');
}

/** A free range, at the hint if it is free there; one below vm.mmap_min_addr means that. Throws ENOMEM. */
export function findRange(space: AddressSpace, length: number, address = 0): number {
  const lowest = pageUp(space.kernel.mmapMinAddress);
  const hint = address === 0 ? 0 : Math.max(pageDown(address), lowest);
  if (hint > 0 && hint + length <= TASK_SIZE) {
    const above = space.vmas.findFrom(hint);
    if (!above || above.start - guardOf(above) >= hint + length) return hint;
  }
  const { mmapBase } = space.layout;
  const start =
    space.vmas.findGapBelow(mmapBase, Math.max(lowest, PAGE_SIZE), length, guardOf) ??
    space.vmas.findGapAbove(mmapBase, TASK_SIZE, length, guardOf);
  if (start === undefined) throw fail(ENOMEM, 'no free range');
  return start;
}

/** What must stay free below a mapping. */
function guardOf(vma: Vma): number {
  return vma.growsDown ? STACK_GUARD_BYTES : 0;
}

function checkLimits(
  space: AddressSpace,
  request: MapRequest,
  flags: number,
  start: number,
  length: number,
): void {
  const { kernel } = space;
  if ((flags & VM_LOCKED) !== 0 && !mayLock(space, length)) throw fail(EAGAIN, 'RLIMIT_MEMLOCK');
  const isPrivateData = !request.isShared && (request.protection & PROT_WRITE) !== 0;
  // What a fixed mapping replaces is given back first.
  const replaced = request.placement === 'fixed' ? mappedBytes(space, start, start + length) : 0;
  checkGrowth(space, length - replaced, isPrivateData ? length : 0);
  if ((flags & VM_ACCOUNT) !== 0) kernel.overcommit.check(space, length / PAGE_SIZE);
  if (space.vmas.count >= space.kernel.maxMapCount) throw fail(ENOMEM, 'vm.max_map_count');
}

function mappedBytes(space: AddressSpace, start: number, end: number): number {
  let bytes = 0;
  for (const vma of space.vmas.overlapping(start, end))
    bytes += Math.min(end, vma.end) - Math.max(start, vma.start);
  return bytes;
}

/**
 * Visit the parts of mappings in a range, in order; an empty range has none. Throws ENOMEM at a gap: what lies before it was visited; with
 * `passesGaps` also what lies behind.
 */
export function forMappings(
  space: AddressSpace,
  start: number,
  end: number,
  visit: (vma: Vma, start: number, end: number) => void,
  passesGaps = false,
): void {
  if (start >= end) return;
  let covered = start;
  let hasGap = false;
  for (const vma of space.vmas.owned(start, end)) {
    if (vma.start > covered) hasGap = true;
    if (hasGap && !passesGaps) break;
    covered = vma.end;
    visit(vma, Math.max(start, vma.start), Math.min(end, vma.end));
  }
  if (hasGap || covered < end) throw fail(ENOMEM, 'gap in the range');
}

/** Throws ENOMEM when `length` more mapped bytes, `data` of them private and writable, pass RLIMIT_AS or RLIMIT_DATA. */
export function checkGrowth(space: AddressSpace, length: number, data: number): void {
  const process = space.kernel.current?.process;
  if (!process) return;
  const { counters } = space;
  if (counters.mappedPages * PAGE_SIZE + length > process.limit(RLIMIT_AS))
    throw fail(ENOMEM, 'RLIMIT_AS');
  if (data > 0 && counters.dataPages * PAGE_SIZE + data > process.limit(RLIMIT_DATA))
    throw fail(ENOMEM, 'RLIMIT_DATA');
}

/** Whether `length` more bytes may be locked: RLIMIT_MEMLOCK. */
export function mayLock(space: AddressSpace, length: number): boolean {
  const task = space.kernel.current;
  if (!task || task.credentials.hasCapability(CAP_IPC_LOCK)) return true;
  return space.counters.lockedPages * PAGE_SIZE + length <= task.process.limit(RLIMIT_MEMLOCK);
}

/**
 * Fault in what is not there: MAP_POPULATE, mlock. Stops at the first page that cannot be had; returns why, DONE for none.
 * Mappings without permissions are left out.
 */
export function populate(space: AddressSpace, start: number, end: number): FaultResult {
  for (const vma of space.vmas.overlapping(start, end)) {
    if (vma.protection === 0) continue;
    const isWrite = (vma.protection & PROT_WRITE) !== 0 && !vma.isShared;
    const result = faultRange(space, Math.max(start, vma.start), Math.min(end, vma.end), isWrite);
    if (result !== FaultResult.DONE) return result;
  }
  return FaultResult.DONE;
}

/** Make every page of a range accessible. */
export function faultRange(
  space: AddressSpace,
  start: number,
  end: number,
  isWrite: boolean,
): FaultResult {
  for (let at = start; at < end; at += PAGE_SIZE) {
    if (space.pageTable.lookup(at, isWrite) >= 0) continue;
    const result = handleFault(space, at, isWrite ? 'write' : 'read');
    if (result !== FaultResult.DONE) return result;
  }
  return FaultResult.DONE;
}

/**
 * Change the protection of [start, end), which is fully mapped. Pages that are present lose or gain read and execute
 * permission now; write permission comes back with the next write's fault, even where no copy is needed (the lazy
 * upgrade that P-MEM-07 measures; Linux from 6.0 does some at once). Same protection: nothing changes.
 */
export function protect(
  space: AddressSpace,
  vma: Vma,
  start: number,
  end: number,
  protection: number,
): void {
  if (vma.protection === protection) return;
  const becomesData =
    !vma.isShared &&
    (vma.flags & (VM_ACCOUNT | VM_NORESERVE | VM_HUGETLB)) === 0 &&
    (protection & PROT_WRITE) !== 0;
  const isData = !vma.isShared && (vma.protection & PROT_WRITE) !== 0;
  if (!vma.isShared && !isData && (protection & PROT_WRITE) !== 0)
    checkGrowth(space, 0, end - start);
  if (becomesData) space.kernel.overcommit.check(space, (end - start) / PAGE_SIZE);
  const part = space.isolate(vma, start, end);
  const pages = (part.end - part.start) / PAGE_SIZE;
  space.counters.addPages(part, -pages);
  part.protection = protection;
  if (becomesData) part.flags |= VM_ACCOUNT;
  space.counters.addPages(part, pages);
  const words = space.kernel.arch.ram.words();
  const bits = readBits(protection);
  const { pageTable } = space;
  let changed = 0;
  for (
    let at = pageTable.nextPresent(part.start, part.end);
    at < part.end;
    at = pageTable.nextPresent(at + PAGE_SIZE, part.end)
  ) {
    if (pageTable.isWholeHuge(at, part.end)) {
      const huge = pageTable.huge(at);
      if ((bits & PTE_X) !== 0) space.kernel.frames.markBlockCode(frameOf(huge), HUGE_PAGES);
      const kept = huge & (PTE_ANONYMOUS | PTE_D | PTE_POOLED);
      pageTable.changeHuge(at, makePte(frameOf(huge), bits | kept));
      changed += HUGE_PAGES;
      at += HUGE_BYTES - PAGE_SIZE;
      continue;
    }
    const index = pageTable.find(at);
    const pte = words[index] as number;
    if (isSwapEntry(pte)) continue;
    if ((bits & PTE_X) !== 0) space.kernel.frames.markCode(frameOf(pte));
    words[index] = makePte(frameOf(pte), bits | (pte & (PTE_ANONYMOUS | PTE_D)));
    if (changed++ < FLUSH_ALL_PAGES) space.flushPage(at);
  }
  if (changed > FLUSH_ALL_PAGES) space.flushAll();
  space.tryMerge(part);
}
