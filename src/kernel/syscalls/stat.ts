/** stat(2): newfstatat, fstat, statx(2). */
import { EINVAL, ENOENT, fail, failed } from '../../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_NO_AUTOMOUNT, AT_SYMLINK_NOFOLLOW } from '../../abi/fcntl.ts';
import {
  deviceMajor,
  deviceMinor,
  S_IFBLK,
  S_IFCHR,
  S_IFMT,
  S_IFREG,
  STATX_BASIC_STATS,
  STATX_BTIME,
  STATX_DIOALIGN,
  STATX_MNT_ID,
  Stat,
  Statx,
} from '../../abi/stat.ts';
import type { Dentry } from '../../fs/dentry.ts';
import { DIRECT_BLOCK_BYTES } from '../../fs/direct-transfer.ts';
import { FS_APPEND_FL, FS_IMMUTABLE_FL, FS_NODUMP_FL } from '../../fs/file-flags.ts';
import type { Inode } from '../../fs/inode.ts';
import type { Result } from '../block.ts';
import type { Task } from '../task.ts';

const AT_STATX_SYNC_TYPE = 0x6000;
const STATX_RESERVED = 0x8000_0000;
const STATX_ATTR_MOUNT_ROOT = 0x2000;
/** STATX_ATTR_IMMUTABLE, STATX_ATTR_APPEND and STATX_ATTR_NODUMP are the same bits as the flags. */
const SHOWN_FLAGS = FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL;
/** st_blksize where the file system does not say. */
const IO_BLOCK = 4096;

/** What a directory descriptor, path and flags name, possibly something without a place such as a pipe. */
export interface Located {
  readonly inode: Inode;
  readonly dentry: Dentry | undefined;
}

/** For calls with AT_EMPTY_PATH and AT_SYMLINK_NOFOLLOW. An absent path is the descriptor itself. */
export function locate(
  task: Task,
  dirfd: number,
  path: string | undefined,
  atflags: number,
): Located {
  const place = find(task, dirfd, path, atflags);
  if (place === undefined) throw fail(ENOENT, path ?? '');
  return place;
}

/** As locate, but nothing if the last name of the path is not there. */
function find(
  task: Task,
  dirfd: number,
  path: string | undefined,
  atflags: number,
): Located | undefined {
  const { kernel } = task;
  if (path === undefined || (path === '' && (atflags & AT_EMPTY_PATH) !== 0)) {
    if (dirfd === AT_FDCWD) return { inode: task.cwd.inode, dentry: task.cwd };
    const { inode, dentry } = task.files.getAny(dirfd);
    return { inode, dentry };
  }
  const follows = (atflags & AT_SYMLINK_NOFOLLOW) === 0;
  const dentry = kernel.vfs.find(task, dirfd, path, follows);
  return dentry && { inode: dentry.inode, dentry };
}

export function newfstatat(
  task: Task,
  dirfd: number,
  path: string,
  stat: number,
  atflags: number,
): Result {
  if ((atflags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)) !== 0) {
    throw fail(EINVAL, 'flags');
  }
  const place = find(task, dirfd, path, atflags);
  if (place === undefined) return failed(ENOENT, path);
  writeStat(task, place.inode, stat);
  return 0;
}

export function fstat(task: Task, fd: number, stat: number): Result {
  writeStat(task, task.files.getAny(fd).inode, stat);
  return 0;
}

/** struct stat word by word: to look its fields up by name takes as long as to find the file. */
const WORDS = new Uint32Array(Stat.size / 4);
const AT = Stat.offset;

function put32(at: number, value: number): void {
  WORDS[at >>> 2] = value;
}

function put64(at: number, value: number): void {
  WORDS[at >>> 2] = value;
  WORDS[(at >>> 2) + 1] = Math.floor(value / 0x1_0000_0000);
}

