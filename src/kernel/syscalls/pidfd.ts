/** pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2). */
import { EBADF, EINVAL, EPERM, ESRCH, fail } from '../../abi/errno.ts';
import { O_NONBLOCK, O_RDWR } from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { SI_USER } from '../../abi/signal.ts';
import { PIDFD_THREAD, PidFile } from '../pidfd.ts';
import { processOfDirectory } from '../procfs/pid-directory.ts';
import { checkTrace } from '../ptrace-access.ts';
import { sendToGroup, sendToProcess, sendToTask } from '../signal.ts';
import type { Task } from '../task.ts';
import { checkQueue, checkSignal, maySignal, readInfo, sender } from './kill.ts';

const PIDFD_SIGNAL_THREAD = 1;
const PIDFD_SIGNAL_THREAD_GROUP = 2;
const PIDFD_SIGNAL_PROCESS_GROUP = 4;

/** A new descriptor, closed by exec, for `target`. Throws EMFILE. */
export function openPidfd(task: Task, target: Task, flags: number): number {
  const { process, kernel } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const file = new PidFile(kernel.vfs.anonymous.root, O_RDWR | flags, target);
  return task.files.allocate(file, true, limit);
}

/** pidfd_open(2). Errors: EINVAL, EMFILE, ESRCH. */
export function pidfdOpen(task: Task, pid: number, flags: number): number {
  if ((flags & ~(O_NONBLOCK | PIDFD_THREAD)) !== 0) throw fail(EINVAL, 'flags');
  if (pid <= 0) throw fail(EINVAL, 'pid');
  const target = task.kernel.pids.task(pid);
  if (!target) throw fail(ESRCH, `process ${pid}`);
  if ((flags & PIDFD_THREAD) === 0 && target.process.pid !== pid)
    throw fail(EINVAL, 'not a process');
  return openPidfd(task, target, flags);
}

export function pidfdOf(task: Task, fd: number): PidFile {
  const file = task.files.get(fd);
  if (!(file instanceof PidFile)) throw fail(EBADF, 'not a pidfd');
  return file;
}

/** The task behind a pidfd or a directory /proc/<pid>. Throws EBADF, ESRCH. */
function targetOf(task: Task, fd: number): { target: Task; isThread: boolean } {
  const file = task.files.getAny(fd);
  if (file instanceof PidFile) {
    if (!file.task) throw fail(ESRCH, 'the process is gone');
    return { target: file.task, isThread: (file.flags & PIDFD_THREAD) !== 0 };
  }
  const target = processOfDirectory(file.inode);
  if (!target) throw fail(EBADF, 'not a pidfd');
  if (task.kernel.pids.task(target.tid) !== target) throw fail(ESRCH, 'the process is gone');
  return { target, isThread: false };
}

/** pidfd_send_signal(2). Errors: EBADF, EINVAL, EPERM, ESRCH. */
export function pidfdSendSignal(
  task: Task,
  fd: number,
  signal: number,
  infoAddress: number,
  flags: number,
): number {
  const scopes = PIDFD_SIGNAL_THREAD | PIDFD_SIGNAL_THREAD_GROUP | PIDFD_SIGNAL_PROCESS_GROUP;
  if ((flags & ~scopes) !== 0 || (flags & (flags - 1)) !== 0) throw fail(EINVAL, 'flags');
  const { target, isThread } = targetOf(task, fd);
  const { process } = target;
  let info = sender(task, SI_USER);
  if (infoAddress !== 0) {
    if (task.memory.readI32(infoAddress) !== signal) throw fail(EINVAL, 'si_signo');
    info = readInfo(task, process.pid, infoAddress);
  }
  checkSignal(signal);
  if (!maySignal(task, process, signal)) throw fail(EPERM, `signal to ${process.pid}`);
  if (signal === 0) return 0;
  checkQueue(target, signal, info);
  if (flags === PIDFD_SIGNAL_PROCESS_GROUP) sendToGroup(process.group, signal, info);
  else if (flags === PIDFD_SIGNAL_THREAD || (flags === 0 && isThread))
    sendToTask(target, signal, info);
  else sendToProcess(process, signal, info);
  return 0;
}

/** pidfd_getfd(2). Errors: EBADF, EINVAL, EMFILE, EPERM, ESRCH. */
export function pidfdGetfd(task: Task, pidfd: number, targetFd: number, flags: number): number {
  if (flags !== 0) throw fail(EINVAL, 'flags');
  const target = pidfdOf(task, pidfd).task;
  if (!target) throw fail(ESRCH, 'the process is gone');
  checkTrace(task, target);
  const { process } = task;
  if (!target.isAlive) throw fail(ESRCH, 'the process has exited');
  const file = target.files.getAny(targetFd);
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  file.references++;
  return task.files.allocate(file, true, limit);
}
