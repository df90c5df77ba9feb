/** clone(2), clone3(2), unshare(2). */
import { E2BIG, EBADF, EINVAL, EMFILE, EPERM, fail } from '../../abi/errno.ts';
import {
  CLONE_CLEAR_SIGHAND,
  CLONE_DETACHED,
  CLONE_FILES,
  CLONE_FS,
  CLONE_INTO_CGROUP,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
  CSIGNAL,
} from '../../abi/sched.ts';
import { SIGRTMAX } from '../../abi/signal.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import { block, type Result } from '../block.ts';
import { CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN } from '../credentials.ts';
import type { Task } from '../task.ts';
import { type CloneRequest, cloneTask } from '../task-clone.ts';

/** Namespaces are not there: what a Linux without them answers is EINVAL. */
const NAMESPACES =
  CLONE_NEWNS |
  CLONE_NEWCGROUP |
  CLONE_NEWUTS |
  CLONE_NEWIPC |
  CLONE_NEWUSER |
  CLONE_NEWPID |
  CLONE_NEWNET;

function start(task: Task, request: CloneRequest): Result {
  if ((request.flags & NAMESPACES) !== 0) refuseNamespaces(task, request.flags);
  const child = cloneTask(task, request);
  if ((request.flags & CLONE_VFORK) === 0) return child.tid;
  // exec or exit of the child completes the call.
  return block(task, new WaitQueue(), { isUninterruptible: true, channel: 'kernel_clone' });
}

/** clone(2) with riscv's argument order. Errors: EAGAIN, EFAULT, EINVAL, EMFILE, ENOMEM, EPERM. */
export function clone(
  task: Task,
  flags: number,
  stack: number,
  parentTid: number,
  tls: number,
  childTid: number,
): Result {
  const exitSignal = flags & CSIGNAL;
  const isPair = (flags & CLONE_PIDFD) !== 0 && (flags & CLONE_PARENT_SETTID) !== 0;
  if (isPair) throw fail(EINVAL, 'CLONE_PIDFD and CLONE_PARENT_SETTID share an argument');
  return start(task, {
    flags: (flags & ~CSIGNAL) >>> 0,
    exitSignal,
    clearsHandlers: false,
    stack,
    parentTid,
    tls,
    childTid,
    pidfd: parentTid,
    tid: 0,
  });
}

/** struct clone_args, 64-bit words by index. */
const ARGS = {
  FLAGS: 0,
  PIDFD: 1,
  CHILD_TID: 2,
  PARENT_TID: 3,
  EXIT_SIGNAL: 4,
  STACK: 5,
  STACK_SIZE: 6,
  TLS: 7,
  SET_TID: 8,
  SET_TID_SIZE: 9,
  CGROUP: 10,
  WORDS: 11,
} as const;
/** CLONE_ARGS_SIZE_VER0: up to and including tls. */
const MINIMUM_SIZE = 64;
/** Nested namespaces, and so elements of set_tid, at most. */
const MAX_PID_NS_LEVEL = 32;

function readArguments(task: Task, address: number, size: number): number[] {
  if (size < MINIMUM_SIZE) throw fail(EINVAL, 'size of clone_args');
  if (size > PAGE_SIZE) throw fail(E2BIG, 'size of clone_args');
  const known = 8 * ARGS.WORDS;
  if (size > known && task.memory.readBytes(address + known, size - known).some(Boolean))
    throw fail(E2BIG, 'unknown clone_args');
  const words = Math.floor(Math.min(size, known) / 8);
  return Array.from({ length: ARGS.WORDS }, (_, i) =>
    i < words ? task.memory.readU64(address + 8 * i) : 0,
  );
}

/** The wanted number; 0 for any. There is one pid namespace, so set_tid has one element at most. Throws EINVAL, EPERM. */
function wantedTid(task: Task, address: number, count: number): number {
  if (count > MAX_PID_NS_LEVEL || (address === 0) !== (count === 0)) throw fail(EINVAL, 'set_tid');
  if (count === 0) return 0;
  if (count > 1) throw fail(EINVAL, 'more levels than pid namespaces');
  const tid = task.memory.readI32(address);
  const { credentials } = task;
  if (tid < 1) throw fail(EINVAL, 'set_tid');
  if (
    !credentials.hasCapability(CAP_CHECKPOINT_RESTORE) &&
    !credentials.hasCapability(CAP_SYS_ADMIN)
  )
    throw fail(EPERM, 'CAP_CHECKPOINT_RESTORE');
  return tid;
}

