/** Record locks of fcntl(2), and flock(2). */
import { EBADF, EINVAL, EOVERFLOW, fail } from '../../abi/errno.ts';
import {
  F_RDLCK,
  F_UNLCK,
  F_WRLCK,
  Flock,
  LOCK_EX,
  LOCK_MAND,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
  O_ACCMODE,
  O_RDONLY,
  O_WRONLY,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from '../../abi/fcntl.ts';
import type { File } from '../../fs/file.ts';
import { type FileLock, LOCK_TO_END } from '../../fs/file-lock.ts';
import { panic } from '../../lib/panic.ts';
import { block, type Result } from '../block.ts';
import type { Task } from '../task.ts';

/** The lock that struct flock at `address` describes. Throws EINVAL, EOVERFLOW. */
function readLock(task: Task, file: File, address: number, isOpenFile: boolean): FileLock {
  const { l_type, l_whence, l_start, l_len, l_pid } = task.memory.read(Flock, address);
  if (l_type !== F_RDLCK && l_type !== F_WRLCK && l_type !== F_UNLCK) throw fail(EINVAL, 'l_type');
  if (isOpenFile && l_pid !== 0) throw fail(EINVAL, 'l_pid of an OFD lock');
  let start = l_start;
  if (l_whence === SEEK_CUR) start += file.position;
  else if (l_whence === SEEK_END) start += file.inode.size;
  else if (l_whence !== SEEK_SET) throw fail(EINVAL, 'l_whence');
  let end = l_len === 0 ? LOCK_TO_END : start + l_len - 1;
  if (l_len < 0) {
    end = start - 1;
    start += l_len;
  }
  if (start < 0) throw fail(EINVAL, 'range starts before the file');
  if (end !== LOCK_TO_END && end > Number.MAX_SAFE_INTEGER) {
    if (l_len > 0 && start + l_len - 1 > 2 ** 63) throw fail(EOVERFLOW, 'range');
    end = LOCK_TO_END;
  }
  const { process } = task;
  return isOpenFile
    ? { kind: 'OFDLCK', owner: file, pid: -1, type: l_type, start, end }
    : { kind: 'POSIX', owner: task.files, pid: process.pid, type: l_type, start, end };
}

/** F_GETLK, F_OFD_GETLK. */
export function getLock(task: Task, file: File, address: number, isOpenFile: boolean): Result {
  const wanted = readLock(task, file, address, isOpenFile);
  if (wanted.type === F_UNLCK && !isOpenFile) throw fail(EINVAL, 'l_type');
  const found = task.kernel.vfs.locks.findConflict(file.inode, wanted);
  const before = task.memory.read(Flock, address);
  if (!found) {
    task.memory.write(Flock, address, { ...before, l_type: F_UNLCK });
    return 0;
  }
  task.memory.write(Flock, address, {
    l_type: found.type,
    l_whence: SEEK_SET,
    l_start: found.start,
    l_len: found.end === LOCK_TO_END ? 0 : found.end - found.start + 1,
    l_pid: found.pid,
  });
  return 0;
}

/** F_SETLK, F_SETLKW and their OFD forms. Errors: EAGAIN, EBADF, EDEADLK, EINTR, EINVAL. */
export function setLock(
  task: Task,
  file: File,
  address: number,
  isOpenFile: boolean,
  waits: boolean,
): Result {
  const wanted = readLock(task, file, address, isOpenFile);
  const access = file.flags & O_ACCMODE;
  if (wanted.type === F_RDLCK && access === O_WRONLY) throw fail(EBADF, 'not open for reading');
  if (wanted.type === F_WRLCK && access === O_RDONLY) throw fail(EBADF, 'not open for writing');
  return take(task, file, wanted, waits);
}

const FLOCK_TYPES: ReadonlyMap<number, number> = new Map([
  [LOCK_SH, F_RDLCK],
  [LOCK_EX, F_WRLCK],
  [LOCK_UN, F_UNLCK],
]);

/** flock(2). Errors: EAGAIN, EBADF, EINTR, EINVAL. */
export function flock(task: Task, fd: number, operation: number): Result {
  // Linux: share modes are gone, but asking for one is no error, whatever the descriptor.
  if ((operation & LOCK_MAND) !== 0) return 0;
  const type = FLOCK_TYPES.get(operation & ~LOCK_NB);
  if (type === undefined) throw fail(EINVAL, 'flock operation');
  const file = task.files.get(fd);
  const { pid } = task.process;
  const whole = { start: 0, end: LOCK_TO_END };
  return take(
    task,
    file,
    { kind: 'FLOCK', owner: file, pid, type, ...whole },
    (operation & LOCK_NB) === 0,
  );
}

function take(task: Task, file: File, wanted: FileLock, waits: boolean): Result {
  const { locks } = task.kernel.vfs;
  if (!waits) {
    locks.set(file.inode, wanted);
    return 0;
  }
  if (locks.setOrWait(file.inode, wanted, task)) return 0;
  const { queue } = file.inode.locks ?? panic('a conflict without locks');
  try {
    return block(task, queue, { channel: 'fcntl_setlk' });
  } catch (error) {
    locks.cancel(task);
    throw error;
  }
}
