/** Which mappings a file has, so that truncation and write-back reach them. Linux: the i_mmap tree. */
import type { Inode } from '../../fs/inode.ts';
import type { PageCache } from '../../fs/page-cache.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { PageMapper } from '../../fs/page-owner.ts';
import { drop, hold } from '../../fs/references.ts';
import { PTE_A, PTE_ANONYMOUS, PTE_D, PTE_W } from '../arch/page-table.ts';
import type { AddressSpace } from './address-space.ts';
import { HugetlbInode } from './hugetlb-file-system.ts';
import { spacesOf, VM_LOCKED, type Vma } from './vma.ts';

export class InodeMappings implements PageMapper {
  readonly vmas = new Set<Vma>();

  pagesDropped(first: number, end: number): void {
    for (const vma of this.vmas) {
      const start = Math.max(vma.start, vma.start + first * PAGE_SIZE - vma.offset);
      const stop = Math.min(vma.end, vma.start + end * PAGE_SIZE - vma.offset);
      if (start < stop) for (const space of spacesOf(vma)) space.zap(vma, start, stop);
    }
  }

  /** Its A bits, which are taken away; locked mappings need their pages. */
  isNeeded(index: number): boolean {
    let isNeeded = false;
    for (const vma of this.vmas) {
      const at = vma.start + index * PAGE_SIZE - vma.offset;
      if (at < vma.start || at >= vma.end) continue;
      for (const space of spacesOf(vma)) {
        const { pageTable, kernel } = space;
        const pte = pageTable.get(at);
        // Private copies are not the file's.
        if (pte === 0 || (pte & PTE_ANONYMOUS) !== 0) continue;
        if ((vma.flags & VM_LOCKED) !== 0) return true;
        if ((pte & PTE_A) === 0) continue;
        const words = kernel.arch.ram.words();
        words[pageTable.find(at)] = pte & ~PTE_A;
        space.flushPage(at);
        isNeeded = true;
      }
    }
    return isNeeded;
  }

  /** Clean pages go that nobody has used of late: their mappings find them again by a fault. Private copies stay. */
  pageReclaimed(index: number): void {
    for (const vma of this.vmas) {
      const at = vma.start + index * PAGE_SIZE - vma.offset;
      if (at < vma.start || at >= vma.end) continue;
      for (const space of spacesOf(vma)) {
        const pte = space.pageTable.get(at);
        if (pte !== 0 && (pte & PTE_ANONYMOUS) === 0) space.zap(vma, at, at + PAGE_SIZE);
      }
    }
  }

  /** Dirty bits move from the page tables to the cache; the next write faults, so that the page counts as dirty from then on. */
  collectDirty(cache: PageCache): void {
    for (const vma of this.vmas)
      if (vma.isShared) for (const space of spacesOf(vma)) collectDirty(space, vma, cache);
  }
}

function collectDirty(space: AddressSpace, vma: Vma, cache: PageCache): void {
  const { pageTable, kernel } = space;
  const words = kernel.arch.ram.words();
  for (
    let at = pageTable.nextPresent(vma.start, vma.end);
    at < vma.end;
    at = pageTable.nextPresent(at + PAGE_SIZE, vma.end)
  ) {
    const index = pageTable.find(at);
    const pte = words[index] as number;
    if ((pte & PTE_D) === 0) continue;
    words[index] = pte & ~(PTE_D | PTE_W);
    space.flushPage(at);
    cache.markDirty((vma.offset + at - vma.start) / PAGE_SIZE);
  }
}

/** A mapping has come, of one or more spaces: it holds what it maps. */
export function attach(vma: Vma): void {
  vma.sharedMemory?.hold();
  if (!vma.file) return;
  hold(vma.file.inode);
  addMapping(vma.file.inode, vma);
  vma.file.users?.mapped();
}

export function detach(vma: Vma): void {
  vma.sharedMemory?.drop();
  if (!vma.file) return;
  removeMapping(vma.file.inode, vma);
  // Before the inode may go: the users hold it too.
  vma.file.users?.unmapped();
  drop(vma.file.inode);
}

function mapperOf(pages: PageCache | undefined): InodeMappings | undefined {
  return pages?.mapper instanceof InodeMappings ? pages.mapper : undefined;
}

/** Whether the file is mapped shared by somebody who may write to it. */
export function isMappedWritable(inode: Inode): boolean {
  const { pages } = inode;
  const mappings = inode instanceof HugetlbInode ? inode.mappings : mapperOf(pages)?.vmas;
  for (const vma of mappings ?? []) if (vma.isShared && vma.file?.isWritable) return true;
  return false;
}

function addMapping(inode: Inode, vma: Vma): void {
  const { pages } = inode;
  if (inode instanceof HugetlbInode) inode.mappings.add(vma);
  if (!pages) return;
  const known = pages.mapper instanceof InodeMappings ? pages.mapper : new InodeMappings();
  pages.mapper = known;
  known.vmas.add(vma);
}

function removeMapping(inode: Inode, vma: Vma): void {
  const { pages } = inode;
  if (inode instanceof HugetlbInode) inode.mappings.delete(vma);
  if (!pages || !(pages.mapper instanceof InodeMappings)) return;
  pages.mapper.vmas.delete(vma);
  if (pages.mapper.vmas.size === 0) pages.mapper = undefined;
}