/** clone3(2). Errors: E2BIG, EAGAIN, EBADF, EEXIST, EFAULT, EINVAL, EMFILE, ENOMEM, EPERM. */
export function clone3(task: Task, address: number, size: number): Result {
  const words = readArguments(task, address, size);
  const at = (index: number) => words[index] as number;
  const all = at(ARGS.FLAGS);
  const flags = (all % 0x1_0000_0000) >>> 0;
  const high = all - flags;
  const exitSignal = at(ARGS.EXIT_SIGNAL);
  if (high >= 2 * CLONE_INTO_CGROUP || (flags & (CLONE_DETACHED | CSIGNAL)) !== 0)
    throw fail(EINVAL, 'clone3 flags');
  const clearsHandlers = high % CLONE_INTO_CGROUP === CLONE_CLEAR_SIGHAND;
  if (clearsHandlers && (flags & CLONE_SIGHAND) !== 0) throw fail(EINVAL, 'shared and cleared');
  if ((flags & (CLONE_THREAD | CLONE_PARENT)) !== 0 && exitSignal !== 0)
    throw fail(EINVAL, 'exit signal of a thread or sibling');
  if (exitSignal > SIGRTMAX) throw fail(EINVAL, 'exit signal');
  if ((at(ARGS.STACK) === 0) !== (at(ARGS.STACK_SIZE) === 0))
    throw fail(EINVAL, 'stack without size');
  const tid = wantedTid(task, at(ARGS.SET_TID), at(ARGS.SET_TID_SIZE));
  if (high >= CLONE_INTO_CGROUP) throw fail(EBADF, 'no descriptor is one of a cgroup');
  return start(task, {
    flags,
    exitSignal,
    clearsHandlers,
    stack: at(ARGS.STACK) + at(ARGS.STACK_SIZE),
    parentTid: at(ARGS.PARENT_TID),
    tls: at(ARGS.TLS),
    childTid: at(ARGS.CHILD_TID),
    pidfd: at(ARGS.PIDFD),
    tid,
  });
}

/** Before it says that there are none it asks who may have them; a user's (CLONE_NEWUSER) everybody may. Linux: unshare_nsproxy_namespaces. */
function refuseNamespaces(task: Task, flags: number): never {
  const isUsers = (flags & CLONE_NEWUSER) !== 0;
  if (!isUsers && !task.credentials.hasCapability(CAP_SYS_ADMIN))
    throw fail(EPERM, 'CAP_SYS_ADMIN');
  throw fail(EINVAL, 'namespaces are not supported');
}

/** What only a process with one thread, and memory of its own, can take: it has them for itself already. */
const SINGLE = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;

/** unshare(2). Errors: EINVAL, EMFILE, ENOMEM, EPERM. */
export function unshare(task: Task, flags: number): number {
  const { process } = task;
  if (flags > 0xffff_ffff) throw fail(EINVAL, 'flags');
  const namespaces = NAMESPACES | CLONE_NEWTIME;
  const known = SINGLE | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | namespaces;
  if ((flags & ~known) !== 0) throw fail(EINVAL, 'unknown flags');
  const hasThreads = [...process.tasks.values()].filter(({ isAlive }) => isAlive).length > 1;
  if ((flags & SINGLE) !== 0 && hasThreads) throw fail(EINVAL, 'the process has threads');
  if ((flags & CLONE_VM) !== 0 && (process.addressSpace?.users ?? 1) > 1)
    throw fail(EINVAL, 'the memory is shared');
  if ((flags & namespaces) !== 0) refuseNamespaces(task, flags);
  const { files } = task;
  const isCopied = (flags & CLONE_FILES) !== 0 && files.references > 1;
  if (isCopied && files.descriptors().some((fd) => fd >= task.kernel.maxOpenFiles))
    throw fail(EMFILE, 'fs.nr_open');
  if ((flags & CLONE_FS) !== 0) task.fsContext = task.fsContext.copy();
  if ((flags & CLONE_SYSVSEM) !== 0) task.kernel.ipc.leaveUndoList(process);
  if (isCopied) {
    files.references--;
    task.files = files.copy();
  }
  return 0;
}
