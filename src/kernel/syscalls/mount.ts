/** mount(2), umount2(2). */
import {
  EACCES,
  EAGAIN,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOENT,
  ENOTDIR,
  EPERM,
  fail,
} from '../../abi/errno.ts';
import { AT_FDCWD } from '../../abi/fcntl.ts';
import {
  MNT_DETACH,
  MNT_EXPIRE,
  MNT_FORCE,
  MS_BIND,
  MS_LAZYTIME,
  MS_MOVE,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_UNBINDABLE,
  UMOUNT_NOFOLLOW,
} from '../../abi/mount.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../../abi/stat.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { FileSystem, FileSystemType } from '../../fs/filesystem.ts';
import type { Mount } from '../../fs/mount.ts';
import { copiesOf, setPropagation } from '../../fs/mount-propagation.ts';
import type { Result } from '../block.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import { isUsed, letGoDetached } from '../mount-users.ts';
import type { Task } from '../task.ts';
import { hasWriters } from './mount-writers.ts';

const PER_MOUNT =
  MS_RDONLY |
  MS_NOSUID |
  MS_NOSYMFOLLOW |
  MS_NODEV |
  MS_NOEXEC |
  MS_NOATIME |
  MS_NODIRATIME |
  MS_RELATIME |
  MS_STRICTATIME;
const PROPAGATION = MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED;
const MAX_OPTIONS = 4096;

