/**
 * Megapages of anonymous memory (transparent huge pages) and the pool of 2 MiB pages: settings, counts, and what becomes of their
 * frames. Linux: mm/huge_memory.c, mm/hugetlb.c.
 */
import { frameOf, HUGE_BYTES, HUGE_PAGES, PTE_POOLED } from '../arch/page-table.ts';
import type { Kernel } from '../kernel.ts';
import type { AddressSpace } from './address-space.ts';
import { HugePagePool } from './huge-page-pool.ts';
import { HugetlbFileSystem } from './hugetlb-file-system.ts';
import { Khugepaged } from './khugepaged.ts';
import { isBacked, VM_HUGEPAGE, VM_NOHUGEPAGE, type Vma } from './vma.ts';

/** Of /sys/kernel/mm/transparent_hugepage/enabled. */
export const TRANSPARENT_MODES = ['always', 'madvise', 'never'] as const;
type TransparentMode = (typeof TRANSPARENT_MODES)[number];

export class HugePages {
  readonly pool: HugePagePool;
  readonly collapser: Khugepaged;
  /** vm.hugetlb_shm_group: may make System V segments of the pool's pages. */
  sharedGroup = 0;
  mode: TransparentMode = 'madvise';
  /** thp_fault_alloc, thp_fault_fallback, thp_collapse_alloc, thp_collapse_alloc_failed, thp_split_pmd of /proc/vmstat. */
  faultAllocations = 0;
  faultFallbacks = 0;
  collapses = 0;
  collapseFailures = 0;
  splits = 0;
  private readonly kernel: Kernel;
  private poolFiles: HugetlbFileSystem | undefined;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.pool = new HugePagePool(kernel.frames);
    this.collapser = new Khugepaged(kernel);
  }

  /** Files whose pages are the pool's. */
  get files(): HugetlbFileSystem {
    return (this.poolFiles ??= new HugetlbFileSystem(this.kernel));
  }

  /** Whether faults in a mapping may be answered with 2 MiB. */
  mayBeHuge(space: AddressSpace, { flags }: Vma): boolean {
    if (this.mode === 'never' || space.refusesHuge) return false;
    return this.mode === 'always' ? (flags & VM_NOHUGEPAGE) === 0 : (flags & VM_HUGEPAGE) !== 0;
  }

  /** THPeligible: a whole aligned 2 MiB of anonymous memory, where megapages may be. */
  isEligible(space: AddressSpace, vma: Vma): boolean {
    if (vma.isShared || isBacked(vma) || !this.mayBeHuge(space, vma)) return false;
    return Math.ceil(vma.start / HUGE_BYTES) * HUGE_BYTES + HUGE_BYTES <= vma.end;
  }

  /** What a level 1 leaf maps is given up. */
  drop({ counters }: AddressSpace, pte: number): void {
    if ((pte & PTE_POOLED) !== 0) {
      this.pool.release(frameOf(pte));
      counters.pooledHugePages--;
      return;
    }
    this.kernel.frames.releaseBlock(frameOf(pte), HUGE_PAGES);
    counters.anonymousPages -= HUGE_PAGES;
  }
}
