/** fsopen(2), fsconfig(2), fsmount(2), fspick(2). Linux: fs/fsopen.c. */
import { EBADF, EBUSY, EINVAL, ENODEV, EOPNOTSUPP, EPERM, fail } from '../../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_PATH, O_RDWR } from '../../abi/fcntl.ts';
import {
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_RELATIME,
  MS_STRICTATIME,
} from '../../abi/mount.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import type { File } from '../../fs/file.ts';
import type { Result } from '../block.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import { FloatingMountFile } from '../floating-mount-file.ts';
import { FsContextFile } from '../fs-context.ts';
import type { Task } from '../task.ts';
import { newFileSystem } from './mount.ts';
import { locate } from './stat.ts';

const CLOEXEC = 1;
const FSPICK_SYMLINK_NOFOLLOW = 2;
const FSPICK_NO_AUTOMOUNT = 4;
const FSPICK_EMPTY_PATH = 8;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_SET_BINARY = 2;
const FSCONFIG_SET_PATH = 3;
const FSCONFIG_SET_PATH_EMPTY = 4;
const FSCONFIG_SET_FD = 5;
const FSCONFIG_CMD_CREATE = 6;
const FSCONFIG_CMD_RECONFIGURE = 7;
const FSCONFIG_CMD_CREATE_EXCL = 8;
const MAX_NAME = 4096;
/** Of keys and values, with their NULs. */
const MAX_WORD = 256;
const MAX_BINARY = 1024 * 1024;

/** Attributes of a mount and the flags of mount(2) that they are. */
const ATTRIBUTES: readonly (readonly [attribute: number, flag: number])[] = [
  [MOUNT_ATTR_RDONLY, MS_RDONLY],
  [MOUNT_ATTR_NOSUID, MS_NOSUID],
  [MOUNT_ATTR_NODEV, MS_NODEV],
  [MOUNT_ATTR_NOEXEC, MS_NOEXEC],
  [MOUNT_ATTR_NODIRATIME, MS_NODIRATIME],
  [MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW],
];
export const KNOWN_ATTRIBUTES =
  ATTRIBUTES.reduce((sum, [attribute]) => sum | attribute, 0) | MOUNT_ATTR__ATIME;

