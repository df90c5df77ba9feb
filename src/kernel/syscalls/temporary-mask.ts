/** The signal mask that ppoll, pselect and epoll_pwait set for their duration. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { SIGKILL, SIGSTOP } from '../../abi/signal.ts';
import { assignSet, copySet, removeSignal } from '../signal-set.ts';
import type { Task } from '../task.ts';

/** Size of the kernel's sigset_t. */
const SIGSET_BYTES = 8;

/** On the first run of a call, put the mask at `address` (0: none) in place; the dispatcher restores the old one. */
export function applyTemporaryMask(task: Task, address: number, bytes: number): void {
  if (address === 0) return;
  if (bytes !== SIGSET_BYTES) throw fail(EINVAL, 'size of the signal set');
  const call = task.syscall;
  const set = { low: task.memory.readU32(address), high: task.memory.readU32(address + 4) };
  if (!call || call.savedMask) return;
  removeSignal(set, SIGKILL);
  removeSignal(set, SIGSTOP);
  call.savedMask = copySet(task.signalMask);
  assignSet(task.signalMask, set);
}
