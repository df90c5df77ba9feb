/**
 * A folder of a node:fs-like object as FileBackend, confined to its root: the way to a file is walked name by name
 * (directory-walk.ts), and nothing that is a symbolic link is ever followed.
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
import type { DirectoryWalk } from './directory-walk.ts';
import type { OpenFlags, SyncFs, SyncStats } from './sync-fs.ts';

export interface FolderOptions {
  /** The way to the directories of the folder. */
  readonly walk: DirectoryWalk;
  readonly isReadOnly: boolean;
  readonly flags: OpenFlags;
  /** The user whose files appear as root's; absent: owners are shown as they are. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Whether `fs` takes this for the name of one file; absent: all without a slash are. Others are EINVAL. */
  readonly accepts?: (name: string) => boolean;
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
  private readonly walk: DirectoryWalk;
  private readonly flags: OpenFlags;
  private readonly owner: FolderOptions['owner'];
  private readonly accepts: FolderOptions['accepts'];

  /** Throws where the root is no directory. */
  constructor(fs: SyncFs, options: FolderOptions) {
    this.fs = fs;
    this.walk = options.walk;
    this.accepts = options.accepts;
    this.isReadOnly = options.isReadOnly;
    this.flags = options.flags;
    this.owner = options.owner;
    if (!isDirectory(this.stat('').mode)) throw new BackendError('ENOTDIR');
  }

  stat(path: string): FileStat {
    return this.at(path, (place) => this.convert(this.fs.lstatSync(place, { bigint: true })));
  }

  statHandle(handle: Handle): FileStat {
    return this.convert(this.fs.fstatSync(handle, { bigint: true }));
  }

  statFileSystem(): FileSystemStat {
    const stat = this.at('', (place) => this.fs.statfsSync?.(place));
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
    // Entered as a directory, it cannot be a link.
    const entered = this.walk.enter(this.namesOf(path));
    try {
      return this.fs.readdirSync(`${entered.path}/.`);
    } finally {
      entered.leave();
    }
  }

  statEntries(path: string, names: readonly string[]): (FileStat | undefined)[] {
    this.checkNames(names);
    const entered = this.walk.enter(this.namesOf(path));
    try {
      return names.map((name) => this.statEntry(`${entered.path}/${name}`));
    } finally {
      entered.leave();
    }
  }

  private statEntry(place: string): FileStat | undefined {
    try {
      return this.convert(this.fs.lstatSync(place, { bigint: true }));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  readLink(path: string): string {
    return this.at(path, (place) => this.fs.readlinkSync(place));
  }

  open(path: string, access: OpenAccess, isTruncated: boolean): Handle {
    const { mode } = this.stat(path);
    if (isSymbolicLink(mode)) throw new BackendError('ELOOP');
    // A device or a named pipe of the host is not the guest's to open.
    if (!isRegular(mode)) throw new BackendError(isDirectory(mode) ? 'EISDIR' : 'EACCES');
    const { O_NOFOLLOW, O_NONBLOCK, O_TRUNC } = this.flags;
    const extra = O_NOFOLLOW | O_NONBLOCK | (isTruncated ? O_TRUNC : 0);
    return this.at(path, (place) => this.fs.openSync(place, this.accessFlags(access) | extra));
  }

  create(path: string, access: OpenAccess, mode: number): Handle {
    const { O_CREAT, O_EXCL, O_NOFOLLOW } = this.flags;
    const flags = this.accessFlags(access) | O_CREAT | O_EXCL | O_NOFOLLOW;
    const handle = this.at(path, (place) => this.fs.openSync(place, flags, mode & PERMISSIONS));
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
    this.at(path, (place) => this.fs.mkdirSync(place, mode & PERMISSIONS));
    this.setMode(path, mode);
  }

  makeLink(target: string, path: string): void {
    this.at(path, (place) => this.fs.symlinkSync(target, place));
  }

  link(existing: string, path: string): void {
    this.at(existing, (from) => this.at(path, (to) => this.fs.linkSync(from, to)));
  }

  rename(from: string, to: string): void {
    this.at(from, (old) => this.at(to, (place) => this.fs.renameSync(old, place)));
  }

  unlink(path: string): void {
    // node:fs on macOS, and memfs, would take a directory for EPERM or remove it.
    if (isDirectory(this.stat(path).mode)) throw new BackendError('EISDIR');
    this.at(path, (place) => this.fs.unlinkSync(place));
  }

  removeDirectory(path: string): void {
    if (!isDirectory(this.stat(path).mode)) throw new BackendError('ENOTDIR');
    this.at(path, (place) => this.fs.rmdirSync(place));
  }

  setMode(file: string | Handle, mode: number): void {
    if (typeof file === 'number') this.fs.fchmodSync(file, mode & PERMISSIONS);
    else this.setModeOf(file, mode & PERMISSIONS);
  }

  setOwner(file: string | Handle, uid: number, gid: number): void {
    const hostUid = uid === 0 && this.owner ? this.owner.uid : uid;
    const hostGid = gid === 0 && this.owner ? this.owner.gid : gid;
    if (typeof file === 'number') this.fs.fchownSync(file, hostUid, hostGid);
    else this.at(file, (place) => this.fs.lchownSync(place, hostUid, hostGid));
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
    const [access, change] = [seconds(atime), seconds(mtime)];
    if (typeof file === 'number') this.fs.futimesSync(file, access, change);
    else this.at(file, (place) => this.fs.lutimesSync(place, access, change));
  }

  private namesOf(path: string): string[] {
    const names = path === '' ? [] : path.slice(1).split('/');
    this.checkNames(names);
    return names;
  }

  private checkNames(names: readonly string[]): void {
    const { accepts } = this;
    if (accepts && !names.every(accepts)) throw new BackendError('EINVAL');
  }

  /** Run `action` with a path in `fs` of the file. It may be a symbolic link: `action` must not follow that. */
  private at<R>(path: string, action: (place: string) => R): R {
    const names = this.namesOf(path);
    const last = names.pop() ?? '.';
    const entered = this.walk.enter(names);
    try {
      return action(`${entered.path}/${last}`);
    } finally {
      entered.leave();
    }
  }

  /** chmod follows links, and node:fs has no form that does not. */
  private setModeOf(path: string, mode: number): void {
    if (isSymbolicLink(this.stat(path).mode)) throw new BackendError('EOPNOTSUPP');
    const pinned = this.walk.pin(this.namesOf(path));
    try {
      this.fs.chmodSync(pinned.path, mode);
    } finally {
      pinned.leave();
    }
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
