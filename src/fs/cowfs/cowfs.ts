/** cowfs: a copy-on-write file system of our own, with snapshots, shared blocks, compression and encryption. */
import {
  EACCES,
  EBUSY,
  EDQUOT,
  EINVAL,
  EKEYREJECTED,
  ENAMETOOLONG,
  ENOKEY,
  ENOSPC,
  EROFS,
  ESTALE,
  fail,
} from '../../abi/errno.ts';
import { S_IFDIR } from '../../abi/stat.ts';
import { bestEffort } from '../best-effort.ts';
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
import { parseOptions } from '../mount-options.ts';
import { chacha20, KEY_BYTES } from './chacha20.ts';
import type { CowContent } from './cow-content.ts';
import type { CowInode } from './cow-inode.ts';
import { CowView } from './cow-view.ts';
import { Census, inodesOf, ROOT_INO, releaseVersion } from './inode-table.ts';
import { SECTORS_PER_BLOCK } from './pointer.ts';
import { SnapshotDirectory } from './snapshot-directory.ts';
import { Store } from './store.ts';
import {
  COWFS_MAGIC,
  ENCRYPTED,
  KEY_IS_SET,
  MAX_SNAPSHOT_NAME,
  readSuperblock,
  type Snapshot,
  type Superblock,
  writeSuperblock,
} from './superblock.ts';

const COMMIT_SECONDS = 5;
/** Blocks that a commit may need for nodes, and for each changed inode. */
const COMMIT_BLOCKS = 32;
const INODE_BLOCKS = 3;
const NAME_BYTES = 255;

interface Settings {
  /** Description of the key in a keyring of whoever mounts it. */
  key: string | undefined;
  /** The snapshot that becomes the live version. */
  restore: string | undefined;
}

function parseSettings(options: string): Settings {
  const settings: Settings = { key: undefined, restore: undefined };
  for (const [name, value] of parseOptions(options)) {
    if (name === 'key') settings.key = value;
    else if (name === 'restore') settings.restore = value;
    else throw fail(EINVAL, `cowfs: option ${name}`);
  }
  return settings;
}

export class Cowfs implements FileSystem {
  readonly type: FileSystemType = cowfs;
  readonly context: FileSystemContext;
  readonly disk: BlockDevice;
  readonly superblock: Superblock;
  readonly store: Store;
  readonly cachesNames = true;
  readonly snapshotFolder: SnapshotDirectory;
  /** Inodes that differ from their records. */
  readonly dirty = new Set<CowContent>();
  /** Inodes that a commit, now or later, has to store: those that are dirty, and those with dirty pages, which will be. */
  readonly owing = new Set<CowContent>();
  device: number;
  isReadOnly: boolean;
  /** Dirty pages that are to be stored. */
  reservedPages = 0;
  private readonly live: CowView;
  private readonly views = new Map<number, CowView>();
  private readonly key: Uint8Array | undefined;
  /** This mount wrote its epoch. */
  private hasEpoch = false;
  private needsCommit = false;

  /** Throws EINVAL, EACCES, ENOKEY, EKEYREJECTED, EUCLEAN, EIO. */
  constructor(
    disk: BlockDevice,
    isReadOnly: boolean,
    settings: Settings,
    context: FileSystemContext,
  ) {
    this.disk = disk;
    this.context = context;
    this.device = disk.deviceNumber ?? 0;
    this.isReadOnly = isReadOnly;
    if (!isReadOnly && disk.isReadOnly) throw fail(EACCES, 'read-only device');
    this.superblock = readSuperblock(disk);
    this.key = this.findKey(settings.key);
    this.store = new Store(disk, this.superblock, this.key);
    if (settings.restore !== undefined) this.restore(settings.restore);
    const census = new Census(this.store);
    for (const { tree } of this.superblock.snapshots) census.version(tree);
    census.version(this.superblock.live);
    this.live = new CowView(this, 0, this.superblock.live);
    this.snapshotFolder = new SnapshotDirectory(this);
    if (settings.restore !== undefined) this.begin();
    this.prepare();
  }

