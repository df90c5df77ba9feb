/** A mounted ext2 file system, read and written. Poirier, "The Second Extended File System"; Linux: fs/ext2. */

import { EACCES, EBUSY, EINVAL, fail } from '../../abi/errno.ts';
import { bestEffort } from '../best-effort.ts';
import type { BlockDevice } from '../block-device.ts';
import type {
  FileSystem,
  FileSystemContext,
  FileSystemMemory,
  FileSystemStatistics,
  FileSystemType,
} from '../filesystem.ts';
import { parseOptions } from '../mount-options.ts';
import { BlockCache } from './block-cache.ts';
import { BlockMap } from './block-map.ts';
import type { Ext4Inode } from './ext4-inode.ts';
import { Groups } from './groups.ts';
import { InodeTable } from './inode-table.ts';
import { EXT2_MAGIC, ROOT_INO, STATE_CLEAN, SUPERBLOCK_OFFSET, Superblock } from './superblock.ts';

/** Options that are accepted and change nothing here. */
const IGNORED_OPTIONS = new Set(['errors', 'user_xattr', 'nouser_xattr', 'acl', 'noacl', 'check']);

export class Ext4 implements FileSystem {
  readonly type: FileSystemType = ext2;
  readonly disk: BlockDevice;
  readonly context: FileSystemContext;
  readonly superblock: Superblock;
  readonly cache: BlockCache;
  readonly groups: Groups;
  readonly map: BlockMap;
  readonly inodes: InodeTable;
  readonly cachesNames = true;
  device = 0;
  isReadOnly: boolean;
  /** Largest file that the pointers and the 32-bit count of sectors allow, in bytes. */
  readonly maxFileBytes: number;
  /** The superblock on disk says that the file system is in use. */
  private isMarkedInUse = false;

  /** Reads the superblock only. Throws EINVAL, EACCES, EIO. */
  constructor(disk: BlockDevice, isReadOnly: boolean, context: FileSystemContext) {
    this.disk = disk;
    this.device = disk.deviceNumber ?? 0;
    this.context = context;
    this.isReadOnly = isReadOnly;
    if (disk.sectors < 4) throw fail(EINVAL, 'device without a superblock');
    const raw = new Uint8Array(1024);
    disk.read(SUPERBLOCK_OFFSET / 512, raw);
    const superblock = new Superblock(raw, (text) => context.log(`${text} (${disk.name})`));
    this.superblock = superblock;
    if (!isReadOnly) this.checkWritable();
    this.cache = new BlockCache(disk, superblock.blockSize);
    this.groups = new Groups(superblock, this.cache);
    this.map = new BlockMap(superblock, this.cache, this.groups);
    this.inodes = new InodeTable(this);
    const pointers = superblock.blockSize / 4;
    const mapped = (12 + pointers + pointers ** 2 + pointers ** 3) * superblock.blockSize;
    this.maxFileBytes = Math.min(mapped, 2 ** 41 - superblock.blockSize);
    if (!isReadOnly && (superblock.fields.s_state & STATE_CLEAN) === 0) {
      context.log(`EXT2-fs (${disk.name}): was not unmounted cleanly, e2fsck is recommended`);
    }
    disk.mounted = this;
  }

  /** Throws EACCES for a read-only device, EINVAL for features that we can only read. */
  private checkWritable(): void {
    const { disk, context } = this;
    if (disk.isReadOnly) throw fail(EACCES, 'read-only device');
    const { unwritableFeatures } = this.superblock;
    if (unwritableFeatures === '') return;
    context.log(`EXT2-fs (${disk.name}): only read-only because of ${unwritableFeatures}`);
    throw fail(EINVAL, unwritableFeatures);
  }

  /** To read-only everything is stored, and the superblock says that the file system is clean. */
  remount(isReadOnly: boolean): void {
    if (isReadOnly === this.isReadOnly) return;
    if (isReadOnly) {
      this.sync();
      if (this.isMarkedInUse) this.writeSuperblock(true);
      this.disk.flush();
    } else {
      this.checkWritable();
    }
    this.isReadOnly = isReadOnly;
  }

  get root(): Ext4Inode {
    return this.inodes.get(ROOT_INO);
  }

  statistics(): FileSystemStatistics {
    const { fields, blockSize, overheadBlocks } = this.superblock;
    const free = fields.s_free_blocks_count;
    return {
      type: EXT2_MAGIC,
      blockSize,
      blocks: fields.s_blocks_count - overheadBlocks,
      blocksFree: free,
      blocksAvailable: Math.max(0, free - fields.s_r_blocks_count),
      files: fields.s_inodes_count,
      filesFree: fields.s_free_inodes_count,
      nameLength: 255,
    };
  }

  sync(): void {
    if (this.isReadOnly) return;
    this.inodes.syncAll();
    this.flush();
  }

  /** Write the metadata through, and the superblock with its counters. */
  flush(): void {
    if (this.isReadOnly) return;
    if (this.cache.flush() > 0) this.writeSuperblock(false);
    this.disk.flush();
  }

  memoryUse(): FileSystemMemory {
    return this.inodes.memoryUse();
  }

  reclaim(count: number): number {
    return this.inodes.reclaim(count);
  }

  unmount(): void {
    this.disk.mounted = undefined;
    if (!this.isReadOnly && !bestEffort(() => this.storeAll()))
      this.context.log(`EXT2-fs (${this.disk.name}): I/O error at umount: changes are lost`);
    this.inodes.dropAll();
  }

  private storeAll(): void {
    this.inodes.syncAll();
    this.inodes.freeUnnamed();
    this.cache.flush();
    if (this.isMarkedInUse) this.writeSuperblock(true);
    this.disk.flush();
  }

  /** Before the first write to anything else, so that a crash is noticed. */
  markInUse(): void {
    if (!this.isMarkedInUse && !this.isReadOnly) this.writeSuperblock(false);
  }

  private writeSuperblock(isClean: boolean): void {
    const { fields } = this.superblock;
    const now = this.context.now().seconds;
    if (!this.isMarkedInUse) {
      fields.s_mnt_count++;
      fields.s_mtime = now;
    }
    fields.s_wtime = now;
    fields.s_state = isClean ? fields.s_state | STATE_CLEAN : fields.s_state & ~STATE_CLEAN;
    this.isMarkedInUse = !isClean;
    this.disk.write(SUPERBLOCK_OFFSET / 512, this.superblock.encode());
  }
}

export const ext2: FileSystemType = {
  name: 'ext2',
  requiresDevice: true,
  mount(source, options, isReadOnly, context): FileSystem {
    for (const name of parseOptions(options).keys()) {
      if (!IGNORED_OPTIONS.has(name)) throw fail(EINVAL, `ext2 option ${name}`);
    }
    const disk = context.blockDevice(source);
    const { mounted } = disk;
    if (mounted !== undefined) {
      if (mounted instanceof Ext4 && mounted.isReadOnly === isReadOnly) return mounted;
      throw fail(EBUSY, `${source} is mounted`);
    }
    return new Ext4(disk, isReadOnly, context);
  },
};
