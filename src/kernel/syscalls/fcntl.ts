/** fcntl(2) without its locks, which are in fcntl-locks.ts. */
import { EBADF, EINVAL, EPERM, fail } from '../../abi/errno.ts';
import {
  F_ADD_SEALS,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GET_SEALS,
  F_GETFD,
  F_GETFL,
  F_GETLEASE,
  F_GETLK,
  F_GETOWN,
  F_GETOWN_EX,
  F_GETPIPE_SZ,
  F_GETSIG,
  F_NOTIFY,
  F_OFD_GETLK,
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_SETFD,
  F_SETFL,
  F_SETLEASE,
  F_SETLK,
  F_SETLKW,
  F_SETOWN,
  F_SETOWN_EX,
  F_SETPIPE_SZ,
  F_SETSIG,
  FASYNC,
  FD_CLOEXEC,
  O_APPEND,
  O_DIRECT,
  O_NOATIME,
  O_NONBLOCK,
  O_PATH,
} from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import type { File } from '../../fs/file.ts';
import { isAppendOnly } from '../../fs/file-flags.ts';
import { SILENT } from '../../fs/notify.ts';
import { isOwner } from '../../fs/permission.ts';
import { PipeFile } from '../../fs/pipe-file.ts';
import { A2, getInt } from '../arch/user-context.ts';
import type { Result } from '../block.ts';
import { FileOwner } from '../file-owner.ts';
import { resizePipe } from '../pipe-limits.ts';
import type { Task } from '../task.ts';
import { fileIdentity } from '../vfs.ts';
import { getLock, setLock } from './fcntl-locks.ts';
import * as owner from './fcntl-owner.ts';
import { addSeals, getSeals } from './memfd.ts';

const SETTABLE = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;

/** Errors: as in the man page, by command. */
export function fcntl(task: Task, fd: number, command: number, argument: number): Result {
  const file = task.files.getAny(fd);
  const isPath = (file.flags & O_PATH) !== 0;
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      return duplicate(task, file, argument | 0, command === F_DUPFD_CLOEXEC);
    case F_GETFD:
      return task.files.isCloseOnExec(fd) ? FD_CLOEXEC : 0;
    case F_SETFD:
      task.files.setCloseOnExec(fd, (argument & FD_CLOEXEC) !== 0);
      return 0;
    case F_GETFL:
      return file.flags & ~SILENT;
    default:
      if (isPath) throw fail(EBADF, 'O_PATH');
      return controlFile(task, file, fd, command, argument);
  }
}

function duplicate(task: Task, file: File, minimum: number, isCloseOnExec: boolean): Result {
  const { process } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  if (minimum < 0 || minimum >= limit) throw fail(EINVAL, 'minimum descriptor');
  const fd = task.files.allocate(file, isCloseOnExec, limit, minimum);
  file.references++;
  return fd;
}

function controlFile(
  task: Task,
  file: File,
  fd: number,
  command: number,
  argument: number,
): Result {
  switch (command) {
    case F_SETFL:
      return setFlags(task, file, fd, argument);
    case F_GETLK:
    case F_OFD_GETLK:
      return getLock(task, file, argument, command === F_OFD_GETLK);
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW: {
      const isOpenFile = command === F_OFD_SETLK || command === F_OFD_SETLKW;
      const waits = command === F_SETLKW || command === F_OFD_SETLKW;
      return setLock(task, file, argument, isOpenFile, waits);
    }
    case F_GETPIPE_SZ:
      return pipeOf(file).pipe.capacity;
    case F_SETPIPE_SZ: {
      const { pipe } = pipeOf(file);
      // A negative int is one of more than 2 GiB.
      if (argument > 0x8000_0000) throw fail(EINVAL, 'pipe size');
      return resizePipe(task, pipe, argument);
    }
    case F_ADD_SEALS:
      return addSeals(file, argument);
    case F_GET_SEALS:
      return getSeals(file);
    default:
      return controlSignals(task, file, fd, command, argument, getInt(task.registers, A2));
  }
}

/** What the file's events do to its owner. */
function controlSignals(
  task: Task,
  file: File,
  fd: number,
  command: number,
  address: number,
  value: number,
): Result {
  switch (command) {
    case F_SETOWN:
      return owner.setOwner(task, file, value);
    case F_GETOWN:
      return owner.getOwner(file);
    case F_SETOWN_EX:
      return owner.setOwnerEx(task, file, address);
    case F_GETOWN_EX:
      return owner.getOwnerEx(task, file, address);
    case F_SETSIG:
      return owner.setSignal(task, file, value >>> 0);
    case F_GETSIG:
      return owner.getSignal(file);
    case F_SETLEASE:
      return owner.setLease(task, file, fd, value);
    case F_GETLEASE:
      return owner.getLease(file);
    case F_NOTIFY:
      return owner.notifyDirectory(task, file, fd, value);
    default:
      throw fail(EINVAL, 'fcntl command');
  }
}

function setFlags(task: Task, file: File, fd: number, flags: number): Result {
  const stopsAppending = (flags & O_APPEND) === 0 && (file.flags & O_APPEND) !== 0;
  if (stopsAppending && isAppendOnly(file.inode)) throw fail(EPERM, 'append-only');
  const addsNoatime = (flags & O_NOATIME) !== 0 && (file.flags & O_NOATIME) === 0;
  if (addsNoatime && !isOwner(file.inode, fileIdentity(task))) {
    throw fail(EPERM, 'O_NOATIME');
  }
  file.flags = (file.flags & ~SETTABLE) | (flags & SETTABLE);
  const isAsync = (flags & FASYNC) !== 0;
  if (isAsync !== ((file.flags & FASYNC) !== 0))
    FileOwner.of(task.kernel, file).setAsync(isAsync, fd);
  return 0;
}

function pipeOf(file: File): PipeFile {
  if (!(file instanceof PipeFile)) throw fail(EBADF, 'not a pipe');
  return file;
}
