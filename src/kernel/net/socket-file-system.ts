/** sockfs: where sockets have their inodes; never mounted in the tree. */

import { ENOSYS, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFSOCK } from '../../abi/stat.ts';
import { BaseInode } from '../../fs/base-inode.ts';
import type { FileSystem, FileSystemStatistics, FileSystemType } from '../../fs/filesystem.ts';
import type { Inode, Timestamp } from '../../fs/inode.ts';
import { simpleStatistics } from '../../fs/simple-statistics.ts';

const SOCKFS_MAGIC = 0x534f434b;

export class SocketInode extends BaseInode {
  readonly fs: SocketFileSystem;

  constructor(fs: SocketFileSystem, ino: number, mode: number) {
    super(ino, mode);
    this.fs = fs;
  }
}

export class SocketFileSystem implements FileSystem {
  readonly type = sockfs;
  readonly describesItself = true;
  readonly root: Inode = new SocketInode(this, 1, S_IFDIR | 0o555);
  device = 0;
  isReadOnly = false;
  private nextIno = 2;

  createInode(uid: number, gid: number, now: Timestamp): Inode {
    const inode = new SocketInode(this, this.nextIno++, S_IFSOCK | 0o777);
    inode.uid = uid;
    inode.gid = gid;
    inode.atime = inode.mtime = inode.ctime = now;
    return inode;
  }

  statistics(): FileSystemStatistics {
    return simpleStatistics(SOCKFS_MAGIC);
  }

  sync(): void {
    return;
  }

  unmount(): void {
    return;
  }
}

export const sockfs: FileSystemType = {
  name: 'sockfs',
  requiresDevice: false,
  mount(): FileSystem {
    throw fail(ENOSYS, 'sockfs is not mounted by users');
  },
};
