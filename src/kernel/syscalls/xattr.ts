/** Extended attributes: setxattr(2), getxattr(2), listxattr(2), removexattr(2) in all their forms. Linux: fs/xattr.c. */
import {
  E2BIG,
  EACCES,
  EEXIST,
  EFAULT,
  EINVAL,
  ENODATA,
  EOPNOTSUPP,
  EPERM,
  ERANGE,
  EROFS,
  fail,
} from '../../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, R_OK, W_OK } from '../../abi/fcntl.ts';
import { IN_ATTRIB } from '../../abi/inotify.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISVTX } from '../../abi/stat.ts';
import {
  XATTR_CREATE,
  XATTR_LIST_MAX,
  XATTR_NAME_MAX,
  XATTR_REPLACE,
  XATTR_SIZE_MAX,
  XattrArgs,
} from '../../abi/xattr.ts';
import { ACCESS_ACL, DEFAULT_ACL, decodeAcl, encodeAcl, modeOf } from '../../fs/acl.ts';
import { checkNotFixed } from '../../fs/file-flags.ts';
import type { ExtendedAttributes, Inode } from '../../fs/inode.ts';
import { notifyInode, notifyPlace } from '../../fs/notify.ts';
import { isInGroup, isOwner, mayAccess } from '../../fs/permission.ts';
import { toBytes } from '../../lib/bytes.ts';
import type { Result } from '../block.ts';
import { CAP_SETFCAP, CAP_SYS_ADMIN } from '../credentials.ts';
import { CAPABILITY_ATTRIBUTE, decodeCapabilities } from '../file-capabilities.ts';
import type { Task } from '../task.ts';
import { fileIdentity } from '../vfs.ts';
import { type Located, locate } from './stat.ts';

const SPACES = ['user.', 'trusted.', 'security.'];

function nameAt(task: Task, address: number): string {
  const name = task.memory.readString(address, XATTR_NAME_MAX + 1, ERANGE);
  if (name === '') throw fail(ERANGE, 'empty name');
  return name;
}

function place(task: Task, path: () => string, follows = true): Located {
  return locate(task, AT_FDCWD, path(), follows ? 0 : AT_SYMLINK_NOFOLLOW);
}

/** Of the names in system. only those of access-control lists are known. */
function attributesOf(inode: Inode, name: string): ExtendedAttributes {
  if (isAcl(name) && inode.xattrs && (inode.mode & S_IFMT) !== S_IFLNK) return inode.xattrs;
  const isKnown = SPACES.some((space) => name.startsWith(space) && name.length > space.length);
  if (SPACES.includes(name)) throw fail(EINVAL, 'a name without a name');
  if (!isKnown || !inode.xattrs) throw fail(EOPNOTSUPP, name);
  return inode.xattrs;
}

/** Linux: xattr_permission. */
function check(task: Task, inode: Inode, name: string, isWrite: boolean): void {
  const identity = fileIdentity(task);
  if (isWrite) checkNotFixed(inode);
  if (isAcl(name)) {
    if (!inode.xattrs || (inode.mode & S_IFMT) === S_IFLNK) throw fail(EOPNOTSUPP, name);
    if (isWrite && !isOwner(inode, identity)) throw fail(EPERM, 'not the owner');
    return;
  }
  const isAdmin = task.credentials.hasCapability(CAP_SYS_ADMIN);
  if (name.startsWith('trusted.')) {
    if (!isAdmin) throw fail(isWrite ? EPERM : ENODATA, 'trusted.');
    return;
  }
  if (name === CAPABILITY_ATTRIBUTE) {
    const mayGive = task.credentials.hasCapability(CAP_SETFCAP);
    if (isWrite && !mayGive) throw fail(EPERM, 'CAP_SETFCAP');
    return;
  }
  if (name.startsWith('security.')) {
    if (isWrite && !isAdmin) throw fail(EPERM, 'security.');
    return;
  }
  if (name.startsWith('user.')) {
    const type = inode.mode & S_IFMT;
    if (type !== S_IFREG && type !== S_IFDIR) throw fail(isWrite ? EPERM : ENODATA, 'user.');
    const isSticky = type === S_IFDIR && (inode.mode & S_ISVTX) !== 0;
    if (isSticky && isWrite && !isOwner(inode, identity)) throw fail(EPERM, 'sticky directory');
  }
  if (!mayAccess(inode, identity, isWrite ? W_OK : R_OK)) throw fail(EACCES, name);
}

