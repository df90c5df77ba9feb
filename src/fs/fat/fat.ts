/** vfat: FAT12, FAT16 and FAT32 with long names, read and write. Microsoft FAT specification 1.03; Linux: fs/fat. */
import { EACCES, EIO, EROFS, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFREG } from '../../abi/stat.ts';
import { attempt, bestEffort } from '../best-effort.ts';
import { type BlockDevice, beginningWrites } from '../block-device.ts';
import { ErrorSequence } from '../error-sequence.ts';
import { BlockCache } from '../ext4/block-cache.ts';
import {
  type FileSystem,
  type FileSystemContext,
  type FileSystemMemory,
  type FileSystemStatistics,
  type FileSystemType,
  mountDisk,
  type ReclaimStage,
} from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import { memoryUseOf, reclaimPages } from '../memory-use.ts';
import { NotedWrites } from '../noted-writes.ts';
import { type Geometry, readGeometry, SLOT_BYTES } from './boot-sector.ts';
import { ClusterChain } from './cluster-chain.ts';
import type { NameRecord } from './directory.ts';
import type { FatContent } from './fat-content.ts';
import { FatInode } from './fat-inode.ts';
import { FatTable } from './fat-table.ts';
import { unpackTime } from './fat-time.ts';
import { entryOf } from './file-entry.ts';
import { type FatSettings, parseFatSettings, showFatSettings } from './mount-settings.ts';
import {
  ATTR_DIRECTORY,
  ATTR_READ_ONLY,
  ATTR_SYSTEM,
  type ShortEntry,
  ShortEntryLayout,
} from './slots.ts';
import { VolumeState } from './volume-state.ts';

const MSDOS_MAGIC = 0x4d44;
const ROOT_INO = 1;
/** What Linux says: 255 units of at most 6 bytes. */
const NAME_BYTES = 1530;

export class Fat implements FileSystem {
  readonly type: FileSystemType = vfat;
  readonly context: FileSystemContext;
  readonly disk: BlockDevice;
  readonly settings: FatSettings;
  readonly geometry: Geometry;
  readonly cache: BlockCache;
  readonly table: FatTable;
  readonly root: FatInode;
  readonly cachesNames = true;
  readonly ioBlockBytes: number;
  device: number;
  isReadOnly: boolean;
  /** Inodes that differ from their entries. */
  readonly dirty = new Set<FatContent>();
  /** By where the short entry lies on disk, so that a file is one object. */
  private readonly loaded = new Map<number, FatInode>();
  /** Files without a name that somebody has open. */
  private readonly unnamed = new Set<FatInode>();
  readonly errors = new ErrorSequence();
  /** Numbers that were told, by where the entry lies. */
  private readonly numbers = new Map<number, number>();
  private nextIno = ROOT_INO + 1;
  private readonly state: VolumeState;
  /** writeBack is going to be called. */
  private isAwaited = false;

  /** Throws EINVAL, EACCES, EIO. */
  constructor(disk: BlockDevice, options: string, isReadOnly: boolean, context: FileSystemContext) {
    this.disk = disk;
    this.context = context;
    this.device = disk.deviceNumber ?? 0;
    this.isReadOnly = isReadOnly;
    this.settings = parseFatSettings(options);
    this.geometry = readGeometry(disk, (text) => context.log(text));
    this.ioBlockBytes = this.geometry.clusterBytes;
    const sealer = { seal: () => undefined };
    this.cache = new BlockCache(disk, this.geometry.sectorBytes, sealer, context);
    this.state = new VolumeState(this);
    this.table = new FatTable(this.geometry, this.cache);
    const chain = this.chain(this.geometry.rootCluster);
    this.root = new FatInode(this, ROOT_INO, this.modeOf(ATTR_DIRECTORY, ''), chain);
    this.root.attributes = ATTR_DIRECTORY;
    this.dress(this.root);
    if (!isReadOnly && disk.isReadOnly) throw fail(EACCES, 'read-only device');
    if (!isReadOnly) this.state.set(true);
  }

  /** Local time is so many seconds ahead of UTC. */
  get timeOffset(): number {
    return (this.settings.timeOffset ?? 0) * 60;
  }

  shownOptions(): string {
    return showFatSettings(this.settings);
  }

  /** Something cannot be as it is on disk. */
  alarm(what: string): void {
    this.context.log(`FAT-fs (${this.disk.name}): error, ${what}`);
    if (this.settings.onError === 'continue' || this.isReadOnly) return;
    this.isReadOnly = true;
    this.context.log(`FAT-fs (${this.disk.name}): Filesystem has been set read-only`);
  }

  /** Entries or the table are about to differ from what is stored. Throws EROFS. */
  beginChange(): void {
    if (this.isReadOnly) throw fail(EROFS, 'file system is read-only');
    this.changed();
  }

  spelling(directory: Inode, name: string): string {
    return directory instanceof FatInode && directory.nlink > 0
      ? this.cache.reading(() => directory.names.spelling(name))
      : name;
  }

  chain(first: number): ClusterChain {
    return new ClusterChain(this.table, first, (what) => this.alarm(what));
  }