function writeStat(task: Task, inode: Inode, address: number): void {
  inode.revalidate();
  const { atime, mtime, ctime } = inode;
  put64(AT.st_dev, inode.fs.device);
  put64(AT.st_ino, inode.ino);
  put32(AT.st_mode, inode.mode);
  put32(AT.st_nlink, inode.nlink);
  put32(AT.st_uid, inode.uid);
  put32(AT.st_gid, inode.gid);
  put64(AT.st_rdev, rdevOf(inode));
  put64(AT.st_size, inode.size);
  put32(AT.st_blksize, inode.fs.ioBlockBytes ?? IO_BLOCK);
  put64(AT.st_blocks, inode.blocks);
  put64(AT.st_atime, atime.seconds);
  put64(AT.st_atime_nsec, atime.nanoseconds);
  put64(AT.st_mtime, mtime.seconds);
  put64(AT.st_mtime_nsec, mtime.nanoseconds);
  put64(AT.st_ctime, ctime.seconds);
  put64(AT.st_ctime_nsec, ctime.nanoseconds);
  task.memory.writeWords(address, WORDS);
}

function rdevOf(inode: Inode): number {
  const type = inode.mode & S_IFMT;
  return type === S_IFCHR || type === S_IFBLK ? inode.rdev : 0;
}

/** O_DIRECT goes to a disk: a disk itself, and a regular file of a file system that has one. */
function isOnDisk({ mode, fs }: Inode): boolean {
  const type = mode & S_IFMT;
  return type === S_IFBLK || (type === S_IFREG && deviceMajor(fs.device) !== 0);
}

export function statx(
  task: Task,
  dirfd: number,
  path: string | undefined,
  atflags: number,
  mask: number,
  address: number,
): Result {
  const known = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE;
  if ((atflags & ~known) !== 0 || (atflags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) {
    throw fail(EINVAL, 'flags');
  }
  if ((mask & STATX_RESERVED) !== 0) throw fail(EINVAL, 'mask');
  const place = find(task, dirfd, path, atflags);
  if (place === undefined) return failed(ENOENT, path ?? '');
  const { inode, dentry } = place;
  inode.revalidate();
  const isMountRoot = dentry !== undefined && dentry.node === dentry.mount.rootNode;
  const { device } = inode.fs;
  const rdev = rdevOf(inode);
  const { btime, fileFlags = 0 } = inode;
  const isDirect = (mask & STATX_DIOALIGN) !== 0 && isOnDisk(inode);
  const alignment = isDirect ? DIRECT_BLOCK_BYTES : 0;
  task.memory.write(Statx, address, {
    stx_mask:
      STATX_BASIC_STATS |
      (dentry ? STATX_MNT_ID : 0) |
      (btime ? STATX_BTIME : 0) |
      (isDirect ? STATX_DIOALIGN : 0),
    stx_blksize: inode.fs.ioBlockBytes ?? IO_BLOCK,
    stx_attributes: (fileFlags & SHOWN_FLAGS) | (isMountRoot ? STATX_ATTR_MOUNT_ROOT : 0),
    stx_attributes_mask: STATX_ATTR_MOUNT_ROOT | SHOWN_FLAGS,
    stx_nlink: inode.nlink,
    stx_uid: inode.uid,
    stx_gid: inode.gid,
    stx_mode: inode.mode,
    stx_ino: inode.ino,
    stx_size: inode.size,
    stx_blocks: inode.blocks,
    stx_atime: inode.atime.seconds,
    stx_atime_nsec: inode.atime.nanoseconds,
    stx_btime: btime?.seconds ?? 0,
    stx_btime_nsec: btime?.nanoseconds ?? 0,
    stx_ctime: inode.ctime.seconds,
    stx_ctime_nsec: inode.ctime.nanoseconds,
    stx_mtime: inode.mtime.seconds,
    stx_mtime_nsec: inode.mtime.nanoseconds,
    stx_rdev_major: deviceMajor(rdev),
    stx_rdev_minor: deviceMinor(rdev),
    stx_dev_major: deviceMajor(device),
    stx_dev_minor: deviceMinor(device),
    stx_mnt_id: dentry?.mount.id ?? 0,
    stx_dio_mem_align: alignment,
    stx_dio_offset_align: alignment,
  });
  return 0;
}
