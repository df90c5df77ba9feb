/** What open(O_PATH) gives: a place in the tree, without access to what is there. */
import { EBADF, ENOTDIR, fail } from '../abi/errno.ts';
import type { Dentry } from '../fs/dentry.ts';
import { File } from '../fs/file.ts';
import type { DirectoryEntry } from '../fs/inode.ts';
import { drop, hold } from '../fs/references.ts';

export class PathFile extends File {
  readonly isSeekable = false;

  constructor(dentry: Dentry, flags: number) {
    super(dentry.inode, flags);
    this.dentry = dentry;
    hold(dentry.inode);
  }

  poll(): number {
    return 0;
  }

  read(): number {
    throw fail(EBADF, 'O_PATH');
  }

  write(): number {
    throw fail(EBADF, 'O_PATH');
  }

  readdir(): DirectoryEntry[] {
    throw fail(ENOTDIR, 'O_PATH');
  }

  release(): void {
    drop(this.inode);
  }

  describe(): string {
    return this.dentry?.name ?? '';
  }
}