  /** The logical sector where a cluster begins. */
  sectorOf(cluster: number): number {
    return this.geometry.dataStart + (cluster - 2) * this.geometry.sectorsPerCluster;
  }

  /** The same in sectors of 512 bytes. */
  deviceSector(cluster: number): number {
    return this.sectorOf(cluster) * (this.geometry.sectorBytes / 512);
  }

  /** Zeros, for a directory. */
  clearCluster(cluster: number): void {
    const first = this.sectorOf(cluster);
    for (let i = 0; i < this.geometry.sectorsPerCluster; i++) this.cache.create(first + i);
  }

  /** Its sectors are no metadata any more. */
  clusterFreed(cluster: number, wasDirectory: boolean): void {
    if (!wasDirectory) return;
    const first = this.sectorOf(cluster);
    for (let i = 0; i < this.geometry.sectorsPerCluster; i++) this.cache.forget(first + i);
  }

  freeCluster(cluster: number, wasDirectory: boolean): void {
    this.table.free(cluster);
    this.clusterFreed(cluster, wasDirectory);
  }

  /** Type and permission bits by the attributes and the mount's masks. */
  modeOf(attributes: number, name: string): number {
    const { settings } = this;
    const isDirectory = (attributes & ATTR_DIRECTORY) !== 0;
    const isReadOnly =
      (attributes & ATTR_READ_ONLY) !== 0 && (!isDirectory || settings.hasReadOnlyDirectories);
    let bits = isReadOnly ? 0o555 : 0o777;
    if (isDirectory) return S_IFDIR | (bits & ~settings.dmask);
    if (settings.showsExecutables && !/\.(exe|com|bat)$/i.test(name)) bits &= ~0o111;
    if (settings.isSystemImmutable && (attributes & ATTR_SYSTEM) !== 0) bits &= ~0o222;
    return S_IFREG | (bits & ~settings.fmask);
  }

  /** The file of a record. Throws EIO. */
  load(directory: FatInode, record: NameRecord): FatInode {
    const position = directory.names.position(record);
    const known = this.loaded.get(position);
    if (known !== undefined) return known;
    const entry = this.entryAt(position);
    const high = this.geometry.bits === 32 ? entry.DIR_FstClusHI * 65_536 : 0;
    const chain = this.chain(entry.DIR_FstClusLO + high);
    const ino = this.numberAt(position);
    const inode = new FatInode(this, ino, this.modeOf(entry.DIR_Attr, record.name), chain);
    inode.attributes = entry.DIR_Attr;
    inode.record = record;
    inode.parent = directory;
    inode.position = position;
    const offset = this.timeOffset;
    inode.mtime = unpackTime(entry.DIR_WrtDate, entry.DIR_WrtTime, 0, offset);
    inode.ctime = inode.mtime;
    inode.atime = unpackTime(entry.DIR_LstAccDate, 0, 0, offset);
    const { DIR_CrtDate: date, DIR_CrtTime: time, DIR_CrtTimeTenth: tenths } = entry;
    inode.btime = unpackTime(date, time, tenths, offset);
    if (inode.isDirectory) this.checkAncestors(inode, directory);
    this.dress(inode, entry.DIR_FileSize);
    this.loaded.set(position, inode);
    return inode;
  }

  /** A directory that is in itself would have no end. */
  private checkAncestors(inode: FatInode, directory: FatInode): void {
    for (let up = directory; ; up = up.parent) {
      if (up.chain.first === inode.chain.first || inode.chain.first === 0) {
        this.alarm(`directory ${inode.record?.name ?? ''} is in itself`);
        throw fail(EIO, 'directory loop');
      }
      if (up === this.root) return;
    }
  }

  private dress(inode: FatInode, size = 0): void {
    inode.uid = this.settings.uid;
    inode.gid = this.settings.gid;
    if (!inode.isDirectory) {
      inode.setStored(size);
      return;
    }
    inode.size = inode.directoryBytes;
    inode.blocks = inode.size / 512;
    inode.nlink = 2 + this.countDirectories(inode);
  }

  private countDirectories(inode: FatInode): number {
    let count = 0;
    for (const record of inode.names.names) {
      const position = inode.names.position(record);
      if ((this.entryAt(position).DIR_Attr & ATTR_DIRECTORY) !== 0) count++;
    }
    return count;
  }

  /** Number and type of a file that is listed. */
  glance(directory: FatInode, record: NameRecord): { ino: number; mode: number } {
    const position = directory.names.position(record);
    const known = this.loaded.get(position);
    if (known !== undefined) return known;
    const { DIR_Attr: attributes } = this.entryAt(position);
    return { ino: this.numberAt(position), mode: this.modeOf(attributes, record.name) };
  }

  private numberAt(position: number): number {
    let ino = this.numbers.get(position);
    if (ino === undefined) this.numbers.set(position, (ino = this.nextIno++));
    return ino;
  }

  private entryAt(position: number): ShortEntry {
    const at = position * SLOT_BYTES;
    const { sectorBytes } = this.geometry;
    return ShortEntryLayout.decode(
      this.cache.read(Math.floor(at / sectorBytes)).bytes,
      at & (sectorBytes - 1),
    );
  }

