/** chmod(2), chown(2), utimensat(2). */
import { EACCES, EFAULT, EINVAL, EOPNOTSUPP, EPERM, EROFS, fail } from '../../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, W_OK } from '../../abi/fcntl.ts';
import { IN_ACCESS, IN_ATTRIB, IN_MODIFY } from '../../abi/inotify.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_ISGID } from '../../abi/stat.ts';
import { Timespec, UTIME_NOW, UTIME_OMIT } from '../../abi/time.ts';
import { modeChanged } from '../../fs/acl.ts';
import { checkNotFixed, isFixed, isImmutable } from '../../fs/file-flags.ts';
import type { AttributeChange, Timestamp } from '../../fs/inode.ts';
import { notifyInode, notifyPlace } from '../../fs/notify.ts';
import { isInGroup, isOwner, mayAccess } from '../../fs/permission.ts';
import type { Result } from '../block.ts';
import { CAP_CHOWN } from '../credentials.ts';
import { dropCapabilities } from '../file-capabilities.ts';
import type { Task } from '../task.ts';
import { withoutSetid } from '../transfer.ts';
import { fileIdentity } from '../vfs.ts';
import { type Located, locate } from './stat.ts';

/** Keep the id: the argument -1. */
const KEEP = 0xffff_ffff;

/** Those who watch the file, or its directory. */
function tell({ inode, dentry }: Located, events: number): void {
  if (dentry) notifyPlace(dentry, events);
  else notifyInode(inode, events);
}

function checkWritable({ dentry }: Located): void {
  if (dentry?.mount.isReadOnly) throw fail(EROFS, 'read-only file system');
}

export function fchmod(task: Task, fd: number, mode: number): Result {
  const { inode, dentry } = task.files.get(fd);
  return changeMode(task, { inode, dentry }, mode);
}

export function fchmodat(task: Task, dirfd: number, path: string, mode: number): Result {
  return changeMode(task, locate(task, dirfd, path, 0), mode);
}

export function fchmodat2(
  task: Task,
  dirfd: number,
  path: () => string,
  mode: number,
  flags: number,
): Result {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) throw fail(EINVAL, 'flags');
  return changeMode(task, locate(task, dirfd, path(), flags), mode);
}

/** Errors: EPERM for others than the owner, EROFS, EOPNOTSUPP for a symlink itself. */
function changeMode(task: Task, place: Located, mode: number): Result {
  const { inode } = place;
  const identity = fileIdentity(task);
  if ((inode.mode & S_IFMT) === S_IFLNK) throw fail(EOPNOTSUPP, 'mode of a symbolic link');
  checkWritable(place);
  checkNotFixed(inode);
  if (!isOwner(inode, identity)) throw fail(EPERM, 'not the owner');
  let bits = mode & 0o7777;
  if (!identity.powers.keepsSetgid && !isInGroup(identity, inode.gid)) bits &= ~S_ISGID;
  inode.setAttributes({ mode: bits });
  modeChanged(inode);
  tell(place, IN_ATTRIB);
  return 0;
}

export function fchown(task: Task, fd: number, uid: number, gid: number): Result {
  const { inode, dentry } = task.files.get(fd);
  return changeOwner(task, { inode, dentry }, uid, gid);
}

export function fchownat(
  task: Task,
  dirfd: number,
  path: () => string,
  uid: number,
  gid: number,
  flags: number,
): Result {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) throw fail(EINVAL, 'flags');
  return changeOwner(task, locate(task, dirfd, path(), flags), uid, gid);
}

/** The owner may give a file to a group that he is in; anything else needs privilege. Errors: EPERM, EROFS. */
function changeOwner(task: Task, place: Located, uid: number, gid: number): Result {
  const { inode } = place;
  const identity = fileIdentity(task);
  checkWritable(place);
  checkNotFixed(inode);
  const isPrivileged = task.credentials.hasCapability(CAP_CHOWN);
  const isSameUid = uid === KEEP || uid === inode.uid;
  const isOwnGroup = gid === KEEP || gid === inode.gid || isInGroup(identity, gid);
  const isOwned = identity.uid === inode.uid;
  const isAllowed =
    (uid === KEEP || (isOwned && isSameUid)) && (gid === KEEP || (isOwned && isOwnGroup));
  if (!isPrivileged && !isAllowed) throw fail(EPERM, 'chown');
  const change: AttributeChange = {};
  if (uid !== KEEP) change.uid = uid;
  if (gid !== KEEP) change.gid = gid;
  const isDirectory = (inode.mode & S_IFMT) === S_IFDIR;
  if (!isDirectory) {
    const mode = withoutSetid(inode.mode);
    if (mode !== inode.mode) change.mode = mode;
    dropCapabilities(inode);
  }
  inode.setAttributes(change);
  tell(place, IN_ATTRIB);
  return 0;
}

/** Errors: EACCES, EPERM, EINVAL, EROFS. Without path, the descriptor itself. */
export function utimensat(
  task: Task,
  dirfd: number,
  path: string | undefined,
  times: number,
  flags: number,
): Result {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) throw fail(EINVAL, 'flags');
  const now = task.kernel.clock.realtime();
  const [atime, mtime] = times === 0 ? [now, now] : readTimes(task, times, now);
  const isNow = atime === now && mtime === now;
  if (atime === undefined && mtime === undefined) return 0;
  if (path === undefined && dirfd === AT_FDCWD) throw fail(EFAULT, 'no path');
  if (path === undefined && flags !== 0) throw fail(EINVAL, 'flags of a descriptor');
  const place = locate(task, dirfd, path, flags);
  const { inode } = place;
  checkWritable(place);
  if (isNow ? isImmutable(inode) : isFixed(inode)) throw fail(EPERM, 'immutable or append-only');
  const identity = fileIdentity(task);
  if (!isOwner(inode, identity)) {
    if (!isNow) throw fail(EPERM, 'not the owner');
    if (!mayAccess(inode, identity, W_OK)) throw fail(EACCES, 'times');
  }
  inode.setAttributes({ ...(atime && { atime }), ...(mtime && { mtime }) });
  tell(place, atime && mtime ? IN_ATTRIB : atime ? IN_ACCESS : IN_MODIFY);
  return 0;
}

function readTimes(
  task: Task,
  address: number,
  now: Timestamp,
): [Timestamp | undefined, Timestamp | undefined] {
  const time = (at: number): Timestamp | undefined => {
    const { tv_sec: seconds, tv_nsec: nanoseconds } = task.memory.read(Timespec, at);
    if (nanoseconds === UTIME_NOW) return now;
    if (nanoseconds === UTIME_OMIT) return undefined;
    if (nanoseconds < 0 || nanoseconds > 999_999_999) throw fail(EINVAL, 'nanoseconds');
    return { seconds, nanoseconds };
  };
  return [time(address), time(address + Timespec.size)];
}