  private findKey(description: string | undefined): Uint8Array | undefined {
    const { superblock } = this;
    if ((superblock.flags & ENCRYPTED) === 0) return undefined;
    const key = description === undefined ? undefined : this.context.key?.(description);
    if (key === undefined) throw fail(ENOKEY, 'cowfs: encrypted');
    if (key.length !== KEY_BYTES) throw fail(EINVAL, 'cowfs: a key has 32 bytes');
    const isSet = (superblock.flags & KEY_IS_SET) !== 0;
    const verifier = this.verifier(key);
    if (isSet && superblock.verifier.some((byte, i) => byte !== verifier[i]))
      throw fail(EKEYREJECTED, 'cowfs: another key');
    if (!isSet && this.isReadOnly) throw fail(EROFS, 'cowfs: never mounted with a key');
    superblock.verifier = verifier;
    superblock.flags |= KEY_IS_SET;
    return key;
  }

  /** What only the key makes of the salt. No block has this nonce. */
  private verifier(key: Uint8Array): Uint8Array {
    const bytes = this.superblock.salt.slice();
    chacha20(key, [0xffff_ffff, 0xffff_ffff, 0xffff_ffff], bytes);
    return bytes;
  }

  private restore(name: string): void {
    if (this.isReadOnly) throw fail(EROFS, 'cowfs: restore');
    const snapshot = this.superblock.snapshots.find((known) => known.name === name);
    if (snapshot === undefined) throw fail(EINVAL, `cowfs: no snapshot ${name}`);
    this.superblock.live = snapshot.tree;
  }

  /** A new file system gets its root; files that had no name when the power failed are freed. */
  private prepare(): void {
    const { live, superblock } = this;
    const orphans: number[] = [];
    let last = 0;
    for (const [number, record] of inodesOf(this.store, superblock.live)) {
      for (let gap = Math.max(last + 1, number - (number % 16), 2); gap < number; gap++)
        live.table.free.push(gap);
      if (record.nlink === 0) orphans.push(number);
      last = number;
    }
    live.table.nextIno = Math.max(last + 1, ROOT_INO);
    if (last === 0) {
      if (this.isReadOnly) throw fail(EROFS, 'cowfs: never mounted');
      live.create(S_IFDIR | 0o755, 0, 0, ROOT_INO).nlink = 2;
    }
    if (!this.isReadOnly) for (const number of orphans) live.inode(number).evict();
  }

  get root(): CowInode {
    return this.live.root;
  }

  /** Something changes. Throws EROFS, EIO. */
  begin(): void {
    if (this.isReadOnly) throw fail(EROFS, 'file system is read-only');
    if (!this.hasEpoch) {
      // Before the first block is written: no nonce of this mount was ever used.
      this.superblock.epoch++;
      this.writeSuperblock();
      this.hasEpoch = true;
    }
    if (this.needsCommit) return;
    this.needsCommit = true;
    this.context.metadataChanged?.(this, COMMIT_SECONDS);
  }

  private writeSuperblock(): void {
    this.superblock.generation++;
    this.disk.flush();
    writeSuperblock(this.disk, this.superblock);
    this.disk.flush();
    this.store.committed();
  }

  private get freeBlocks(): number {
    const kept = this.reservedPages + COMMIT_BLOCKS + INODE_BLOCKS * this.owing.size;
    return Math.floor(this.store.map.freeSectors / SECTORS_PER_BLOCK) - kept;
  }

  /**
   * Room for what a commit writes of one more change. What is kept for dirty pages and inodes is more than they need: it is known when they
   * are stored, and what was replaced is free then. Throws ENOSPC, EIO.
   */
  makeRoom(): void {
    if (this.freeBlocks < 1) this.sync();
    if (this.freeBlocks < 1) throw fail(ENOSPC, 'cowfs');
  }

  /** One more dirty page will be stored. Throws ENOSPC. */
  reserve(): void {
    this.makeRoom();
    this.reservedPages++;
  }

  /** All that changed, but for dirty pages, is on the disk afterwards, at once or not at all. Throws ENOSPC, EIO. */
  commit(): void {
    if (!this.needsCommit || this.isReadOnly) return;
    for (const inode of [...this.dirty]) {
      inode.store();
      this.dirty.delete(inode);
      inode.settle();
    }
    this.superblock.live = this.live.table.commit();
    this.writeSuperblock();
    this.needsCommit = false;
    this.context.metadataChanged?.(this, undefined);
  }

  writeBack(): void {
    this.commit();
  }

  sync(): void {
    if (this.isReadOnly) return;
    for (const { pages } of [...this.live.inodes.values()]) pages?.sync();
    this.commit();
  }