/** Errors: EBUSY, EINVAL, ENODEV, ENOENT, ENOTBLK, ENOTDIR, ENXIO, EPERM. */
export function mount(
  task: Task,
  source: string | undefined,
  target: string,
  type: string | undefined,
  flags: number,
  data: number,
): Result {
  const { kernel } = task;
  const options = data === 0 ? '' : task.memory.readString(data, MAX_OPTIONS);
  const { vfs } = kernel;
  const at = vfs.resolve(task, AT_FDCWD, target);
  // Who may not even reach the target gets EACCES.
  if (!task.credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(EPERM, 'CAP_SYS_ADMIN');
  // Linux: dont_mount() of what lies in /proc/<pid>/fd.
  if ((at.inode.mode & S_IFMT) === S_IFLNK && at.inode.fs === vfs.procfs)
    throw fail(ENOENT, 'a magic link');
  if ((flags & MS_REMOUNT) !== 0) return remount(task, at, flags, options);
  if ((flags & PROPAGATION) !== 0 && (flags & MS_BIND) === 0) return changeType(task, at, flags);
  if ((flags & (MS_BIND | MS_MOVE)) !== 0) {
    if (!source) throw fail(ENOENT, 'no source');
    const from = vfs.resolve(task, AT_FDCWD, source);
    if ((flags & MS_BIND) !== 0) {
      vfs.mounts.bind(from, at, (flags & MS_REC) !== 0);
    } else {
      requireMountRoot(from);
      vfs.mounts.move(from.mount, at);
    }
    return 0;
  }
  if (type === undefined) throw fail(EINVAL, 'no file system type');
  const fileSystemType = kernel.fileSystems.find(({ name }) => name === type);
  if (!fileSystemType) throw fail(ENODEV, type);
  if (fileSystemType.requiresDevice && !source) throw fail(EINVAL, 'no device');
  const isReadOnly = (flags & MS_RDONLY) !== 0;
  const fs = newFileSystem(task, fileSystemType, source ?? '', options, isReadOnly);
  if ((flags & MS_LAZYTIME) !== 0) fs.keepsTimes = true;
  if (fs === at.inode.fs && isMountRoot(at)) throw fail(EBUSY, 'mounted here already');
  vfs.mounts.mount(fs, source || 'none', flags & PER_MOUNT, options, at);
  return 0;
}

/** Throws EACCES for a disk that is read-only, whatever is on it, and what the type throws. */
export function newFileSystem(
  { kernel: { vfs } }: Task,
  type: FileSystemType,
  source: string,
  options: string,
  isReadOnly: boolean,
): FileSystem {
  if (type.requiresDevice && !isReadOnly && vfs.context.blockDevice(source).isReadOnly)
    throw fail(EACCES, 'read-only device');
  return type.mount(source, options, isReadOnly, vfs.context);
}

/** Errors: EINVAL for two kinds at once, or no mount point. */
function changeType(task: Task, at: Dentry, flags: number): Result {
  const type = flags & ~(MS_REC | MS_SILENT);
  if ((type & ~PROPAGATION) !== 0 || (type & (type - 1)) !== 0) throw fail(EINVAL, 'propagation');
  const { mounts } = task.kernel.vfs;
  setPropagation(mounts, requireMountRoot(at), type, (flags & MS_REC) !== 0);
  return 0;
}

function isMountRoot(place: Dentry): boolean {
  return place.node === place.mount.rootNode;
}

function requireMountRoot(place: Dentry): Mount {
  if (!isMountRoot(place)) throw fail(EINVAL, 'not a mount point');
  return place.mount;
}

/** With MS_BIND only the mount's own flags change, else the file system's read-only state too. */
function remount(task: Task, at: Dentry, flags: number, options: string): Result {
  const mountHere = requireMountRoot(at);
  const { mounts } = task.kernel.vfs;
  const affected =
    (flags & MS_BIND) === 0 ? mounts.mounts.filter(({ fs }) => fs === mountHere.fs) : [mountHere];
  const becomesReadOnly = (flags & MS_RDONLY) !== 0 && !mountHere.isReadOnly;
  if (becomesReadOnly && affected.some((mount) => hasWriters(task, mount)))
    throw fail(EBUSY, 'files are open for writing');
  if ((flags & MS_BIND) === 0) {
    const isReadOnly = (flags & MS_RDONLY) !== 0;
    if (isReadOnly) mountHere.fs.sync();
    mountHere.fs.remount?.(isReadOnly, options);
    mountHere.fs.isReadOnly = isReadOnly;
    if (mountHere.fs.keepsTimes !== undefined || (flags & MS_LAZYTIME) !== 0)
      mountHere.fs.keepsTimes = (flags & MS_LAZYTIME) !== 0;
    if (options !== '') mountHere.options = options;
  }
  mountHere.flags = flags & PER_MOUNT;
  return 0;
}

/** Errors: EBUSY, EINVAL, EPERM. */
export function umount2(task: Task, target: string, flags: number): Result {
  const known = MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW;
  if ((flags & ~known) !== 0) throw fail(EINVAL, 'umount flags');
  const expires = (flags & MNT_EXPIRE) !== 0;
  if (expires && (flags & (MNT_FORCE | MNT_DETACH)) !== 0) throw fail(EINVAL, 'MNT_EXPIRE');
  const { kernel } = task;
  const { mounts } = kernel.vfs;
  const expiring = expires ? mounts.mounts.filter((mount) => mount.isExpiring) : [];
  const follows = (flags & UMOUNT_NOFOLLOW) === 0;
  const place = kernel.vfs.resolve(task, AT_FDCWD, target, follows);
  if (!task.credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(EPERM, 'CAP_SYS_ADMIN');
  const mountHere = requireMountRoot(place);
  if ((flags & MNT_DETACH) !== 0) {
    mounts.detach(mountHere);
    letGoDetached(kernel);
    return 0;
  }
  const gone = [mountHere, ...copiesOf(kernel.vfs.mounts, mountHere)];
  if (gone.some((each) => isUsed(kernel, (mount) => mount === each))) throw fail(EBUSY, target);
  if (expires && !expiring.includes(mountHere)) {
    mountHere.isExpiring = true;
    throw fail(EAGAIN, 'marked as expiring');
  }
  mounts.unmount(mountHere);
  kernel.fanotify.unmounted(mountHere);
  letGoDetached(kernel);
  return 0;
}

/** Errors: EBUSY for places on the present root, EINVAL for what is no mount point or not below it, ENOTDIR, EPERM. */
export function pivotRoot(task: Task, newRoot: string, putOld: string): Result {
  const { kernel } = task;
  if (!task.credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(EPERM, 'CAP_SYS_ADMIN');
  const target = kernel.vfs.resolve(task, AT_FDCWD, newRoot);
  const place = kernel.vfs.resolve(task, AT_FDCWD, putOld);
  for (const { inode } of [target, place]) {
    if ((inode.mode & S_IFMT) !== S_IFDIR) throw fail(ENOTDIR, 'pivot_root');
  }
  const former = task.root;
  if (target.mount === former.mount || place.mount === former.mount) throw fail(EBUSY, 'root');
  const mountThere = requireMountRoot(target);
  // Linux: whatever would have to propagate a pivot.
  const parents = [former.mount.parent, target.mount.parent, place.mount];
  if (parents.some((parent) => parent !== undefined && parent.peerGroup !== 0))
    throw fail(EINVAL, 'a shared mount');
  const mountBefore = requireMountRoot(former);
  for (let at = place; at.mount !== mountThere; ) {
    const { mountpoint } = at.mount;
    if (!mountpoint) throw fail(EINVAL, 'put_old is not below new_root');
    at = mountpoint;
  }
  kernel.vfs.mounts.pivot(mountThere, mountBefore, place);
  // Whoever stood at the old root stands at the new one.
  for (const { fsContext } of kernel.pids.tasks.values()) {
    if (fsContext.root === former) fsContext.root = mountThere.root;
    if (fsContext.cwd === former) fsContext.cwd = mountThere.root;
  }
  return 0;
}
