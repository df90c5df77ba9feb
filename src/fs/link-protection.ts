/** What others' files are kept from in directories that everybody may write to: fs.protected_* of proc_sys_fs(5). Linux: fs/namei.c. */
import { EACCES, EPERM, fail } from '../abi/errno.ts';
import { R_OK, W_OK } from '../abi/fcntl.ts';
import { S_IFIFO, S_IFMT, S_IFREG, S_ISGID, S_ISUID, S_ISVTX } from '../abi/stat.ts';
import type { Inode } from './inode.ts';
import { type AccessIdentity, isOwner, mayAccess } from './permission.ts';

const GROUP_WRITE = 0o020;
const OTHERS_WRITE = 0o002;
const GROUP_EXECUTE = 0o010;

/** 0 is off, as Linux has it until somebody sets it; 2 of `fifos` and `regular` counts directories that only a group may write to. */
export interface LinkProtection {
  fifos: number;
  hardlinks: number;
  regular: number;
  symlinks: number;
}

/** A link at the end of a path, in `directory`. Throws EACCES. */
export function checkFollow(
  { symlinks }: LinkProtection,
  directory: Inode,
  link: Inode,
  { uid }: AccessIdentity,
): void {
  if (symlinks === 0 || link.uid === uid || link.uid === directory.uid) return;
  const shared = S_ISVTX | OTHERS_WRITE;
  if ((directory.mode & shared) === shared) throw fail(EACCES, 'a protected symbolic link');
}

/** A file that is to have another name. Throws EPERM. */
export function checkLinkSource(
  { hardlinks }: LinkProtection,
  inode: Inode,
  identity: AccessIdentity,
): void {
  if (hardlinks === 0 || isOwner(inode, identity)) return;
  const { mode } = inode;
  const gives = S_ISGID | GROUP_EXECUTE;
  const isSafe = (mode & S_IFMT) === S_IFREG && (mode & S_ISUID) === 0 && (mode & gives) !== gives;
  if (!isSafe || !mayAccess(inode, identity, R_OK | W_OK)) throw fail(EPERM, 'a protected file');
}

/** A file that O_CREAT finds in `directory`. Throws EACCES. */
export function checkFound(
  { fifos, regular }: LinkProtection,
  directory: Inode,
  inode: Inode,
  { uid }: AccessIdentity,
): void {
  const type = inode.mode & S_IFMT;
  const level = type === S_IFIFO ? fifos : type === S_IFREG ? regular : 0;
  if (level === 0 || (directory.mode & S_ISVTX) === 0) return;
  if (inode.uid === directory.uid || inode.uid === uid) return;
  const shared = level >= 2 ? GROUP_WRITE | OTHERS_WRITE : OTHERS_WRITE;
  if ((directory.mode & shared) !== 0) throw fail(EACCES, 'a protected file');
}
