/** Pages of an address space, by kind: /proc/<pid>/status and statm, RLIMIT_AS, RLIMIT_DATA. */
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Overcommit } from './overcommit.ts';
import { isData, isExecutable, isShmem, VM_ACCOUNT, VM_LOCKED, type Vma } from './vma.ts';
import type { VmaSummary } from './vma-chunk.ts';

export class MemoryCounters {
  private readonly overcommit: Overcommit;
  /** Resident: RssAnon, RssFile, RssShmem. The zero page counts nowhere. */
  anonymousPages = 0;
  filePages = 0;
  sharedMemoryPages = 0;
  /** Not resident, but in swap: VmSwap. */
  swapPages = 0;
  peakRssPages = 0;
  /** 2 MiB pages of the pool: not resident, as Linux counts. */
  pooledHugePages = 0;
  /** Mapped, resident or not: VmSize, VmPeak, VmData, VmStk, VmExe and VmLib, VmLck. */
  mappedPages = 0;
  peakMappedPages = 0;
  dataPages = 0;
  stackPages = 0;
  executablePages = 0;
  lockedPages = 0;

  constructor(overcommit: Overcommit) {
    this.overcommit = overcommit;
  }

  get rssPages(): number {
    return this.anonymousPages + this.filePages + this.sharedMemoryPages;
  }

  /** Pages were added to (or, negative, taken from) a mapping. */
  addPages(vma: Vma, pages: number): void {
    this.mappedPages += pages;
    if (this.mappedPages > this.peakMappedPages) this.peakMappedPages = this.mappedPages;
    if (vma.growsDown) this.stackPages += pages;
    if (isData(vma)) this.dataPages += pages;
    if (isExecutable(vma)) this.executablePages += pages;
    if ((vma.flags & VM_LOCKED) !== 0) this.lockedPages += pages;
    if ((vma.flags & VM_ACCOUNT) !== 0) this.overcommit.accounted += pages;
  }

  /** As addPages for all of many mappings, none of them locked. */
  addAll({ mapped, data, stack, executable, accounted }: VmaSummary): void {
    this.mappedPages += mapped / PAGE_SIZE;
    if (this.mappedPages > this.peakMappedPages) this.peakMappedPages = this.mappedPages;
    this.dataPages += data / PAGE_SIZE;
    this.stackPages += stack / PAGE_SIZE;
    this.executablePages += executable / PAGE_SIZE;
    this.overcommit.accounted += accounted / PAGE_SIZE;
  }

  addResident(vma: Vma, isAnonymous: boolean, isZero: boolean): void {
    if (isZero) return;
    this.count(vma, isAnonymous, 1);
    if (this.rssPages > this.peakRssPages) this.peakRssPages = this.rssPages;
  }

  /** Many of one mapping, the zero page's left out. */
  addResidents(vma: Vma, anonymous: number, others: number): void {
    if (others !== 0) this.count(vma, false, others);
    this.addAnonymous(anonymous);
  }

  removeResidents(vma: Vma, anonymous: number, others: number): void {
    this.anonymousPages -= anonymous;
    if (others !== 0) this.count(vma, false, -others);
  }

  addAnonymous(pages: number): void {
    this.anonymousPages += pages;
    if (this.rssPages > this.peakRssPages) this.peakRssPages = this.rssPages;
  }

  removeResident(vma: Vma, isAnonymous: boolean, isZero: boolean): void {
    if (!isZero) this.count(vma, isAnonymous, -1);
  }

  private count(vma: Vma, isAnonymous: boolean, pages: number): void {
    if (isAnonymous) this.anonymousPages += pages;
    else if (isShmem(vma)) this.sharedMemoryPages += pages;
    else this.filePages += pages;
  }
}