function checkWritable({ dentry }: Located): void {
  if (dentry?.mount.isReadOnly) throw fail(EROFS, 'read-only file system');
}

function changed(task: Task, { inode, dentry }: Located): void {
  inode.setAttributes({ ctime: task.kernel.clock.realtime() });
  if (dentry) notifyPlace(dentry, IN_ATTRIB);
  else notifyInode(inode, IN_ATTRIB);
}

function set(
  task: Task,
  at: () => Located,
  nameAddress: number,
  value: number,
  size: number,
  flags: number,
): Result {
  if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) !== 0) throw fail(EINVAL, 'setxattr flags');
  const name = nameAt(task, nameAddress);
  if (size > XATTR_SIZE_MAX) throw fail(E2BIG, 'value');
  const bytes = task.memory.readBytes(value, size);
  const located = at();
  checkWritable(located);
  check(task, located.inode, name, true);
  const attributes = attributesOf(located.inode, name);
  if (isAcl(name)) {
    setAcl(task, located, name, bytes);
    return 0;
  }
  if (name === CAPABILITY_ATTRIBUTE && !decodeCapabilities(bytes)) throw fail(EINVAL, name);
  const isThere = attributes.get(name) !== undefined;
  if (isThere && (flags & XATTR_CREATE) !== 0) throw fail(EEXIST, name);
  if (!isThere && (flags & XATTR_REPLACE) !== 0) throw fail(ENODATA, name);
  located.inode.lacksCapabilities = false;
  attributes.set(name, bytes);
  changed(task, located);
  return 0;
}

function isAcl(name: string): boolean {
  return name === ACCESS_ACL || name === DEFAULT_ACL;
}

/** The mode follows the list, which is not kept if the mode says all of it. Linux: set_posix_acl, posix_acl_update_mode. */
function setAcl(task: Task, located: Located, name: string, bytes: Uint8Array | undefined): void {
  const { inode } = located;
  const acl = bytes === undefined || bytes.length === 0 ? undefined : decodeAcl(bytes);
  if (name === DEFAULT_ACL) {
    if ((inode.mode & S_IFMT) !== S_IFDIR) {
      if (acl) throw fail(EACCES, 'a default for no directory');
      return;
    }
    inode.xattrs?.set(name, acl && encodeAcl(acl));
    changed(task, located);
    return;
  }
  const shown = acl && modeOf(acl);
  // There may be no room for it: then nothing has changed.
  inode.xattrs?.set(name, acl && !shown?.isWhole ? encodeAcl(acl) : undefined);
  if (shown) {
    const identity = fileIdentity(task);
    const keeps = identity.powers.keepsSetgid || isInGroup(identity, inode.gid);
    inode.setAttributes({ mode: (inode.mode & (keeps ? 0o7000 : 0o5000)) | shown.mode });
  }
  changed(task, located);
}

function get(
  task: Task,
  at: () => Located,
  nameAddress: number,
  value: number,
  size: number,
): Result {
  const name = nameAt(task, nameAddress);
  const { inode } = at();
  check(task, inode, name, false);
  const bytes = attributesOf(inode, name).get(name);
  if (!bytes) throw fail(ENODATA, name);
  return give(task, bytes, value, size);
}

/** Size 0 asks how long it is. */
function give(task: Task, bytes: Uint8Array, address: number, size: number): Result {
  if (size === 0) return bytes.length;
  if (bytes.length > size) throw fail(ERANGE, 'buffer');
  task.memory.writeBytes(address, bytes);
  return bytes.length;
}

/** Names in trusted. are shown to the administrator only. */
function list(task: Task, at: () => Located, address: number, size: number): Result {
  const isAdmin = task.credentials.hasCapability(CAP_SYS_ADMIN);
  const names = (at().inode.xattrs?.names() ?? []).filter(
    (name) => isAdmin || !name.startsWith('trusted.'),
  );
  const bytes = toBytes(names.map((name) => `${name}\0`).join(''));
  if (bytes.length > XATTR_LIST_MAX) throw fail(E2BIG, 'names');
  return give(task, bytes, address, size);
}

function remove(task: Task, at: () => Located, nameAddress: number): Result {
  const name = nameAt(task, nameAddress);
  const located = at();
  checkWritable(located);
  check(task, located.inode, name, true);
  const attributes = attributesOf(located.inode, name);
  if (isAcl(name)) {
    setAcl(task, located, name, undefined);
    return 0;
  }
  if (attributes.get(name) === undefined) throw fail(ENODATA, name);
  attributes.set(name, undefined);
  changed(task, located);
  return 0;
}

