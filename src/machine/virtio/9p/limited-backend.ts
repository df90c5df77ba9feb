/** A shared folder that the guest may make larger only so far: what it adds beyond that meets ENOSPC, as on a disk that is full. */
import {
  BackendError,
  type FileBackend,
  type FileStat,
  type FileSystemStat,
  type Handle,
  isDirectory,
  type OpenAccess,
  type Timestamp,
} from './backend.ts';

/** How much may be added to what is there at the start. */
export interface SpaceLimit {
  /** Sum of the sizes of files, holes included. */
  readonly bytes?: number | undefined;
  /** Files, directories and symbolic links. */
  readonly inodes?: number | undefined;
}

function fileOf({ device, ino }: FileStat): string {
  return `${device}:${ino}`;
}

export class LimitedBackend implements FileBackend {
  private readonly folder: FileBackend;
  private readonly maxBytes: number;
  private readonly maxInodes: number;
  /** Net growth since the start; negative when more was removed than added. */
  private bytes = 0;
  private inodes = 0;
  /** The file of each open handle: one without a name takes room until it is closed. */
  private readonly handles = new Map<Handle, string>();

  constructor(folder: FileBackend, { bytes, inodes }: SpaceLimit) {
    this.folder = folder;
    this.maxBytes = bytes ?? Number.POSITIVE_INFINITY;
    this.maxInodes = inodes ?? Number.POSITIVE_INFINITY;
  }

  get isReadOnly(): boolean {
    return this.folder.isReadOnly;
  }

  stat(path: string): FileStat {
    return this.folder.stat(path);
  }

  statHandle(handle: Handle): FileStat {
    return this.folder.statHandle(handle);
  }

  /** What is left is the least of the limit and the host's. */
  statFileSystem(): FileSystemStat {
    const stat = this.folder.statFileSystem();
    const blocks = Math.max(0, Math.floor((this.maxBytes - this.bytes) / stat.blockSize));
    const files = Math.max(0, this.maxInodes - this.inodes);
    return {
      ...stat,
      freeBlocks: Math.min(stat.freeBlocks, blocks),
      availableBlocks: Math.min(stat.availableBlocks, blocks),
      freeFiles: Math.min(stat.freeFiles, files),
    };
  }

  list(path: string): string[] {
    return this.folder.list(path);
  }

  statEntries(path: string, names: readonly string[]): (FileStat | undefined)[] {
    return this.folder.statEntries(path, names);
  }

  readLink(path: string): string {
    return this.folder.readLink(path);
  }

  open(path: string, access: OpenAccess, isTruncated: boolean): Handle {
    const before = isTruncated ? this.folder.stat(path).size : 0;
    const handle = this.folder.open(path, access, isTruncated);
    this.bytes -= before;
    return this.opened(handle);
  }

  create(path: string, access: OpenAccess, mode: number): Handle {
    return this.opened(this.adding(() => this.folder.create(path, access, mode)));
  }

  close(handle: Handle): void {
    const stat = this.folder.statHandle(handle);
    this.folder.close(handle);
    this.handles.delete(handle);
    if (stat.nlink === 0) this.freed(stat);
  }

  read(handle: Handle, buffer: Uint8Array, position: number): number {
    return this.folder.read(handle, buffer, position);
  }

  /** As far as there is room. */
  write(handle: Handle, buffer: Uint8Array, position: number): number {
    const { size } = this.folder.statHandle(handle);
    const room = this.maxBytes - this.bytes;
    const most = Math.min(buffer.length, Math.max(0, size + Math.max(0, room) - position));
    if (most === 0 && buffer.length > 0) throw new BackendError('ENOSPC');
    const written = this.folder.write(handle, buffer.subarray(0, most), position);
    this.bytes += Math.max(0, position + written - size);
    return written;
  }

  sync(handle: Handle, isDataOnly: boolean): void {
    this.folder.sync(handle, isDataOnly);
  }

  makeDirectory(path: string, mode: number): void {
    this.adding(() => this.folder.makeDirectory(path, mode));
  }

  makeLink(target: string, path: string): void {
    this.adding(() => this.folder.makeLink(target, path));
  }

  link(existing: string, path: string): void {
    this.folder.link(existing, path);
  }

  rename(from: string, to: string): void {
    const replaced = this.statIfThere(to);
    const moved = this.folder.stat(from);
    this.folder.rename(from, to);
    if (replaced && fileOf(replaced) !== fileOf(moved)) this.unlinked(replaced);
  }

  unlink(path: string): void {
    const stat = this.folder.stat(path);
    this.folder.unlink(path);
    this.unlinked(stat);
  }

  removeDirectory(path: string): void {
    this.folder.removeDirectory(path);
    this.inodes--;
  }

  setMode(file: string | Handle, mode: number): void {
    this.folder.setMode(file, mode);
  }

  setOwner(file: string | Handle, uid: number, gid: number): void {
    this.folder.setOwner(file, uid, gid);
  }

  setSize(file: string | Handle, size: number): void {
    const before = typeof file === 'number' ? this.folder.statHandle(file) : this.folder.stat(file);
    const growth = size - before.size;
    if (growth > 0 && this.bytes + growth > this.maxBytes) throw new BackendError('ENOSPC');
    this.folder.setSize(file, size);
    this.bytes += growth;
  }

  setTimes(file: string | Handle, atime: Timestamp, mtime: Timestamp): void {
    this.folder.setTimes(file, atime, mtime);
  }

  private opened(handle: Handle): Handle {
    this.handles.set(handle, fileOf(this.folder.statHandle(handle)));
    return handle;
  }

  private adding<R>(make: () => R): R {
    if (this.inodes >= this.maxInodes) throw new BackendError('ENOSPC');
    const made = make();
    this.inodes++;
    return made;
  }

  private statIfThere(path: string): FileStat | undefined {
    try {
      return this.folder.stat(path);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** A name of it is gone. */
  private unlinked(before: FileStat): void {
    if (isDirectory(before.mode)) this.inodes--;
    else if (before.nlink <= 1) this.freed(before);
  }

  private freed(stat: FileStat): void {
    const file = fileOf(stat);
    for (const other of this.handles.values()) if (other === file) return;
    this.bytes -= stat.size;
    this.inodes--;
  }
}
