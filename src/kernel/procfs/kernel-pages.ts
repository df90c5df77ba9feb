/** /proc/kpagecount and kpageflags: a 64-bit word for each frame of physical memory. Documentation/admin-guide/mm/pagemap.rst. */
import type { Inode } from '../../fs/inode.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { frameOf, HUGE_PAGES, PTE_ANONYMOUS } from '../arch/page-table.ts';
import type { Kernel } from '../kernel.ts';
import { FrameCensus } from '../mm/frame-census.ts';
import { RecordFile } from './record-file.ts';

/** Bits of include/uapi/linux/kernel-page-flags.h. */
const UPTODATE = 1 << 3;
const DIRTY = 1 << 4;
const LRU = 1 << 5;
const SLAB = 1 << 7;
const BUDDY = 1 << 10;
const MMAP = 1 << 11;
const ANON = 1 << 12;
const SWAPCACHE = 1 << 13;
const SWAPBACKED = 1 << 14;
const COMPOUND_HEAD = 1 << 15;
const COMPOUND_TAIL = 1 << 16;
const NOPAGE = 1 << 20;
const THP = 1 << 22;
const ZERO_PAGE = 1 << 24;
const PGTABLE = 1 << 26;

abstract class KernelPagesFile extends RecordFile {
  protected readonly recordBytes = 8;
  protected readonly kernel: Kernel;

  constructor(kernel: Kernel, inode: Inode, flags: number) {
    super(inode, flags);
    this.kernel = kernel;
  }

  /** Physical memory begins at 0, where there are devices, and no frames. */
  protected get recordCount(): number {
    const { ram } = this.kernel.arch;
    return (ram.base + ram.size) / PAGE_SIZE;
  }

  protected records(first: number, end: number): Uint32Array {
    const words = new Uint32Array((end - first) * 2);
    const from = Math.max(first, this.kernel.arch.ram.base / PAGE_SIZE);
    const census = from < end ? new FrameCensus(this.kernel) : undefined;
    for (let number = first; number < end; number++) {
      const value = number < from || !census ? this.absent : this.word(census, number * PAGE_SIZE);
      words[(number - first) * 2] = value;
    }
    return words;
  }

  /** What is said where there is no memory. */
  protected abstract readonly absent: number;
  protected abstract word(census: FrameCensus, frame: number): number;
}

/** How often a frame is mapped. */
export class PageCountFile extends KernelPagesFile {
  protected readonly absent = 0;

  protected word(census: FrameCensus, frame: number): number {
    return frame === this.kernel.zeroFrame
      ? 0
      : (census.users.get(frame)?.length ?? 0) + (megapageOf(census, frame)?.users ?? 0);
  }
}

/** What a frame is used for. */
export class PageFlagsFile extends KernelPagesFile {
  protected readonly absent = NOPAGE;

  protected word(census: FrameCensus, frame: number): number {
    const { frames, zeroFrame } = this.kernel;
    if (frame === zeroFrame) return ZERO_PAGE;
    if (frames.referencesOf(frame) === 0) return BUDDY;
    if (census.tables.has(frame)) return PGTABLE;
    if (census.slab.has(frame)) return SLAB;
    const megapage = megapageOf(census, frame);
    const users = census.users.get(frame);
    let flags = users || megapage ? MMAP : 0;
    if (megapage) {
      const part = megapage.first === frame ? COMPOUND_HEAD : COMPOUND_TAIL;
      flags |= THP | part | ANON | SWAPBACKED | UPTODATE | LRU;
    }
    return flags | anonymousFlags(this.kernel, census, frame) | fileFlags(census, frame);
  }
}

function megapageOf({ megapages }: FrameCensus, frame: number) {
  const first = frame - (frame % (HUGE_PAGES * PAGE_SIZE));
  const users = megapages.get(first);
  return users === undefined ? undefined : { first, users };
}

function anonymousFlags({ swap }: Kernel, { users }: FrameCensus, frame: number): number {
  const cached = swap.slotFor(frame) === undefined ? 0 : SWAPCACHE | ANON | SWAPBACKED;
  const [user] = users.get(frame) ?? [];
  const pte = user?.space.pageTable.get(user.at) ?? 0;
  if ((pte & PTE_ANONYMOUS) === 0 || frameOf(pte) !== frame) return cached;
  return cached | ANON | SWAPBACKED | UPTODATE | LRU;
}

function fileFlags({ pages }: FrameCensus, frame: number): number {
  const page = pages.get(frame);
  if (!page) return 0;
  const { cache, index } = page;
  if (!cache.owner.isStored) return UPTODATE | LRU | SWAPBACKED | DIRTY;
  return UPTODATE | LRU | (cache.dirty.has(index) ? DIRTY : 0);
}
