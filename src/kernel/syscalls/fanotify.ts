/** fanotify_init(2), fanotify_mark(2). Linux: fs/notify/fanotify/fanotify_user.c. */
import { EINVAL, EISDIR, ENODEV, ENOTDIR, EOPNOTSUPP, EPERM, fail } from '../../abi/errno.ts';
import * as abi from '../../abi/fanotify.ts';
import {
  AT_FDCWD,
  O_ACCMODE,
  O_APPEND,
  O_CLOEXEC,
  O_DSYNC,
  O_LARGEFILE,
  O_NOATIME,
  O_NONBLOCK,
  O_RDWR,
  O_SYNC,
  R_OK,
} from '../../abi/fcntl.ts';
import {
  IN_ALL_EVENTS,
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
} from '../../abi/inotify.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { S_IFDIR, S_IFMT } from '../../abi/stat.ts';
import type { Dentry } from '../../fs/dentry.ts';
import { Mount } from '../../fs/mount.ts';
import { checkAccess } from '../../fs/permission.ts';
import type { Result } from '../block.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import { FanotifyGroup } from '../fanotify.ts';
import { isInode, type Marked } from '../fanotify-mark.ts';
import { partial } from '../syscall-row.ts';
import type { Task } from '../task.ts';
import { fileIdentity } from '../vfs.ts';

const CLASSES = abi.FAN_CLASS_CONTENT | abi.FAN_CLASS_PRE_CONTENT;
const FID_FLAGS =
  abi.FAN_REPORT_FID | abi.FAN_REPORT_DIR_FID | abi.FAN_REPORT_NAME | abi.FAN_REPORT_TARGET_FID;
/** For CAP_SYS_ADMIN only. */
const ADMIN_FLAGS =
  CLASSES |
  abi.FAN_REPORT_TID |
  abi.FAN_REPORT_PIDFD |
  abi.FAN_UNLIMITED_QUEUE |
  abi.FAN_UNLIMITED_MARKS;
const INIT_FLAGS = ADMIN_FLAGS | FID_FLAGS | abi.FAN_CLOEXEC | abi.FAN_NONBLOCK;
const EVENT_FILE_FLAGS =
  O_ACCMODE | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | O_CLOEXEC | O_LARGEFILE | O_NOATIME;

function checkInit(task: Task, flags: number, eventFlags: number): void {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const isPrivileged = task.credentials.hasCapability(CAP_SYS_ADMIN);
  if (!isPrivileged && (has(ADMIN_FLAGS) || !has(FID_FLAGS))) throw fail(EPERM, 'CAP_SYS_ADMIN');
  if ((flags & ~INIT_FLAGS) !== 0 || (flags & CLASSES) === CLASSES) throw fail(EINVAL, 'flags');
  if (has(abi.FAN_REPORT_PIDFD) && has(abi.FAN_REPORT_TID)) throw fail(EINVAL, 'pidfd of a thread');
  const isStrange = (eventFlags & ~EVENT_FILE_FLAGS) !== 0 || (eventFlags & O_ACCMODE) > O_RDWR;
  if (isStrange) throw fail(EINVAL, 'event_f_flags');
  if (has(FID_FLAGS) && has(CLASSES)) throw fail(EINVAL, 'handles in another class');
  if (has(abi.FAN_REPORT_NAME) && !has(abi.FAN_REPORT_DIR_FID)) throw fail(EINVAL, 'name alone');
  const hasBoth = has(abi.FAN_REPORT_NAME) && has(abi.FAN_REPORT_FID);
  if (has(abi.FAN_REPORT_TARGET_FID) && !hasBoth) throw fail(EINVAL, 'FAN_REPORT_TARGET_FID');
}

