/** The content of a file of an xv6 disk: its blocks, direct and by one block of addresses. xv6 book, section 8.10; kernel/fs.c. */
import { EFBIG, EUCLEAN, fail } from '../../abi/errno.ts';
import { makeDevice, S_IFCHR, S_IFDIR, S_IFREG } from '../../abi/stat.ts';
import { BaseInode } from '../base-inode.ts';
import { PageCache } from '../page-cache.ts';
import { PAGE_SIZE, withinPage } from '../page-frames.ts';
import type { PageOwner } from '../page-owner.ts';
import { DIRECT, type DiskInode, T_DEVICE, T_DIR, T_FILE } from './disk-inode.ts';
import { BLOCK_BYTES } from './superblock.ts';
import type { Xv6 } from './xv6.ts';

const PER_INDIRECT = BLOCK_BYTES / 4;
const MAX_BLOCKS = DIRECT + PER_INDIRECT;
const MAX_BYTES = MAX_BLOCKS * BLOCK_BYTES;
const BLOCKS_PER_PAGE = PAGE_SIZE / BLOCK_BYTES;

function modeOf({ type }: DiskInode): number {
  if (type === T_DIR) return S_IFDIR | 0o755;
  if (type === T_FILE) return S_IFREG | 0o755;
  if (type === T_DEVICE) return S_IFCHR | 0o666;
  throw fail(EUCLEAN, `inode of type ${type}`);
}

export abstract class Xv6Content extends BaseInode implements PageOwner {
  readonly fs: Xv6;
  readonly isStored = true;
  private readonly addresses: number[];
  private readonly diskType: number;
  protected isFreed = false;

  constructor(fs: Xv6, ino: number, disk: DiskInode) {
    super(ino, modeOf(disk));
    this.fs = fs;
    this.addresses = disk.addrs;
    this.diskType = disk.type;
    this.nlink = disk.nlink;
    this.size = disk.size;
    if (disk.size > MAX_BYTES) throw fail(EUCLEAN, `size of inode ${ino}`);
    this.blocks = Math.ceil(disk.size / BLOCK_BYTES) * 2;
    if (disk.type === T_DEVICE) this.rdev = makeDevice(disk.major, disk.minor);
    const now = fs.context.now();
    this.atime = now;
    this.mtime = now;
    this.ctime = now;
    if (disk.type === T_FILE) this.pages = new PageCache(fs.context.frames, this);
  }

  get diskInode(): DiskInode {
    const { major, minor } = this.fs.deviceNumbers(this.rdev);
    const { diskType: type, nlink, size, addresses: addrs } = this;
    return { type, major, minor, nlink, size, addrs };
  }

  protected store(): void {
    this.fs.putInode(this.ino, this.diskInode);
  }

  /** The disk block of block `index`; 0 for none. Throws EUCLEAN. */
  protected map(index: number): number {
    if (index < DIRECT) return this.fs.checkBlock(this.addresses[index] as number);
    const indirect = this.fs.checkBlock(this.addresses[DIRECT] as number);
    if (indirect === 0) return 0;
    return this.fs.checkBlock(this.fs.cache.read(indirect).words[index - DIRECT] as number);
  }

  /** As map; a block that is missing is made, of zeros. Throws ENOSPC, EFBIG. */
  protected ensure(index: number): number {
    if (index >= MAX_BLOCKS) throw fail(EFBIG, 'xv6 file');
    const known = this.map(index);
    if (known !== 0) return known;
    if (index < DIRECT) {
      const block = this.fs.allocateBlock();
      this.addresses[index] = block;
      this.store();
      return block;
    }
    if (this.addresses[DIRECT] === 0) {
      this.addresses[DIRECT] = this.fs.allocateBlock();
      this.store();
    }
    const block = this.fs.allocateBlock();
    const indirect = this.fs.cache.read(this.addresses[DIRECT] as number);
    indirect.words[index - DIRECT] = block;
    indirect.markDirty();
    return block;
  }

