/** New threads and processes: clone(2), fork(2), vfork(2). Linux: kernel/fork.c. */

import { EAGAIN, EINVAL, fail, KernelError } from '../abi/errno.ts';
import {
  CLONE_CHILD_CLEARTID,
  CLONE_CHILD_SETTID,
  CLONE_DETACHED,
  CLONE_FILES,
  CLONE_FS,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_SETTLS,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_VFORK,
  CLONE_VM,
  SCHED_OTHER,
} from '../abi/sched.ts';
import { SS_DISABLE } from '../abi/signal.ts';
import { hold } from '../fs/references.ts';
import { A0, getPc, SP, setPc, setRegister, TP } from './arch/user-context.ts';
import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from './credentials.ts';
import { UndoList } from './ipc/undo-list.ts';
import { inheritKeyrings } from './keys/task-keyrings.ts';
import { forkAddressSpace } from './mm/fork.ts';
import { observer } from './observer.ts';
import { inheritEvents } from './perf/perf.ts';
import { PIDFD_THREAD } from './pidfd.ts';
import { Process } from './process.ts';
import { isAboveProcessLimit } from './process-limit.ts';
import { interruptSequence, RseqArea } from './rseq.ts';
import { inheritFilters } from './seccomp/filter.ts';
import { copySet } from './signal-set.ts';
import { openPidfd } from './syscalls/pidfd.ts';
import { Task, type TaskResources } from './task.ts';

export interface CloneRequest {
  /** CLONE_* of clone's 32 bits, without the exit signal. */
  readonly flags: number;
  readonly exitSignal: number;
  /** CLONE_CLEAR_SIGHAND: handlers become SIG_DFL. */
  readonly clearsHandlers: boolean;
  /** 0: the parent's. */
  readonly stack: number;
  readonly parentTid: number;
  readonly childTid: number;
  readonly tls: number;
  /** Where CLONE_PIDFD stores the descriptor. */
  readonly pidfd: number;
  /** Wanted number, from clone3's set_tid; 0 for any. */
  readonly tid: number;
}

const INSTRUCTION_BYTES = 4;

/** Make the thread or process and let it run; returns it. Errors as clone(2). */
export function cloneTask(parent: Task, request: CloneRequest): Task {
  const { flags } = request;
  checkFlags(parent, flags);
  const { kernel, process } = parent;
  checkProcessLimit(parent);
  const tid = kernel.pids.allocate(request.tid);
  const isThread = (flags & CLONE_THREAD) !== 0;
  const owner = isThread ? process : newProcess(parent, tid, request);
  const task = new Task(kernel, owner, tid, parent.name, resourcesFor(parent, flags));
  copyThreadState(parent, task, request);
  try {
    tellNumbers(parent, task, request);
  } catch (error) {
    task.files.closeAll();
    if (!isThread) discard(owner);
    throw error;
  }
  if ((flags & CLONE_CHILD_CLEARTID) !== 0) task.clearChildTid = request.childTid;
  owner.tasks.set(tid, task);
  kernel.pids.tasks.set(tid, task);
  kernel.pids.forks++;
  if ((flags & CLONE_VFORK) !== 0) task.vforkParent = parent;
  if (!isThread) {
    task.exitSignal = (flags & CLONE_PARENT) === 0 ? request.exitSignal : process.leader.exitSignal;
    kernel.pids.processes.set(tid, owner);
    observer.forked?.(owner);
  }
  if (parent.perfEvents !== undefined) inheritEvents(parent, task);
  if (parent.seccomp !== undefined) inheritFilters(parent, task);
  kernel.scheduler.start(task);
  return task;
}

/** What the caller is told in its memory: CLONE_PIDFD, CLONE_PARENT_SETTID, CLONE_CHILD_SETTID. Throws EFAULT, EMFILE. */
function tellNumbers(parent: Task, task: Task, request: CloneRequest): void {
  const { flags } = request;
  const wantsPidfd = (flags & CLONE_PIDFD) !== 0;
  // Fails before a descriptor is made.
  if (wantsPidfd) parent.memory.writeU32(request.pidfd, 0);
  if ((flags & CLONE_PARENT_SETTID) !== 0) parent.memory.writeU32(request.parentTid, task.tid);
  if ((flags & CLONE_CHILD_SETTID) !== 0) tellChild(task, request.childTid);
  if (wantsPidfd) {
    const kind = (flags & CLONE_THREAD) === 0 ? 0 : PIDFD_THREAD;
    parent.memory.writeU32(request.pidfd, openPidfd(parent, task, kind));
  }
}

/** In the child's memory; Linux ignores an address that is not there. */
function tellChild(task: Task, address: number): void {
  try {
    task.memory.writeU32(address, task.tid);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
  }
}

function checkFlags(parent: Task, flags: number): void {
  const needs = (flag: number, other: number) => {
    if ((flags & flag) !== 0 && (flags & other) === 0) throw fail(EINVAL, 'clone flags');
  };
  needs(CLONE_THREAD, CLONE_SIGHAND);
  needs(CLONE_SIGHAND, CLONE_VM);
  if ((flags & CLONE_PIDFD) !== 0 && (flags & CLONE_DETACHED) !== 0)
    throw fail(EINVAL, 'CLONE_PIDFD with CLONE_DETACHED');
  const { deadline, resetOnFork } = parent.scheduling;
  if (deadline && !resetOnFork) throw fail(EAGAIN, 'SCHED_DEADLINE has no children');
  if ((flags & CLONE_PARENT) !== 0 && parent.process === parent.kernel.init)
    throw fail(EINVAL, 'a sibling of init');
}

