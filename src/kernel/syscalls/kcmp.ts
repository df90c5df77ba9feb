/** kcmp(2): whether two processes share a resource. */
import { EBADF, EINVAL, ESRCH, fail } from '../../abi/errno.ts';
import { layout } from '../../lib/layout.ts';
import { asEpoll } from '../epoll.ts';
import { checkTrace } from '../ptrace-access.ts';
import type { Task } from '../task.ts';

const KCMP = {
  FILE: 0,
  VM: 1,
  FILES: 2,
  FS: 3,
  SIGHAND: 4,
  IO: 5,
  SYSVSEM: 6,
  EPOLL_TFD: 7,
} as const;

/** struct kcmp_epoll_slot: which of those that were registered under the number `tfd`. */
const EpollSlot = layout({ efd: 'u32', tfd: 'u32', toff: 'u32' });

/** Numbers of objects, given when they are first compared: an order that stays. */
const ORDER = new WeakMap<object, number>();
let nextNumber = 1;

function numberOf(object: object | undefined): number {
  if (object === undefined) return 0;
  let number = ORDER.get(object);
  if (number === undefined) ORDER.set(object, (number = nextNumber++));
  return number;
}

/** kcmp(2). Errors: EBADF, EFAULT, EINVAL, ENOENT, EPERM, ESRCH. */
export function kcmp(
  task: Task,
  pid1: number,
  pid2: number,
  type: number,
  index1: number,
  index2: number,
): number {
  const { pids } = task.kernel;
  const [first, second] = [pids.task(pid1), pids.task(pid2)];
  if (!first || !second) throw fail(ESRCH, 'no such process');
  checkTrace(task, first);
  checkTrace(task, second);
  if (type === KCMP.EPOLL_TFD)
    return compare(fileOf(first, index1), epollTarget(task, second, index2));
  return compare(resource(first, type, index1), resource(second, type, index2));
}

/** 0 the same, 1 less, 2 greater. */
function compare(first: object | undefined, second: object | undefined): number {
  const difference = numberOf(first) - numberOf(second);
  return difference === 0 ? 0 : difference < 0 ? 1 : 2;
}

function fileOf(task: Task, fd: number): object {
  const file = task.files.find(fd);
  if (!file) throw fail(EBADF, `descriptor ${fd}`);
  return file;
}

/** What an epoll of the other process waits for; the slot, of the caller's memory, tells which. Throws EBADF, EFAULT, EINVAL, ENOENT. */
function epollTarget(task: Task, owner: Task, address: number): object {
  const { efd, tfd, toff } = task.memory.read(EpollSlot, address);
  const epoll = asEpoll(owner.files.get(efd));
  return epoll.targetOf(tfd, toff);
}

function resource(task: Task, type: number, index: number): object | undefined {
  switch (type) {
    case KCMP.FILE:
      return fileOf(task, index);
    case KCMP.VM:
      return task.process.addressSpace;
    case KCMP.FILES:
      return task.files;
    case KCMP.FS:
      return task.fsContext;
    case KCMP.SIGHAND:
      return task.process.actions;
    // Nobody has an I/O context: that of ioprio_set(2) is a plain value here.
    case KCMP.IO:
      return undefined;
    case KCMP.SYSVSEM:
      return task.process.undoList;
    default:
      throw fail(EINVAL, `type ${type}`);
  }
}
