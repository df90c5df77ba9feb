/**
 * A folder of a node:fs-like object as FileBackend, confined to its root: the way to a file is walked name by name with
 * lstat, and nothing that is a symbolic link is ever followed.
 */
import {
  BackendError,
  type FileBackend,
  type FileStat,
  type FileSystemStat,
  type Handle,
  isDirectory,
  isRegular,
  isSymbolicLink,
  type OpenAccess,
  type Timestamp,
} from './backend.ts';
import type { OpenFlags, SyncFs, SyncStats } from './sync-fs.ts';

export interface FolderOptions {
  /** Absolute path of the folder in `fs`, without symbolic links; '' for the whole of `fs`. */
  readonly root: string;
  readonly isReadOnly: boolean;
  readonly flags: OpenFlags;
  /** The user whose files appear as root's; absent: owners are shown as they are. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** The guest must not leave set-user-ID programs on the host. */
const PERMISSIONS = 0o1777;
const NS_PER_SECOND = 1_000_000_000n;

function timestamp(ns: bigint | undefined, ms: number | bigint): Timestamp {
  const exact = ns ?? BigInt(Math.round(Number(ms) * 1e6));
  const nanoseconds = ((exact % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  return {
    seconds: Number((exact - nanoseconds) / NS_PER_SECOND),
    nanoseconds: Number(nanoseconds),
  };
}

function seconds(time: Timestamp): number {
  return time.seconds + time.nanoseconds / 1e9;
}

export class FolderBackend implements FileBackend {
  readonly isReadOnly: boolean;
  private readonly fs: SyncFs;
  private readonly root: string;
  private readonly flags: OpenFlags;
  private readonly owner: FolderOptions['owner'];

  /** Throws where the root is no directory. */
  constructor(fs: SyncFs, options: FolderOptions) {
    this.fs = fs;
    this.root = options.root;
    this.isReadOnly = options.isReadOnly;
    this.flags = options.flags;
    this.owner = options.owner;
    if (!isDirectory(this.stat('').mode)) throw new BackendError('ENOTDIR');
  }

  stat(path: string): FileStat {
    return this.convert(this.fs.lstatSync(this.place(path), { bigint: true }));
  }

  statHandle(handle: Handle): FileStat {
    return this.convert(this.fs.fstatSync(handle, { bigint: true }));
  }

  statFileSystem(): FileSystemStat {
    const stat = this.fs.statfsSync?.(this.place(''));
    if (!stat) throw new BackendError('ENOSYS');
    return {
      blockSize: Number(stat.bsize),
      blocks: Number(stat.blocks),
      freeBlocks: Number(stat.bfree),
      availableBlocks: Number(stat.bavail),
      files: Number(stat.files),
      freeFiles: Number(stat.ffree),
    };
  }

  list(path: string): string[] {
    if (!isDirectory(this.stat(path).mode)) throw new BackendError('ENOTDIR');
    return this.fs.readdirSync(this.place(path));
  }

  readLink(path: string): string {
    return this.fs.readlinkSync(this.place(path));
  }

  open(path: string, access: OpenAccess, isTruncated: boolean): Handle {
    const { mode } = this.stat(path);
    if (isSymbolicLink(mode)) throw new BackendError('ELOOP');
    // A device or a named pipe of the host is not the guest's to open.
    if (!isRegular(mode)) throw new BackendError(isDirectory(mode) ? 'EISDIR' : 'EACCES');
    const { O_NOFOLLOW, O_NONBLOCK, O_TRUNC } = this.flags;
    const extra = O_NOFOLLOW | O_NONBLOCK | (isTruncated ? O_TRUNC : 0);
    return this.fs.openSync(this.place(path), this.accessFlags(access) | extra);
  }

  create(path: string, access: OpenAccess, mode: number): Handle {
    const { O_CREAT, O_EXCL, O_NOFOLLOW } = this.flags;
    const flags = this.accessFlags(access) | O_CREAT | O_EXCL | O_NOFOLLOW;
    const handle = this.fs.openSync(this.place(path), flags, mode & PERMISSIONS);
    // The host's umask is not the guest's.
    this.fs.fchmodSync(handle, mode & PERMISSIONS);
    return handle;
  }

  close(handle: Handle): void {
    this.fs.closeSync(handle);
  }

  read(handle: Handle, buffer: Uint8Array, position: number): number {
    return this.fs.readSync(handle, buffer, 0, buffer.length, position);
  }

  write(handle: Handle, buffer: Uint8Array, position: number): number {
    return this.fs.writeSync(handle, buffer, 0, buffer.length, position);
  }

  sync(handle: Handle, isDataOnly: boolean): void {
    if (isDataOnly) this.fs.fdatasyncSync(handle);
    else this.fs.fsyncSync(handle);
  }

  makeDirectory(path: string, mode: number): void {
    const place = this.place(path);
    this.fs.mkdirSync(place, mode & PERMISSIONS);
    this.fs.chmodSync(place, mode & PERMISSIONS);
  }

  makeLink(target: string, path: string): void {
    this.fs.symlinkSync(target, this.place(path));
  }

  link(existing: string, path: string): void {
    this.fs.linkSync(this.place(existing), this.place(path));
  }

  rename(from: string, to: string): void {
    this.fs.renameSync(this.place(from), this.place(to));
  }

  unlink(path: string): void {
    // node:fs on macOS, and memfs, would take a directory for EPERM or remove it.
    if (isDirectory(this.stat(path).mode)) throw new BackendError('EISDIR');
    this.fs.unlinkSync(this.place(path));
  }

  removeDirectory(path: string): void {
    if (!isDirectory(this.stat(path).mode)) throw new BackendError('ENOTDIR');
    this.fs.rmdirSync(this.place(path));
  }

  setMode(file: string | Handle, mode: number): void {
    if (typeof file === 'number') this.fs.fchmodSync(file, mode & PERMISSIONS);
    else this.fs.chmodSync(this.placeOfFile(file), mode & PERMISSIONS);
  }

  setOwner(file: string | Handle, uid: number, gid: number): void {
    const hostUid = uid === 0 && this.owner ? this.owner.uid : uid;
    const hostGid = gid === 0 && this.owner ? this.owner.gid : gid;
    if (typeof file === 'number') this.fs.fchownSync(file, hostUid, hostGid);
    else this.fs.lchownSync(this.place(file), hostUid, hostGid);
  }

  setSize(file: string | Handle, size: number): void {
    if (typeof file === 'number') {
      this.fs.ftruncateSync(file, size);
      return;
    }
    const handle = this.open(file, 'write', false);
    try {
      this.fs.ftruncateSync(handle, size);
    } finally {
      this.fs.closeSync(handle);
    }
  }

  setTimes(file: string | Handle, atime: Timestamp, mtime: Timestamp): void {
    if (typeof file === 'number') this.fs.futimesSync(file, seconds(atime), seconds(mtime));
    else this.fs.lutimesSync(this.place(file), seconds(atime), seconds(mtime));
  }

  /** Path in `fs` of a file whose directory is proven to be inside the root. */
  private place(path: string): string {
    if (path === '') return this.root === '' ? '/' : this.root;
    let directory = this.root;
    const names = path.slice(1).split('/');
    for (const name of names.slice(0, -1)) {
      directory += `/${name}`;
      const mode = Number(this.fs.lstatSync(directory, { bigint: true }).mode);
      if (isSymbolicLink(mode)) throw new BackendError('ELOOP');
      if (!isDirectory(mode)) throw new BackendError('ENOTDIR');
    }
    return `${directory}/${names.at(-1)}`;
  }

  /** place() of something that is no symbolic link, for calls that would follow one. */
  private placeOfFile(path: string): string {
    if (isSymbolicLink(this.stat(path).mode)) throw new BackendError('EOPNOTSUPP');
    return this.place(path);
  }

  private accessFlags(access: OpenAccess): number {
    if (access === 'read') return this.flags.O_RDONLY;
    return access === 'write' ? this.flags.O_WRONLY : this.flags.O_RDWR;
  }

  private convert(stat: SyncStats): FileStat {
    const uid = Number(stat.uid);
    const gid = Number(stat.gid);
    const size = Number(stat.size);
    return {
      device: Number(stat.dev),
      ino: Number(stat.ino),
      mode: Number(stat.mode),
      nlink: Number(stat.nlink),
      uid: uid === this.owner?.uid ? 0 : uid,
      gid: gid === this.owner?.gid ? 0 : gid,
      rdev: Number(stat.rdev),
      size,
      blockSize: Number(stat.blksize ?? 4096),
      blocks: Number(stat.blocks ?? Math.ceil(size / 512)),
      atime: timestamp(stat.atimeNs, stat.atimeMs),
      mtime: timestamp(stat.mtimeNs, stat.mtimeMs),
      ctime: timestamp(stat.ctimeNs, stat.ctimeMs),
    };
  }
}
