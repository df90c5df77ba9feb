/** kill(2), tkill(2), tgkill(2), rt_sigqueueinfo(2), rt_tgsigqueueinfo(2). */
import { EAGAIN, EINVAL, EPERM, ESRCH, fail } from '../../abi/errno.ts';
import { SI_TKILL, SI_USER, SIGCONT, SIGRTMAX, SIGRTMIN } from '../../abi/signal.ts';
import { CAP_KILL } from '../credentials.ts';
import type { SignalInfo } from '../pending-signals.ts';
import type { Process } from '../process.ts';
import { mayQueue, sendToProcess, sendToTask } from '../signal.ts';
import type { Task } from '../task.ts';

export function checkSignal(signal: number): void {
  if (signal < 0 || signal > SIGRTMAX) throw fail(EINVAL, `signal ${signal}`);
}

/** kill(2), "Permission": same user, CAP_KILL, or SIGCONT within the session. */
export function maySignal(task: Task, target: Process, signal: number): boolean {
  const own = task.credentials;
  const { ruid, suid } = target.credentials;
  if (own.hasCapability(CAP_KILL) || target === task.process) return true;
  if ([ruid, suid].some((id) => id === own.euid || id === own.ruid)) return true;
  return signal === SIGCONT && target.session === task.process.session;
}

export function sender(task: Task, code: number): SignalInfo {
  return { code, pid: task.process.pid, uid: task.credentials.ruid };
}

/** kill(2). Errors: EINVAL, EPERM, ESRCH. */
export function kill(task: Task, pid: number, signal: number): number {
  checkSignal(signal);
  const targets = targetsOf(task, pid);
  if (targets.length === 0) throw fail(ESRCH, `process ${pid}`);
  let isAllowed = false;
  for (const target of targets) {
    if (!maySignal(task, target, signal)) continue;
    isAllowed = true;
    if (signal !== 0) sendToProcess(target, signal, sender(task, SI_USER));
  }
  if (!isAllowed) throw fail(EPERM, `signal to ${pid}`);
  return 0;
}

function targetsOf(task: Task, pid: number): Process[] {
  const { pids } = task.kernel;
  if (pid > 0) {
    const process = pids.task(pid)?.process;
    return process ? [process] : [];
  }
  if (pid === -1)
    return [...pids.processes.values()].filter(
      (process) => process.pid !== 1 && process !== task.process,
    );
  const group = pid === 0 ? task.process.group : pids.groups.get(-pid);
  return group ? [...group.members] : [];
}

/** tgkill(2). Errors: EINVAL, EPERM, ESRCH. */
export function tgkill(task: Task, tgid: number, tid: number, signal: number): number {
  if (tgid <= 0) throw fail(EINVAL, 'tgid');
  sendToThread(task, tgid, tid, signal, sender(task, SI_TKILL));
  return 0;
}

export function tkill(task: Task, tid: number, signal: number): number {
  sendToThread(task, undefined, tid, signal, sender(task, SI_TKILL));
  return 0;
}

function sendToThread(
  task: Task,
  tgid: number | undefined,
  tid: number,
  signal: number,
  info: SignalInfo,
): void {
  checkSignal(signal);
  if (tid <= 0) throw fail(EINVAL, 'tid');
  const target = task.kernel.pids.task(tid);
  if (!target || (tgid !== undefined && target.process.pid !== tgid))
    throw fail(ESRCH, `thread ${tid}`);
  if (!maySignal(task, target.process, signal)) throw fail(EPERM, `signal to ${tid}`);
  if (signal === 0) return;
  checkQueue(target, signal, info);
  sendToTask(target, signal, info);
}

/** Real-time signals are queued, up to RLIMIT_SIGPENDING; kill's come through without. Throws EAGAIN. */
export function checkQueue({ process }: Task, signal: number, info: SignalInfo): void {
  if (signal < SIGRTMIN || info.code === SI_USER || mayQueue(process)) return;
  throw fail(EAGAIN, 'RLIMIT_SIGPENDING');
}

/** siginfo as the caller wrote it: si_code must not pretend to be the kernel's or kill's, except to itself. */
export function readInfo(task: Task, target: number, address: number): SignalInfo {
  const bytes = task.memory.readBytes(address, 128);
  const view = new DataView(bytes.buffer);
  const code = view.getInt32(8, true);
  if ((code >= 0 || code === SI_TKILL) && target !== task.process.pid) throw fail(EPERM, 'si_code');
  return {
    code,
    pid: view.getInt32(16, true),
    uid: view.getUint32(20, true),
    value: view.getBigUint64(24, true),
    raw: bytes.slice(12),
  };
}

export function rtSigqueueinfo(task: Task, pid: number, signal: number, info: number): number {
  checkSignal(signal);
  const signalInfo = readInfo(task, pid, info);
  const process = task.kernel.pids.task(pid)?.process;
  if (!process) throw fail(ESRCH, `process ${pid}`);
  if (!maySignal(task, process, signal)) throw fail(EPERM, `signal to ${pid}`);
  if (signal === 0) return 0;
  checkQueue(process.leader, signal, signalInfo);
  sendToProcess(process, signal, signalInfo);
  return 0;
}

export function rtTgsigqueueinfo(
  task: Task,
  tgid: number,
  tid: number,
  signal: number,
  info: number,
): number {
  if (tgid <= 0) throw fail(EINVAL, 'tgid');
  sendToThread(task, tgid, tid, signal, readInfo(task, tgid, info));
  return 0;
}
