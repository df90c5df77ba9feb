/** Where eventfds, epolls and the like have their inode: `anon_inode:[eventfd]`. Linux: fs/anon_inodes.c. */

import { ENOSYS, fail } from '../abi/errno.ts';
import { BaseInode } from '../fs/base-inode.ts';
import type { FileSystem, FileSystemStatistics, FileSystemType } from '../fs/filesystem.ts';
import { simpleStatistics } from '../fs/simple-statistics.ts';

const ANON_INODE_MAGIC = 0x09041934;

export class AnonymousInode extends BaseInode {
  readonly fs: FileSystem;
  constructor(fs: FileSystem, ino: number, mode: number) {
    super(ino, mode);
    this.fs = fs;
  }
}

/** Never mounted; the kernel has one. All its files share one inode, as on Linux. */
export class AnonymousFileSystem implements FileSystem {
  readonly type = anonymousType;
  readonly describesItself = true;
  readonly root = new AnonymousInode(this, 1, 0o600);
  device = 0;
  isReadOnly = false;
  private nextIno = 2;

  /** An inode for something that needs one of its own, such as a host pipe. */
  createInode(mode: number): AnonymousInode {
    return new AnonymousInode(this, this.nextIno++, mode);
  }

  statistics(): FileSystemStatistics {
    return simpleStatistics(ANON_INODE_MAGIC);
  }

  sync(): void {
    return;
  }

  unmount(): void {
    return;
  }
}

export const anonymousType: FileSystemType = {
  name: 'anon_inodefs',
  requiresDevice: false,
  mount(): FileSystem {
    throw fail(ENOSYS, 'anon_inodefs is not mounted by users');
  },
};
