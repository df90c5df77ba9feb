/** An open regular file whose bytes are in its inode's page cache. */
import { ENOTDIR, ENXIO, fail } from '../abi/errno.ts';
import { O_APPEND, O_DIRECT, O_DSYNC, O_NOATIME, O_SYNC } from '../abi/fcntl.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { panic } from '../lib/panic.ts';
import { attempt } from './best-effort.ts';
import { beginDirectRead, readDirect, writeDirect } from './direct-transfer.ts';
import { File } from './file.ts';
import type { DirectoryEntry, Inode } from './inode.ts';
import type { IoBatch } from './io-batch.ts';
import type { LateTransfer } from './late-transfer.ts';
import type { PageCache } from './page-cache.ts';
import { PAGE_SIZE } from './page-frames.ts';
import { beginRead, bytesInMemory } from './page-in.ts';
import { ReadAhead } from './read-ahead.ts';
import { dropOpen, holdOpen } from './references.ts';

export class RegularFile extends File {
  readonly isSeekable = true;
  readonly readAhead = new ReadAhead();
  private readonly pages: PageCache;
  /** Failed write-back that was told, here or before it was opened. */
  private observedErrors: number;

  /** Counts itself at the inode until release(). Throws ETXTBSY. */
  constructor(inode: Inode, flags: number) {
    super(inode, flags);
    this.pages = inode.pages ?? panic('regular file without a page cache');
    this.observedErrors = this.pages.errors.sample();
    this.isLate = this.pages.owner.lateDevice?.isSlow === true;
    holdOpen(inode, flags);
  }

  /** What a read has to wait for first; undefined if nothing. */
  override beginRead(length: number, offset: number): IoBatch | undefined {
    if (this.isDirect) return undefined;
    return beginRead(this.pages, offset, length, this.readAhead);
  }

  override readyBytes(length: number, offset: number): number {
    if (this.beginRead(length, offset) === undefined) return length;
    return bytesInMemory(this.pages, offset, length);
  }

  /** O_DIRECT reads. */
  override beginTransfer(
    buffer: IoBuffer,
    offset: number,
    isWrite: boolean,
  ): LateTransfer | undefined {
    return this.isDirect && !isWrite ? beginDirectRead(this.pages, buffer, offset) : undefined;
  }

  poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
  }

  read(buffer: IoBuffer, offset: number): number {
    const count = this.isDirect
      ? readDirect(this.pages, buffer, offset)
      : this.pages.read(buffer, offset, this.readAhead);
    // At the end of the file too.
    if (buffer.length > 0 && (this.flags & O_NOATIME) === 0)
      this.inode.accessed?.(this.dentry?.mount);
    return count;
  }

  /** With O_APPEND `offset` is ignored, as Linux does even for pwrite; the position is then the size afterwards. */
  write(buffer: IoBuffer, offset: number): number {
    const at = (this.flags & O_APPEND) === 0 ? offset : this.inode.size;
    const count = this.isDirect
      ? writeDirect(this.pages, buffer, at)
      : this.pages.write(buffer, at);
    if ((this.flags & O_DSYNC) !== 0) this.sync((this.flags & O_SYNC) !== O_SYNC);
    return count;
  }

  /** Where the frames are the only store there is nothing to go past. */
  private get isDirect(): boolean {
    return (this.flags & O_DIRECT) !== 0 && this.pages.owner.isStored;
  }

  /** fsync(2), or with `dataOnly` fdatasync(2). Throws EIO, ENOSPC: also for what failed in the background, once. */
  sync(dataOnly: boolean): void {
    const failure = attempt(() => this.inode.sync(dataOnly));
    this.reportErrors();
    if (failure !== undefined) throw failure;
  }

  /** Throws what could not be stored since the last time, or since it was opened. */
  reportErrors(): void {
    const error = this.pages.errors.since(this.observedErrors);
    this.observedErrors = this.pages.errors.current;
    if (error !== undefined) throw error;
  }

  readdir(): DirectoryEntry[] {
    throw fail(ENOTDIR, 'readdir of a file');
  }

  /** By what the pages are stored on. */
  override seekContent(offset: number, wantsHole: boolean): number {
    const { size } = this.inode;
    if (offset < 0 || offset >= size) throw fail(ENXIO, 'behind the end of file');
    const first = Math.floor(offset / PAGE_SIZE);
    if (wantsHole) return Math.min(size, Math.max(offset, this.pages.nextHole(first) * PAGE_SIZE));
    const next = this.pages.nextData(first);
    if (next === undefined) throw fail(ENXIO, 'no data behind the offset');
    return Math.max(offset, next * PAGE_SIZE);
  }

  release(): void {
    dropOpen(this.inode, this.flags);
  }

  describe(): string {
    return this.dentry?.name ?? 'file';
  }
}