  /** `inode` is what `record` of `directory` leads to. */
  place(inode: FatInode, directory: FatInode, record: NameRecord): void {
    if (inode.position !== undefined) this.unplace(inode);
    const position = directory.names.position(record);
    inode.record = record;
    inode.parent = directory;
    inode.position = position;
    this.unnamed.delete(inode);
    this.loaded.set(position, inode);
    this.numbers.set(position, inode.ino);
  }

  /** Its entry is another's, or nobody's. */
  unplace(inode: FatInode): void {
    const { position } = inode;
    if (position !== undefined) {
      this.loaded.delete(position);
      this.numbers.delete(position);
    }
    inode.position = undefined;
    inode.record = undefined;
    this.unnamed.add(inode);
  }

  forgetUnnamed(inode: FatInode): void {
    this.unnamed.delete(inode);
  }

  /** Nobody has the object, and no name leads to it. */
  forget(inode: FatInode): void {
    if (inode.position === undefined) return;
    bestEffort(() => inode.pages?.sync());
    inode.pages?.clear();
    this.store(inode);
    this.loaded.delete(inode.position);
  }

  private store(inode: FatContent): void {
    this.dirty.delete(inode);
    if (!(inode instanceof FatInode) || inode.position === undefined) return;
    const at = inode.position * SLOT_BYTES;
    const { sectorBytes } = this.geometry;
    const block = this.cache.read(Math.floor(at / sectorBytes));
    const within = at & (sectorBytes - 1);
    const { DIR_Name, DIR_NTRes } = ShortEntryLayout.decode(block.bytes, within);
    const entry = { ...entryOf(inode), DIR_Name, DIR_NTRes };
    block.bytes.set(ShortEntryLayout.encode(entry), within);
    block.markDirty();
  }

  statistics(): FileSystemStatistics {
    const { clusterBytes, clusterCount } = this.geometry;
    const free = this.cache.reading(() => this.table.freeCount);
    return {
      type: MSDOS_MAGIC,
      blockSize: clusterBytes,
      blocks: clusterCount,
      blocksFree: free,
      blocksAvailable: free,
      files: 0,
      filesFree: 0,
      nameLength: NAME_BYTES,
    };
  }

  cachedFiles(): Iterable<FatInode> {
    return this.loaded.values();
  }

  memoryUse(): FileSystemMemory {
    return memoryUseOf([...this.loaded.values(), ...this.unnamed]);
  }

  reclaim(count: number, stage: ReclaimStage): number {
    return reclaimPages(this.loaded.values(), count, stage);
  }

  /** What differs is stored when dirty pages are due. */
  changed(): void {
    if (this.isAwaited) return;
    this.isAwaited = true;
    this.context.metadataChanged?.(this, undefined);
  }

  writeBack(): void {
    this.isAwaited = false;
    if (this.disk.mounted === this) this.flush();
  }

  sync(): void {
    if (this.isReadOnly) return;
    for (const { pages } of this.loaded.values()) pages?.sync();
    for (const { pages } of this.unnamed) pages?.sync();
    this.flush();
  }

  /** Entries, table and FSInfo to the disk. */
  flush(): void {
    if (this.isReadOnly) return;
    const failure = attempt(() => this.storeMetadata());
    if (failure === undefined) return;
    this.errors.record(failure);
    throw failure;
  }

  private storeMetadata(): void {
    beginningWrites(this.disk, new NotedWrites(this.errors), () => {
      for (const inode of [...this.dirty]) this.store(inode);
      this.table.storeInfo();
      this.cache.flush();
      this.disk.flush();
    });
  }

  remount(isReadOnly: boolean): void {
    if (isReadOnly === this.isReadOnly) return;
    if (!isReadOnly && this.disk.isReadOnly) throw fail(EACCES, 'read-only device');
    if (isReadOnly) this.sync();
    this.state.set(!isReadOnly);
    this.isReadOnly = isReadOnly;
  }

  unmount(): void {
    const isStored = bestEffort(() => {
      for (const inode of [...this.unnamed]) if (inode.nlink === 0) inode.evict();
      for (const inode of this.loaded.values()) inode.unused();
      this.sync();
      if (!this.isReadOnly) this.state.set(false);
    });
    if (!isStored)
      this.context.log(`FAT-fs (${this.disk.name}): I/O error at umount: changes are lost`);
    for (const inode of [...this.loaded.values(), ...this.unnamed]) inode.pages?.clear();
    this.loaded.clear();
    this.unnamed.clear();
    // Last: a loop device lets go of its file then.
    this.disk.mounted = undefined;
  }
}

export const vfat: FileSystemType = {
  name: 'vfat',
  requiresDevice: true,
  mount(source, options, isReadOnly, context): FileSystem {
    const disk = context.blockDevice(source);
    return mountDisk(
      disk,
      (mounted) => mounted instanceof Fat && mounted.isReadOnly === isReadOnly,
      () => new Fat(disk, options, isReadOnly, context),
    );
  },
};
