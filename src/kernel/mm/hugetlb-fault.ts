/** Faults in mappings of 2 MiB pages of the pool. Linux: hugetlb_fault of mm/hugetlb.c. */
import { KernelError } from '../../abi/errno.ts';
import {
  frameOf,
  HUGE_BYTES,
  makePte,
  PTE_D,
  PTE_POOLED,
  PTE_W,
  readBits,
} from '../arch/page-table.ts';
import type { AddressSpace } from './address-space.ts';
import { HugetlbInode } from './hugetlb-file-system.ts';
import type { Vma } from './vma.ts';

/** False for SIGBUS: behind the end of the file, or the pool has no page. `needed` are the bits that the access needs. */
export function pooledFault(space: AddressSpace, vma: Vma, page: number, needed: number): boolean {
  const base = page - (page % HUGE_BYTES);
  try {
    return resolve(space, vma, base, needed);
  } catch (error) {
    // Not for the killer of processes: frames would not help.
    if (error instanceof KernelError) return false;
    throw error;
  }
}

function resolve(space: AddressSpace, vma: Vma, base: number, needed: number): boolean {
  const { pageTable } = space;
  const pte = pageTable.huge(base);
  if (pte === 0) return mapNew(space, vma, base, (needed & PTE_W) !== 0);
  if ((pte & needed) !== needed) {
    const isWrite = (needed & PTE_W) !== 0;
    const page = isWrite && !vma.isShared ? ownPage(space, base, frameOf(pte)) : frameOf(pte);
    const bits = readBits(vma.protection) | (pte & (PTE_D | PTE_W)) | PTE_POOLED;
    pageTable.changeHuge(base, makePte(page, isWrite ? bits | PTE_W | PTE_D : bits));
  }
  space.flushPage(base);
  return true;
}

function mapNew(space: AddressSpace, vma: Vma, base: number, isWrite: boolean): boolean {
  const inode = vma.file?.inode;
  if (!(inode instanceof HugetlbInode)) return false;
  const index = (vma.offset + base - vma.start) / HUGE_BYTES;
  if (index * HUGE_BYTES >= inode.size) return false;
  const { pool } = space.kernel.hugePages;
  const known = vma.isShared ? inode.pageAt(index) : inode.knownPage(index);
  let bits = readBits(vma.protection) | PTE_POOLED;
  let page: number;
  if (known === undefined) page = pool.take(space.takePromise(base));
  else if (vma.isShared || !isWrite) pool.retain((page = known));
  else {
    page = pool.take(space.takePromise(base));
    space.kernel.arch.ram.copy(page, known, HUGE_BYTES);
  }
  if (isWrite) bits |= PTE_W | PTE_D;
  try {
    space.pageTable.setHuge(base, makePte(page, bits));
  } catch (error) {
    pool.release(page);
    throw error;
  }
  space.counters.pooledHugePages++;
  return true;
}

/** A private page that somebody else uses too is copied as a whole. */
function ownPage(space: AddressSpace, base: number, page: number): number {
  const { pool } = space.kernel.hugePages;
  if (pool.usersOf(page) === 1) return page;
  const copy = pool.take(space.takePromise(base));
  space.kernel.arch.ram.copy(copy, page, HUGE_BYTES);
  pool.release(page);
  return copy;
}
