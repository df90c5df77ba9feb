/** Making, removing and renaming names: the checks that are the same for all file systems. Linux: fs/namei.c. */
import {
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  EROFS,
  EXDEV,
  fail,
} from '../abi/errno.ts';
import { RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT, W_OK, X_OK } from '../abi/fcntl.ts';
import { IN_ATTRIB, IN_CREATE, IN_DELETE, IN_MOVE_SELF } from '../abi/inotify.ts';
import { S_IFDIR, S_IFMT, S_ISGID } from '../abi/stat.ts';
import { inheritAcl, maskedMode } from './acl.ts';
import type { Dentry } from './dentry.ts';
import { attach, detach, exchange, lookup, move } from './dentry-cache.ts';
import { checkNotFixed, inheritFlags, isAppendOnly } from './file-flags.ts';
import type { Inode } from './inode.ts';
import { notifyInode, notifyMove, notifyName } from './notify.ts';
import { type AccessIdentity, checkAccess, checkSticky, isInGroup } from './permission.ts';
import { evictIfUnused } from './references.ts';

/*
 * `parent` and `name` come from resolveParent or resolveNew (path.ts). All throw EROFS, EACCES and what the file system
 * throws (ENOSPC, EMLINK, EDQUOT …). `mode` has been through the umask (acl.ts: maskedMode).
 */

/** A new regular file. `umask` counts after the set-group-id bit is judged, as on Linux. Throws EEXIST. */
export function createFile(
  parent: Dentry,
  name: string,
  mode: number,
  identity: AccessIdentity,
  umask = 0,
): Dentry {
  checkNew(parent, name, identity);
  const gid = groupOfNew(parent.inode, identity);
  const permissions = maskedMode(parent.inode, stripSetgid(mode, gid, identity), umask);
  const inode = parent.inode.create(name, permissions, identity.uid, gid);
  inheritAcl(parent.inode, inode);
  inheritFlags(parent.inode, inode);
  return enter(parent, name, inode);
}

/** mkdir(2). A set-group-id directory hands the bit on. Throws EEXIST, EMLINK. */
export function makeDirectory(
  parent: Dentry,
  name: string,
  mode: number,
  identity: AccessIdentity,
): Dentry {
  checkNew(parent, name, identity);
  const inherited = parent.inode.mode & S_ISGID;
  const gid = groupOfNew(parent.inode, identity);
  const inode = parent.inode.mkdir(name, mode | inherited, identity.uid, gid);
  inheritAcl(parent.inode, inode);
  inheritFlags(parent.inode, inode);
  return enter(parent, name, inode);
}

/** mknod(2): `mode` carries the type. Who may make devices is the caller's check. Throws EEXIST. */
export function makeNode(
  parent: Dentry,
  name: string,
  mode: number,
  rdev: number,
  identity: AccessIdentity,
): Dentry {
  checkNew(parent, name, identity);
  const gid = groupOfNew(parent.inode, identity);
  const inode = parent.inode.mknod(name, mode, rdev, identity.uid, gid);
  inheritAcl(parent.inode, inode);
  inheritFlags(parent.inode, inode);
  return enter(parent, name, inode);
}

/** symlink(2). Throws EEXIST. */
export function makeSymlink(
  parent: Dentry,
  name: string,
  target: string,
  identity: AccessIdentity,
): Dentry {
  checkNew(parent, name, identity);
  const gid = groupOfNew(parent.inode, identity);
  return enter(parent, name, parent.inode.symlink(name, target, identity.uid, gid));
}

/** link(2). Throws EPERM for a directory, EXDEV across mounts, EEXIST, ENOENT for a file without names. */
export function makeLink(
  target: Dentry,
  parent: Dentry,
  name: string,
  identity: AccessIdentity,
): Dentry {
  checkNew(parent, name, identity);
  const { inode } = target;
  if (target.mount !== parent.mount) throw fail(EXDEV, 'link');
  checkNotFixed(inode);
  if (isDirectory(inode)) throw fail(EPERM, 'link to a directory');
  if (inode.nlink === 0 && !inode.isLinkable) throw fail(ENOENT, 'link to a removed file');
  inode.isLinkable = false;
  parent.inode.link(name, inode);
  notifyInode(inode, IN_ATTRIB);
  return enter(parent, name, inode);
}

