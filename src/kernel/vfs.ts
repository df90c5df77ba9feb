/** The kernel's view of all file systems: mounts, path lookup for a process, open(2). Linux: fs/namei.c, fs/open.c. */
import {
  EACCES,
  EAGAIN,
  EEXIST,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  ENXIO,
  EOPNOTSUPP,
  ETXTBSY,
  fail,
} from '../abi/errno.ts';
import { FAN_ACCESS_PERM, FAN_OPEN_EXEC_PERM, FAN_OPEN_PERM } from '../abi/fanotify.ts';
import {
  AT_FDCWD,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_LARGEFILE,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_TMPFILE,
  O_TRUNC,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  X_OK,
} from '../abi/fcntl.ts';
import { IN_MODIFY, IN_OPEN } from '../abi/inotify.ts';
import { MS_NODEV, MS_NOEXEC } from '../abi/mount.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK } from '../abi/stat.ts';
import { type Dentry, NameNode } from '../fs/dentry.ts';
import { createFile, removeFile } from '../fs/directory-operations.ts';
import type { File } from '../fs/file.ts';
import type { FileSystem, ReclaimStage } from '../fs/filesystem.ts';
import type { Inode } from '../fs/inode.ts';
import { checkFound, type LinkProtection } from '../fs/link-protection.ts';
import { Mount } from '../fs/mount.ts';
import { MountTable } from '../fs/mount-table.ts';
import { notifyPlace, SILENT } from '../fs/notify.ts';
import { type PathContext, resolve, resolveForOpen, resolveParent } from '../fs/path.ts';
import {
  type AccessIdentity,
  ALL_POWERS,
  checkAccess,
  type FilePowers,
  NO_POWERS,
} from '../fs/permission.ts';
import { PIPE_MAX_BYTES } from '../fs/pipe.ts';
import { PipeFileSystem } from '../fs/pipe-file.ts';
import { Tmpfs } from '../fs/tmpfs/tmpfs.ts';
import { AnonymousFileSystem } from './anonymous-inode.ts';
import {
  ALL_CAPABILITIES,
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  hasBit,
} from './credentials.ts';
import { openDevice } from './devfs/devices.ts';
import { askPermission } from './fanotify-permission.ts';
import { KernelFileSystemContext } from './file-system-context.ts';
import { dropFile } from './file-table.ts';
import type { Kernel } from './kernel.ts';
import type { Lease } from './lease.ts';
import { MountAccount } from './mount-account.ts';
import { checkOpen, checkOpenFlags, TMPFILE_BIT } from './open-check.ts';
import { OpenFiles } from './open-files.ts';

import { PathFile } from './path-file.ts';
import type { ProcFileSystem } from './procfs/procfs.ts';
import { whileReading } from './structure-waits.ts';
import type { Task } from './task.ts';

const PATH_FLAGS = O_PATH | O_DIRECTORY | O_NOFOLLOW;
/** Flags that act at open time and are not kept as status flags. */
const OPEN_ONLY = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;

/** The identity that files are accessed with: the file-system ids. */
export function fileIdentity(task: Task): AccessIdentity {
  const { fsuid, fsgid, groups, effective } = task.credentials;
  return { uid: fsuid, gid: fsgid, groups, powers: powersOf(effective) };
}

/** What a set of effective capabilities allows with files. */
export function powersOf(effective: number): FilePowers {
  if (effective === ALL_CAPABILITIES) return ALL_POWERS;
  if (effective === 0) return NO_POWERS;
  return {
    overridesAll: hasBit(effective, CAP_DAC_OVERRIDE),
    overridesRead: hasBit(effective, CAP_DAC_READ_SEARCH),
    ownsAll: hasBit(effective, CAP_FOWNER),
    keepsSetgid: hasBit(effective, CAP_FSETID),
  };
}

/** Holds files that were never in a directory: their entry's name is all of their path. */
export class UnnamedFileSystem extends Tmpfs {
  readonly describesItself = true;
  override device = 1;
}

