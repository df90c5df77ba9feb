/** process_madvise(2), process_mrelease(2): the memory of another process. */
import { EACCES, EINVAL, EPERM, ESRCH, fail, KernelError } from '../../abi/errno.ts';
import { MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED } from '../../abi/mman.ts';
import { CAP_SYS_NICE } from '../credentials.ts';
import { mayTrace } from '../ptrace-access.ts';
import type { Task } from '../task.ts';
import { adviseRange } from './madvise.ts';
import { pidfdOf } from './pidfd.ts';

const IOV_MAX = 1024;
const IOVEC_BYTES = 16;
const REMOTE_ADVICES: readonly number[] = [MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED];

/** process_madvise(2): bytes that were advised. Errors: EACCES, EBADF, EFAULT, EINVAL, ENOMEM, EPERM, ESRCH. */
export function processMadvise(
  task: Task,
  pidfd: number,
  vector: number,
  count: number,
  advice: number,
  flags: number,
): number {
  if (flags !== 0 || count > IOV_MAX) throw fail(EINVAL, 'flags or number of ranges');
  const { memory } = task;
  const ranges = Array.from({ length: count }, (_, i) => ({
    address: memory.readU64(vector + i * IOVEC_BYTES),
    length: memory.readU64(vector + i * IOVEC_BYTES + 8),
  }));
  const target = pidfdOf(task, pidfd).task?.process;
  if (!target) throw fail(ESRCH, 'the process is gone');
  if (!REMOTE_ADVICES.includes(advice)) throw fail(EINVAL, 'advice');
  // Unlike process_vm_readv(2), which makes EPERM of it. Linux: mm_access.
  if (!mayTrace(task, target.leader)) throw fail(EACCES, 'access to the process');
  if (!task.credentials.hasCapability(CAP_SYS_NICE)) throw fail(EPERM, 'CAP_SYS_NICE');
  const space = target.addressSpace;
  if (!space) throw fail(ESRCH, 'the process has exited');
  let done = 0;
  try {
    for (const { address, length } of ranges) {
      adviseRange(space, address, length, advice);
      done += length;
    }
  } catch (error) {
    if (!(error instanceof KernelError) || done === 0) throw error;
  }
  return done;
}

/** process_mrelease(2). The memory of a process that was killed is given back at once: nothing is ever left to do. */
export function processMrelease(task: Task, pidfd: number, flags: number): number {
  if (flags !== 0) throw fail(EINVAL, 'flags');
  const target = pidfdOf(task, pidfd).task?.process;
  if (!target?.addressSpace) throw fail(ESRCH, 'the process is gone');
  throw fail(EINVAL, 'the process is not dying');
}
