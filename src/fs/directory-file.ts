/** An open directory: getdents64(2) and lseek over the inode's entries. */
import { EINVAL, EISDIR, fail } from '../abi/errno.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { File } from './file.ts';
import type { DirectoryEntry, Inode } from './inode.ts';
import { dropOpen, holdOpen } from './references.ts';

export class DirectoryFile extends File {
  readonly isSeekable = true;

  /** Counts itself at the inode until release(). */
  constructor(inode: Inode, flags: number) {
    super(inode, flags);
    holdOpen(inode, flags);
  }

  poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
  }

  read(): number {
    throw fail(EISDIR, 'read of a directory');
  }

  write(): number {
    throw fail(EINVAL, 'write to a directory');
  }

  readdir(from: number, limit: number): DirectoryEntry[] {
    return this.inode.readdir(from, limit);
  }

  release(): void {
    dropOpen(this.inode, this.flags);
  }

  describe(): string {
    return this.dentry?.name ?? 'directory';
  }
}
