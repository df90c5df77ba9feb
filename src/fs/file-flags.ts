/** The flags of an inode that chattr(1) changes: FS_IOC_SETFLAGS of ioctl_iflags(2), linux/fs.h. */
import { EPERM, ETXTBSY, fail } from '../abi/errno.ts';
import type { Inode } from './inode.ts';

export const FS_IMMUTABLE_FL = 0x10;
export const FS_APPEND_FL = 0x20;
export const FS_NODUMP_FL = 0x40;
export const FS_NOATIME_FL = 0x80;
/** All that can be changed. */
export const CHANGEABLE_FLAGS = FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL;
const INHERITED = FS_NODUMP_FL | FS_NOATIME_FL;

export function isImmutable(inode: Inode): boolean {
  return ((inode.fileFlags ?? 0) & FS_IMMUTABLE_FL) !== 0;
}

/** Throws ETXTBSY for a swap area, EPERM for what was opened before it became immutable: as ext4, and unlike tmpfs. */
export function checkNotFrozen(inode: Inode): void {
  if (inode.isSwapFile) throw fail(ETXTBSY, 'a swap area');
  if (isImmutable(inode) && inode.pages?.owner.isStored === true) throw fail(EPERM, 'immutable');
}

export function isAppendOnly(inode: Inode): boolean {
  return ((inode.fileFlags ?? 0) & FS_APPEND_FL) !== 0;
}

/** Whether it keeps its attributes, names and what it holds. */
export function isFixed(inode: Inode): boolean {
  return ((inode.fileFlags ?? 0) & (FS_IMMUTABLE_FL | FS_APPEND_FL)) !== 0;
}

/** Throws EPERM for a file that is immutable or only appended to. */
export function checkNotFixed(inode: Inode): void {
  if (isFixed(inode)) throw fail(EPERM, 'immutable or append-only');
}

/** What a directory hands on to what is made in it. */
export function inheritFlags(directory: Inode, inode: Inode): void {
  const inherited = (directory.fileFlags ?? 0) & INHERITED;
  if (inherited !== 0 && inode.fileFlags !== undefined)
    inode.setAttributes({ fileFlags: inode.fileFlags | inherited });
}