function requireAdministrator(task: Task): void {
  if (!task.credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(EPERM, 'CAP_SYS_ADMIN');
}

export function installFile(task: Task, file: File, isCloseOnExec: boolean): number {
  const { process } = task;
  return task.files.allocate(file, isCloseOnExec, process.limit(RLIMIT_NOFILE));
}

/** Flags of mount(2) for attributes. Throws EINVAL. */
export function flagsOfAttributes(attributes: number): number {
  if ((attributes & ~KNOWN_ATTRIBUTES) !== 0) throw fail(EINVAL, 'mount attributes');
  let flags = 0;
  for (const [attribute, flag] of ATTRIBUTES) if ((attributes & attribute) !== 0) flags |= flag;
  const times = attributes & MOUNT_ATTR__ATIME;
  if (times === 0) return flags | MS_RELATIME;
  if (times === MOUNT_ATTR_NOATIME) return flags | MS_NOATIME;
  if (times === MOUNT_ATTR_STRICTATIME) return flags | MS_STRICTATIME;
  throw fail(EINVAL, 'mount attributes of access times');
}

/** Errors: EFAULT, EINVAL, EMFILE, ENODEV, EPERM. */
export function fsopen(task: Task, name: number, flags: number): Result {
  requireAdministrator(task);
  if ((flags & ~CLOEXEC) !== 0) throw fail(EINVAL, 'fsopen flags');
  const { kernel, memory, process } = task;
  const text = memory.readString(name, MAX_NAME, EINVAL);
  const type = kernel.fileSystems.find((candidate) => candidate.name === text);
  if (!type) throw fail(ENODEV, text);
  task.files.reserve(1, process.limit(RLIMIT_NOFILE));
  const file = new FsContextFile(kernel.vfs.anonymous.root, O_RDWR, type);
  return installFile(task, file, flags !== 0);
}

/** The arguments that each command takes: those that it does not take are zero. Throws EINVAL, EOPNOTSUPP. */
function checkArguments(command: number, key: number, value: number, extra: number): void {
  const isGood: Readonly<Record<number, () => boolean>> = {
    [FSCONFIG_SET_FLAG]: () => key !== 0 && value === 0 && extra === 0,
    [FSCONFIG_SET_STRING]: () => key !== 0 && value !== 0 && extra === 0,
    [FSCONFIG_SET_BINARY]: () => key !== 0 && value !== 0 && extra > 0 && extra <= MAX_BINARY,
    [FSCONFIG_SET_PATH]: () => key !== 0 && value !== 0 && (extra >= 0 || extra === AT_FDCWD),
    [FSCONFIG_SET_PATH_EMPTY]: () => key !== 0 && value !== 0 && (extra >= 0 || extra === AT_FDCWD),
    [FSCONFIG_SET_FD]: () => key !== 0 && value === 0 && extra >= 0,
    [FSCONFIG_CMD_CREATE]: () => key === 0 && value === 0 && extra === 0,
    [FSCONFIG_CMD_CREATE_EXCL]: () => key === 0 && value === 0 && extra === 0,
    [FSCONFIG_CMD_RECONFIGURE]: () => key === 0 && value === 0 && extra === 0,
  };
  const check = isGood[command];
  if (!check) throw fail(EOPNOTSUPP, 'fsconfig command');
  if (!check()) throw fail(EINVAL, 'fsconfig arguments');
}

/**
 * The file systems here take flags and strings, as Linux's that have not been converted. Errors: EBADF, EBUSY, EFAULT, EINVAL,
 * EOPNOTSUPP, EPERM, and those of mounting.
 */
export function fsconfig(
  task: Task,
  fd: number,
  command: number,
  key: number,
  value: number,
  extra: number,
): Result {
  if (fd < 0) throw fail(EINVAL, 'fd');
  checkArguments(command, key, value, extra);
  const context = contextOf(task, fd);
  switch (command) {
    case FSCONFIG_SET_FLAG:
    case FSCONFIG_SET_STRING: {
      const { memory } = task;
      const name = memory.readString(key, MAX_WORD, EINVAL);
      const text = value === 0 ? undefined : memory.readString(value, MAX_WORD, EINVAL);
      context.addParameter(name, text);
      return 0;
    }
    case FSCONFIG_CMD_CREATE:
      return create(task, context);
    case FSCONFIG_CMD_RECONFIGURE:
      return reconfigure(task, context);
    default:
      throw fail(EOPNOTSUPP, 'parameters that are no strings');
  }
}

function contextOf(task: Task, fd: number): FsContextFile {
  const file = task.files.get(fd);
  if (!(file instanceof FsContextFile)) throw fail(EINVAL, 'no fs context');
  return file;
}

function create(task: Task, context: FsContextFile): number {
  requireAdministrator(task);
  if (context.phase !== 'parameters') throw fail(EBUSY, 'fs context');
  const { type, source, options, isReadOnly } = context;
  context.phase = 'failed';
  if (type.requiresDevice && source === undefined) throw fail(EINVAL, 'no source');
  context.fileSystem = newFileSystem(task, type, source ?? '', options, isReadOnly);
  if (context.keepsTimes) context.fileSystem.keepsTimes = true;
  context.phase = 'made';
  return 0;
}

function reconfigure(task: Task, context: FsContextFile): number {
  requireAdministrator(task);
  const { fileSystem } = context;
  if (context.phase !== 'mounted' || !fileSystem) throw fail(EBUSY, 'fs context');
  if (context.keepsTimes !== undefined) fileSystem.keepsTimes = context.keepsTimes;
  const isReadOnly = context.takeReadOnly();
  if (isReadOnly) fileSystem.sync();
  // As Linux has it, a descriptor that failed is of no more use.
  context.phase = 'failed';
  fileSystem.remount?.(isReadOnly ?? fileSystem.isReadOnly, context.takeOptions());
  context.phase = 'mounted';
  if (isReadOnly !== undefined) fileSystem.isReadOnly = isReadOnly;
  return 0;
}

/** Errors: EBADF, EBUSY, EINVAL, EMFILE, EPERM. */
export function fsmount(task: Task, fd: number, flags: number, attributes: number): Result {
  requireAdministrator(task);
  if ((flags & ~CLOEXEC) !== 0) throw fail(EINVAL, 'fsmount flags');
  const mountFlags = flagsOfAttributes(attributes);
  const { process, kernel } = task;
  if (!task.files.find(fd)) throw fail(EBADF, 'fd');
  const context = contextOf(task, fd);
  const { fileSystem, source, options } = context;
  if (!fileSystem) throw fail(EINVAL, 'not created');
  if (context.phase !== 'made') throw fail(EBUSY, 'fs context');
  task.files.reserve(1, process.limit(RLIMIT_NOFILE));
  const { mounts } = kernel.vfs;
  const mount = mounts.mountFloating(fileSystem, source ?? 'none', mountFlags, options);
  context.isMounted = true;
  context.phase = 'mounted';
  return installFile(task, new FloatingMountFile(mount.root, O_PATH, mounts), flags !== 0);
}

/** Errors: EBADF, EFAULT, EINVAL, EMFILE, ENOENT, EPERM. */
export function fspick(task: Task, dirfd: number, path: () => string, flags: number): Result {
  requireAdministrator(task);
  const known = CLOEXEC | FSPICK_SYMLINK_NOFOLLOW | FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH;
  if ((flags & ~known) !== 0) throw fail(EINVAL, 'fspick flags');
  const atflags =
    ((flags & FSPICK_SYMLINK_NOFOLLOW) !== 0 ? AT_SYMLINK_NOFOLLOW : 0) |
    ((flags & FSPICK_EMPTY_PATH) !== 0 ? AT_EMPTY_PATH : 0);
  const { dentry } = locate(task, dirfd, path(), atflags);
  if (!dentry || dentry.node !== dentry.mount.rootNode) throw fail(EINVAL, 'not a mount point');
  const { fs } = dentry.mount;
  const { process, kernel } = task;
  task.files.reserve(1, process.limit(RLIMIT_NOFILE));
  const file = new FsContextFile(kernel.vfs.anonymous.root, O_RDWR, fs.type, fs);
  return installFile(task, file, (flags & CLOEXEC) !== 0);
}
