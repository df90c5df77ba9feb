/** xv6fs: the file system of MIT's xv6 (riscv), read and write. xv6 book, chapter 8. */
import { EACCES, ENOSPC, EROFS, ESTALE, EUCLEAN, fail } from '../../abi/errno.ts';
import { deviceMajor, deviceMinor } from '../../abi/stat.ts';
import { bestEffort } from '../best-effort.ts';
import type { BlockDevice } from '../block-device.ts';
import { BlockCache, type CachedBlock } from '../ext4/block-cache.ts';
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
import { DIRECT, type DiskInode, decodeInode, encodeInode } from './disk-inode.ts';
import { Log } from './log.ts';
import {
  BITS_PER_BLOCK,
  BLOCK_BYTES,
  dataStart,
  INODE_BYTES,
  readSuperblock,
  type Superblock,
  XV6_MAGIC,
} from './superblock.ts';
import { Xv6Inode } from './xv6-inode.ts';

const ROOT_INO = 1;
const INODES_PER_BLOCK = BLOCK_BYTES / INODE_BYTES;
const NAME_BYTES = 14;

export class Xv6 implements FileSystem {
  readonly type: FileSystemType = xv6fs;
  readonly context: FileSystemContext;
  readonly disk: BlockDevice;
  readonly superblock: Superblock;
  readonly cache: BlockCache;
  readonly log: Log;
  readonly cachesNames = true;
  readonly ioBlockBytes = BLOCK_BYTES;
  device: number;
  isReadOnly: boolean;
  private readonly inodes = new Map<number, Xv6Inode>();

  /** Throws EINVAL, EACCES, EROFS for a log to replay on a read-only device, EIO. */
  constructor(disk: BlockDevice, isReadOnly: boolean, context: FileSystemContext) {
    this.disk = disk;
    this.context = context;
    this.device = disk.deviceNumber ?? 0;
    this.isReadOnly = isReadOnly;
    if (!isReadOnly && disk.isReadOnly) throw fail(EACCES, 'read-only device');
    this.superblock = readSuperblock(disk);
    this.cache = new BlockCache(disk, BLOCK_BYTES, { seal: () => undefined }, context);
    // Dirty blocks stay until the log has them.
    this.cache.journal = { revoke: () => undefined };
    this.log = new Log(disk, this.cache, this.superblock);
    const count = disk.isReadOnly ? 0 : this.log.recover(this.superblock.size);
    if (count > 0) context.log(`xv6fs (${disk.name}): ${count} blocks of the log replayed`);
  }

  get root(): Xv6Inode {
    return this.inodeByNumber(ROOT_INO);
  }

  /** An operation that changes something begins. Throws EROFS, EIO. */
  begin(): void {
    if (this.isReadOnly) throw fail(EROFS, 'file system is read-only');
    this.log.begin();
  }

  inodeByNumber(ino: number): Xv6Inode {
    const known = this.inodes.get(ino);
    if (known) return known;
    if (ino < 1 || ino >= this.superblock.ninodes) throw fail(EUCLEAN, `inode ${ino}`);
    const { block, at } = this.locate(ino);
    const disk = decodeInode(block.view, at);
    if (disk.type === 0) throw fail(ESTALE, `inode ${ino} is free`);
    const inode = new Xv6Inode(this, ino, disk);
    this.inodes.set(ino, inode);
    return inode;
  }

  putInode(ino: number, inode: DiskInode): void {
    const { block, at } = this.locate(ino);
    encodeInode(block.view, at, inode);
    block.markDirty();
  }

  allocateInode(type: number, rdev: number): Xv6Inode {
    for (let ino = 1; ino < this.superblock.ninodes; ino++) {
      const { block, at } = this.locate(ino);
      if (block.view.getInt16(at, true) !== 0) continue;
      const addrs = new Array<number>(DIRECT + 1).fill(0);
      this.putInode(ino, { type, ...this.deviceNumbers(rdev), nlink: 1, size: 0, addrs });
      return this.inodeByNumber(ino);
    }
    throw fail(ENOSPC, 'xv6 inodes');
  }

  freeInode({ ino }: Xv6Inode): void {
    const addrs = new Array<number>(DIRECT + 1).fill(0);
    this.putInode(ino, { type: 0, major: 0, minor: 0, nlink: 0, size: 0, addrs });
    this.inodes.delete(ino);
  }

