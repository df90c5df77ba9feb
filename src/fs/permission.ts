/** Who may do what with an inode: the owner, group and other bits with root's override. POSIX.1 4.7; path_resolution(7). */
import { EACCES, EPERM, fail } from '../abi/errno.ts';
import { R_OK, W_OK, X_OK } from '../abi/fcntl.ts';
import { S_IFDIR, S_IFMT, S_ISVTX } from '../abi/stat.ts';
import { accessAclOf, grants } from './acl.ts';
import { isImmutable } from './file-flags.ts';
import type { Inode } from './inode.ts';

/** The identity that file access is checked with: the file-system ids, or the real ones for access(2). */
export interface AccessIdentity {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  /** May do more than the permission bits say: capabilities(7). */
  readonly powers: FilePowers;
}

/** The capabilities that checks of files ask for. */
export interface FilePowers {
  /** CAP_DAC_OVERRIDE. */
  readonly overridesAll: boolean;
  /** CAP_DAC_READ_SEARCH: reading, and searching directories. */
  readonly overridesRead: boolean;
  /** CAP_FOWNER: as if the owner of all files. */
  readonly ownsAll: boolean;
  /** CAP_FSETID: set-group-ID is kept for groups of others. */
  readonly keepsSetgid: boolean;
}

export const ALL_POWERS: FilePowers = {
  overridesAll: true,
  overridesRead: true,
  ownsAll: true,
  keepsSetgid: true,
};
export const NO_POWERS: FilePowers = {
  overridesAll: false,
  overridesRead: false,
  ownsAll: false,
  keepsSetgid: false,
};

/** Root, for the kernel's own accesses and for building images. */
export const ROOT_IDENTITY: AccessIdentity = { uid: 0, gid: 0, groups: [], powers: ALL_POWERS };

export function isInGroup(identity: AccessIdentity, gid: number): boolean {
  return identity.gid === gid || identity.groups.includes(gid);
}

/** True if `identity` has all of `wanted` (a mask of R_OK, W_OK, X_OK; 0 is always granted). */
export function mayAccess(inode: Inode, identity: AccessIdentity, wanted: number): boolean {
  const { mode } = inode;
  const { overridesAll, overridesRead } = identity.powers;
  const isDirectory = (mode & S_IFMT) === S_IFDIR;
  // Any directory may be searched, but a file is executed only if somebody may.
  if (overridesAll && ((wanted & X_OK) === 0 || isDirectory || (mode & 0o111) !== 0)) return true;
  if (overridesRead && (wanted === R_OK || (isDirectory && (wanted & W_OK) === 0))) return true;
  let granted = mode & 7;
  if (identity.uid === inode.uid) granted = (mode >>> 6) & 7;
  else {
    // Without any bit of the mask a list grants nothing beyond the bits.
    const acl = (mode & 0o070) === 0 ? undefined : accessAclOf(inode);
    const isMember = (gid: number): boolean => isInGroup(identity, gid);
    if (acl) return grants(acl, inode, identity.uid, isMember, wanted & (R_OK | W_OK | X_OK));
    if (isInGroup(identity, inode.gid)) granted = (mode >>> 3) & 7;
  }
  return (wanted & ~granted & (R_OK | W_OK | X_OK)) === 0;
}

/** Throws EACCES unless `identity` has all of `wanted`, EPERM for writing to what is immutable. */
export function checkAccess(inode: Inode, identity: AccessIdentity, wanted: number): void {
  if ((wanted & W_OK) !== 0 && isImmutable(inode)) throw fail(EPERM, 'immutable');
  if (!mayAccess(inode, identity, wanted)) throw fail(EACCES, 'permission bits');
}

/** May chmod, utimens with given times and the like: the owner and root. */
export function isOwner(inode: Inode, identity: AccessIdentity): boolean {
  return identity.powers.ownsAll || identity.uid === inode.uid;
}

/** Throws EPERM if the sticky bit of `directory` keeps `identity` from removing or renaming `victim`. */
export function checkSticky(directory: Inode, victim: Inode, identity: AccessIdentity): void {
  if ((directory.mode & S_ISVTX) === 0 || identity.powers.ownsAll) return;
  if (identity.uid !== victim.uid && identity.uid !== directory.uid) {
    throw fail(EPERM, 'sticky directory');
  }
}
