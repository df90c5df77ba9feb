/** write(2), writev(2), pwrite(2), pwritev(2), pwritev2(2). */
import { ESPIPE, fail } from '../../abi/errno.ts';
import type { File } from '../../fs/file.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { Result } from '../block.ts';
import type { UserBuffer } from '../mm/user-memory.ts';
import type { Task } from '../task.ts';
import { checkOffset, transferOut } from '../transfer.ts';
import { withTransferFlags } from './read-write-flags.ts';

function writableAt(task: Task, fd: number, offset: number): File {
  checkOffset(offset);
  const { files } = task;
  if (!files.get(fd).isSeekable) throw fail(ESPIPE, 'no offsets here');
  return files.get(fd, 'writable');
}

/** Errors: EBADF, EFAULT, EFBIG, EINTR, EINVAL, ENOSPC, EPIPE, EAGAIN, EIO. Blocks unless O_NONBLOCK. */
export function write(task: Task, fd: number, buffer: UserBuffer): Result {
  return transferOut(task, task.files.get(fd, 'writable'), buffer.checked());
}

export function writev(task: Task, fd: number, buffer: IoBuffer): Result {
  return transferOut(task, task.files.get(fd, 'writable'), buffer);
}

/** Errors: also ESPIPE for streams. */
export function pwrite64(task: Task, fd: number, buffer: UserBuffer, offset: number): Result {
  return transferOut(task, writableAt(task, fd, offset), buffer.checked(), offset);
}

export function pwritev(task: Task, fd: number, buffer: IoBuffer, offset: number): Result {
  return transferOut(task, writableAt(task, fd, offset), buffer, offset);
}

/** Offset -1: the file's position. `flags` are RWF_*. Errors: also EOPNOTSUPP. */
export function pwritev2(
  task: Task,
  fd: number,
  buffer: IoBuffer,
  offset: number,
  _high: number,
  flags: number,
): Result {
  const file = offset === -1 ? task.files.get(fd, 'writable') : writableAt(task, fd, offset);
  const at = offset === -1 ? undefined : offset;
  return withTransferFlags(file, flags, () => transferOut(task, file, buffer, at));
}
