/** An open regular file whose bytes are in its inode's page cache. */
import { ENOTDIR, ENXIO, fail } from '../abi/errno.ts';
import { O_APPEND, O_DSYNC, O_NOATIME } from '../abi/fcntl.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { panic } from '../lib/panic.ts';
import { File } from './file.ts';
import type { DirectoryEntry, Inode } from './inode.ts';
import type { PageCache } from './page-cache.ts';
import { PAGE_SIZE } from './page-frames.ts';
import { dropOpen, holdOpen } from './references.ts';

export class RegularFile extends File {
  readonly isSeekable = true;
  private readonly pages: PageCache;

  /** Counts itself at the inode until release(). Throws ETXTBSY. */
  constructor(inode: Inode, flags: number) {
    super(inode, flags);
    this.pages = inode.pages ?? panic('regular file without a page cache');
    holdOpen(inode, flags);
  }

  poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
  }

  read(buffer: IoBuffer, offset: number): number {
    const count = this.pages.read(buffer, offset);
    // At the end of the file too.
    if (buffer.length > 0 && (this.flags & O_NOATIME) === 0)
      this.inode.accessed?.(this.dentry?.mount);
    return count;
  }

  /** With O_APPEND `offset` is ignored, as Linux does even for pwrite; the position is then the size afterwards. */
  write(buffer: IoBuffer, offset: number): number {
    const at = (this.flags & O_APPEND) === 0 ? offset : this.inode.size;
    const count = this.pages.write(buffer, at);
    if ((this.flags & O_DSYNC) !== 0) this.inode.sync(false);
    return count;
  }

  readdir(): DirectoryEntry[] {
    throw fail(ENOTDIR, 'readdir of a file');
  }

  /** SEEK_DATA (`wantsHole` false) and SEEK_HOLE: lseek(2). The end of file counts as a hole. Throws ENXIO behind the end. */
  seekContent(offset: number, wantsHole: boolean): number {
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
