/** A mounted ext2, ext3 or ext4 file system. Linux: fs/ext4/super.c, which serves all three types too. */

import { EACCES, EINVAL, ENOSPC, EROFS, fail, KernelError } from '../../abi/errno.ts';
import { attempt, bestEffort } from '../best-effort.ts';
import { type BlockDevice, beginningWrites, whilePlugged } from '../block-device.ts';
import { ErrorSequence } from '../error-sequence.ts';
import type {
  FileSystem,
  FileSystemContext,
  FileSystemMemory,
  FileSystemStatistics,
  FileSystemType,
  ReclaimStage,
  SpaceLimit,
} from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import { PAGE_SIZE } from '../page-frames.ts';
import { BlockCache } from './block-cache.ts';
import { BlockMap } from './block-map.ts';
import { badChecksum } from './corruption.ts';
import type { Ext4Inode } from './ext4-inode.ts';
import { ExtentTree } from './extent-tree.ts';
import { COMPAT_HAS_JOURNAL, type TypeName, unknownRoCompat } from './features.ts';
import { Groups } from './groups.ts';
import { InodeTable } from './inode-table.ts';
import { Journal } from './journal/journal.ts';
import { MetadataChecksums } from './metadata-checksums.ts';
import { MetadataWrites } from './metadata-writes.ts';
import { DEFAULT_SETTINGS, type MountSettings } from './mount-settings.ts';
import { OrphanList } from './orphan-list.ts';
import { statisticsOf, withhold } from './space.ts';
import type { StoredInode } from './stored-inode.ts';
import { ROOT_INO, STATE_CLEAN, SUPERBLOCK_OFFSET, Superblock } from './superblock.ts';
import { SuperblockStore } from './superblock-store.ts';

/** Blocks that an operation may change, and more than any does. */
const OPERATION_BLOCKS = 64;

export class Ext4 implements FileSystem {
  readonly type: FileSystemType;
  readonly disk: BlockDevice;
  readonly context: FileSystemContext;
  readonly superblock: Superblock;
  readonly superblockStore: SuperblockStore;
  readonly checksums: MetadataChecksums;
  readonly cache: BlockCache;
  readonly groups: Groups;
  readonly blockMap: BlockMap;
  readonly extents: ExtentTree;
  readonly inodes: InodeTable;
  readonly orphans: OrphanList;
  readonly cachesNames = true;
  readonly keepsWhiteouts = true;
  readonly ioBlockBytes: number;
  device = 0;
  isReadOnly: boolean;
  keepsTimes = false;
  readonly errors = new ErrorSequence();
  private readonly settings: MountSettings;
  /** From the first change on. */
  journal: Journal | undefined;
  /** Files that got blocks in the running transaction: their content goes to disk before it is committed. */
  private readonly ordered = new Set<StoredInode>();
  /** The running transaction takes nothing more than what belongs to it already. */
  isCommitting = false;
  private readonly writes: MetadataWrites;
  /** Whoever writes back in time was told that there is something. */
  private isAwaited = false;

  /** Reads the superblock only; an unclean journal is left as it is. Throws EINVAL, EACCES, EBADMSG, EIO. */
  constructor(
    disk: BlockDevice,
    isReadOnly: boolean,
    context: FileSystemContext,
    type: FileSystemType,
    settings = DEFAULT_SETTINGS,
  ) {
    this.type = type;
    this.disk = disk;
    this.device = disk.deviceNumber ?? 0;
    this.context = context;
    this.isReadOnly = isReadOnly;
    this.settings = settings;
    if (disk.sectors < 4) throw fail(EINVAL, 'device without a superblock');
    const raw = new Uint8Array(1024);
    disk.read(SUPERBLOCK_OFFSET / 512, raw);
    const log = (text: string): void => context.log(`${text} (${disk.name})`);
    const superblock = new Superblock(raw, type.name as TypeName, log);
    this.superblock = superblock;
    this.superblockStore = new SuperblockStore(this);
    this.ioBlockBytes = superblock.blockSize;
    if (!superblock.hasRightChecksum && !this.superblockStore.isTorn()) {
      log(`${type.name.toUpperCase()}-fs: invalid superblock checksum`);
      throw badChecksum('the superblock');
    }
    if (!isReadOnly) this.checkWritable();
    this.writes = new MetadataWrites(this);
    this.checksums = new MetadataChecksums(superblock);
    this.cache = new BlockCache(disk, superblock.blockSize, this.checksums, context);
    this.groups = new Groups(superblock, this.cache, this.checksums);
    this.blockMap = new BlockMap(superblock, this.cache, this.groups);
    this.extents = new ExtentTree(superblock, this.cache, this.groups, this.checksums);
    this.inodes = new InodeTable(this);
    this.orphans = new OrphanList(this);
    if (!isReadOnly && (superblock.fields.s_state & STATE_CLEAN) === 0) {
      this.log('was not unmounted cleanly, e2fsck is recommended');
    }
  }

