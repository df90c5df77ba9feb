/** read(2), readv(2), pread(2), preadv(2), preadv2(2). */
import { EISDIR, EOPNOTSUPP, ESPIPE, fail } from '../../abi/errno.ts';
import { S_IFDIR, S_IFMT } from '../../abi/stat.ts';
import type { File } from '../../fs/file.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { Result } from '../block.ts';
import type { UserBuffer } from '../mm/user-memory.ts';
import type { Task } from '../task.ts';
import { checkOffset, transferIn } from '../transfer.ts';

function readable(task: Task, fd: number): File {
  const file = task.process.files.get(fd, 'readable');
  if ((file.inode.mode & S_IFMT) === S_IFDIR) throw fail(EISDIR, 'read of a directory');
  return file;
}

function readableAt(task: Task, fd: number, offset: number): File {
  checkOffset(offset);
  const file = readable(task, fd);
  if (!file.isSeekable) throw fail(ESPIPE, 'no offsets here');
  return file;
}

/** Errors: EBADF, EFAULT, EINTR, EISDIR, EINVAL, EAGAIN, EIO. Blocks unless O_NONBLOCK. */
export function read(task: Task, fd: number, buffer: UserBuffer): Result {
  return transferIn(task, readable(task, fd), buffer);
}

export function readv(task: Task, fd: number, buffer: IoBuffer): Result {
  return transferIn(task, readable(task, fd), buffer);
}

/** Errors: also ESPIPE for streams, EINVAL for a negative offset. */
export function pread64(task: Task, fd: number, buffer: UserBuffer, offset: number): Result {
  return transferIn(task, readableAt(task, fd, offset), buffer, offset);
}

/** The second offset word is for 32-bit machines. */
export function preadv(task: Task, fd: number, buffer: IoBuffer, offset: number): Result {
  return transferIn(task, readableAt(task, fd, offset), buffer, offset);
}

/** Offset -1: the file's position. No flag is known. */
export function preadv2(
  task: Task,
  fd: number,
  buffer: IoBuffer,
  offset: number,
  _high: number,
  flags: number,
): Result {
  if (flags !== 0) throw fail(EOPNOTSUPP, 'RWF_ flags');
  return offset === -1 ? readv(task, fd, buffer) : preadv(task, fd, buffer, offset);
}
