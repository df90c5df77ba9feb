/** clone(2), clone3(2). */
import { E2BIG, EINVAL, ENOSYS, fail } from '../../abi/errno.ts';
import { CLONE_NEWNS, CLONE_PIDFD, CLONE_VFORK, CSIGNAL } from '../../abi/sched.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import { block, type Result } from '../block.ts';
import type { Task } from '../task.ts';
import { type CloneRequest, cloneTask } from '../task-clone.ts';

/** Namespaces and pidfds are not there; asking for one must not seem to work. */
const NAMESPACES = 0x7e02_0000;
const UNSUPPORTED = (NAMESPACES | CLONE_PIDFD | CLONE_NEWNS) >>> 0;

function start(task: Task, request: CloneRequest): Result {
  if ((request.flags & UNSUPPORTED) !== 0)
    throw fail(EINVAL, 'namespaces and pidfds are not supported');
  const child = cloneTask(task, request);
  if ((request.flags & CLONE_VFORK) === 0) return child.tid;
  // exec or exit of the child completes the call.
  return block(task, new WaitQueue(), { isUninterruptible: true, channel: 'kernel_clone' });
}

/** clone(2) with riscv's argument order. Errors: EAGAIN, EINVAL, ENOMEM. */
export function clone(
  task: Task,
  flags: number,
  stack: number,
  parentTid: number,
  tls: number,
  childTid: number,
): Result {
  const exitSignal = flags & CSIGNAL;
  return start(task, {
    flags: ((flags % 0x1_0000_0000) & ~CSIGNAL) >>> 0,
    exitSignal,
    stack,
    parentTid,
    tls,
    childTid,
  });
}

/** CLONE_ARGS_SIZE_VER0: up to and including tls. */
const MINIMUM_SIZE = 64;
const KNOWN_SIZE = 88;

/** clone3(2). Errors: E2BIG, EINVAL, EAGAIN, ENOMEM, ENOSYS for a chosen tid or cgroup. */
export function clone3(task: Task, address: number, size: number): Result {
  if (size < MINIMUM_SIZE) throw fail(EINVAL, 'size of clone_args');
  if (size > 4096) throw fail(E2BIG, 'size of clone_args');
  const { memory } = task;
  for (let at = KNOWN_SIZE; at < size; at += 8)
    if (memory.readU64(address + at) !== 0) throw fail(E2BIG, 'unknown clone_args');
  const field = (index: number) => (8 * index < size ? memory.readU64(address + 8 * index) : 0);
  const [flags, , childTid, parentTid, exitSignal, stack, stackSize, tls] = [
    0, 1, 2, 3, 4, 5, 6, 7,
  ].map(field) as [number, number, number, number, number, number, number, number];
  if (field(8) !== 0 || flags >= 0x1_0000_0000) throw fail(ENOSYS, 'set_tid or cgroup');
  if ((flags & CSIGNAL) !== 0 || exitSignal > 64) throw fail(EINVAL, 'exit signal');
  if ((stack === 0) !== (stackSize === 0)) throw fail(EINVAL, 'stack without size');
  return start(task, {
    flags: flags >>> 0,
    exitSignal,
    stack: stack + stackSize,
    parentTid,
    tls,
    childTid,
  });
}
