/** read(2), readv(2), pread(2), preadv(2), preadv2(2). */
import { ESPIPE, fail } from '../../abi/errno.ts';
import type { File } from '../../fs/file.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { Result } from '../block.ts';
import type { UserBuffer } from '../mm/user-memory.ts';
import type { Task } from '../task.ts';
import { checkOffset, transferIn } from '../transfer.ts';
import { withoutWaiting, withTransferFlags } from './read-write-flags.ts';

/** Directories are: their own read gives EISDIR. */
function readable(task: Task, fd: number): File {
  return task.files.get(fd, 'readable');
}

function readableAt(task: Task, fd: number, offset: number): File {
  checkOffset(offset);
  // Whether there are offsets is asked before whether it may be read.
  if (!task.files.get(fd).isSeekable) throw fail(ESPIPE, 'no offsets here');
  return readable(task, fd);
}

/** Errors: EBADF, EFAULT, EINTR, EISDIR, EINVAL, EAGAIN, EIO. Blocks unless O_NONBLOCK. */
export function read(task: Task, fd: number, buffer: UserBuffer): Result {
  return transferIn(task, readable(task, fd), buffer.checked());
}

export function readv(task: Task, fd: number, buffer: IoBuffer): Result {
  return transferIn(task, readable(task, fd), buffer);
}

/** Errors: also ESPIPE for streams, EINVAL for a negative offset. */
export function pread64(task: Task, fd: number, buffer: UserBuffer, offset: number): Result {
  return transferIn(task, readableAt(task, fd, offset), buffer.checked(), offset);
}

/** The second offset word is for 32-bit machines. */
export function preadv(task: Task, fd: number, buffer: IoBuffer, offset: number): Result {
  return transferIn(task, readableAt(task, fd, offset), buffer, offset);
}

/** Offset -1: the file's position. `flags` are RWF_*. Errors: also EOPNOTSUPP. */
export function preadv2(
  task: Task,
  fd: number,
  buffer: IoBuffer,
  offset: number,
  _high: number,
  flags: number,
): Result {
  const file = offset === -1 ? readable(task, fd) : readableAt(task, fd, offset);
  const at = offset === -1 ? undefined : offset;
  return withTransferFlags(file, flags, () =>
    transferIn(task, file, withoutWaiting(file, flags, buffer, at), at),
  );
}
