/** open_tree(2), move_mount(2), mount_setattr(2). Linux: fs/namespace.c. */
import { E2BIG, EBADF, EBUSY, EINVAL, ELOOP, EPERM, fail } from '../../abi/errno.ts';
import {
  AT_EMPTY_PATH,
  AT_NO_AUTOMOUNT,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_PATH,
} from '../../abi/fcntl.ts';
import {
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_IDMAP,
  MOVE_MOUNT__MASK,
  MOVE_MOUNT_BENEATH,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_F_SYMLINKS,
  MOVE_MOUNT_SET_GROUP,
  MOVE_MOUNT_T_EMPTY_PATH,
  MOVE_MOUNT_T_SYMLINKS,
  MS_NOATIME,
  MS_RELATIME,
  MS_STRICTATIME,
} from '../../abi/mount.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { S_IFDIR, S_IFMT } from '../../abi/stat.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { Mount } from '../../fs/mount.ts';
import { setPropagation } from '../../fs/mount-propagation.ts';
import { layout } from '../../lib/layout.ts';
import type { Result } from '../block.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import { FloatingMountFile } from '../floating-mount-file.ts';
import { PathFile } from '../path-file.ts';
import { partial } from '../syscall-row.ts';
import type { Task } from '../task.ts';
import { flagsOfAttributes, installFile, KNOWN_ATTRIBUTES } from './fsopen.ts';
import { hasWriters } from './mount-writers.ts';
import { locate } from './stat.ts';

const OPEN_TREE_CLONE = 1;
const AT_RECURSIVE = 0x8000;
const PAGE_SIZE = 4096;
/** MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED. */
const PROPAGATION = [1 << 17, 1 << 18, 1 << 19, 1 << 20];
const ACCESS_TIMES = MS_RELATIME | MS_NOATIME | MS_STRICTATIME;

const MountAttributes = layout({
  attr_set: 'u64',
  attr_clr: 'u64',
  propagation: 'u64',
  userns_fd: 'u64',
});

