/** What stands behind a file's pages, and who maps them: what the page cache asks of others. */
import type { BlockDevice } from './block-device.ts';
import type { FileSystem } from './filesystem.ts';
import type { PageCache } from './page-cache.ts';

/** What a page cache needs of its inode. */
export interface PageOwner {
  /** Where it is stored. */
  readonly fs?: Pick<FileSystem, 'device' | 'readAheadPages' | 'errors'>;
  /** Bytes; the cache raises it when a write passes the end. */
  size: number;
  /** False if the frames are the only store (tmpfs): pages are never written nor reclaimed. */
  readonly isStored: boolean;
  /** True if nothing is stored for this page: it reads as zeros and needs no frame. */
  isHole(index: number): boolean;
  /** The first page at or behind `index`, and in front of the end of file, that is stored; undefined if there is none. */
  nextStored(index: number): number | undefined;
  /** Fill zeroed frames with the stored content of consecutive pages from `first` on. Throws EIO. */
  fillPages(first: number, frames: readonly number[]): void;
  /** The disk that fillPages reads from, if it leaves the frames alone afterwards but for the end of file: the transfer may be over later. */
  readonly lateDevice?: BlockDevice | undefined;
  /**
   * Before bytes [start, end) of a page become dirty: make sure that they can be stored. `isNew`: the page came into the
   * cache just now. Throws ENOSPC, EFBIG.
   */
  reservePage(index: number, start: number, end: number, isNew: boolean): void;
  /** Before write(2) changes bytes up to `end`: not asked for mappings. Left out where nothing can be sealed. Throws EPERM. */
  checkWrite?(end: number): void;
  /** Store consecutive dirty pages from `first` on. Throws EIO. */
  writePages(first: number, frames: readonly number[]): void;
  /** Pages (of which the cache gave up its frame) were dropped without being stored. */
  dropPages(count: number): void;
  /** Where frames are the only store: keep a page's content elsewhere, so that the frame can go. False if that cannot be. */
  swapOut?(index: number, frame: number): boolean;
  /** Of pages [first, end) nothing that is kept elsewhere is needed any more. */
  forget?(first: number, end: number): void;
  /** Bytes were written: mtime, ctime. */
  contentChanged(): void;
}

/** Who maps pages of this file into address spaces; kernel/mm's index of VMAs by file. Linux: i_mmap. */
export interface PageMapper {
  /** Unmap what maps pages [first, end): a truncation dropped them. */
  pagesDropped(first: number, end: number): void;
  /** Unmap a page that can be had again; private copies of it stay. */
  pageReclaimed(index: number): void;
  /** Whether a page was used since it was asked last, or must stay: memory is short. */
  isNeeded(index: number): boolean;
  /** Call markDirty for each page that was written through a mapping since the last time. */
  collectDirty(cache: PageCache): void;
}