  /** What is live now is kept under a name. Throws EDQUOT, ENAMETOOLONG, EROFS, ENOSPC, EIO. */
  createSnapshot(name: string): Snapshot {
    const { superblock } = this;
    if (name.length > MAX_SNAPSHOT_NAME) throw fail(ENAMETOOLONG, name);
    if (superblock.snapshots.length >= superblock.snapshotLimit) throw fail(EDQUOT, 'snapshots');
    this.begin();
    this.sync();
    const id = 1 + Math.max(0, ...superblock.snapshots.map((snapshot) => snapshot.id));
    const tree = superblock.live;
    if (tree.pointer !== undefined) this.store.retain(tree.pointer);
    const snapshot = { id, name, time: this.context.now().seconds, tree };
    superblock.snapshots = [...superblock.snapshots, snapshot];
    this.writeSuperblock();
    return snapshot;
  }

  /** Throws EBUSY, EROFS, EIO. */
  removeSnapshot(snapshot: Snapshot): void {
    this.begin();
    const view = this.views.get(snapshot.id);
    for (const inode of view?.inodes.values() ?? [])
      if (inode.references > 0) throw fail(EBUSY, snapshot.name);
    this.commit();
    const { superblock } = this;
    superblock.snapshots = superblock.snapshots.filter(({ id }) => id !== snapshot.id);
    releaseVersion(this.store, snapshot.tree);
    this.writeSuperblock();
    if (view === undefined) return;
    for (const { pages } of view.inodes.values()) pages?.clear();
    view.isGone = true;
    this.views.delete(snapshot.id);
  }

  snapshotView({ id, tree }: Snapshot): CowView {
    const known = this.views.get(id);
    if (known !== undefined) return known;
    const view = new CowView(this, id, tree);
    this.views.set(id, view);
    return view;
  }

  inodeByNumber(ino: number): CowInode {
    const id = Math.floor(ino / 2 ** 32);
    const view = id === 0 ? this.live : this.views.get(id);
    if (view === undefined) throw fail(ESTALE, `cowfs: inode ${ino}`);
    return view.inode(ino % 2 ** 32);
  }

  private *inodes(): Generator<CowInode> {
    yield* this.live.inodes.values();
    for (const view of this.views.values()) yield* view.inodes.values();
  }

  get cachedInodes(): number {
    return [this.live, ...this.views.values()].reduce((sum, view) => sum + view.inodes.size, 0);
  }

  statistics(): FileSystemStatistics {
    const free = Math.floor(
      (this.store.map.freeSectors + this.store.deferredSectors) / SECTORS_PER_BLOCK,
    );
    const blocksFree = Math.max(0, free - this.reservedPages);
    return {
      type: COWFS_MAGIC,
      blockSize: 4096,
      blocks: this.superblock.blocks,
      blocksFree,
      blocksAvailable: Math.max(0, blocksFree - COMMIT_BLOCKS),
      files: 0,
      filesFree: 0,
      nameLength: NAME_BYTES,
    };
  }

  memoryUse(): FileSystemMemory {
    return memoryUseOf(this.inodes());
  }

  reclaim(count: number, stage: ReclaimStage): number {
    return reclaimPages(this.inodes(), count, stage);
  }

  shrink(): number {
    return [this.live, ...this.views.values()].reduce((sum, view) => sum + view.shrink(), 0);
  }

  remount(isReadOnly: boolean): void {
    if (!isReadOnly && this.disk.isReadOnly) throw fail(EACCES, 'read-only device');
    if (isReadOnly) this.sync();
    this.isReadOnly = isReadOnly;
  }

  /** The key's description is nobody's business. */
  shownOptions(): string {
    return '';
  }

  unmount(): void {
    const isStored = bestEffort(() => {
      for (const inode of [...this.live.inodes.values()]) if (inode.nlink === 0) inode.evict();
      this.sync();
    });
    if (!isStored) this.context.log(`cowfs (${this.disk.name}): I/O error at umount`);
    for (const { pages } of this.inodes()) pages?.clear();
    this.live.inodes.clear();
    this.views.clear();
    // Last: a loop device lets go of its file then.
    this.disk.mounted = undefined;
  }
}

export const cowfs: FileSystemType = {
  name: 'cowfs',
  requiresDevice: true,
  mount(source, options, isReadOnly, context): FileSystem {
    const settings = parseSettings(options);
    const disk = context.blockDevice(source);
    return mountDisk(
      disk,
      (mounted) => mounted instanceof Cowfs && mounted.isReadOnly === isReadOnly,
      () => new Cowfs(disk, isReadOnly, settings, context),
    );
  },
};