  get maxFileBytes(): number {
    return this.extents.maxBytes;
  }

  log(text: string): void {
    this.context.log(`${this.type.name.toUpperCase()}-fs (${this.disk.name}): ${text}`);
  }

  /** Throws EACCES for a read-only device, EINVAL for features that we can only read. */
  private checkWritable(): void {
    if (this.disk.isReadOnly) throw fail(EACCES, 'read-only device');
    const names = unknownRoCompat(
      this.type.name as TypeName,
      this.superblock.fields.s_feature_ro_compat,
    );
    if (names === '') return;
    this.log(`only read-only because of ${names}`);
    throw fail(EINVAL, names);
  }

  /** To read-only everything is stored, and the superblock says that the file system is clean. */
  remount(isReadOnly: boolean): void {
    if (isReadOnly === this.isReadOnly) return;
    if (isReadOnly) {
      this.inodes.syncAll();
      this.close();
    } else {
      this.checkWritable();
    }
    this.isReadOnly = isReadOnly;
  }

  get root(): Ext4Inode {
    return this.inodes.get(ROOT_INO);
  }

  get isJournaled(): boolean {
    return this.superblock.hasCompat(COMPAT_HAS_JOURNAL);
  }

  get readAheadPages(): number {
    return Math.floor(((this.disk.readAheadKilobytes ?? 128) * 1024) / PAGE_SIZE);
  }

  get cachedInodes(): number {
    return this.inodes.count;
  }

  get journalsData(): boolean {
    return this.settings.dataMode === 'journal' && this.isJournaled;
  }

  inodeByNumber(ino: number): Inode {
    return this.inodes.get(ino);
  }

  statistics(): FileSystemStatistics {
    return statisticsOf(this.superblock, this.journalBlocks());
  }

  /** Of the journal's file; 0 without one, and where its inode cannot be read. */
  private journalBlocks(): number {
    const { blockSize, fields } = this.superblock;
    if (!this.isJournaled || fields.s_journal_inum === 0) return 0;
    let blocks = 0;
    bestEffort(() => {
      blocks = Math.floor(this.inodes.load(fields.s_journal_inum).size / blockSize);
    });
    return blocks;
  }

  restrict(limit: SpaceLimit): void {
    withhold(this.superblock, limit);
  }

  /**
   * An operation that changes metadata begins: everything is consistent now, and what it changes belongs together from here to
   * the next call. Throws EROFS, EIO.
   */
  begin(): void {
    if (this.isReadOnly) throw fail(EROFS, 'file system is read-only');
    this.markInUse();
    this.pause();
    if (this.journal !== undefined) this.journal.counts.handles++;
    this.awaitWriteBack();
  }

  /** Metadata is about to differ from what is stored: it is written some time later. */
  awaitWriteBack(): void {
    if (this.isAwaited) return;
    this.isAwaited = true;
    this.context.metadataChanged?.(
      this,
      this.isJournaled ? this.settings.commitSeconds : undefined,
    );
  }

  storeTimes(): void {
    this.inodes.dirtyTimes();
  }

  /** The time has come. Throws EIO. */
  writeBack(): void {
    this.isAwaited = false;
    if (this.disk.mounted !== this) return;
    const { journal } = this;
    if (journal !== undefined) journal.isTimed = true;
    try {
      this.flush();
    } finally {
      if (journal !== undefined) journal.isTimed = false;
    }
  }

  /** Within a long operation: everything is consistent, a transaction that has grown large may end. */
  pause(): void {
    if (!this.journal?.isFull(this.cache.dirty.size + this.inodes.dirty.size + OPERATION_BLOCKS))
      return;
    this.commit();
  }

  /** What fails because freed blocks wait for a commit is done again after one. It must leave nothing behind, or what it goes on from. */
  withRoom<T>(operation: () => T): T {
    try {
      return operation();
    } catch (error) {
      const isFull = error instanceof KernelError && error.errno === ENOSPC;
      if (!isFull || !this.groups.isHolding) throw error;
      this.commit();
      return operation();
    }
  }

