/** Moving pages of a file between guest frames and the disk, as few and as large requests as its blocks allow. */
import { PAGE_SIZE } from '../page-frames.ts';
import type { Ext4 } from './ext4.ts';
import type { Ext4Inode } from './ext4-inode.ts';

/** First block of a page whose blocks lie one behind the other on disk; 0 for a hole; -1 for anything else. */
function wholePage(fs: Ext4, inode: Ext4Inode, index: number): number {
  const perPage = PAGE_SIZE / fs.superblock.blockSize;
  const first = fs.map.find(inode, index * perPage);
  for (let i = 1; i < perPage; i++) {
    const block = fs.map.find(inode, index * perPage + i);
    if (block !== (first === 0 ? 0 : first + i)) return -1;
  }
  return first;
}

export function isHolePage(fs: Ext4, inode: Ext4Inode, index: number): boolean {
  return wholePage(fs, inode, index) === 0;
}

/** Fill zeroed frames with pages from `first` on. */
export function readPages(
  fs: Ext4,
  inode: Ext4Inode,
  first: number,
  frames: readonly number[],
): void {
  forEachRun(fs, inode, first, frames, (sector, run) => fs.disk.readFrames(sector, run), false);
  const end = inode.size - first * PAGE_SIZE;
  const last = frames[Math.floor(end / PAGE_SIZE)];
  // What is behind the end of file on disk is nobody's business.
  if (last !== undefined) fs.context.frames.bytes(last).fill(0, end % PAGE_SIZE);
}

export function writePages(
  fs: Ext4,
  inode: Ext4Inode,
  first: number,
  frames: readonly number[],
): void {
  forEachRun(fs, inode, first, frames, (sector, run) => fs.disk.writeFrames(sector, run), true);
}

function forEachRun(
  fs: Ext4,
  inode: Ext4Inode,
  first: number,
  frames: readonly number[],
  transfer: (sector: number, frames: number[]) => void,
  isWrite: boolean,
): void {
  const perPage = PAGE_SIZE / fs.superblock.blockSize;
  const { sectorsPerBlock } = fs.superblock;
  let run: number[] = [];
  let runStart = 0;
  const finish = (): void => {
    if (run.length > 0) transfer(runStart * sectorsPerBlock, run);
    run = [];
  };
  frames.forEach((frame, i) => {
    const block = wholePage(fs, inode, first + i);
    if (block <= 0) {
      if (block < 0) transferBlocks(fs, inode, first + i, frame, isWrite);
      return;
    }
    if (block !== runStart + run.length * perPage) {
      finish();
      runStart = block;
    }
    run.push(frame);
  });
  finish();
}

/** A page whose blocks are scattered or partly missing, block by block. */
function transferBlocks(
  fs: Ext4,
  inode: Ext4Inode,
  index: number,
  frame: number,
  isWrite: boolean,
): void {
  const { blockSize, sectorsPerBlock } = fs.superblock;
  const bytes = fs.context.frames.bytes(frame);
  for (let at = 0; at < PAGE_SIZE; at += blockSize) {
    const block = fs.map.find(inode, (index * PAGE_SIZE + at) / blockSize);
    if (block === 0) continue;
    const part = bytes.subarray(at, at + blockSize);
    if (isWrite) fs.disk.write(block * sectorsPerBlock, part);
    else fs.disk.read(block * sectorsPerBlock, part);
  }
}
