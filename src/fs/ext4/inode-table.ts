/** The inodes of a mounted file system: loading from and storing to the inode table, making and freeing them. Poirier, section 3.3. */

import { ESTALE, fail, type KernelError } from '../../abi/errno.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { attempt } from '../best-effort.ts';
import { whilePlugged } from '../block-device.ts';
import type { FileSystemMemory, ReclaimStage } from '../filesystem.ts';
import { memoryUseOf, reclaimPages } from '../memory-use.ts';
import type { CachedBlock } from './block-cache.ts';
import { POINTERS } from './block-map.ts';
import { corrupted } from './corruption.ts';
import type { Ext4 } from './ext4.ts';
import { Ext4Inode } from './ext4-inode.ts';
import { INCOMPAT_LARGEDIR, RO_COMPAT_HUGE_FILE, RO_COMPAT_LARGE_FILE } from './features.ts';
import {
  AT,
  decodeCreation,
  decodeDevice,
  EXTRA_ISIZE,
  HUGE_FILE_FLAG,
  hasSoundExtra,
  initializeExtra,
  isDevice,
  loadTimes,
  readWords,
  storeTimes,
  writeWords,
} from './inode-record.ts';
import type { StoredInode } from './stored-inode.ts';
import { ROOT_INO } from './superblock.ts';

/** What Linux and mke2fs reserve of the larger inodes: up to i_projid. */
const EXTRA_BYTES = 32;
const LARGE_FILE_BYTES = 2 ** 31;

export class InodeTable {
  private readonly fs: Ext4;
  /** One object per inode number, so that all names of a file lead to the same. */
  private readonly loaded = new Map<number, Ext4Inode>();

  /** Those that differ from their records. */
  readonly dirty = new Set<StoredInode>();
  /** Those of which only the times do: lazytime. */
  private readonly lazy = new Set<StoredInode>();

  constructor(fs: Ext4) {
    this.fs = fs;
  }

  /** Those in memory. */
  get count(): number {
    return this.loaded.size;
  }

  /** The inode, from memory or disk. Throws EUCLEAN for what cannot be, ESTALE for an inode that is free. */
  get(ino: number): Ext4Inode {
    const known = this.loaded.get(ino);
    if (known !== undefined) return known;
    if (ino < this.fs.superblock.firstInode && ino !== ROOT_INO) throw corrupted(`inode ${ino}`);
    const inode = this.load(ino);
    if (inode.nlink === 0) throw fail(ESTALE, `inode ${ino} is free`);
    this.loaded.set(ino, inode);
    return inode;
  }

  /** As get, for an inode that no name leads to: of the orphan list. */
  getOrphan(ino: number): Ext4Inode {
    const inode = this.loaded.get(ino) ?? this.load(ino);
    this.loaded.set(ino, inode);
    return inode;
  }

  /** An inode as it is on disk, known to nobody else: the journal's. */
  load(ino: number): Ext4Inode {
    const { fs } = this;
    if (ino < 1 || ino > fs.superblock.fields.s_inodes_count) throw corrupted(`inode ${ino}`);
    const { block, record } = this.locate(ino);
    if (!block.isDirty) fs.checksums.checkInode(record, ino);
    if (!hasSoundExtra(record)) throw corrupted(`inode ${ino}: extra size`);
    const mode = record.getUint16(AT.i_mode, true);
    const inode = new Ext4Inode(fs, ino, mode, record.getUint32(AT.i_generation, true));
    inode.flags = record.getUint32(AT.i_flags, true);
    inode.uid = readWords(record, AT.i_uid, AT.i_uid_high);
    inode.gid = readWords(record, AT.i_gid, AT.i_gid_high);
    inode.nlink = record.getUint16(AT.i_links_count, true);
    const high = this.hasHighSize(mode & S_IFMT) ? record.getUint32(AT.i_size_high, true) : 0;
    inode.size = record.getUint32(AT.i_size, true) + high * 2 ** 32;
    inode.blocks = this.decodeBlocks(record);
    inode.attributeBlock =
      record.getUint32(AT.i_file_acl, true) + record.getUint16(AT.i_file_acl_high, true) * 2 ** 32;
    inode.deletionTime = record.getUint32(AT.i_dtime, true);
    loadTimes(record, inode);
    inode.btime = decodeCreation(record);
    for (let i = 0; i < POINTERS; i++)
      inode.pointers[i] = record.getUint32(AT.i_block + 4 * i, true);
    if (isDevice(inode.mode)) inode.rdev = decodeDevice(inode.pointers);
    inode.check();
    inode.storedSize = inode.size;
    return inode;
  }

  /** i_size_high counts: elsewhere it was another field once. */
  private hasHighSize(kind: number): boolean {
    if (kind === S_IFDIR) return this.fs.superblock.hasIncompat(INCOMPAT_LARGEDIR);
    return kind === S_IFREG;
  }