/** unlink(2). Throws ENOENT, EISDIR, EBUSY for a mount point, EPERM by the sticky bit. */
export function removeFile(parent: Dentry, name: string, identity: AccessIdentity): void {
  const victim = checkRemoval(parent, name, identity);
  if (isDirectory(victim.inode)) throw fail(EISDIR, name);
  if (victim.node.isMountPoint) throw fail(EBUSY, name);
  parent.inode.unlink(name);
  leave(victim, parent.inode);
}

/** rmdir(2). Throws ENOENT, ENOTDIR, ENOTEMPTY, EBUSY for a mount point. */
export function removeDirectory(parent: Dentry, name: string, identity: AccessIdentity): void {
  const victim = checkRemoval(parent, name, identity);
  if (!isDirectory(victim.inode)) throw fail(ENOTDIR, name);
  if (victim.node.isMountPoint) throw fail(EBUSY, name);
  parent.inode.rmdir(name);
  leave(victim, parent.inode);
}

/** renameat2(2); `flags` are RENAME_*. The slash flags say that the path ended in a slash, which asks for a directory. */
export function renameEntry(
  oldParent: Dentry,
  oldName: string,
  newParent: Dentry,
  newName: string,
  flags: number,
  identity: AccessIdentity,
  hasOldSlash = false,
  hasNewSlash = false,
): void {
  if (oldParent.mount !== newParent.mount) throw fail(EXDEV, 'rename');
  if (oldParent.mount.isReadOnly) throw fail(EROFS, oldName);
  const source = lookup(oldParent, oldName);
  if (source === undefined) throw fail(ENOENT, oldName);
  const target = lookup(newParent, newName);
  const isExchange = (flags & RENAME_EXCHANGE) !== 0;
  if (target !== undefined && (flags & RENAME_NOREPLACE) !== 0) throw fail(EEXIST, newName);
  if (target === undefined && isExchange) throw fail(ENOENT, newName);
  if (target && isExchange && hasNewSlash && !isDirectory(target.inode))
    throw fail(ENOTDIR, newName);
  if (!isDirectory(source.inode) && (hasOldSlash || (hasNewSlash && !isExchange))) {
    throw fail(ENOTDIR, oldName);
  }
  if (isAncestor(source, newParent)) throw fail(EINVAL, 'directory into itself');
  if (target !== undefined && isAncestor(target, oldParent)) {
    throw fail(isExchange ? EINVAL : ENOTEMPTY, newName);
  }
  // Another name of the same file: POSIX says that nothing happens.
  if (target?.inode === source.inode) return;
  checkVictim(oldParent, source, identity);
  if (target === undefined) checkNew(newParent, newName, identity);
  else checkVictim(newParent, target, identity);
  if (target !== undefined && !isExchange) checkReplacement(source, target);
  if (oldParent !== newParent) {
    for (const moved of isExchange ? [source, target] : [source])
      if (moved && isDirectory(moved.inode)) checkAccess(moved.inode, identity, W_OK);
  }
  if (source.node.isMountPoint || target?.node.isMountPoint) throw fail(EBUSY, oldName);
  const leavesWhiteout = (flags & RENAME_WHITEOUT) !== 0;
  if (leavesWhiteout && !source.inode.fs.keepsWhiteouts) throw fail(EINVAL, 'whiteouts');
  const gid = groupOfNew(oldParent.inode, identity);
  oldParent.inode.rename(oldName, newParent.inode, newName, flags, identity.uid, gid);
  if (isExchange && target !== undefined) {
    exchange(source.node, target.node);
    notifyMove(oldParent.inode, oldName, newParent.inode, newName, source.inode);
    notifyMove(newParent.inode, newName, oldParent.inode, oldName, target.inode);
    notifyInode(source.inode, IN_MOVE_SELF);
    notifyInode(target.inode, IN_MOVE_SELF);
    return;
  }
  move(source.node, newParent.node, newName);
  notifyMove(oldParent.inode, oldName, newParent.inode, newName, source.inode);
  if (target !== undefined) leave(target);
  notifyInode(source.inode, IN_MOVE_SELF);
  const whiteout = leavesWhiteout ? oldParent.inode.lookup(oldName) : undefined;
  if (whiteout === undefined) return;
  inheritAcl(oldParent.inode, whiteout);
  inheritFlags(oldParent.inode, whiteout);
  attach(oldParent.node, oldName, whiteout);
}

