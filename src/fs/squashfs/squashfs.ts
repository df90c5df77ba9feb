/** squashfs: a compressed file system that is only read. https://docs.kernel.org/filesystems/squashfs.html */
import { EIO, EROFS, fail } from '../../abi/errno.ts';
import type { BlockDevice } from '../block-device.ts';
import {
  type FileSystem,
  type FileSystemContext,
  type FileSystemMemory,
  type FileSystemStatistics,
  type FileSystemType,
  mountDisk,
  type ReclaimStage,
} from '../filesystem.ts';
import { memoryUseOf, reclaimPages } from '../memory-use.ts';
import { AttributeTable } from './attributes.ts';
import { readDiskInode } from './disk-inode.ts';
import { SquashfsInode } from './squashfs-inode.ts';
import { Storage } from './storage.ts';
import { readSuperblock, SQUASHFS_MAGIC, type Superblock } from './superblock.ts';

const ID_BYTES = 4;
const FRAGMENT_BYTES = 16;

export class Squashfs implements FileSystem {
  readonly type: FileSystemType = squashfs;
  readonly context: FileSystemContext;
  readonly disk: BlockDevice;
  readonly superblock: Superblock;
  readonly storage: Storage;
  readonly attributes: AttributeTable | undefined;
  readonly cachesNames = true;
  readonly isReadOnly = true;
  readonly root: SquashfsInode;
  device: number;
  /** By number: a file of several names is one inode. */
  private readonly inodes = new Map<number, SquashfsInode>();

  /** Errors: EINVAL, EIO. */
  constructor(disk: BlockDevice, context: FileSystemContext) {
    this.disk = disk;
    this.context = context;
    this.device = disk.deviceNumber ?? 0;
    const log = (text: string): void => context.log(`SQUASHFS error: ${text}`);
    this.superblock = readSuperblock(disk, log);
    const { root, bytesUsed, blockBytes, xattrs } = this.superblock;
    this.storage = new Storage(disk, bytesUsed, blockBytes);
    if (xattrs < bytesUsed) this.attributes = new AttributeTable(this.storage, xattrs);
    this.root = this.inodeAt(Math.floor(root / 65_536), root % 65_536);
    if (!this.root.isDirectory) throw fail(EIO, 'squashfs: its root');
  }

  /** The inode in the metadata block `block` from the start of the inodes. Errors: EIO. */
  inodeAt(block: number, offset: number): SquashfsInode {
    const { inodes, blockBytes, bytesUsed } = this.superblock;
    const place = { block: inodes + block, offset };
    const disk = readDiskInode(this.storage, place, blockBytes, bytesUsed);
    const known = this.inodes.get(disk.ino);
    if (known !== undefined) return known;
    const inode = new SquashfsInode(this, disk);
    this.inodes.set(disk.ino, inode);
    return inode;
  }

  /** A user or a group. Errors: EIO. */
  id(index: number): number {
    if (index >= this.superblock.idCount) throw fail(EIO, 'squashfs: owner');
    return this.storage.tableEntry(this.superblock.ids, index, ID_BYTES).getUint32(0, true);
  }

  /** Where a block of fragments is. Errors: EIO. */
  fragment(index: number): { start: number; size: number } {
    if (index >= this.superblock.fragmentCount) throw fail(EIO, 'squashfs: fragment');
    const entry = this.storage.tableEntry(this.superblock.fragments, index, FRAGMENT_BYTES);
    const start = entry.getUint32(4, true) * 2 ** 32 + entry.getUint32(0, true);
    return { start, size: entry.getUint32(8, true) };
  }

  forget(inode: SquashfsInode): void {
    if (inode === this.root) return;
    inode.pages?.clear();
    this.inodes.delete(inode.ino);
  }

  get cachedInodes(): number {
    return this.inodes.size;
  }

  statistics(): FileSystemStatistics {
    const { blockBytes, bytesUsed, inodeCount } = this.superblock;
    return {
      type: SQUASHFS_MAGIC,
      blockSize: blockBytes,
      blocks: Math.floor((bytesUsed - 1) / blockBytes) + 1,
      blocksFree: 0,
      blocksAvailable: 0,
      files: inodeCount,
      filesFree: 0,
      nameLength: 256,
    };
  }

  cachedFiles(): Iterable<SquashfsInode> {
    return this.inodes.values();
  }

  memoryUse(): FileSystemMemory {
    return memoryUseOf(this.inodes.values());
  }

  reclaim(count: number, stage: ReclaimStage): number {
    return reclaimPages(this.inodes.values(), count, stage);
  }

  shrink(): number {
    for (const inode of this.inodes.values()) inode.dropNames();
    return this.storage.drop();
  }

  remount(isReadOnly: boolean): void {
    if (!isReadOnly) throw fail(EROFS, 'squashfs');
  }

  sync(): void {
    return;
  }

  unmount(): void {
    for (const { pages } of this.inodes.values()) pages?.clear();
    this.inodes.clear();
    this.disk.mounted = undefined;
  }
}

export const squashfs: FileSystemType = {
  name: 'squashfs',
  requiresDevice: true,
  mount(source, _options, _isReadOnly, context): FileSystem {
    const disk = context.blockDevice(source);
    return mountDisk(
      disk,
      (mounted) => mounted instanceof Squashfs,
      () => new Squashfs(disk, context),
    );
  },
};
