/** open(2), openat2(2), close(2), close_range(2). */
import { E2BIG, EINVAL, fail } from '../../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_PATH } from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { PipeFile } from '../../fs/pipe-file.ts';
import { layout } from '../../lib/layout.ts';
import { panic } from '../../lib/panic.ts';
import { block, type Result } from '../block.ts';
import { dropFile } from '../file-table.ts';
import type { Task } from '../task.ts';

/** struct open_how of linux/openat2.h. */
const OpenHow = layout({ flags: 'u64', mode: 'u64', resolve: 'u64' });
const CLOSE_RANGE_UNSHARE = 2;
const CLOSE_RANGE_CLOEXEC = 4;

/** Errors: those of path_resolution(7) and of the man page. A FIFO waits for its other end. */
export function openat(
  task: Task,
  dirfd: number,
  path: string,
  flags: number,
  mode: number,
): Result {
  const { process, kernel } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  process.files.reserve(1, limit);
  const held = task.syscall?.waitData;
  const file = held instanceof PipeFile ? held : kernel.vfs.open(process, dirfd, path, flags, mode);
  const waits = file instanceof PipeFile && (flags & (O_NONBLOCK | O_PATH)) === 0;
  if (waits && !file.hasMetOtherEnd) return waitForOtherEnd(task, file);
  return process.files.allocate(file, (flags & O_CLOEXEC) !== 0, limit);
}

/** The end is open already while the call waits for the other one: it counts as a reader or writer. */
function waitForOtherEnd(task: Task, file: PipeFile): Result {
  const call = task.syscall ?? panic('open outside of a system call');
  call.waitData = file;
  try {
    return block(task, file.waitQueue, { channel: 'wait_for_partner' });
  } catch (error) {
    call.waitData = undefined;
    dropFile(file, task.kernel.vfs.locks);
    throw error;
  }
}

/** openat with a structure. RESOLVE_* restrictions are not implemented, and refused. */
export function openat2(
  task: Task,
  dirfd: number,
  path: string,
  how: number,
  size: number,
): Result {
  if (size < OpenHow.size) throw fail(EINVAL, 'struct open_how');
  if (size > OpenHow.size) throw fail(E2BIG, 'struct open_how');
  const { flags, mode, resolve } = task.memory.read(OpenHow, how);
  if (resolve !== 0 || flags > 0x7fff_ffff) throw fail(EINVAL, 'struct open_how');
  return openat(task, dirfd, path, flags, mode);
}

export function close(task: Task, fd: number): Result {
  task.process.files.close(fd);
  return 0;
}

export function closeRange(task: Task, first: number, last: number, flags: number): Result {
  if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0) {
    throw fail(EINVAL, 'close_range');
  }
  const { process } = task;
  if ((flags & CLOSE_RANGE_UNSHARE) !== 0 && process.files.references > 1) {
    const own = process.files.copy();
    process.files.closeAll();
    process.files = own;
  }
  for (const fd of process.files.descriptors()) {
    if (fd < first || fd > last) continue;
    if ((flags & CLOSE_RANGE_CLOEXEC) !== 0) process.files.setCloseOnExec(fd, true);
    else process.files.close(fd);
  }
  return 0;
}
