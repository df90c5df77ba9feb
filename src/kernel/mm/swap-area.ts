/** A swap area: a disk or a file with a header of mkswap(8), and who uses its pages. Linux: struct swap_info_struct. */
import { EINVAL, fail } from '../../abi/errno.ts';
import type { BlockDevice } from '../../fs/block-device.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { File } from '../../fs/file.ts';
import type { FileExtent } from '../../fs/inode.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { PageOwner } from '../../fs/page-owner.ts';
import { fromBytes } from '../../lib/bytes.ts';

/** Page 0: union swap_header. */
const VERSION_AT = 1024;
const LAST_PAGE_AT = 1028;
const BAD_COUNT_AT = 1032;
const BAD_PAGES_AT = 1536;
const MAGIC = 'SWAPSPACE2';
const MAGIC_AT = PAGE_SIZE - MAGIC.length;
const MAX_BAD_PAGES = (MAGIC_AT - BAD_PAGES_AT) / 4;
const SECTORS_PER_PAGE = PAGE_SIZE / 512;

/** Use count of a page that is not to be used. */
const BAD = 0xffff_ffff;

/** Where the pages of an area lie. */
export interface SwapStore {
  /** Throws EIO. */
  read(page: number, frames: readonly number[]): void;
  write(page: number, frames: readonly number[]): void;
}

export class DiskSwapStore implements SwapStore {
  readonly disk: BlockDevice;

  constructor(disk: BlockDevice) {
    this.disk = disk;
  }

  read(page: number, frames: readonly number[]): void {
    this.disk.readFrames(page * SECTORS_PER_PAGE, frames);
  }

  write(page: number, frames: readonly number[]): void {
    this.disk.writeFrames(page * SECTORS_PER_PAGE, frames);
  }
}

/** The blocks of a file, past its page cache. */
export class FileSwapStore implements SwapStore {
  private readonly owner: PageOwner;

  constructor(owner: PageOwner) {
    this.owner = owner;
  }

  read(page: number, frames: readonly number[]): void {
    this.owner.fillPages(page, frames);
  }

  write(page: number, frames: readonly number[]): void {
    this.owner.writePages(page, frames);
  }
}

/** How many pages the pieces have room for that start where a page of the disk does. Linux: iomap_swapfile_add_extent. */
export function alignedPages(extents: readonly FileExtent[]): number {
  let pages = 0;
  let start = 0;
  let end = 0;
  for (const { physical, length } of extents) {
    if (physical !== end) {
      pages += pagesWithin(start, end);
      start = physical;
      end = physical;
    }
    end += length;
  }
  return pages + pagesWithin(start, end);
}

function pagesWithin(start: number, end: number): number {
  return Math.max(0, Math.floor(end / PAGE_SIZE) - Math.ceil(start / PAGE_SIZE));
}

/** What page 0 says. */
export interface SwapHeader {
  readonly pages: number;
  readonly bad: readonly number[];
}

/** `capacity`: pages that there are. Throws EINVAL. */
export function readHeader(bytes: Uint8Array, capacity: number): SwapHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (fromBytes(bytes, MAGIC_AT, PAGE_SIZE) !== MAGIC) throw fail(EINVAL, 'no swap signature');
  if (view.getUint32(VERSION_AT, true) !== 1) throw fail(EINVAL, 'version of the swap header');
  const pages = view.getUint32(LAST_PAGE_AT, true) + 1;
  const badCount = view.getUint32(BAD_COUNT_AT, true);
  if (pages < 2 || pages > capacity)
    throw fail(EINVAL, 'swap area shorter than its signature says');
  if (badCount > MAX_BAD_PAGES) throw fail(EINVAL, 'bad pages');
  const bad = Array.from({ length: badCount }, (_, i) =>
    view.getUint32(BAD_PAGES_AT + 4 * i, true),
  );
  if (bad.some((page) => page === 0 || page >= pages)) throw fail(EINVAL, 'bad pages');
  return { pages, bad };
}

export class SwapArea {
  readonly file: File;
  readonly place: Dentry;
  readonly store: SwapStore;
  readonly isPartition: boolean;
  readonly priority: number;
  /** The slot of page 0, in the numbering of all areas. */
  readonly first: number;
  /** Pages of the header included. */
  readonly pages: number;
  /** Pages that can be used, and that are. */
  readonly usable: number;
  used = 0;
  /** It is being given up: nothing new goes here. */
  isClosing = false;
  /** Page-table entries and pages of tmpfs that name each page, and the swap cache if it has it. */
  private readonly uses: Uint32Array;
  private cursor = 1;

  constructor(
    file: File,
    place: Dentry,
    store: SwapStore,
    header: SwapHeader,
    numbers: { readonly first: number; readonly priority: number },
  ) {
    this.file = file;
    this.place = place;
    this.store = store;
    this.isPartition = store instanceof DiskSwapStore;
    this.first = numbers.first;
    this.priority = numbers.priority;
    this.pages = header.pages;
    this.uses = new Uint32Array(header.pages);
    this.uses[0] = BAD;
    for (const page of header.bad) this.uses[page] = BAD;
    this.usable = this.uses.reduce((count, uses) => count + (uses === BAD ? 0 : 1), 0);
  }

  get end(): number {
    return this.first + this.pages;
  }

  get isFull(): boolean {
    return this.isClosing || this.used === this.usable;
  }

  /** A page with one use, behind the last one taken if that is free; there is one. Returns its slot. */
  take(): number {
    while (this.uses[this.cursor] !== 0) this.cursor = (this.cursor + 1) % this.pages;
    this.uses[this.cursor] = 1;
    this.used++;
    return this.first + this.cursor;
  }

  usesOf(slot: number): number {
    return this.uses[slot - this.first] as number;
  }

  retain(slot: number): void {
    this.uses[slot - this.first] = this.usesOf(slot) + 1;
  }

  /** Returns the uses that are left; at 0 the page is free. */
  release(slot: number): number {
    const left = this.usesOf(slot) - 1;
    this.uses[slot - this.first] = left;
    if (left === 0) this.used--;
    return left;
  }
}
