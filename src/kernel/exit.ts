/** The end of threads and processes: exit(2), exit_group(2), reparenting, reaping. Linux: kernel/exit.c. */

import { KernelError } from '../abi/errno.ts';
import {
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  SA_NOCLDWAIT,
  SI_KERNEL,
  SI_USER,
  SIG_IGN,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGRTMAX,
} from '../abi/signal.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import { drop } from '../fs/references.ts';
import { abandonCall } from './abandon-call.ts';
import { FileTable } from './file-table.ts';
import { wakeFutex } from './futex.ts';
import { abandonPiLocks } from './futex-pi.ts';
import { exitRobustList } from './futex-robust.ts';
import { letGoDetached } from './mount-users.ts';
import { observer } from './observer.ts';
import { leaveEvents } from './perf/perf.ts';
import type { Process } from './process.ts';
import { leaveFilters } from './seccomp/filter.ts';
import type { ProcessGroup } from './session.ts';
import { childInfo, retarget, sendToGroup, sendToProcess } from './signal.ts';
import { traceEnd, traceProcessEnd, traceUnfinished } from './signal-trace.ts';
import type { Task } from './task.ts';
import { sessionLeaderExited } from './tty/job-control.ts';

/** exit_group and fatal signals: every thread ends with the wait status `status`. */
export function exitGroup(process: Process, status: number): void {
  if (!process.isExiting) {
    process.isExiting = true;
    process.exitStatus = status;
  }
  for (const task of [...process.tasks.values()]) endTask(task);
}

/** End a thread now, or as soon as its hart traps if it is running on another one. */
export function endTask(task: Task): void {
  if (!task.isAlive) return;
  const { scheduler, arch } = task.kernel;
  const runsElsewhere =
    task.hart !== undefined && scheduler.running[task.hart] === task && arch.runsUser(task.hart);
  if (!runsElsewhere) {
    exitTask(task);
    return;
  }
  task.isDying = true;
  task.needsAttention = true;
  scheduler.interrupt(task);
}

/** The thread leaves with the wait status `status`, which is the process's if it is the leader or the last. */
export function exitThread(task: Task, status: number): void {
  const { process } = task;
  const isLast = ![...process.tasks.values()].some((other) => other !== task && other.isAlive);
  if (!process.isExiting && (task.tid === process.pid || isLast)) process.exitStatus = status;
  exitTask(task, status);
}

/** The thread leaves; with the last one, the process. `status`: if it leaves of its own accord. */
export function exitTask(task: Task, status?: number): void {
  if (!task.isAlive) return;
  const { kernel, process } = task;
  if (process.trace !== undefined) traceUnfinished(task);
  kernel.scheduler.catchUp();
  task.endSleep();
  abandonCall(task);
  task.passOnWakeup();
  releaseUserLocks(task);
  abandonPiLocks(task);
  kernel.scheduler.abandon(task);
  if (task.perfEvents !== undefined) leaveEvents(task);
  if (task.seccomp !== undefined) leaveFilters(task);
  task.syscall = undefined;
  const isLeader = task.tid === process.pid;
  task.state = isLeader ? 'Z' : 'X';
  wakeVforkParent(task);
  if (!isLeader) {
    if (process.trace !== undefined) traceEnd(task, status ?? process.exitStatus);
    process.deadThreads.add(task);
    process.tasks.delete(task.tid);
    kernel.pids.tasks.delete(task.tid);
    kernel.objects.tasks.settle(kernel.pids.tasks.size);
    kernel.vfs.procfs?.forget(process.pid, task.tid);
  }
  releaseFiles(task);
  task.pending.clear();
  process.threadExited.wakeAll();
  task.exitQueue?.wakeAll();
  for (const other of process.tasks.values()) {
    if (!other.isAlive) continue;
    retarget(process);
    return;
  }
  exitProcess(process);
}

/** What the thread's user memory says about its end: robust locks, and the word that pthread_join waits on. */
function releaseUserLocks(task: Task): void {
  if (!task.process.addressSpace) return;
  exitRobustList(task);
  if (task.clearChildTid === 0) return;
  try {
    task.memory.writeU32(task.clearChildTid, 0);
    wakeFutex(task, task.clearChildTid);
  } catch (error) {
    // The word may be gone: nobody can wait for it then.
    if (!(error instanceof KernelError)) throw error;
  }
}

function releaseFiles(task: Task): void {
  const { files } = task;
  task.files = new FileTable(task.kernel.vfs.locks);
  files.closeAll();
}

function exitProcess(process: Process): void {
  const { kernel, session } = process;
  process.isExiting = true;
  process.intervalTimers.stop();
  process.posixTimers.clear();
  process.pending.clear();
  releaseMemory(process);
  kernel.ipc.leaveUndoList(process);
  if (process.executable) {
    process.executable.inode.executing--;
    drop(process.executable.inode);
  }
  if (process.trace !== undefined) traceProcessEnd(process);
  process.trace?.leave();
  if (session.leader === process) endSession(process);
  const ownGroup = process.group;
  // Nobody else's end makes the group an orphan.
  const keptGroup = ownGroup.isKeptBy(process);
  process.isZombie = true;
  process.leader.exitQueue?.wakeAll();
  observer.exited?.(process);
  reparentChildren(process);
  if (keptGroup) hangUpIfOrphaned(ownGroup, process);
  if (process === kernel.init) initDied(process);
  letGoDetached(kernel);
  const isWatched = kernel.noteExit(process);
  if (!process.parent || isWatched) reap(process);
  else notifyOfExit(process);
}