function checkReplacement(source: Dentry, target: Dentry): void {
  if (isDirectory(source.inode)) {
    if (!isDirectory(target.inode)) throw fail(ENOTDIR, target.name);
  } else if (isDirectory(target.inode)) {
    throw fail(EISDIR, target.name);
  }
}

function checkNew(parent: Dentry, name: string, identity: AccessIdentity): void {
  if (lookup(parent, name) !== undefined) throw fail(EEXIST, name);
  if (parent.isDeleted) throw fail(ENOENT, 'removed directory');
  if (parent.mount.isReadOnly) throw fail(EROFS, name);
  checkAccess(parent.inode, identity, W_OK | X_OK);
}

function checkRemoval(parent: Dentry, name: string, identity: AccessIdentity): Dentry {
  const victim = lookup(parent, name);
  if (victim === undefined) throw fail(ENOENT, name);
  if (parent.mount.isReadOnly) throw fail(EROFS, name);
  checkVictim(parent, victim, identity);
  return victim;
}

/** Linux: may_delete. */
function checkVictim(parent: Dentry, victim: Dentry, identity: AccessIdentity): void {
  checkAccess(parent.inode, identity, W_OK | X_OK);
  if (isAppendOnly(parent.inode)) throw fail(EPERM, 'append-only directory');
  checkSticky(parent.inode, victim.inode, identity);
  checkNotFixed(victim.inode);
  if (victim.inode.isSwapFile) throw fail(EPERM, 'a swap area');
}

function enter(parent: Dentry, name: string, inode: Inode): Dentry {
  const dentry = attach(parent.node, name, inode).within(parent.mount);
  notifyName(parent.inode, name, inode, IN_CREATE);
  return dentry;
}

/** The name was removed; `directory` is told unless something took its place. */
function leave(victim: Dentry, directory?: Inode): void {
  const { inode, name } = victim;
  if (!isDirectory(inode)) notifyInode(inode, IN_ATTRIB);
  detach(victim.node);
  if (directory) notifyName(directory, name, inode, IN_DELETE);
  evictIfUnused(inode);
}

function isDirectory(inode: Inode): boolean {
  return (inode.mode & S_IFMT) === S_IFDIR;
}

function isAncestor(ancestor: Dentry, place: Dentry): boolean {
  for (let up: Dentry | undefined = place; up !== undefined; up = up.parent) {
    if (up.node === ancestor.node) return true;
  }
  return false;
}

function groupOfNew(directory: Inode, identity: AccessIdentity): number {
  return (directory.mode & S_ISGID) === 0 ? identity.gid : directory.gid;
}

/** Nobody makes a set-group-id program for a group that he is not in by creating it in such a directory. */
function stripSetgid(mode: number, gid: number, identity: AccessIdentity): number {
  const isExecutableGroup = (mode & S_ISGID) !== 0 && (mode & 0o010) !== 0;
  const isAllowed = identity.powers.keepsSetgid || isInGroup(identity, gid);
  return isExecutableGroup && !isAllowed ? mode & ~S_ISGID : mode;
}
