/** A file system that is a view of the kernel's state: procfs and sysfs. Nothing is stored, and nothing takes space. */

import type { FileSystem, FileSystemStatistics, FileSystemType } from '../../fs/filesystem.ts';
import type { Inode } from '../../fs/inode.ts';
import { simpleStatistics } from '../../fs/simple-statistics.ts';
import type { Kernel } from '../kernel.ts';

export abstract class ViewFileSystem implements FileSystem {
  abstract readonly type: FileSystemType;
  abstract readonly root: Inode;
  readonly kernel: Kernel;
  device = 0;
  isReadOnly = false;
  readonly newNames: 'absent' | 'refused' = 'refused';
  private readonly magic: number;
  private nextIno = 1;

  constructor(kernel: Kernel, magic: number) {
    this.kernel = kernel;
    this.magic = magic;
  }

  allocateIno(): number {
    return this.nextIno++;
  }

  /** What `make` makes has numbers that others may get, too: it is not for users. */
  unnumbered<T>(make: () => T): T {
    const { nextIno } = this;
    try {
      return make();
    } finally {
      this.nextIno = nextIno;
    }
  }

  statistics(): FileSystemStatistics {
    return simpleStatistics(this.magic);
  }

  sync(): void {
    return;
  }

  /** It outlives its mounts: every mount shows the same instance. */
  unmount(): void {
    return;
  }
}
