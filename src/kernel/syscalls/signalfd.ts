/** signalfd4(2). */
import { EINVAL, fail } from '../../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { SIGKILL, SIGSTOP } from '../../abi/signal.ts';
import { removeSignal } from '../signal-set.ts';
import { SignalFile } from '../signalfd.ts';
import type { Task } from '../task.ts';
import { readSignalSet } from './sigaction.ts';

const SIGSET_BYTES = 8;

/** signalfd4(2): a new descriptor for fd -1, else another mask for this one. Errors: EBADF, EFAULT, EINVAL, EMFILE. */
export function signalfd4(
  task: Task,
  fd: number,
  mask: number,
  size: number,
  flags: number,
): number {
  if (size !== SIGSET_BYTES) throw fail(EINVAL, 'size of the signal set');
  const set = readSignalSet(task, mask);
  removeSignal(set, SIGKILL);
  removeSignal(set, SIGSTOP);
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) throw fail(EINVAL, 'flags');
  const { process, kernel } = task;
  if (fd !== -1) {
    const file = task.files.get(fd);
    if (!(file instanceof SignalFile)) throw fail(EINVAL, 'not a signalfd');
    file.mask = set;
    process.signalQueue?.wakeAll();
    return fd;
  }
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const status = O_RDWR | (flags & O_NONBLOCK);
  const file = new SignalFile(kernel, kernel.vfs.anonymous.root, status, set);
  return task.files.allocate(file, (flags & O_CLOEXEC) !== 0, limit);
}