function checkProcessLimit(parent: Task): void {
  const { kernel, credentials } = parent;
  if (kernel.pids.tasks.size >= kernel.pids.maxTasks) throw fail(EAGAIN, 'threads-max');
  kernel.objects.tasks.reserve(kernel.pids.tasks.size + 1);
  if (credentials.hasCapability(CAP_SYS_RESOURCE) || credentials.hasCapability(CAP_SYS_ADMIN))
    return;
  if (isAboveProcessLimit(parent, credentials.ruid, 1)) throw fail(EAGAIN, 'RLIMIT_NPROC');
}

/** Credentials are never changed in place, so that a thread may have its creator's. */
function resourcesFor({ files, fsContext, credentials }: Task, flags: number): TaskResources {
  const sharesFiles = (flags & CLONE_FILES) !== 0;
  if (sharesFiles) files.references++;
  return {
    files: sharesFiles ? files : files.copy(),
    fsContext: (flags & CLONE_FS) === 0 ? fsContext.copy() : fsContext,
    credentials: inheritKeyrings(credentials, (flags & CLONE_THREAD) !== 0),
  };
}

function newProcess(parent: Task, pid: number, request: CloneRequest): Process {
  const { flags } = request;
  const { process, kernel } = parent;
  const space = process.addressSpace;
  if (!space) throw fail(EAGAIN, 'the process is exiting');
  const sharesMemory = (flags & CLONE_VM) !== 0;
  const addressSpace = sharesMemory ? space : forkAddressSpace(space);
  if (sharesMemory) space.users++;
  const child = new Process(
    kernel,
    pid,
    (flags & CLONE_PARENT) === 0 ? process : process.parent,
    process.group,
    {
      addressSpace,
      actions: (flags & CLONE_SIGHAND) === 0 ? process.actions.copy() : process.actions,
      limits: [...process.limits],
    },
  );
  if (request.clearsHandlers) child.actions.resetHandlers();
  child.personality = process.personality;
  child.coreFilter = process.coreFilter;
  child.oomScoreAdjust = process.oomScoreAdjust;
  child.oomScoreAdjustMin = process.oomScoreAdjustMin;
  child.isDumpable = process.isDumpable;
  child.isIoFlusher = process.isIoFlusher;
  if ((flags & CLONE_SYSVSEM) !== 0) {
    child.undoList = process.undoList ??= new UndoList();
    child.undoList.users++;
  }
  if (sharesMemory) child.membarriers = process.membarriers;
  if (process.executable) {
    child.executable = process.executable;
    hold(process.executable.inode);
    process.executable.inode.executing++;
  }
  child.hook = process.hook;
  if (process.trace?.followsChildren === true) {
    child.trace = process.trace;
    child.trace.processes++;
  }
  return child;
}

/** Undo newProcess for a child that never ran. */
function discard(child: Process): void {
  child.addressSpace?.release();
  child.parent?.children.delete(child);
  child.group.members.delete(child);
  child.trace?.leave();
  if (child.undoList) child.undoList.users--;
  if (child.executable) {
    child.executable.inode.executing--;
    child.executable.inode.references--;
  }
}

function copyThreadState(parent: Task, task: Task, request: CloneRequest): void {
  const { flags } = request;
  task.context.set(parent.registers);
  setPc(task.context, getPc(parent.registers) + INSTRUCTION_BYTES);
  setRegister(task.context, A0, 0);
  if (request.stack !== 0) setRegister(task.context, SP, request.stack);
  if ((flags & CLONE_SETTLS) !== 0) setRegister(task.context, TP, request.tls);
  task.signalMask = copySet(parent.signalMask);
  const sharesStack = (flags & CLONE_VM) !== 0 && (flags & CLONE_VFORK) === 0;
  task.altStack = sharesStack ? { address: 0, size: 0, flags: SS_DISABLE } : { ...parent.altStack };
  if (parent.rseq && (flags & CLONE_VM) === 0) {
    const { address, size, signature } = parent.rseq;
    task.rseq = new RseqArea(address, size, signature);
    interruptSequence(task);
  }
  task.timerSlackNs = task.defaultTimerSlackNs = parent.timerSlackNs;
  task.memoryPolicy = parent.memoryPolicy;
  task.ioPriority = parent.ioPriority;
  const { scheduling } = task;
  const from = parent.scheduling;
  scheduling.affinity = from.affinity;
  scheduling.vruntimeNs = from.vruntimeNs;
  if (from.resetOnFork) {
    const isUrgent = from.priority > 0 || from.deadline !== undefined;
    scheduling.nice = isUrgent ? 0 : Math.max(0, from.nice);
    scheduling.policy = isUrgent ? SCHED_OTHER : from.policy;
  } else {
    scheduling.nice = from.nice;
    scheduling.policy = from.policy;
    scheduling.priority = from.priority;
  }
}