/** Errors: EINVAL, EMFILE, EPERM. */
export function fanotifyInit(task: Task, flags: number, eventFlags: number): Result {
  checkInit(task, flags, eventFlags);
  const { process, kernel, credentials } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const status = O_RDWR | ((flags & abi.FAN_NONBLOCK) === 0 ? 0 : O_NONBLOCK);
  const file = new FanotifyGroup(kernel, status, {
    init: flags,
    eventFlags,
    uid: credentials.ruid,
    isUnprivileged: !credentials.hasCapability(CAP_SYS_ADMIN),
  });
  return task.files.allocate(file, (flags & abi.FAN_CLOEXEC) !== 0, limit);
}

const COMMANDS = abi.FAN_MARK_ADD | abi.FAN_MARK_REMOVE | abi.FAN_MARK_FLUSH;
const TYPES = abi.FAN_MARK_MOUNT | abi.FAN_MARK_FILESYSTEM;
const IGNORES = abi.FAN_MARK_IGNORED_MASK | abi.FAN_MARK_IGNORE;
const MARK_FLAGS =
  COMMANDS |
  TYPES |
  IGNORES |
  abi.FAN_MARK_DONT_FOLLOW |
  abi.FAN_MARK_ONLYDIR |
  abi.FAN_MARK_IGNORED_SURV_MODIFY |
  abi.FAN_MARK_EVICTABLE;
const ENTRY_EVENTS = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | abi.FAN_RENAME;
/** What only handles can tell of. */
const INODE_EVENTS = ENTRY_EVENTS | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
const SCOPE = abi.FAN_EVENT_ON_CHILD | abi.FAN_ONDIR;
const MASK = IN_ALL_EVENTS | abi.FAN_OPEN_EXEC | abi.FAN_RENAME | abi.FAN_PERMISSIONS | SCOPE;

function checkMarkFlags(flags: number, mask: number): void {
  if ((flags & ~MARK_FLAGS) !== 0 || (flags & TYPES) === TYPES) throw fail(EINVAL, 'flags');
  switch (flags & COMMANDS) {
    case abi.FAN_MARK_ADD:
    case abi.FAN_MARK_REMOVE:
      if (mask === 0) throw fail(EINVAL, 'empty mask');
      break;
    case abi.FAN_MARK_FLUSH:
      if ((flags & ~(TYPES | abi.FAN_MARK_FLUSH)) !== 0) throw fail(EINVAL, 'flags of a flush');
      break;
    default:
      throw fail(EINVAL, 'command');
  }
  if (mask > 0xffff_ffff || (mask & ~MASK) !== 0) throw fail(EINVAL, 'mask');
  if ((flags & IGNORES) === IGNORES) throw fail(EINVAL, 'two ways to ignore');
}

function groupOf(task: Task, fd: number): FanotifyGroup {
  const file = task.files.get(fd);
  if (file instanceof FanotifyGroup) return file;
  throw fail(EINVAL, 'not a fanotify descriptor');
}

function checkMask(group: FanotifyGroup, flags: number, mask: number): void {
  const isOfInode = (flags & TYPES) === 0;
  if (group.options.isUnprivileged && !isOfInode) throw fail(EPERM, 'mark of a mount');
  if ((flags & abi.FAN_MARK_EVICTABLE) !== 0 && !isOfInode) throw fail(EINVAL, 'evictable');
  if ((mask & abi.FAN_PERMISSIONS) !== 0 && !group.has(CLASSES))
    throw fail(EINVAL, 'permission events of FAN_CLASS_NOTIF');
  const isOfMount = (flags & TYPES) === abi.FAN_MARK_MOUNT;
  if ((mask & INODE_EVENTS) !== 0 && (!group.reportsIds || isOfMount))
    throw fail(EINVAL, 'events that only handles can tell of');
  if ((mask & abi.FAN_RENAME) !== 0 && !group.has(abi.FAN_REPORT_NAME))
    throw fail(EINVAL, 'FAN_RENAME without names');
}