export class Vfs {
  readonly kernel: Kernel;
  readonly context: KernelFileSystemContext;
  readonly mounts: MountTable;
  /** The locks of files, and the count of those that are open. */
  readonly locks: OpenFiles;
  /** /proc/sys/fs/pipe-max-size. */
  pipeMaxBytes = PIPE_MAX_BYTES;
  /** /proc/sys/fs/pipe-user-pages-soft and -hard: pages of one user's pipes together; 0 for any number. */
  pipeSoftPages = 16_384;
  pipeHardPages = 0;
  /** /proc/sys/fs/protected_*. */
  readonly protection: LinkProtection = { fifos: 0, hardlinks: 0, regular: 0, symlinks: 0 };
  readonly pipes: PipeFileSystem;
  readonly anonymous = new AnonymousFileSystem();
  /** The one devtmpfs, once it was mounted. */
  devtmpfs: FileSystem | undefined = undefined;
  /** The one devpts, once it was mounted. */
  devpts: FileSystem | undefined = undefined;
  /** The one procfs and the one sysfs, once they were mounted. */
  procfs: ProcFileSystem | undefined = undefined;
  sysfs: FileSystem | undefined = undefined;
  /** What the last open that failed with EAGAIN has to wait for. */
  lease: Lease | undefined = undefined;
  private nextTemporary = 0;
  private unnamedFiles: Tmpfs | undefined = undefined;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.mounts = new MountTable(new MountAccount(kernel.slab, kernel.frames.total));
    this.locks = new OpenFiles(kernel);
    this.context = new KernelFileSystemContext(kernel);
    this.pipes = new PipeFileSystem(kernel.frames);
  }

  /** How a path of the process is walked from the directory `dirfd`. Throws EBADF; a non-directory is found by the walk. */
  pathContext(task: Task, dirfd: number, path: string, restrictions = 0): PathContext {
    if (path === '') throw fail(ENOENT, 'empty path');
    const isScoped = (restrictions & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0;
    const isPlain = dirfd === AT_FDCWD || (path.startsWith('/') && !isScoped);
    const cwd = isPlain ? task.cwd : this.directoryOf(task, dirfd);
    const root = isScoped ? cwd : task.root;
    const { protection } = this;
    return { root, cwd, identity: fileIdentity(task), restrictions, protection };
  }

  /** The place behind a descriptor. Throws EBADF, ENOTDIR for pipes and the like. */
  directoryOf(task: Task, fd: number): Dentry {
    const { dentry } = task.files.getAny(fd);
    if (!dentry) throw fail(ENOTDIR, 'descriptor has no place in the tree');
    return dentry;
  }

  /** The place that a path of the process names. Throws as path_resolution(7). */
  resolve(task: Task, dirfd: number, path: string, followsLast = true): Dentry {
    const context = this.pathContext(task, dirfd, path);
    return whileReading(task, () => resolve(path, context, followsLast));
  }

  /** As resolve, but nothing if the last name is not there: a throw takes longer than to look. */
  find(task: Task, dirfd: number, path: string, followsLast = true): Dentry | undefined {
    const context = this.pathContext(task, dirfd, path);
    return whileReading(task, () => resolveForOpen(path, context, followsLast)).dentry;
  }

  /**
   * open(2). The file has one reference, the caller's. A FIFO's wait for the other end is the caller's (PipeFile).
   * `mode` goes through the umask. Errors as in the man page.
   */
  open(
    task: Task,
    dirfd: number,
    path: string,
    flags: number,
    mode: number,
    restrictions = 0,
  ): File {
    this.lease = undefined;
    checkOpenFlags(flags);
    const context = this.pathContext(task, dirfd, path, restrictions);
    if ((flags & O_PATH) !== 0) return this.openPath(task, context, path, flags & PATH_FLAGS);
    if ((flags & TMPFILE_BIT) !== 0) return this.openTemporary(task, context, path, flags, mode);
    const isExclusive = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
    const followsLast = (flags & O_NOFOLLOW) === 0 && !isExclusive;
    const creates = (flags & O_CREAT) !== 0;
    const found = whileReading(task, () => resolveForOpen(path, context, followsLast, creates));
    if (found.dentry) {
      if (isExclusive) throw fail(EEXIST, path);
      if ((flags & O_CREAT) !== 0 && isDirectory(found.dentry.inode)) throw fail(EISDIR, path);
      checkOpen(found.dentry, flags, context.identity);
      if (creates)
        checkFound(this.protection, found.parent.inode, found.dentry.inode, context.identity);
      this.checkLease(found.dentry.inode, flags);
      this.askToOpen(task, found.dentry, FAN_OPEN_PERM);
      return this.openInode(task, found.dentry, flags);
    }
    if ((flags & O_CREAT) === 0) throw fail(ENOENT, path);
    if (found.hasTrailingSlash) throw fail(EISDIR, path);
    const { identity } = context;
    whileReading(task, () => found.parent.inode.prepareChange?.());
    const dentry = createFile(found.parent, found.name, mode & 0o7777, identity, task.umask);
    return this.openInode(task, dentry, flags & ~O_TRUNC);
  }

  /** A file to execute: regular, with execute permission, on a mount that allows it; who watches is told by the caller. Throws EACCES, ETXTBSY, ENOENT … */
  openExecutable(task: Task, path: string, dirfd = AT_FDCWD, followsLast = true): File {
    const dentry =
      path !== ''
        ? this.resolve(task, dirfd, path, followsLast)
        : dirfd === AT_FDCWD
          ? task.cwd
          : task.files.getAny(dirfd).dentry;
    if (!dentry) throw fail(EACCES, 'exec of a pipe or socket');
    return this.openExecutableAt(task, dentry);
  }

  openExecutableAt(task: Task, dentry: Dentry): File {
    const { inode, mount } = dentry;
    if ((inode.mode & S_IFMT) === S_IFLNK) throw fail(ELOOP, 'exec of a symbolic link');
    if ((inode.mode & S_IFMT) !== S_IFREG) throw fail(EACCES, 'exec of a special file');
    if ((mount.flags & MS_NOEXEC) !== 0) throw fail(EACCES, 'noexec mount');
    checkAccess(inode, fileIdentity(task), X_OK);
    if (inode.writers > (inode.uncountedWriters ?? 0))
      throw fail(ETXTBSY, 'the program is open for writing');
    this.askToOpen(task, dentry, FAN_OPEN_EXEC_PERM, FAN_OPEN_PERM, FAN_ACCESS_PERM);
    const file = inode.open(O_RDONLY);
    file.dentry = dentry;
    return file;
  }

  /** Reopen what is at `dentry`, as /proc/<pid>/fd links do; permissions are those of the file itself. */
  openInode(task: Task | undefined, dentry: Dentry, flags: number): File {
    const { inode } = dentry;
    const status = (flags & ~OPEN_ONLY) | O_LARGEFILE;
    const file = this.openByType(task, dentry, status | (flags & (O_NOCTTY | O_EXCL)));
    file.flags = status;
    file.dentry ??= dentry;
    if ((flags & SILENT) === 0) notifyPlace(dentry, IN_OPEN);
    if ((flags & O_TRUNC) !== 0 && (inode.mode & S_IFMT) === S_IFREG) {
      // Views of kernel state have no size to set; a file that is empty already gets its times.
      if (inode.size > 0 || inode.pages) inode.setAttributes({ size: 0 });
      notifyPlace(dentry, IN_MODIFY);
    }
    return file;
  }

  private openByType(task: Task | undefined, dentry: Dentry, flags: number): File {
    const { inode } = dentry;
    switch (inode.mode & S_IFMT) {
      case S_IFCHR:
      case S_IFBLK:
        if ((dentry.mount.flags & MS_NODEV) !== 0) throw fail(EACCES, 'nodev mount');
        return openDevice(this.kernel, task, inode, flags);
      case S_IFSOCK:
        throw fail(ENXIO, 'open of a socket');
      default:
        return inode.open(flags & ~O_EXCL);
    }
  }

  /** As open, of a place that was found without a path. Throws as open(2). */
  openPlace(task: Task, dentry: Dentry, flags: number): File {
    if ((flags & O_PATH) !== 0) return new PathFile(dentry, flags & PATH_FLAGS);
    checkOpen(dentry, flags, fileIdentity(task));
    return this.openInode(task, dentry, flags);
  }

  private openPath(task: Task, context: PathContext, path: string, flags: number): File {
    const followsLast = (flags & O_NOFOLLOW) === 0;
    const dentry = whileReading(task, () => resolve(path, context, followsLast));
    if ((flags & O_DIRECTORY) !== 0 && !isDirectory(dentry.inode)) throw fail(ENOTDIR, path);
    return new PathFile(dentry, flags);
  }

  /** O_TMPFILE: a file that never had a name that anybody could see. */
  private openTemporary(
    task: Task,
    context: PathContext,
    path: string,
    flags: number,
    mode: number,
  ): File {
    const directory = whileReading(task, () => resolve(path, context));
    if (!isDirectory(directory.inode)) throw fail(ENOTDIR, path);
    const { identity } = context;
    if (directory.inode.fs.newNames !== undefined)
      throw fail(EOPNOTSUPP, 'no files are made there');
    const name = `.#tmpfile-${this.nextTemporary++}`;
    const dentry = createFile(directory, name, mode & 0o7777, identity, task.umask);
    const file = this.openInode(task, dentry, flags & ~(O_TMPFILE | O_CREAT));
    removeFile(directory, name, identity);
    if ((flags & O_EXCL) === 0) file.inode.isLinkable = true;
    return file;
  }

  /** A regular file in memory that no directory has: memfd_create, shared anonymous memory, shmget. */
  createUnnamed(name: string, mode: number, uid: number, gid: number, ino?: number): Dentry {
    const inode = this.unnamed.createInode(mode, uid, gid, ino);
    inode.nlink = 0;
    const mount = new Mount(0, this.unnamed, new NameNode(undefined, '/', inode), '', 0, '');
    const node = new NameNode(undefined, `/${name} (deleted)`, inode);
    return node.within(mount);
  }

  /** A place for an inode that has none, such as a pipe's: /proc/<pid>/fd leads there. */
  placeOfUnnamed(inode: Inode, name: string): Dentry {
    const mount = new Mount(0, inode.fs, new NameNode(undefined, '/', inode), '', 0, '');
    return new NameNode(undefined, name, inode).within(mount);
  }

  /** Memory is short: file systems give up about `count` clean pages; returns how many it were. */
  reclaim(count: number, stage: ReclaimStage): number {
    let released = 0;
    for (const fs of this.mounts.instances()) {
      if (released < count) released += fs.reclaim?.(count - released, stage) ?? 0;
    }
    return released;
  }

  /** Pages of tmpfs and of shared memory go to swap; returns how many. */
  swapOut(count: number, sparesUsed: boolean): number {
    let released = 0;
    for (const fs of this.fileSystems()) {
      if (released < count) released += fs.swapOut?.(count - released, sparesUsed) ?? 0;
    }
    return released;
  }

  /** Metadata that can be read again is forgotten. */
  shrink(): void {
    for (const fs of this.mounts.instances()) fs.shrink?.();
  }

  private get unnamed(): Tmpfs {
    return (this.unnamedFiles ??= new UnnamedFileSystem('size=0,nr_inodes=0', false, this.context));
  }

  /** Every file system that is there: the mounted ones, and the one of unnamed files. */
  *fileSystems(): Generator<FileSystem> {
    yield* new Set(this.mounts.mounts.map((mount) => mount.fs));
    if (this.unnamedFiles) yield this.unnamedFiles;
  }

  /** Pages of tmpfs and of shared memory. */
  sharedPages(): number {
    let pages = 0;
    for (const fs of this.fileSystems()) {
      const use = fs.memoryUse?.();
      if (use && !use.isStored) pages += use.cachedPages;
    }
    return pages;
  }

  /** Throws MustWait, EPERM: fanotify-permission.ts. */
  private askToOpen(task: Task, dentry: Dentry, ...events: readonly number[]): void {
    if (this.kernel.fanotify.askers.size === 0) return;
    for (const event of events) askPermission(task, dentry, event);
  }

  /** Throws EAGAIN while somebody holds a lease that this open breaks; `lease` is it. */
  private checkLease(inode: Inode, flags: number): void {
    const isWrite = (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
    this.lease = this.kernel.leases.breakFor(inode, isWrite);
    if (this.lease) throw fail(EAGAIN, 'a lease is held on the file');
  }

  /** A holder of an open file is gone. */
  dropFile(file: File): void {
    dropFile(file, this.locks);
  }

  /** The directory and last name of a path that a new or removed name is about. */
  parentOf(task: Task, dirfd: number, path: string) {
    const context = this.pathContext(task, dirfd, path);
    const found = whileReading(task, () => resolveParent(path, context));
    whileReading(task, () => found.parent.inode.prepareChange?.());
    return found;
  }
}

function isDirectory(inode: Inode): boolean {
  return (inode.mode & S_IFMT) === S_IFDIR;
}