  /** In units of 512 bytes, or, of a huge file, of the file system's blocks. */
  private decodeBlocks(record: DataView): number {
    const { superblock } = this.fs;
    const low = record.getUint32(AT.i_blocks, true);
    if (!superblock.hasRoCompat(RO_COMPAT_HUGE_FILE)) return low;
    const count = low + record.getUint16(AT.i_blocks_high, true) * 2 ** 32;
    const isHuge = (record.getUint32(AT.i_flags, true) & HUGE_FILE_FLAG) !== 0;
    return isHuge ? count * superblock.sectorsPerBlock : count;
  }

  /** A new inode near `parent`, with one link, known but not yet under any name. Throws ENOSPC. */
  create(parent: Ext4Inode, mode: number, uid: number, gid: number): Ext4Inode {
    const { fs } = this;
    const isDirectory = (mode & S_IFMT) === S_IFDIR;
    const near = fs.groups.groupOfInode(parent.ino);
    const group = isDirectory ? fs.groups.groupForDirectory(near) : near;
    const ino = fs.groups.allocateInode(group, isDirectory);
    const now = fs.context.now();
    const { block, at, record } = this.locate(ino);
    const generation = (record.getUint32(AT.i_generation, true) + 1) % 2 ** 32;
    block.bytes.fill(0, at, at + record.byteLength);
    record.setUint32(AT.i_generation, generation, true);
    if (record.byteLength > EXTRA_ISIZE) initializeExtra(record, this.extraBytes(), now);
    block.markDirty();
    const inode = new Ext4Inode(fs, ino, mode, generation);
    inode.uid = uid;
    inode.gid = gid;
    inode.atime = now;
    inode.mtime = now;
    inode.ctime = now;
    inode.btime = decodeCreation(record);
    inode.isDirty = true;
    this.loaded.set(ino, inode);
    return inode;
  }

  /** i_extra_isize of new inodes. */
  private extraBytes(): number {
    const { s_want_extra_isize: wanted } = this.fs.superblock.fields;
    const most = this.fs.superblock.inodeSize - EXTRA_ISIZE;
    return wanted >= EXTRA_BYTES && wanted <= most && (wanted & 3) === 0 ? wanted : EXTRA_BYTES;
  }

  /** Its times alone have changed: they are stored with something else, or when they must be. */
  keepTimes(inode: StoredInode): void {
    if (this.lazy.size === 0) this.fs.context.timesChanged?.(this.fs);
    this.lazy.add(inode);
  }

  /** They must: of all inodes, or of one. */
  dirtyTimes(of: Iterable<StoredInode> = this.lazy): void {
    for (const inode of [...of]) if (this.lazy.delete(inode)) inode.isDirty = true;
  }

  /** Put the inode's fields into the table's block. */
  store(inode: StoredInode): void {
    if (!inode.isDirty || this.fs.isReadOnly) return;
    this.fs.markInUse();
    const { superblock, checksums } = this.fs;
    const { block, record } = this.locate(inode.ino);
    if (inode.size >= LARGE_FILE_BYTES) {
      superblock.fields.s_feature_ro_compat |= RO_COMPAT_LARGE_FILE;
    }
    const isHuge = (inode.flags & HUGE_FILE_FLAG) !== 0;
    const blocks = isHuge ? inode.blocks / superblock.sectorsPerBlock : inode.blocks;
    record.setUint16(AT.i_mode, inode.mode, true);
    writeWords(record, AT.i_uid, AT.i_uid_high, inode.uid);
    writeWords(record, AT.i_gid, AT.i_gid_high, inode.gid);
    record.setUint32(AT.i_size, inode.size % 2 ** 32, true);
    if (this.hasHighSize(inode.mode & S_IFMT))
      record.setUint32(AT.i_size_high, Math.floor(inode.size / 2 ** 32), true);
    storeTimes(record, inode);
    record.setUint32(AT.i_dtime, inode.deletionTime, true);
    record.setUint16(AT.i_links_count, inode.nlink, true);
    record.setUint32(AT.i_blocks, blocks % 2 ** 32, true);
    if (superblock.hasRoCompat(RO_COMPAT_HUGE_FILE))
      record.setUint16(AT.i_blocks_high, Math.floor(blocks / 2 ** 32), true);
    record.setUint32(AT.i_flags, inode.flags, true);
    record.setUint32(AT.i_file_acl, inode.attributeBlock % 2 ** 32, true);
    record.setUint16(AT.i_file_acl_high, Math.floor(inode.attributeBlock / 2 ** 32), true);
    inode.pointers.forEach((pointer, i) => {
      record.setUint32(AT.i_block + 4 * i, pointer, true);
    });
    checksums.sealInode(record, inode.ino);
    block.markDirty();
    inode.isDirty = false;
    inode.storedSize = inode.size;
    this.lazy.delete(inode);
  }

