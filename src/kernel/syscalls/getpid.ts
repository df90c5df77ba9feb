/** getpid(2), getppid(2), gettid(2), set_tid_address(2), getpgid(2), setpgid(2), getsid(2), setsid(2). */
import { EACCES, EINVAL, EPERM, ESRCH, fail } from '../../abi/errno.ts';
import type { Process } from '../process.ts';
import { ProcessGroup, Session } from '../session.ts';
import type { Task } from '../task.ts';

export function getpid(task: Task): number {
  return task.process.pid;
}

export function getppid(task: Task): number {
  return task.process.parent?.pid ?? 0;
}

export function gettid(task: Task): number {
  return task.tid;
}

export function setTidAddress(task: Task, address: number): number {
  task.clearChildTid = address;
  return task.tid;
}

/** The process of a number; 0 is the caller's. Throws ESRCH. */
export function processOf(task: Task, pid: number): Process {
  if (pid === 0) return task.process;
  const process = task.kernel.pids.task(pid)?.process;
  if (!process) throw fail(ESRCH, `process ${pid}`);
  return process;
}

export function getpgid(task: Task, pid: number): number {
  return processOf(task, pid).group.pgid;
}

export function getsid(task: Task, pid: number): number {
  return processOf(task, pid).session.sid;
}

/** setpgid(2). Errors: EACCES, EINVAL, EPERM, ESRCH. */
export function setpgid(task: Task, pid: number, pgid: number): number {
  const { process: caller, kernel } = task;
  if (pgid < 0) throw fail(EINVAL, 'pgid');
  const process = kernel.pids.process(pid === 0 ? caller.pid : pid);
  if (!process || (process !== caller && process.parent !== caller))
    throw fail(ESRCH, `process ${pid}`);
  if (process !== caller && process.session !== caller.session)
    throw fail(EPERM, 'another session');
  if (process !== caller && process.hasExecuted) throw fail(EACCES, 'the child has called exec');
  if (process.session.leader === process) throw fail(EPERM, 'session leader');
  const wanted = pgid === 0 ? process.pid : pgid;
  let group = kernel.pids.groups.get(wanted);
  if (wanted !== process.pid && group?.session !== caller.session)
    throw fail(EPERM, `group ${wanted}`);
  if (process.group.pgid === wanted) return 0;
  const { session } = process;
  if (!group) kernel.pids.groups.set(wanted, (group = new ProcessGroup(wanted, session)));
  kernel.pids.leaveGroup(process);
  process.group = group;
  group.members.add(process);
  return 0;
}

/** setsid(2). Errors: EPERM. */
export function setsid(task: Task): number {
  const { process, kernel } = task;
  const { pid } = process;
  if (kernel.pids.groups.has(pid)) throw fail(EPERM, 'the caller leads a group');
  const session = new Session(pid);
  session.leader = process;
  const group = new ProcessGroup(pid, session);
  kernel.pids.leaveGroup(process);
  process.group = group;
  group.members.add(process);
  kernel.pids.groups.set(pid, group);
  kernel.pids.sessions.set(pid, session);
  return pid;
}
