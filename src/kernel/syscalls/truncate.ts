/** truncate(2), ftruncate(2), fallocate(2). */
import {
  EBADF,
  EINVAL,
  EISDIR,
  ENODEV,
  EOPNOTSUPP,
  EROFS,
  ESPIPE,
  ETXTBSY,
  fail,
} from '../../abi/errno.ts';
import { AT_FDCWD, W_OK } from '../../abi/fcntl.ts';
import { IN_MODIFY } from '../../abi/inotify.ts';
import { S_IFDIR, S_IFIFO, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { Inode } from '../../fs/inode.ts';
import { notifyPlace } from '../../fs/notify.ts';
import { checkAccess } from '../../fs/permission.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import type { Result } from '../block.ts';
import type { Task } from '../task.ts';
import { clearSetid, roomInFile } from '../transfer.ts';
import { fileIdentity } from '../vfs.ts';

const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;
const FALLOC_FL_ZERO_RANGE = 0x10;
const CHUNK = 65536;

/** Errors: EACCES, EINVAL, EISDIR, EFBIG (with SIGXFSZ), EROFS, ETXTBSY and those of path resolution. */
export function truncate(task: Task, path: string, length: number): Result {
  if (length < 0) throw fail(EINVAL, 'negative length');
  const { process, kernel } = task;
  const place = kernel.vfs.resolve(process, AT_FDCWD, path);
  const { inode, mount } = place;
  if ((inode.mode & S_IFMT) === S_IFDIR) throw fail(EISDIR, path);
  if ((inode.mode & S_IFMT) !== S_IFREG) throw fail(EINVAL, path);
  if (mount.isReadOnly) throw fail(EROFS, path);
  checkAccess(inode, fileIdentity(process), W_OK);
  if (inode.executing > 0) throw fail(ETXTBSY, path);
  return resize(task, inode, length, place);
}

/** Errors: EBADF, EINVAL for a descriptor that is not open for writing or no regular file, EFBIG. */
export function ftruncate(task: Task, fd: number, length: number): Result {
  if (length < 0) throw fail(EINVAL, 'negative length');
  const { files } = task.process;
  const file = files.get(fd);
  if ((file.inode.mode & S_IFMT) !== S_IFREG || (file.flags & 3) === 0) {
    throw fail(EINVAL, 'not a regular file open for writing');
  }
  return resize(task, file.inode, length, file.dentry);
}

function resize(task: Task, inode: Inode, length: number, place: Dentry | undefined): Result {
  if (length > inode.size) roomInFile(task, length - 1, 1);
  clearSetid(task, inode);
  inode.setAttributes({ size: length });
  if (place) notifyPlace(place, IN_MODIFY);
  return 0;
}

/**
 * Allocation itself is left to later writes where the file system has no call for it: the size grows as asked, and
 * PUNCH_HOLE and ZERO_RANGE write zeros.
 */
export function fallocate(
  task: Task,
  fd: number,
  mode: number,
  offset: number,
  length: number,
): Result {
  const file = task.process.files.get(fd);
  if ((file.flags & 3) === 0) throw fail(EBADF, 'not open for writing');
  if (offset < 0 || length <= 0) throw fail(EINVAL, 'range');
  const type = file.inode.mode & S_IFMT;
  if (type === S_IFIFO) throw fail(ESPIPE, 'a pipe');
  if (type !== S_IFREG) throw fail(ENODEV, 'not a regular file');
  const keepsSize = (mode & FALLOC_FL_KEEP_SIZE) !== 0;
  const zeroes = (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) !== 0;
  const known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;
  if ((mode & ~known) !== 0) throw fail(EOPNOTSUPP, 'mode');
  if ((mode & FALLOC_FL_PUNCH_HOLE) !== 0 && !keepsSize) throw fail(EOPNOTSUPP, 'PUNCH_HOLE');
  const { inode } = file;
  const end = offset + length;
  if (!keepsSize && end > inode.size) roomInFile(task, end - 1, 1);
  clearSetid(task, inode);
  if (zeroes) {
    const zeros = new Uint8Array(CHUNK);
    const last = Math.min(end, inode.size);
    for (let at = offset; at < last; at += CHUNK) {
      file.write(new BytesBuffer(zeros.subarray(0, Math.min(CHUNK, last - at))), at);
    }
  }
  if (!keepsSize && end > inode.size) inode.setAttributes({ size: end });
  if (file.dentry) notifyPlace(file.dentry, IN_MODIFY);
  return 0;
}