  /** Blocks from `first` on are free. */
  protected release(first: number): void {
    for (let index = first; index < MAX_BLOCKS; index++) {
      if (index >= DIRECT && this.addresses[DIRECT] === 0) break;
      const block = this.map(index);
      if (block === 0) continue;
      this.fs.log.begin();
      this.fs.freeBlock(block);
      if (index < DIRECT) this.addresses[index] = 0;
      else {
        const indirect = this.fs.cache.read(this.addresses[DIRECT] as number);
        indirect.words[index - DIRECT] = 0;
        indirect.markDirty();
      }
      this.store();
    }
    const indirect = this.addresses[DIRECT] as number;
    if (first <= DIRECT && indirect !== 0) {
      this.fs.freeBlock(indirect);
      this.addresses[DIRECT] = 0;
    }
    this.store();
  }

  protected grow(size: number): void {
    if (size <= this.size) return;
    this.size = size;
    this.blocks = Math.ceil(size / BLOCK_BYTES) * 2;
    this.store();
  }

  protected resize(size: number): void {
    if (size > MAX_BYTES) throw fail(EFBIG, 'xv6 file');
    if (size > this.size) {
      this.fillTo(size);
      this.size = size;
    } else {
      this.pages?.truncate(size);
      this.size = size;
      this.release(Math.ceil(size / BLOCK_BYTES));
    }
    this.blocks = Math.ceil(size / BLOCK_BYTES) * 2;
    this.store();
  }

  /** xv6 has no holes: blocks up to `size` are there, of zeros. */
  private fillTo(size: number): void {
    const within = withinPage(this.size);
    if (within !== 0) this.pages?.getPage(Math.floor(this.size / PAGE_SIZE), true);
    for (let index = Math.ceil(this.size / BLOCK_BYTES); index * BLOCK_BYTES < size; index++) {
      this.fs.begin();
      this.ensure(index);
    }
  }

  isHole(index: number): boolean {
    if (index * BLOCKS_PER_PAGE >= MAX_BLOCKS) return true;
    for (let i = 0; i < BLOCKS_PER_PAGE; i++) {
      const block = index * BLOCKS_PER_PAGE + i;
      if (block < MAX_BLOCKS && this.map(block) !== 0) return false;
    }
    return true;
  }

  nextStored(index: number): number | undefined {
    return index * PAGE_SIZE < this.size ? index : undefined;
  }

  fillPages(first: number, frames: readonly number[]): void {
    this.forEachBlock(first, frames, (block, part) => part.set(this.fs.cache.read(block).bytes));
    const end = this.size - first * PAGE_SIZE;
    const last = frames[Math.floor(end / PAGE_SIZE)];
    if (last !== undefined) this.fs.context.frames.bytes(last).fill(0, withinPage(end));
  }

  /** As in xv6, content goes through the log, too. */
  writePages(first: number, frames: readonly number[]): void {
    this.forEachBlock(first, frames, (block, part) => {
      this.fs.begin();
      const cached = this.fs.cache.read(block);
      cached.bytes.set(part);
      cached.markDirty();
    });
  }

  private forEachBlock(
    first: number,
    frames: readonly number[],
    visit: (block: number, part: Uint8Array) => void,
  ): void {
    frames.forEach((frame, i) => {
      const bytes = this.fs.context.frames.bytes(frame);
      for (let k = 0; k < BLOCKS_PER_PAGE; k++) {
        const index = (first + i) * BLOCKS_PER_PAGE + k;
        const block = index < MAX_BLOCKS ? this.map(index) : 0;
        if (block !== 0) visit(block, bytes.subarray(k * BLOCK_BYTES, (k + 1) * BLOCK_BYTES));
      }
    });
  }

  reservePage(index: number, start: number, end: number): void {
    const base = index * PAGE_SIZE;
    if (base + end > MAX_BYTES) throw fail(EFBIG, 'xv6 file');
    if (base + start > this.size) this.fillTo(base + start);
    const first = Math.floor((base + start) / BLOCK_BYTES);
    for (let block = first; block * BLOCK_BYTES < base + end; block++) {
      this.fs.begin();
      this.ensure(block);
    }
  }

  dropPages(): void {
    return;
  }

  contentChanged(): void {
    const now = this.fs.context.now();
    this.mtime = now;
    this.ctime = now;
    this.blocks = Math.ceil(this.size / BLOCK_BYTES) * 2;
    this.store();
  }
}
