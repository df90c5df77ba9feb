/** Open files and directories of a 9p tree: a fid each, every read and write at the server. */

import { EISDIR, ENOTDIR, fail, KernelError } from '../../abi/errno.ts';
import { O_ACCMODE, O_APPEND, O_DSYNC } from '../../abi/fcntl.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { bestEffort } from '../best-effort.ts';
import { DirectoryFile } from '../directory-file.ts';
import { File } from '../file.ts';
import type { DirectoryEntry } from '../inode.ts';
import { PAGE_SIZE } from '../page-frames.ts';
import { dropOpen, holdOpen } from '../references.ts';
import type { NinePInode } from './ninep-inode.ts';

export class NinePFile extends File {
  declare readonly inode: NinePInode;
  readonly isSeekable = true;
  private readonly fid: number;

  /** `fid` is open; it is clunked by release(). */
  constructor(inode: NinePInode, flags: number, fid: number) {
    super(inode, flags);
    this.fid = fid;
    inode.opened.set(fid, flags & O_ACCMODE);
    holdOpen(inode, flags);
  }

  poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
  }

  read(buffer: IoBuffer, offset: number): number {
    const { inode } = this;
    inode.pages?.sync();
    return this.transfer(buffer, (done) =>
      inode.fs.client.read(this.fid, buffer, done, offset + done),
    );
  }

  /** With O_APPEND the end is where the server says it is now. */
  write(buffer: IoBuffer, offset: number): number {
    const { inode } = this;
    if ((this.flags & O_APPEND) !== 0) inode.revalidate();
    const at = (this.flags & O_APPEND) === 0 ? offset : inode.size;
    inode.pages?.sync();
    const count = this.transfer(buffer, (done) =>
      inode.fs.client.write(this.fid, buffer, done, at + done),
    );
    inode.size = Math.max(inode.size, at + count);
    // Mappings see the new bytes when they fault the pages in again.
    const { pages } = inode;
    if (pages !== undefined && pages.pages.size > 0) {
      pages.discard(Math.floor(at / PAGE_SIZE), Math.ceil((at + count) / PAGE_SIZE));
    }
    if ((this.flags & O_DSYNC) !== 0) inode.fs.client.fsync(this.fid, false);
    return count;
  }

  /** Message by message until the buffer is done or one comes short; a failure after the first only ends it. */
  private transfer(buffer: IoBuffer, step: (done: number) => number): number {
    let done = 0;
    try {
      while (done < buffer.length) {
        const count = step(done);
        done += count;
        if (count < this.inode.fs.client.payloadBytes) break;
      }
    } catch (error) {
      if (done === 0 || !(error instanceof KernelError)) throw error;
    }
    return done;
  }

  readdir(): DirectoryEntry[] {
    throw fail(ENOTDIR, 'readdir of a file');
  }

  release(): void {
    const { inode, fid } = this;
    // The mappings' last bytes may need this fid: there may be no other way to a file without a name.
    bestEffort(() => inode.pages?.sync());
    inode.opened.delete(fid);
    inode.fs.client.clunk(fid);
    dropOpen(inode, this.flags);
  }

  describe(): string {
    return this.dentry?.name ?? 'file';
  }
}

/** Lists what was there when it was read from the start, like a directory stream. */
export class NinePDirectoryFile extends DirectoryFile {
  declare readonly inode: NinePInode;
  private entries: DirectoryEntry[] | undefined;

  override readdir(from: number, limit: number): DirectoryEntry[] {
    if (from === 0 || this.entries === undefined) this.entries = this.inode.listAll();
    return this.entries.slice(from, from + limit);
  }

  override read(): number {
    throw fail(EISDIR, 'read of a directory');
  }
}