/** Throws EISDIR, ENOTDIR, EINVAL for what the place cannot be marked for. */
function checkPlace(group: FanotifyGroup, flags: number, mask: number, { inode }: Dentry): void {
  const isDirectory = (inode.mode & S_IFMT) === S_IFDIR;
  const isStrict = group.has(abi.FAN_REPORT_TARGET_FID) || (flags & abi.FAN_MARK_IGNORE) !== 0;
  const isOfInode = (flags & TYPES) === 0;
  if (isOfInode && !isDirectory && isStrict && (mask & (ENTRY_EVENTS | SCOPE)) !== 0)
    throw fail(ENOTDIR, 'events of a directory');
  const isIgnore = (flags & abi.FAN_MARK_IGNORE) !== 0;
  const survives = (flags & abi.FAN_MARK_IGNORED_SURV_MODIFY) !== 0;
  if (!isIgnore || survives || (flags & abi.FAN_MARK_ADD) === 0) return;
  if (!isOfInode) throw fail(EINVAL, 'FAN_MARK_IGNORE');
  if (isDirectory) throw fail(EISDIR, 'FAN_MARK_IGNORE');
}

/** Pipes and the like cannot be marked. */
function openPlace(task: Task, fd: number): Dentry {
  const { dentry } = task.files.getAny(fd);
  if (!dentry) throw fail(EINVAL, 'no file of a mount');
  return dentry;
}

function placeOf(task: Task, flags: number, dirfd: number, path: string | undefined): Dentry {
  const { vfs } = task.kernel;
  const follows = (flags & abi.FAN_MARK_DONT_FOLLOW) === 0;
  let place: Dentry;
  if (path === undefined) place = dirfd === AT_FDCWD ? task.cwd : openPlace(task, dirfd);
  else place = vfs.resolve(task, dirfd, path, follows);
  const isDirectory = (place.inode.mode & S_IFMT) === S_IFDIR;
  if ((flags & abi.FAN_MARK_ONLYDIR) !== 0 && !isDirectory) throw fail(ENOTDIR, 'not a directory');
  checkAccess(place.inode, fileIdentity(task), R_OK);
  return place;
}

function objectOf(flags: number, { inode, mount }: Dentry): Marked {
  if ((flags & abi.FAN_MARK_MOUNT) !== 0) return mount;
  return (flags & abi.FAN_MARK_FILESYSTEM) !== 0 ? inode.fs : inode;
}

/** Errors: EBADF, EEXIST, EINVAL, EISDIR, ENODEV, ENOENT, ENOSPC, ENOTDIR, EOPNOTSUPP, EPERM and those of path resolution. */
function mark(
  task: Task,
  fd: number,
  flags: number,
  mask: number,
  dirfd: number,
  path: () => string | undefined,
): Result {
  checkMarkFlags(flags, mask);
  const group = groupOf(task, fd);
  checkMask(group, flags, mask);
  if ((flags & abi.FAN_MARK_FLUSH) !== 0) {
    const type = flags & TYPES;
    group.flush((object) => {
      if (isInode(object)) return type === 0;
      return (object instanceof Mount ? abi.FAN_MARK_MOUNT : abi.FAN_MARK_FILESYSTEM) === type;
    });
    return 0;
  }
  const place = placeOf(task, flags, dirfd, path());
  if ((mask & abi.FAN_PERMISSIONS) !== 0 && place.inode.fs === task.kernel.vfs.procfs)
    throw fail(EINVAL, 'permission events of /proc');
  if (group.reportsIds) {
    if (place.inode.fs.device === 0) throw fail(ENODEV, 'no fsid');
    if (!place.inode.fs.inodeByNumber && (flags & TYPES) !== 0)
      throw fail(EOPNOTSUPP, 'no handles');
  }
  checkPlace(group, flags, mask, place);
  const object = objectOf(flags, place);
  if ((flags & abi.FAN_MARK_REMOVE) !== 0) group.remove(object, mask, (flags & IGNORES) !== 0);
  else group.add(object, mask, flags);
  return 0;
}

export const fanotifyMark = partial(
  mark,
  'no FAN_FS_ERROR; files that an open makes are not asked for',
);