  /** The inode has no name and no user: its number is free again. */
  free(inode: StoredInode): void {
    this.releaseAttributes(inode);
    inode.deletionTime = this.fs.context.now().seconds;
    inode.isDirty = true;
    this.store(inode);
    this.fs.groups.freeInode(inode.ino, (inode.mode & S_IFMT) === S_IFDIR);
    this.loaded.delete(inode.ino);
  }

  /** A block of extended attributes may be shared: h_refcount is its second word. */
  releaseAttributes(inode: StoredInode): void {
    if (inode.attributeBlock === 0) return;
    const block = this.fs.cache.read(inode.attributeBlock);
    this.fs.checksums.check(block, 'attributes', 0);
    const references = block.words[1] as number;
    if (references > 1) {
      block.words[1] = references - 1;
      block.markDirty();
    } else {
      this.fs.cache.forget(block.number);
      this.fs.groups.freeBlock(block.number);
    }
    inode.attributeBlock = 0;
  }

  /** What a large inode has behind its fields: ext4's place for short attributes. For immediate use. */
  inlineAttributes(ino: number): Uint8Array {
    const { record } = this.locate(ino);
    if (record.byteLength <= EXTRA_ISIZE) return new Uint8Array(0);
    const start = EXTRA_ISIZE + record.getUint16(EXTRA_ISIZE, true);
    const length = Math.max(0, record.byteLength - start);
    return new Uint8Array(record.buffer, record.byteOffset + start, length);
  }

  /** Where that is on the disk, in bytes. */
  attributePlace(ino: number): number {
    const { block, at, record } = this.locate(ino);
    const place = block.number * this.fs.superblock.blockSize + at;
    return place + EXTRA_ISIZE + record.getUint16(EXTRA_ISIZE, true);
  }

  /** Where i_block of an inode is on the disk, in bytes. */
  inlinePlace(ino: number): number {
    const { block, at } = this.locate(ino);
    return block.number * this.fs.superblock.blockSize + at + AT.i_block;
  }

  markRecordDirty(ino: number): void {
    this.locate(ino).block.markDirty();
  }

  /** Nobody has the object any more, and no name leads to it: store it, and load it anew when it is asked for. */
  forget(inode: StoredInode): void {
    if (inode.ino === ROOT_INO) return;
    inode.pages?.sync();
    inode.pages?.clear();
    this.dirtyTimes([inode]);
    this.store(inode);
    this.loaded.delete(inode.ino);
  }

  /** Store all pages and fields that changed. A file that cannot be stored keeps nobody else from it. Throws EIO in the end. */
  syncAll(): void {
    const failure = attempt(() => this.syncPages());
    this.dirtyTimes();
    this.storeAll();
    if (failure !== undefined) throw failure;
  }

  /** All that can be stored. Throws the last error. */
  private syncPages(): void {
    whilePlugged(this.fs.disk, () => {
      let failure: KernelError | undefined;
      for (const { pages } of this.loaded.values())
        if (pages !== undefined) failure = attempt(() => pages.sync()) ?? failure;
      if (failure !== undefined) throw failure;
    });
  }

  /** Store the fields that changed. */
  storeAll(): void {
    for (const inode of this.dirty) this.store(inode);
  }

  /** Those in memory. */
  all(): Iterable<StoredInode> {
    return this.loaded.values();
  }

  memoryUse(): FileSystemMemory {
    return memoryUseOf(this.loaded.values());
  }

  reclaim(count: number, stage: ReclaimStage): number {
    return reclaimPages(this.loaded.values(), count, stage);
  }

  /** The file system is unmounted: files without names are freed. */
  freeUnnamed(): void {
    for (const inode of [...this.loaded.values()]) if (inode.nlink === 0) inode.evict();
  }

  /** Their frames are given back. */
  dropAll(): void {
    for (const inode of this.loaded.values()) inode.pages?.clear();
    this.loaded.clear();
    this.dirty.clear();
    this.lazy.clear();
    this.fs.context.timesStored?.(this.fs);
  }

  /** The inode's record, and where that is in its block. */
  private locate(ino: number): { block: CachedBlock; at: number; record: DataView } {
    const { fs } = this;
    const { blockSize, inodeSize, fields } = fs.superblock;
    const index = (ino - 1) % fields.s_inodes_per_group;
    const table = fs.groups.inodeTable(fs.groups.groupOfInode(ino));
    const perBlock = blockSize / inodeSize;
    const number = table + Math.floor(index / perBlock);
    if (number >= fs.superblock.blockCount) throw corrupted('inode table');
    const end = table + Math.ceil(fields.s_inodes_per_group / perBlock);
    const block = fs.cache.readAmong(number, table, Math.min(end, fs.superblock.blockCount));
    const at = (index % perBlock) * inodeSize;
    const { buffer, byteOffset } = block.bytes;
    return { block, at, record: new DataView(buffer, byteOffset + at, inodeSize) };
  }
}