function releaseMemory(process: Process): void {
  const space = process.addressSpace;
  if (space) process.deadThreads.maxRss = space.counters.peakRssPages * PAGE_SIZE;
  process.addressSpace = undefined;
  space?.release();
}

/** vfork's parent may go on: the thread does not use its memory any more. */
export function wakeVforkParent(task: Task): void {
  const parent = task.vforkParent;
  task.vforkParent = undefined;
  if (!parent?.syscall) return;
  parent.syscall.result = task.tid;
  parent.kernel.scheduler.wake(parent);
}

function endSession(process: Process): void {
  const { session } = process;
  sessionLeaderExited(session);
  session.leader = undefined;
}

/** The nearest ancestor that asked for orphans, else init. */
function reaperFor(process: Process): Process | undefined {
  const { init } = process.kernel;
  for (let parent = process.parent; parent; parent = parent.parent)
    if (parent.isSubreaper && !parent.isZombie && !parent.isExiting) return parent;
  return init && init !== process && !init.isZombie ? init : undefined;
}

function reparentChildren(process: Process): void {
  const reaper = reaperFor(process);
  for (const child of [...process.children]) {
    const keptGroup = child.group.isKeptBy(child);
    process.children.delete(child);
    child.parent = reaper;
    reaper?.children.add(child);
    const leader = child.tasks.get(child.pid);
    if (leader) leader.exitSignal = SIGCHLD;
    if (leader && leader.parentDeathSignal !== 0)
      sendToProcess(child, leader.parentDeathSignal, { code: SI_USER, pid: process.pid });
    if (child.isZombie) {
      if (reaper) notifyOfExit(child);
      else reap(child);
    } else if (keptGroup) hangUpIfOrphaned(child.group, undefined);
  }
}

/** POSIX exit(): a newly orphaned group with a stopped member gets SIGHUP and SIGCONT. */
function hangUpIfOrphaned(group: ProcessGroup, leaving: Process | undefined): void {
  if (!group.isOrphaned(leaving) || !group.hasStoppedMember()) return;
  sendToGroup(group, SIGHUP, { code: SI_KERNEL });
  sendToGroup(group, SIGCONT, { code: SI_KERNEL });
}

/** CLD_* code and si_status of a wait status word. */
export function exitCause(status: number): { code: number; status: number } {
  const signal = status & 0x7f;
  if (signal === 0) return { code: CLD_EXITED, status: (status >>> 8) & 0xff };
  return { code: (status & 0x80) === 0 ? CLD_KILLED : CLD_DUMPED, status: signal };
}

function notifyOfExit(process: Process): void {
  const { parent } = process;
  if (!parent) return;
  const signal = process.tasks.get(process.pid)?.exitSignal ?? SIGCHLD;
  const action = parent.actions.get(SIGCHLD);
  const isUnwanted =
    signal === SIGCHLD && (action.handler === SIG_IGN || (action.flags & SA_NOCLDWAIT) !== 0);
  const cause = exitCause(process.exitStatus);
  // clone(2) takes any low byte of its flags as the signal; what is none is not sent.
  const isSent = signal !== 0 && signal <= SIGRTMAX;
  if (isSent && (signal !== SIGCHLD || action.handler !== SIG_IGN))
    sendToProcess(parent, signal, childInfo(process, cause.code, cause.status));
  if (isUnwanted) reap(process);
  parent.childrenExited.wakeAll();
}

/** RUSAGE_CHILDREN: of those that were waited for. */
function addToChildren(parent: Process, process: Process): void {
  parent.childrenUsage.add(process.usage);
  parent.childrenUsage.add(process.childrenUsage);
  parent.childrenIo.add(process.io);
}

/** The process was waited for, or nobody ever will: it leaves the tables. */
export function reap(process: Process, isWaitedFor = false): void {
  const { kernel, parent } = process;
  if (parent) {
    parent.children.delete(process);
    if (isWaitedFor) addToChildren(parent, process);
  }
  const leader = process.tasks.get(process.pid);
  if (leader) {
    leader.state = 'X';
    leader.exitQueue?.wakeAll();
  }
  kernel.pids.tasks.delete(process.pid);
  kernel.objects.tasks.settle(kernel.pids.tasks.size);
  kernel.pids.processes.delete(process.pid);
  kernel.pids.leaveGroup(process);
  kernel.vfs.procfs?.forget(process.pid, process.pid);
}

function initDied(process: Process): void {
  const { kernel } = process;
  const { status, code } = exitCause(process.exitStatus);
  kernel.printk(
    `init exited with ${code === CLD_EXITED ? 'status' : 'signal'} ${status}: power off`,
    1,
  );
  kernel.poweredOff ??= { kind: 'off', status: code === CLD_EXITED ? status : 128 + status };
}
