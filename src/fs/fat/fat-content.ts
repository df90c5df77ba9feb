/** What a file of a FAT holds: its clusters behind the page cache. FAT has no holes: what was never written is written as zeros. */

import { EFBIG, EIO, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { BaseInode } from '../base-inode.ts';
import type { BlockDevice } from '../block-device.ts';
import type { AttributeChange, Timestamp } from '../inode.ts';
import type { Mount } from '../mount.ts';
import { PageCache } from '../page-cache.ts';
import { PAGE_SIZE, withinPage } from '../page-frames.ts';
import type { PageOwner } from '../page-owner.ts';
import { needsAccessTime } from '../timestamps.ts';
import type { ClusterChain } from './cluster-chain.ts';
import type { Fat } from './fat.ts';
import { roundAccessed, roundModified } from './fat-time.ts';
import { ATTR_ARCHIVE } from './slots.ts';

/** The size has 32 bits. */
const MAX_BYTES = 0xffffffff;
/** Zeros are written in pieces of so many bytes. */
const ZERO_BYTES = 65_536;

export abstract class FatContent extends BaseInode implements PageOwner {
  readonly fs: Fat;
  readonly isStored = true;
  readonly chain: ClusterChain;
  /** DIR_Attr. */
  attributes = 0;
  btime: Timestamp | undefined;
  /**
   * Bytes, whole pages, that the disk or the cache holds: what is behind them reads as zeros, whatever the clusters hold.
   * Linux: mmu_private.
   */
  private stored = 0;
  private isFreed = false;

  constructor(fs: Fat, ino: number, mode: number, chain: ClusterChain) {
    super(ino, mode);
    this.fs = fs;
    this.chain = chain;
    if ((mode & S_IFMT) === S_IFREG) this.pages = new PageCache(fs.context.frames, this);
  }

  get lateDevice(): BlockDevice {
    return this.fs.disk;
  }

  get isDirty(): boolean {
    return this.fs.dirty.has(this);
  }

  set isDirty(isDirty: boolean) {
    if (!isDirty) {
      this.fs.dirty.delete(this);
      return;
    }
    this.fs.dirty.add(this);
    this.fs.changed();
  }

  /** Its clusters, and how many are free. */
  prepareChange(): void {
    const { cache, table, isReadOnly } = this.fs;
    if (isReadOnly) return;
    cache.prepare(() => {
      this.chain.length();
      void table.freeCount;
    });
  }

  /** Its size as the entry says. */
  setStored(size: number): void {
    this.size = size;
    this.stored = Math.ceil(size / PAGE_SIZE) * PAGE_SIZE;
    this.blocks = (Math.ceil(size / this.clusterBytes) * this.clusterBytes) / 512;
  }

  private get clusterBytes(): number {
    return this.fs.geometry.clusterBytes;
  }

  /** Longer: the new part is zeros that have their place. Throws ENOSPC, EFBIG. */
  protected resize(size: number): void {
    if (size > this.size) {
      if (size > MAX_BYTES) throw fail(EFBIG, 'file size');
      this.closeTail();
      this.ensure(size);
      this.clear(Math.ceil(size / PAGE_SIZE) * PAGE_SIZE);
      this.size = size;
    } else {
      if (size < this.size) {
        this.pages?.truncate(size);
        this.size = size;
        this.stored = Math.min(this.stored, Math.ceil(size / PAGE_SIZE) * PAGE_SIZE);
      }
      // What was preallocated is freed even if the size stays.
      this.releaseBehindEnd();
    }
    this.isDirty = true;
  }

  /** Clusters that the size does not ask for are free. */
  releaseBehindEnd(): void {
    const wanted = Math.ceil(this.size / this.clusterBytes);
    if (this.fs.isReadOnly || this.chain.length(wanted + 1) <= wanted) return;
    this.truncateChain(wanted);
  }

  private truncateChain(count: number): void {
    const isDirectory = this.isDirectory;
    const first = this.chain.first;
    this.fs.changed();
    this.chain.truncate(count, (cluster) => this.fs.clusterFreed(cluster, isDirectory));
    this.blocks = (count * this.clusterBytes) / 512;
    if (count === 0 && first !== 0) this.isDirty = true;
  }

  /** Clusters for `size` bytes. What fails leaves none behind. Throws ENOSPC. */
  private ensure(size: number): void {
    this.fs.beginChange();
    const wanted = Math.ceil(size / this.clusterBytes);
    const before = this.chain.length(wanted);
    if (before >= wanted) return;
    try {
      for (let count = before; count < wanted; count++) this.chain.append();
    } catch (error) {
      this.truncateChain(before);
      throw error;
    }
    this.blocks = (wanted * this.clusterBytes) / 512;
    this.isDirty = true;
  }

  /** Behind the end of file the last page is zeros: brought in, it is, and is stored so. */
  private closeTail(): void {
    if (withinPage(this.size) !== 0) this.pages?.getPage(Math.floor(this.size / PAGE_SIZE), true);
  }

  /** From what is stored up to `end` the disk has zeros. */
  private clear(end: number): void {
    const zeros = new Uint8Array(Math.min(ZERO_BYTES, Math.max(0, end - this.stored)));
    const { sectorBytes } = this.fs.geometry;
    while (this.stored < end) {
      const piece = this.stretch(this.stored, Math.min(zeros.length, end - this.stored));
      if (piece === undefined) break;
      this.fs.disk.write(piece.sector, zeros.subarray(0, piece.bytes));
      this.stored += Math.max(sectorBytes, piece.bytes);
    }
    this.stored = Math.max(this.stored, end);
  }

  /** The disk's sectors, one behind the other, for at most `bytes` from `offset` on; undefined behind the last cluster. */
  private stretch(offset: number, bytes: number): { sector: number; bytes: number } | undefined {
    const { clusterBytes } = this;
    const within = offset & (clusterBytes - 1);
    const index = (offset - within) / clusterBytes;
    const first = this.chain.find(index);
    if (first === undefined) return undefined;
    let length = clusterBytes - within;
    for (let i = 1; length < bytes && this.chain.find(index + i) === first + i; i++)
      length += clusterBytes;
    const sector = this.fs.deviceSector(first) + within / 512;
    return { sector, bytes: Math.min(length, bytes) };
  }

  isHole(index: number): boolean {
    return index * PAGE_SIZE >= this.stored;
  }

  nextStored(index: number): number | undefined {
    return index * PAGE_SIZE < this.size ? index : undefined;
  }

  fillPages(first: number, frames: readonly number[]): void {
    this.transfer(first, frames, false);
    const end = this.size - first * PAGE_SIZE;
    const last = frames[Math.floor(end / PAGE_SIZE)];
    if (last !== undefined) this.fs.context.frames.bytes(last).fill(0, withinPage(end));
  }

  writePages(first: number, frames: readonly number[]): void {
    this.transfer(first, frames, true);
  }

  private transfer(first: number, frames: readonly number[], isWrite: boolean): void {
    const { disk } = this.fs;
    for (let done = 0; done < frames.length; ) {
      const rest = (frames.length - done) * PAGE_SIZE;
      const piece = this.stretch((first + done) * PAGE_SIZE, rest);
      const whole = piece === undefined ? 0 : Math.floor(piece.bytes / PAGE_SIZE);
      if (piece !== undefined && whole > 0) {
        const run = frames.slice(done, done + whole);
        if (isWrite) disk.writeFrames(piece.sector, run);
        else disk.readFrames(piece.sector, run);
        done += whole;
      } else {
        this.transferParts(first + done, frames[done] as number, isWrite);
        done++;
      }
    }
  }

  /** A page of more than one stretch, or with an end of the chain in it. */
  private transferParts(index: number, frame: number, isWrite: boolean): void {
    const bytes = this.fs.context.frames.bytes(frame);
    const needed = Math.min(PAGE_SIZE, this.size - index * PAGE_SIZE);
    for (let at = 0; at < PAGE_SIZE; ) {
      const piece = this.stretch(index * PAGE_SIZE + at, PAGE_SIZE - at);
      if (piece === undefined) {
        if (at < needed) throw this.tooShort();
        return;
      }
      const part = bytes.subarray(at, at + piece.bytes);
      if (isWrite) this.fs.disk.write(piece.sector, part);
      else this.fs.disk.read(piece.sector, part);
      at += piece.bytes;
    }
  }

  private tooShort(): Error {
    this.fs.alarm(`the chain of inode ${this.ino} is shorter than its size`);
    return fail(EIO, 'chain too short');
  }

  reservePage(index: number, _start: number, end: number): void {
    const base = index * PAGE_SIZE;
    if (base + end > MAX_BYTES) throw fail(EFBIG, 'file size');
    if (base > this.size) this.closeTail();
    this.ensure(base + end);
    if (base > this.stored) this.clear(base);
    this.stored = Math.max(this.stored, base + PAGE_SIZE);
  }

  /** fallocate(2): clusters behind the end of file stay until the last close. */
  preallocate(_start: number, end: number): boolean {
    if (end > MAX_BYTES) throw fail(EFBIG, 'range');
    this.ensure(end);
    return true;
  }

  /** Clusters are freed by whoever drops the pages. */
  dropPages(): void {
    return;
  }

  contentChanged(): void {
    const now = roundModified(this.fs.context.now(), this.fs.timeOffset);
    this.mtime = now;
    this.ctime = now;
    this.attributes |= ATTR_ARCHIVE;
    this.isDirty = true;
  }

  protected setTimes(change: AttributeChange): void {
    if (this.ino === this.fs.root.ino) return;
    const { timeOffset } = this.fs;
    if (change.atime !== undefined) this.atime = roundAccessed(change.atime, timeOffset);
    const mtime = change.mtime ?? (change.size === undefined ? undefined : this.fs.context.now());
    if (mtime === undefined) return;
    this.mtime = roundModified(mtime, timeOffset);
    this.ctime = this.mtime;
  }

  accessed(mount: Mount | undefined): void {
    if (this.fs.isReadOnly || this.isFreed || this.ino === this.fs.root.ino) return;
    const now = this.fs.context.now();
    if (!needsAccessTime(this, now, mount, (this.mode & S_IFMT) === S_IFDIR)) return;
    const date = roundAccessed(now, this.fs.timeOffset);
    if (date.seconds === this.atime.seconds) return;
    this.atime = date;
    this.isDirty = true;
  }

  override sync(_dataOnly: boolean): void {
    if (this.isFreed || this.fs.isReadOnly) return;
    this.pages?.sync();
    this.fs.flush();
  }

  /** It has neither name nor user. */
  protected releaseAll(): void {
    if (this.isFreed) return;
    this.isFreed = true;
    this.pages?.clear();
    if (!this.fs.isReadOnly) this.truncateChain(0);
    this.isDirty = false;
  }
}