  /** A file has new blocks, whose content on disk is somebody else's until its pages are written. */
  dataAdded(inode: StoredInode): void {
    if (this.journal !== undefined && this.settings.dataMode !== 'writeback') {
      this.ordered.add(inode);
    }
  }

  sync(): void {
    if (this.isReadOnly) return;
    const failure = attempt(() => this.inodes.syncAll());
    this.flush();
    if (failure !== undefined) throw failure;
  }

  /** Write the metadata through, and the superblock with its counters: with a journal, commit. */
  flush(): void {
    if (this.isReadOnly) return;
    const failure = attempt(() =>
      beginningWrites(this.disk, this.writes, () => this.storeMetadata()),
    );
    if (failure === undefined) return;
    this.errors.record(failure);
    throw failure;
  }

  private storeMetadata(): void {
    if (this.inodes.dirty.size + this.cache.dirty.size > 0) this.markInUse();
    if (this.journal !== undefined) {
      this.commit();
      this.disk.flush();
      return;
    }
    this.inodes.storeAll();
    if (this.cache.dirty.size > 0) {
      this.groups.seal();
      this.cache.flush();
      this.superblockStore.write(false);
    }
    this.disk.flush();
  }

  /** Everything that changed since the last time survives from here on. A journal that cannot be written ends all writing. */
  private commit(): void {
    const { journal } = this;
    if (journal === undefined) return;
    this.isCommitting = true;
    try {
      beginningWrites(this.disk, this.writes, () => this.writeTransaction(journal));
    } catch (error) {
      if (error instanceof KernelError) this.abort(`journal commit failed: ${error.message}`);
      throw error;
    } finally {
      this.isCommitting = false;
    }
    this.groups.holdFreed();
  }

  private writeTransaction(journal: Journal): void {
    this.storeOrdered();
    this.inodes.storeAll();
    this.groups.seal();
    if (this.cache.dirty.size > 0 || this.superblockStore.isDirty) this.superblockStore.put();
    journal.commit(this.cache.dirty);
  }

  /**
   * data=journal: a block of a file becomes part of the running transaction. A commit that finds no room for it writes it to
   * its place instead, and has what the log holds of it passed over.
   */
  writeData(number: number, bytes: Uint8Array): void {
    if (this.isCommitting && this.journal?.isFull(this.cache.dirty.size + OPERATION_BLOCKS)) {
      this.cache.forget(number);
      this.disk.write(number * this.superblock.sectorsPerBlock, bytes);
      return;
    }
    this.cache.create(number).bytes.set(bytes);
  }

  private storeOrdered(): void {
    whilePlugged(this.disk, () => {
      for (const inode of this.ordered) inode.pages?.sync();
    });
    this.ordered.clear();
  }

  /** Nothing may be written any more: what is on disk is consistent, what is in memory may not be. */
  abort(why: string): void {
    if (this.isReadOnly) return;
    this.isReadOnly = true;
    this.log(`${why}: remounting read-only`);
  }

  cachedFiles(): Iterable<StoredInode> {
    return this.inodes.all();
  }

  memoryUse(): FileSystemMemory {
    return this.inodes.memoryUse();
  }

  reclaim(count: number, stage: ReclaimStage): number {
    return this.inodes.reclaim(count, stage);
  }

  shrink(): number {
    return this.cache.dropClean();
  }

  unmount(): void {
    if (!this.isReadOnly && !bestEffort(() => this.storeAll()))
      this.log('I/O error at umount: changes are lost');
    this.inodes.dropAll();
    // Last: a loop device may let go of its file with that.
    this.disk.mounted = undefined;
  }

  private storeAll(): void {
    const failure = attempt(() => this.inodes.syncAll());
    this.inodes.freeUnnamed();
    this.close();
    if (failure !== undefined) throw failure;
  }

  /** Everything to its place, and the superblock says so. */
  private close(): void {
    this.flush();
    this.journal?.close();
    this.journal = undefined;
    this.cache.journal = undefined;
    if (this.superblockStore.isMarkedInUse) this.superblockStore.write(true);
    this.disk.flush();
  }

  /** Before the first write to anything else, so that a crash is noticed. */
  markInUse(): void {
    if (this.superblockStore.isMarkedInUse || this.isReadOnly) return;
    beginningWrites(this.disk, this.writes, () => {
      if (this.isJournaled) this.openJournal();
      this.superblockStore.write(false);
      if (this.journal !== undefined) this.disk.flush();
    });
  }

  private openJournal(): void {
    this.journal = new Journal(this);
    this.cache.journal = this.journal;
    this.groups.holdFreed();
  }
}
