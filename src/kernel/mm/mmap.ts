/** Placing and changing mappings: mmap(2), munmap(2), mprotect(2). Linux: mm/mmap.c, mm/mprotect.c. */
import { EEXIST, EINVAL, ENOMEM, fail } from '../../abi/errno.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK } from '../../abi/resource.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { frameOf, makePte, PTE_ANONYMOUS, PTE_D, PTE_X, TASK_SIZE } from '../arch/page-table.ts';
import { CAP_IPC_LOCK } from '../credentials.ts';
import type { AddressSpace } from './address-space.ts';
import { FaultResult, handleFault, readBits, STACK_GUARD_BYTES } from './fault.ts';
import type { SharedMemory } from './shared-memory.ts';
import type { MappedFile, Vma } from './vma.ts';

/** Lowest address that may be mapped: vm.mmap_min_addr. */
const MMAP_MIN_ADDRESS = 0x1_0000;
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
  readonly isLocked?: boolean;
}

export function pageUp(value: number): number {
  return Math.ceil(value / PAGE_SIZE) * PAGE_SIZE;
}

export function pageDown(value: number): number {
  return value - (value % PAGE_SIZE);
}

/** Add a mapping; returns its address. Throws EINVAL, ENOMEM, EEXIST. */
export function mapRegion(space: AddressSpace, request: MapRequest): number {
  const length = pageUp(request.length);
  if (length === 0) throw fail(EINVAL, 'mapping of length 0');
  if (length > TASK_SIZE) throw fail(ENOMEM, 'mapping is larger than the address space');
  const start = place(space, request, length);
  if (request.placement === 'fixed') space.unmap(start, start + length);
  checkLimits(space, request, length);
  const vma: Vma = {
    space,
    start,
    end: start + length,
    protection: request.protection & PROTECTION_BITS,
    isShared: request.isShared ?? false,
    file: request.file,
    sharedMemory: request.sharedMemory,
    offset: request.offset ?? 0,
    name: request.name ?? '',
    growsDown: request.growsDown ?? false,
    isLocked: (request.isLocked ?? false) || space.locksFuture,
    isDontFork: false,
    isWipeOnFork: false,
  };
  space.addVma(vma);
  if (vma.isLocked) populate(space, start, start + length);
  return start;
}

function place(space: AddressSpace, request: MapRequest, length: number): number {
  const { address, placement = 'anywhere' } = request;
  if (placement !== 'anywhere') {
    if (address % PAGE_SIZE !== 0) throw fail(EINVAL, 'fixed address is not page-aligned');
    if (address + length > TASK_SIZE) throw fail(ENOMEM, 'fixed address above user space');
    if (
      placement === 'fixed-noreplace' &&
      space.vmas.overlapping(address, address + length).length > 0
    )
      throw fail(EEXIST, 'range is mapped');
    return address;
  }
  const hint = pageDown(address);
  if (hint >= MMAP_MIN_ADDRESS && hint + length <= TASK_SIZE) {
    const above = space.vmas.findFrom(hint);
    if (!above || above.start - guardOf(above) >= hint + length) return hint;
  }
  const { mmapBase } = space.layout;
  const start =
    space.vmas.findGapBelow(mmapBase, MMAP_MIN_ADDRESS, length, guardOf) ??
    space.vmas.findGapAbove(mmapBase, TASK_SIZE, length, guardOf);
  if (start === undefined) throw fail(ENOMEM, 'no free range');
  return start;
}

/** What must stay free below a mapping. */
function guardOf(vma: Vma): number {
  return vma.growsDown ? STACK_GUARD_BYTES : 0;
}

function checkLimits(space: AddressSpace, request: MapRequest, length: number): void {
  const { kernel, counters } = space;
  const process = kernel.current?.process;
  const isPrivateData = !request.isShared && (request.protection & PROT_WRITE) !== 0;
  // As Linux's heuristic overcommit: refuse what could never be there.
  if (isPrivateData && length / PAGE_SIZE > kernel.frames.total)
    throw fail(ENOMEM, 'more than all memory');
  if (!process) return;
  if (counters.mappedPages * PAGE_SIZE + length > process.limit(RLIMIT_AS))
    throw fail(ENOMEM, 'RLIMIT_AS');
  if (isPrivateData && counters.dataPages * PAGE_SIZE + length > process.limit(RLIMIT_DATA))
    throw fail(ENOMEM, 'RLIMIT_DATA');
  if (request.isLocked) checkLockLimit(space, length);
}

/** Throws ENOMEM when locking `length` more bytes passes RLIMIT_MEMLOCK. */
export function checkLockLimit(space: AddressSpace, length: number): void {
  const process = space.kernel.current?.process;
  if (!process || process.credentials.hasCapability(CAP_IPC_LOCK)) return;
  if (space.counters.lockedPages * PAGE_SIZE + length > process.limit(RLIMIT_MEMLOCK))
    throw fail(ENOMEM, 'RLIMIT_MEMLOCK');
}

/** Fault in what is not there: MAP_POPULATE, mlock. Pages that cannot be had are left out. */
export function populate(space: AddressSpace, start: number, end: number): void {
  for (let at = start; at < end; at += PAGE_SIZE) {
    const vma = space.vmas.find(at);
    if (!vma || vma.protection === 0) continue;
    const isWrite = (vma.protection & PROT_WRITE) !== 0 && !vma.isShared;
    if (space.pageTable.lookup(at, isWrite) >= 0) continue;
    if (handleFault(space, at, isWrite ? 'write' : 'read') === FaultResult.OUT_OF_MEMORY) return;
  }
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
  const part = space.isolate(vma, start, end);
  const pages = (part.end - part.start) / PAGE_SIZE;
  space.counters.addPages(part, -pages);
  part.protection = protection;
  space.counters.addPages(part, pages);
  const words = space.kernel.arch.ram.words();
  const bits = readBits(protection);
  const { pageTable } = space;
  for (
    let at = pageTable.nextPresent(part.start, part.end);
    at < part.end;
    at = pageTable.nextPresent(at + PAGE_SIZE, part.end)
  ) {
    const index = pageTable.find(at);
    const pte = words[index] as number;
    if ((bits & PTE_X) !== 0) space.kernel.frames.markCode(frameOf(pte));
    words[index] = makePte(frameOf(pte), bits | (pte & (PTE_ANONYMOUS | PTE_D)));
  }
  if (pages > 16) space.flushAll();
  else for (let at = part.start; at < part.end; at += PAGE_SIZE) space.flushPage(at);
  space.tryMerge(part);
}
