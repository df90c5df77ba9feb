/** Moving pages of a file between guest frames and the disk, as few and as large requests as its blocks allow. */
import { PAGE_SIZE } from '../page-frames.ts';
import type { Ext4 } from './ext4.ts';
import { inlineContent } from './inline-data.ts';
import type { StoredInode } from './stored-inode.ts';

/** First block of a page whose blocks lie one behind the other on disk; 0 for a hole; -1 for anything else. */
function wholePage(fs: Ext4, inode: StoredInode, index: number): number {
  const perPage = PAGE_SIZE / fs.superblock.blockSize;
  if (perPage === 1) return inode.map.find(inode, index);
  const { block, length } = inode.map.stretch(inode, index * perPage, perPage);
  return length === perPage ? block : -1;
}

export function isHolePage(fs: Ext4, inode: StoredInode, index: number): boolean {
  if (inode.isInline) return index > 0 || inode.size === 0;
  return wholePage(fs, inode, index) === 0;
}

/** Fill zeroed frames with pages from `first` on. */
export function readPages(
  fs: Ext4,
  inode: StoredInode,
  first: number,
  frames: readonly number[],
): void {
  const [frame] = frames;
  if (inode.isInline) {
    if (first === 0 && frame !== undefined)
      fs.context.frames.bytes(frame).set(inlineContent(inode));
    return;
  }
  forEachRun(fs, inode, first, frames, (sector, run) => fs.disk.readFrames(sector, run), false);
  if (inode.journalsData) readCommitted(fs, inode, first, frames);
  const end = inode.size - first * PAGE_SIZE;
  const last = frames[Math.floor(end / PAGE_SIZE)];
  // What is behind the end of file on disk is nobody's business.
  if (last !== undefined) fs.context.frames.bytes(last).fill(0, end % PAGE_SIZE);
}

/** With data=journal a block may be in the journal, and so in the cache, but not at its place yet. */
function readCommitted(
  fs: Ext4,
  inode: StoredInode,
  first: number,
  frames: readonly number[],
): void {
  frames.forEach((frame, i) => {
    forEachBlock(fs, inode, first + i, frame, (block, part) => {
      const cached = fs.cache.peek(block);
      if (cached !== undefined) part.set(cached.bytes);
    });
  });
}

export function writePages(
  fs: Ext4,
  inode: StoredInode,
  first: number,
  frames: readonly number[],
): void {
  if (inode.journalsData && fs.isJournaled) {
    frames.forEach((frame, i) => {
      if (!fs.isCommitting) fs.begin();
      forEachBlock(fs, inode, first + i, frame, (block, part) => fs.writeData(block, part));
    });
    return;
  }
  forEachRun(fs, inode, first, frames, (sector, run) => fs.disk.writeFrames(sector, run), true);
}

function forEachRun(
  fs: Ext4,
  inode: StoredInode,
  first: number,
  frames: readonly number[],
  transfer: (sector: number, frames: number[]) => void,
  isWrite: boolean,
): void {
  const perPage = PAGE_SIZE / fs.superblock.blockSize;
  const { sectorsPerBlock } = fs.superblock;
  let runStart = 0;
  let run: number[] = [];
  const finish = (): void => {
    if (run.length > 0) transfer(runStart * sectorsPerBlock, run);
    run = [];
  };
  for (let i = 0; i < frames.length; ) {
    const left = (frames.length - i) * perPage;
    const { block, length } = inode.map.stretch(inode, (first + i) * perPage, left);
    const count = Math.floor(length / perPage);
    const pages = frames.slice(i, i + Math.max(1, count));
    i += pages.length;
    if (count === 0) transferBlocks(fs, inode, first + i - 1, pages[0] as number, isWrite);
    if (count === 0 || block === 0) continue;
    if (block !== runStart + run.length * perPage) {
      finish();
      runStart = block;
    }
    run.push(...pages);
  }
  finish();
}

/** A page whose blocks are scattered or partly missing, block by block. */
function transferBlocks(
  fs: Ext4,
  inode: StoredInode,
  index: number,
  frame: number,
  isWrite: boolean,
): void {
  const { sectorsPerBlock } = fs.superblock;
  forEachBlock(fs, inode, index, frame, (block, part) => {
    if (isWrite) fs.disk.write(block * sectorsPerBlock, part);
    else fs.disk.read(block * sectorsPerBlock, part);
  });
}

/** The blocks of a page that are stored, and their parts of the frame. */
function forEachBlock(
  fs: Ext4,
  inode: StoredInode,
  index: number,
  frame: number,
  visit: (block: number, part: Uint8Array) => void,
): void {
  const { blockSize } = fs.superblock;
  const bytes = fs.context.frames.bytes(frame);
  for (let at = 0; at < PAGE_SIZE; at += blockSize) {
    const block = inode.map.find(inode, (index * PAGE_SIZE + at) / blockSize);
    if (block !== 0) visit(block, bytes.subarray(at, at + blockSize));
  }
}
