/** iso9660: the file system of CD-ROMs, with Rock Ridge or Joliet names; it is only read. ECMA-119; Linux: fs/isofs. */
import { EIO, EROFS, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFREG } from '../../abi/stat.ts';
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
import { type DirectoryRecord, decodeRecord, jolietName, plainName } from './directory-record.ts';
import { type Iso9660File, Iso9660Inode, type Section } from './iso9660-inode.ts';
import { type Iso9660Settings, parseSettings } from './mount-settings.ts';
import { findSkip, type RockRidge, readRockRidge } from './rock-ridge.ts';
import { ISO9660_MAGIC, readBytes, readVolumes, type Volume } from './volume.ts';

/** Records do not reach over the end of a sector. */
const SECTOR_BYTES = 2048;
const MAX_CONTINUATION = 65_536;
const DEFAULT_MODE = 0o555;
/** Inode numbers are places in units of so many bytes. */
const INODE_UNIT = 32;

export class Iso9660 implements FileSystem {
  readonly type: FileSystemType = iso9660;
  readonly context: FileSystemContext;
  readonly disk: BlockDevice;
  readonly cachesNames = true;
  readonly isReadOnly = true;
  readonly root: Iso9660Inode;
  device: number;
  private readonly volume: Volume;
  private readonly settings: Iso9660Settings;
  /** Bytes in front of the entries of Rock Ridge; undefined without it. */
  private readonly skip: number | undefined;
  private readonly inodes = new Map<number, Iso9660Inode>();

  /** Throws EINVAL, EIO. */
  constructor(disk: BlockDevice, settings: Iso9660Settings, context: FileSystemContext) {
    this.disk = disk;
    this.context = context;
    this.settings = settings;
    this.device = disk.deviceNumber ?? 0;
    const { primary, joliet } = readVolumes(disk);
    this.volume = primary;
    if (settings.hasRockRidge)
      this.skip = findSkip(this.self(decodeRecord(primary.root)).systemUse);
    if (this.skip === undefined && settings.hasJoliet && joliet !== undefined) this.volume = joliet;
    const record = decodeRecord(this.volume.root);
    this.root = this.inodeOf(this.describe(this.self(record), record, 0, ''));
    if (!this.root.isDirectory) throw fail(EIO, 'iso9660: its root');
  }

  get blockBytes(): number {
    return this.volume.blockBytes;
  }

  /** The "." in a directory: only there is what Rock Ridge says of a root. */
  private self({ extent, size }: DirectoryRecord): DirectoryRecord {
    const length = Math.min(size, SECTOR_BYTES);
    return decodeRecord(readBytes(this.disk, extent * this.blockBytes, length));
  }

  /** Files of a directory in the order of its records, "." and ".." among them. Throws EIO. */
  *filesIn(sections: readonly Section[]): Generator<Iso9660File> {
    let parts: Section[] = [];
    for (const { record, place } of this.records(sections)) {
      if (record.isAssociated) continue;
      parts.push({ extent: record.extent, size: record.size });
      if (record.hasMore) continue;
      const all = parts;
      parts = [];
      const name = this.storedName(record);
      const rock = this.rockRidge(record);
      if (rock?.isRelocated) continue;
      const known = name === '.' || name === '..' ? name : (rock?.name ?? name);
      if (rock?.child !== undefined) yield this.relocated(rock.child, known);
      else yield this.describe(record, record, place, known, rock, all);
    }
  }

  private *records(
    sections: readonly Section[],
  ): Generator<{ record: DirectoryRecord; place: number }> {
    for (const { extent, size } of sections) {
      for (let from = 0; from < size; from += SECTOR_BYTES) {
        const start = extent * this.blockBytes + from;
        const sector = readBytes(this.disk, start, Math.min(SECTOR_BYTES, size - from));
        for (let at = 0; at < sector.length && sector[at] !== 0; at += sector[at] as number)
          yield { record: decodeRecord(sector.subarray(at)), place: start + at };
      }
    }
  }

  private storedName({ rawName }: DirectoryRecord): string {
    if (rawName.length === 1 && rawName[0] === 0) return '.';
    if (rawName.length === 1 && rawName[0] === 1) return '..';
    if (this.volume.isJoliet) return jolietName(rawName);
    return plainName(rawName, this.settings.isMapped).replaceAll('/', '_');
  }

  private rockRidge({ systemUse }: DirectoryRecord): RockRidge | undefined {
    if (this.skip === undefined) return undefined;
    return readRockRidge(systemUse, this.skip, (block, offset, length) => {
      if (length > MAX_CONTINUATION) throw fail(EIO, 'iso9660: continuation area');
      return readBytes(this.disk, block * this.blockBytes + offset, length);
    });
  }

  /** A directory that was moved up, because it lay too deep, and is shown where it belongs. */
  private relocated(extent: number, name: string): Iso9660File {
    const bytes = readBytes(this.disk, extent * this.blockBytes, SECTOR_BYTES);
    const self = decodeRecord(bytes);
    return this.describe(self, self, 0, name);
  }

  private describe(
    record: DirectoryRecord,
    { extent, size, isDirectory, time }: DirectoryRecord,
    place: number,
    name: string,
    rock = this.rockRidge(record),
    sections: readonly Section[] = [{ extent, size }],
  ): Iso9660File {
    const { settings } = this;
    const chosen = isDirectory ? settings.directoryMode : settings.mode;
    const plain = (isDirectory ? S_IFDIR : S_IFREG) | (chosen ?? DEFAULT_MODE);
    return {
      ino: (isDirectory ? extent * this.blockBytes : place) / INODE_UNIT,
      name,
      mode: rock?.mode ?? plain,
      links: rock?.links ?? 1,
      uid: rock?.uid ?? settings.uid,
      gid: rock?.gid ?? settings.gid,
      rdev: rock?.rdev ?? 0,
      target: rock?.target,
      atime: rock?.atime ?? time,
      mtime: rock?.mtime ?? time,
      ctime: rock?.ctime ?? rock?.created ?? time,
      sections,
    };
  }

  inodeOf(file: Iso9660File): Iso9660Inode {
    const ino = Math.floor(file.ino);
    const known = this.inodes.get(ino);
    if (known !== undefined) return known;
    const inode = new Iso9660Inode(this, { ...file, ino });
    this.inodes.set(ino, inode);
    return inode;
  }

  forget(inode: Iso9660Inode): void {
    if (inode === this.root) return;
    inode.pages?.clear();
    this.inodes.delete(inode.ino);
  }

  get cachedInodes(): number {
    return this.inodes.size;
  }

  statistics(): FileSystemStatistics {
    return {
      type: ISO9660_MAGIC,
      blockSize: this.volume.blockBytes,
      blocks: this.volume.blocks,
      blocksFree: 0,
      blocksAvailable: 0,
      files: 0,
      filesFree: 0,
      nameLength: 255,
    };
  }

  cachedFiles(): Iterable<Iso9660Inode> {
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
    return 0;
  }

  remount(isReadOnly: boolean): void {
    if (!isReadOnly) throw fail(EROFS, 'iso9660');
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

export const iso9660: FileSystemType = {
  name: 'iso9660',
  requiresDevice: true,
  mount(source, options, _isReadOnly, context): FileSystem {
    const settings = parseSettings(options);
    const disk = context.blockDevice(source);
    return mountDisk(
      disk,
      (mounted) => mounted instanceof Iso9660,
      () => new Iso9660(disk, settings, context),
    );
  },
};