function requireAdministrator(task: Task): void {
  if (!task.credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(EPERM, 'CAP_SYS_ADMIN');
}

function placeOf(task: Task, dirfd: number, path: string, atflags: number): Dentry {
  const { dentry } = locate(task, dirfd, path, atflags);
  if (!dentry) throw fail(EINVAL, 'no place in the tree');
  return dentry;
}

function isMountRoot(place: Dentry): boolean {
  return place.node === place.mount.rootNode;
}

/** Errors: EBADF, EINVAL, EMFILE, ENOENT, EPERM. */
export function openTree(task: Task, dirfd: number, path: string, flags: number): Result {
  const isClone = (flags & OPEN_TREE_CLONE) !== 0;
  const atflags = flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
  const known = OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE | AT_NO_AUTOMOUNT | atflags;
  if ((flags & ~known) !== 0) throw fail(EINVAL, 'open_tree flags');
  const isRecursive = (flags & AT_RECURSIVE) !== 0;
  if (isRecursive && !isClone) throw fail(EINVAL, 'AT_RECURSIVE without a copy');
  if (isClone) requireAdministrator(task);
  const place = placeOf(task, dirfd, path, atflags);
  const { process, kernel } = task;
  task.files.reserve(1, process.limit(RLIMIT_NOFILE));
  const { mounts } = kernel.vfs;
  const file = isClone
    ? new FloatingMountFile(mounts.bindFloating(place, isRecursive).root, O_PATH, mounts)
    : new PathFile(place, O_PATH);
  return installFile(task, file, (flags & O_CLOEXEC) !== 0);
}

export const moveMount = partial(moveMountCall, 'no MOVE_MOUNT_SET_GROUP');

/** Errors: EBADF, EINVAL, ELOOP, ENOENT, EPERM. */
function moveMountCall(
  task: Task,
  fromFd: number,
  fromPath: () => string,
  toFd: number,
  toPath: () => string,
  flags: number,
): Result {
  requireAdministrator(task);
  if ((flags & ~MOVE_MOUNT__MASK) !== 0) throw fail(EINVAL, 'move_mount flags');
  const follow = (bit: number) => ((flags & bit) === 0 ? AT_SYMLINK_NOFOLLOW : 0);
  const empty = (bit: number) => ((flags & bit) === 0 ? 0 : AT_EMPTY_PATH);
  const isBeneath = (flags & MOVE_MOUNT_BENEATH) !== 0;
  // Linux looks up the target first.
  const to = placeOf(
    task,
    toFd,
    toPath(),
    follow(MOVE_MOUNT_T_SYMLINKS) | empty(MOVE_MOUNT_T_EMPTY_PATH),
  );
  const from = placeOf(
    task,
    fromFd,
    fromPath(),
    follow(MOVE_MOUNT_F_SYMLINKS) | empty(MOVE_MOUNT_F_EMPTY_PATH),
  );
  if ((flags & MOVE_MOUNT_SET_GROUP) !== 0) throw fail(EINVAL, 'groups of mounts');
  if (!isMountRoot(from)) throw fail(EINVAL, 'not a mount point');
  const isDirectory = (place: Dentry) => (place.inode.mode & S_IFMT) === S_IFDIR;
  if (isDirectory(from) !== isDirectory(to)) throw fail(EINVAL, 'directory or not');
  const { mounts } = task.kernel.vfs;
  const { mount } = from;
  const isFloating = mounts.isFloating(mount);
  if (isFloating ? mount.mountpoint !== undefined : mount.mountpoint === undefined)
    throw fail(EINVAL, 'the root, or a part of what floats');
  for (let up: Mount | undefined = to.mount; up !== undefined; up = up.parent) {
    if (up === mount) throw fail(ELOOP, 'move of a mount below itself');
  }
  if (isBeneath) {
    if (!isMountRoot(to)) throw fail(EINVAL, 'not a mount point');
    mounts.attachBeneath(mount, to.mount);
  } else if (isFloating) mounts.attachFloating(mount, to);
  else mounts.move(mount, to);
  return 0;
}

export const mountSetattr = partial(mountSetattrCall, 'no ID-mapped mounts');

/** Errors: E2BIG, EBADF, EBUSY, EFAULT, EINVAL, ENOENT, EPERM. */
function mountSetattrCall(
  task: Task,
  dirfd: number,
  path: () => string,
  flags: number,
  address: number,
  size: number,
): Result {
  const atflags = flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
  if ((flags & ~(AT_RECURSIVE | AT_NO_AUTOMOUNT | atflags)) !== 0)
    throw fail(EINVAL, 'mount_setattr flags');
  if (size > PAGE_SIZE) throw fail(E2BIG, 'struct mount_attr');
  if (size < MountAttributes.size) throw fail(EINVAL, 'struct mount_attr');
  requireAdministrator(task);
  const request = readRequest(task, address, size);
  if (!request) return 0;
  const place = placeOf(task, dirfd, path(), atflags);
  if (!isMountRoot(place)) throw fail(EINVAL, 'not a mount point');
  const mounts = (flags & AT_RECURSIVE) === 0 ? [place.mount] : [...withChildren(place.mount)];
  if ((request.set & 1) !== 0 && mounts.some((mount) => hasWriters(task, mount)))
    throw fail(EBUSY, 'files are open for writing');
  for (const mount of mounts) mount.flags = (mount.flags & ~request.clear) | request.set;
  const table = task.kernel.vfs.mounts;
  if (request.propagation !== 0)
    setPropagation(table, place.mount, request.propagation, (flags & AT_RECURSIVE) !== 0);
  return 0;
}

interface Change {
  readonly set: number;
  readonly clear: number;
  /** MS_SHARED and its like; 0 to keep it. */
  readonly propagation: number;
}

/** In flags of mount(2). Undefined where nothing is asked for. */
function readRequest(task: Task, address: number, size: number): Change | undefined {
  const { memory } = task;
  const extra = memory.readBytes(address + MountAttributes.size, size - MountAttributes.size);
  if (extra.some((byte) => byte !== 0)) throw fail(E2BIG, 'struct mount_attr');
  const request = memory.read(MountAttributes, address);
  const { attr_set: set, attr_clr: clear, propagation } = request;
  if (set === 0 && clear === 0 && propagation === 0) return undefined;
  if (propagation !== 0) {
    if (!PROPAGATION.includes(propagation)) throw fail(EINVAL, 'propagation');
  }
  const isKnown = (bits: number) =>
    bits <= 0xffff_ffff && (bits & ~(KNOWN_ATTRIBUTES | MOUNT_ATTR_IDMAP)) === 0;
  if (!isKnown(set) || !isKnown(clear)) throw fail(EINVAL, 'mount attributes');
  checkMapping(task, set, clear, request.userns_fd);
  const clearsTimes = clear & MOUNT_ATTR__ATIME;
  if (clearsTimes !== 0 && clearsTimes !== MOUNT_ATTR__ATIME) throw fail(EINVAL, 'access times');
  if ((set & MOUNT_ATTR__ATIME) !== 0 && clearsTimes === 0) throw fail(EINVAL, 'access times');
  const times = clearsTimes === 0 ? ACCESS_TIMES : 0;
  return {
    propagation,
    set: flagsOfAttributes(set) & ~times,
    clear:
      (flagsOfAttributes(clear & ~MOUNT_ATTR__ATIME) & ~ACCESS_TIMES) | (ACCESS_TIMES & ~times),
  };
}

/** There are no user namespaces, so no descriptor is one. */
function checkMapping(task: Task, set: number, clear: number, namespaceFd: number): void {
  if ((clear & MOUNT_ATTR_IDMAP) !== 0) throw fail(EINVAL, 'a mapping stays');
  if ((set & MOUNT_ATTR_IDMAP) === 0) return;
  if (namespaceFd > 0x7fff_ffff) throw fail(EINVAL, 'namespace');
  if (!task.files.find(namespaceFd)) throw fail(EBADF, 'namespace');
  throw fail(EINVAL, 'not a user namespace');
}

function* withChildren(mount: Mount): Generator<Mount> {
  yield mount;
  for (const child of mount.children.values()) yield* withChildren(child);
}