  deviceNumbers(rdev: number): { major: number; minor: number } {
    return { major: deviceMajor(rdev), minor: deviceMinor(rdev) };
  }

  /** A number from disk can be a data block's, or 0. Throws EUCLEAN. */
  checkBlock(block: number): number {
    if (block !== 0 && (block < dataStart(this.superblock) || block >= this.superblock.size))
      throw fail(EUCLEAN, `block ${block}`);
    return block;
  }

  /** A block of zeros. Throws ENOSPC. */
  allocateBlock(): number {
    const { size } = this.superblock;
    for (let number = dataStart(this.superblock); number < size; number++) {
      const { block, byte, bit } = this.bitOf(number);
      if (((block.bytes[byte] as number) & bit) !== 0) continue;
      block.bytes[byte] = (block.bytes[byte] as number) | bit;
      block.markDirty();
      this.cache.create(number);
      return number;
    }
    throw fail(ENOSPC, 'xv6 blocks');
  }

  freeBlock(number: number): void {
    const { block, byte, bit } = this.bitOf(number);
    block.bytes[byte] = (block.bytes[byte] as number) & ~bit;
    block.markDirty();
    this.cache.forget(number);
  }

  private bitOf(number: number): { block: CachedBlock; byte: number; bit: number } {
    const within = number % BITS_PER_BLOCK;
    const block = this.cache.read(this.superblock.bmapstart + Math.floor(number / BITS_PER_BLOCK));
    return { block, byte: within >>> 3, bit: 1 << (within & 7) };
  }

  private locate(ino: number): { block: CachedBlock; at: number } {
    const block = this.superblock.inodestart + Math.floor(ino / INODES_PER_BLOCK);
    return { block: this.cache.read(block), at: (ino % INODES_PER_BLOCK) * INODE_BYTES };
  }

  forget(inode: Xv6Inode): void {
    if (inode.ino === ROOT_INO) return;
    inode.pages?.sync();
    inode.pages?.clear();
    this.inodes.delete(inode.ino);
  }

  statistics(): FileSystemStatistics {
    const { size, ninodes } = this.superblock;
    let free = 0;
    for (let number = dataStart(this.superblock); number < size; number++) {
      const { block, byte, bit } = this.bitOf(number);
      if (((block.bytes[byte] as number) & bit) === 0) free++;
    }
    let filesFree = 0;
    for (let ino = 1; ino < ninodes; ino++) {
      const { block, at } = this.locate(ino);
      if (block.view.getInt16(at, true) === 0) filesFree++;
    }
    return {
      type: XV6_MAGIC,
      blockSize: BLOCK_BYTES,
      blocks: size - dataStart(this.superblock),
      blocksFree: free,
      blocksAvailable: free,
      files: ninodes - 1,
      filesFree,
      nameLength: NAME_BYTES,
    };
  }

  cachedFiles(): Iterable<Xv6Inode> {
    return this.inodes.values();
  }

  memoryUse(): FileSystemMemory {
    return memoryUseOf(this.inodes.values());
  }

  reclaim(count: number, stage: ReclaimStage): number {
    return reclaimPages(this.inodes.values(), count, stage);
  }

  commit(): void {
    this.log.commit();
    this.disk.flush();
  }

  sync(): void {
    if (this.isReadOnly) return;
    for (const { pages } of this.inodes.values()) pages?.sync();
    this.commit();
  }

  unmount(): void {
    const isStored = bestEffort(() => {
      for (const inode of [...this.inodes.values()]) if (inode.nlink === 0) inode.evict();
      this.sync();
    });
    if (!isStored) this.context.log(`xv6fs (${this.disk.name}): I/O error at umount`);
    for (const { pages } of this.inodes.values()) pages?.clear();
    this.inodes.clear();
    // Last: a loop device lets go of its file then.
    this.disk.mounted = undefined;
  }
}

export const xv6fs: FileSystemType = {
  name: 'xv6fs',
  requiresDevice: true,
  mount(source, _options, isReadOnly, context): FileSystem {
    const disk = context.blockDevice(source);
    return mountDisk(
      disk,
      (mounted) => mounted instanceof Xv6 && mounted.isReadOnly === isReadOnly,
      () => new Xv6(disk, isReadOnly, context),
    );
  },
};