function opened(task: Task, fd: number): Located {
  const { inode, dentry } = task.files.get(fd);
  return { inode, dentry };
}

export function setxattr(
  task: Task,
  path: () => string,
  name: number,
  value: number,
  size: number,
  flags: number,
): Result {
  return set(task, () => place(task, path), name, value, size, flags);
}

export function lsetxattr(
  task: Task,
  path: () => string,
  name: number,
  value: number,
  size: number,
  flags: number,
): Result {
  return set(task, () => place(task, path, false), name, value, size, flags);
}

export function fsetxattr(
  task: Task,
  fd: number,
  name: number,
  value: number,
  size: number,
  flags: number,
): Result {
  return set(task, () => opened(task, fd), name, value, size, flags);
}

export function getxattr(
  task: Task,
  path: () => string,
  name: number,
  value: number,
  size: number,
): Result {
  return get(task, () => place(task, path), name, value, size);
}

export function lgetxattr(
  task: Task,
  path: () => string,
  name: number,
  value: number,
  size: number,
): Result {
  return get(task, () => place(task, path, false), name, value, size);
}

export function fgetxattr(
  task: Task,
  fd: number,
  name: number,
  value: number,
  size: number,
): Result {
  return get(task, () => opened(task, fd), name, value, size);
}

export function listxattr(task: Task, path: () => string, address: number, size: number): Result {
  return list(task, () => place(task, path), address, size);
}

export function llistxattr(task: Task, path: () => string, address: number, size: number): Result {
  return list(task, () => place(task, path, false), address, size);
}

export function flistxattr(task: Task, fd: number, address: number, size: number): Result {
  return list(task, () => opened(task, fd), address, size);
}

export function removexattr(task: Task, path: () => string, name: number): Result {
  return remove(task, () => place(task, path), name);
}

export function lremovexattr(task: Task, path: () => string, name: number): Result {
  return remove(task, () => place(task, path, false), name);
}

export function fremovexattr(task: Task, fd: number, name: number): Result {
  return remove(task, () => opened(task, fd), name);
}

/**
 * The place of the calls with a directory and flags. A file that is named by a descriptor alone must be open, not only a place (O_PATH);
 * of the calls that list and remove Linux (6.18) looks for AT_FDCWD among the descriptors too.
 */
function placeAt(
  task: Task,
  dirfd: number,
  latePath: () => string | undefined,
  flags: number,
  knowsWorkingDirectory = true,
): () => Located {
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) throw fail(EINVAL, 'at flags');
  return () => {
    const path = latePath();
    const isEmpty = !path && (flags & AT_EMPTY_PATH) !== 0;
    if (path === undefined && !isEmpty) throw fail(EFAULT, 'no path');
    if (isEmpty && !(knowsWorkingDirectory && dirfd === AT_FDCWD)) return opened(task, dirfd);
    return locate(task, dirfd, path, flags);
  };
}

function readArguments(task: Task, address: number, size: number) {
  if (size < XattrArgs.size) throw fail(EINVAL, 'struct xattr_args');
  if (size > XattrArgs.size) throw fail(E2BIG, 'struct xattr_args');
  return task.memory.read(XattrArgs, address);
}

export function setxattrat(
  task: Task,
  dirfd: number,
  path: () => string | undefined,
  atflags: number,
  name: number,
  address: number,
  argumentBytes: number,
): Result {
  const { value, size, flags } = readArguments(task, address, argumentBytes);
  return set(task, placeAt(task, dirfd, path, atflags), name, value, size, flags);
}

export function getxattrat(
  task: Task,
  dirfd: number,
  path: () => string | undefined,
  atflags: number,
  name: number,
  address: number,
  argumentBytes: number,
): Result {
  const { value, size, flags } = readArguments(task, address, argumentBytes);
  if (flags !== 0) throw fail(EINVAL, 'getxattrat flags');
  return get(task, placeAt(task, dirfd, path, atflags), name, value, size);
}

export function listxattrat(
  task: Task,
  dirfd: number,
  path: () => string | undefined,
  atflags: number,
  address: number,
  size: number,
): Result {
  return list(task, placeAt(task, dirfd, path, atflags, false), address, size);
}

export function removexattrat(
  task: Task,
  dirfd: number,
  path: () => string | undefined,
  atflags: number,
  name: number,
): Result {
  return remove(task, placeAt(task, dirfd, path, atflags, false), name);
}
