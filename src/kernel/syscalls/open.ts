/** open(2), openat2(2), close(2), close_range(2). */
import { E2BIG, EAGAIN, EINVAL, fail, KernelError } from '../../abi/errno.ts';
import * as fcntl from '../../abi/fcntl.ts';
import {
  O_CLOEXEC,
  O_CREAT,
  O_NONBLOCK,
  O_PATH,
  O_TMPFILE,
  O_TRUNC,
  RESOLVE_BENEATH,
  RESOLVE_CACHED,
  RESOLVE_IN_ROOT,
} from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { PipeFile } from '../../fs/pipe-file.ts';
import { layout } from '../../lib/layout.ts';
import { panic } from '../../lib/panic.ts';
import { block, type Result } from '../block.ts';
import { dropFile } from '../file-table.ts';
import { letGoDetached } from '../mount-users.ts';
import type { Task } from '../task.ts';

/** struct open_how of linux/openat2.h. */
const OpenHow = layout({ flags: 'u64', mode: 'u64', resolve: 'u64' });
const MAX_HOW_BYTES = 4096;
const KNOWN_RESOLVE = 0x3f;
const PATH_FLAGS = O_PATH | fcntl.O_DIRECTORY | fcntl.O_NOFOLLOW | O_CLOEXEC;
const FASYNC = 0o20000;
/** VALID_OPEN_FLAGS of linux/fcntl.h. */
const KNOWN_FLAGS =
  fcntl.O_ACCMODE |
  O_CREAT |
  fcntl.O_EXCL |
  fcntl.O_NOCTTY |
  O_TRUNC |
  fcntl.O_APPEND |
  O_NONBLOCK |
  fcntl.O_SYNC |
  fcntl.O_DSYNC |
  FASYNC |
  fcntl.O_DIRECT |
  fcntl.O_LARGEFILE |
  fcntl.O_DIRECTORY |
  fcntl.O_NOFOLLOW |
  fcntl.O_NOATIME |
  O_CLOEXEC |
  O_PATH |
  O_TMPFILE;
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
  return openFile(task, dirfd, path, flags, mode, 0);
}

/** Waits while somebody holds a lease that the open breaks. */
function openFile(
  task: Task,
  dirfd: number,
  path: string,
  flags: number,
  mode: number,
  restrictions: number,
): Result {
  try {
    return openNow(task, dirfd, path, flags, mode, restrictions);
  } catch (error) {
    const { lease } = task.kernel.vfs;
    const waits = lease !== undefined && (flags & O_NONBLOCK) === 0;
    if (!waits || !(error instanceof KernelError) || error.errno !== EAGAIN) throw error;
    return block(task, lease.queue, { deadlineNs: lease.deadlineNs, channel: '__break_lease' });
  }
}

function openNow(
  task: Task,
  dirfd: number,
  path: string,
  flags: number,
  mode: number,
  restrictions: number,
): Result {
  const { process, kernel } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const held = task.syscall?.waitData;
  const file =
    held instanceof PipeFile ? held : kernel.vfs.open(task, dirfd, path, flags, mode, restrictions);
  const waits = file instanceof PipeFile && (flags & (O_NONBLOCK | O_PATH)) === 0;
  if (waits && !file.hasMetOtherEnd) return waitForOtherEnd(task, file);
  return task.files.allocate(file, (flags & O_CLOEXEC) !== 0, limit);
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

/** openat with a structure, whose flags are all checked. Errors: also E2BIG, EINVAL, EXDEV; EAGAIN for RESOLVE_CACHED that would change something. */
export function openat2(
  task: Task,
  dirfd: number,
  path: string,
  how: number,
  size: number,
): Result {
  if (size < OpenHow.size) throw fail(EINVAL, 'struct open_how');
  if (size > MAX_HOW_BYTES) throw fail(E2BIG, 'struct open_how');
  const rest = task.memory.readBytes(how + OpenHow.size, size - OpenHow.size);
  if (rest.some((byte) => byte !== 0)) throw fail(E2BIG, 'struct open_how');
  const { flags, mode, resolve } = task.memory.read(OpenHow, how);
  checkHow(flags, mode, resolve);
  return openFile(task, dirfd, path, flags, mode, resolve);
}

/** openat ignores what it does not know, openat2 does not. Linux: build_open_flags. */
function checkHow(flags: number, mode: number, resolve: number): void {
  if (flags > 0x7fff_ffff || (flags & ~KNOWN_FLAGS) !== 0) throw fail(EINVAL, 'flags');
  if (resolve > 0x7fff_ffff || (resolve & ~KNOWN_RESOLVE) !== 0) throw fail(EINVAL, 'resolve');
  const both = RESOLVE_BENEATH | RESOLVE_IN_ROOT;
  if ((resolve & both) === both) throw fail(EINVAL, 'RESOLVE_BENEATH with RESOLVE_IN_ROOT');
  const isTemporary = (flags & O_TMPFILE) === O_TMPFILE;
  const creates = (flags & O_CREAT) !== 0 || isTemporary;
  if (creates ? mode > 0o7777 : mode !== 0) throw fail(EINVAL, 'mode');
  if ((flags & O_PATH) !== 0 && (flags & ~PATH_FLAGS) !== 0) throw fail(EINVAL, 'O_PATH');
  const changes = creates || (flags & O_TRUNC) !== 0;
  if ((resolve & RESOLVE_CACHED) !== 0 && changes) throw fail(EAGAIN, 'RESOLVE_CACHED');
}

export function close(task: Task, fd: number): Result {
  task.files.close(fd);
  letGoDetached(task.kernel);
  return 0;
}

export function closeRange(task: Task, first: number, last: number, flags: number): Result {
  if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0) {
    throw fail(EINVAL, 'close_range');
  }
  if ((flags & CLOSE_RANGE_UNSHARE) !== 0 && task.files.references > 1) {
    const own = task.files.copy();
    task.files.closeAll();
    task.files = own;
  }
  for (const fd of task.files.descriptors()) {
    if (fd < first || fd > last) continue;
    if ((flags & CLOSE_RANGE_CLOEXEC) !== 0) task.files.setCloseOnExec(fd, true);
    else task.files.close(fd);
  }
  letGoDetached(task.kernel);
  return 0;
}
