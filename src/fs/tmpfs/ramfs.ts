/** ramfs: files in memory without a limit, without swap, extended attributes, flags and seals. Linux: fs/ramfs/inode.c. */
import type { FileSystem, FileSystemStatistics, FileSystemType } from '../filesystem.ts';
import { parseOptions } from '../mount-options.ts';
import { simpleStatistics } from '../simple-statistics.ts';
import { Tmpfs } from './tmpfs.ts';
import { TmpfsInode } from './tmpfs-inode.ts';

const RAMFS_MAGIC = 0x858458f6;
const DEFAULT_MODE = '755';

export class RamfsInode extends TmpfsInode {
  override readonly btime = undefined;
  override fileFlags = undefined;

  constructor(...properties: ConstructorParameters<typeof TmpfsInode>) {
    super(...properties);
    delete this.seals;
  }

  override get xattrs(): undefined {
    return undefined;
  }
}

export class Ramfs extends Tmpfs {
  override readonly type: FileSystemType = ramfs;
  override readonly keepsWhiteouts: boolean = false;

  protected override newInode(ino: number, mode: number, uid: number, gid: number): TmpfsInode {
    return new RamfsInode(this, ino, mode, uid, gid);
  }

  override remount(): void {
    return;
  }

  override shownOptions(): string {
    const mode = (this.root.mode & 0o7777).toString(8);
    return mode === DEFAULT_MODE ? '' : `mode=${mode}`;
  }

  override statistics(): FileSystemStatistics {
    return simpleStatistics(RAMFS_MAGIC);
  }

  /** Its pages stay where they are. */
  override swapOut(): number {
    return 0;
  }
}

/** As ever, options that it does not know are passed over. */
function modeOf(options: string): string {
  for (const [name, value] of parseOptions(options)) if (name === 'mode') return value;
  return DEFAULT_MODE;
}

export const ramfs: FileSystemType = {
  name: 'ramfs',
  requiresDevice: false,
  mount(_source, options, isReadOnly, context): FileSystem {
    return new Ramfs(`size=0,nr_inodes=0,mode=${modeOf(options)}`, isReadOnly, context);
  },
};
