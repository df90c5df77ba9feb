/** Sending signals: signal(7), kill(2). Delivery is in signal-delivery.ts, the frame in arch/signal-frame.ts. */

import { RLIMIT_SIGPENDING } from '../abi/resource.ts';
import {
  CLD_CONTINUED,
  SA_NOCLDSTOP,
  SIG_DFL,
  SIG_IGN,
  SIGABRT,
  SIGBUS,
  SIGCHLD,
  SIGCONT,
  SIGFPE,
  SIGILL,
  SIGKILL,
  SIGQUIT,
  SIGSEGV,
  SIGSTOP,
  SIGSYS,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGWINCH,
  SIGXCPU,
  SIGXFSZ,
} from '../abi/signal.ts';
import { log } from '../lib/log.ts';
import { observer } from './observer.ts';
import type { SignalInfo } from './pending-signals.ts';
import type { Process } from './process.ts';
import type { ProcessGroup } from './session.ts';
import { hasSignal, removeSignal, type SignalSet, setOf } from './signal-set.ts';
import { traceIgnored } from './signal-trace.ts';
import type { Task } from './task.ts';
import type { UserAccount } from './user-accounts.ts';

const channel = log.channel('signal');

const STOP_SIGNALS = setOf(SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU);
const IGNORED_BY_DEFAULT = setOf(SIGCHLD, SIGCONT, SIGURG, SIGWINCH);

const WITH_CORE = setOf(
  SIGQUIT,
  SIGILL,
  SIGTRAP,
  SIGABRT,
  SIGBUS,
  SIGFPE,
  SIGSEGV,
  SIGXCPU,
  SIGXFSZ,
  SIGSYS,
);

const UNBLOCKABLE = setOf(SIGKILL, SIGSTOP);
const UNBLOCKABLE_MASK = ~UNBLOCKABLE.low;

export function isStopSignal(signal: number): boolean {
  return hasSignal(STOP_SIGNALS, signal);
}

/** Whether SIG_DFL does nothing for this signal (SIGCONT's continuing happens when it is sent). */
export function isIgnoredByDefault(signal: number): boolean {
  return hasSignal(IGNORED_BY_DEFAULT, signal);
}

/** Whether the default action is to end the process with a core file. */
export function leavesCore(signal: number): boolean {
  return hasSignal(WITH_CORE, signal);
}

/** A signal that is not blocked is pending for the task, or it must stop or exit: a sleep ends. */
export function hasPendingSignal(task: Task): boolean {
  if (task.isDying || task.process.stopSignal !== 0 || task.process.fatalSignal !== 0) return true;
  const { low, high } = task.signalMask;
  const own = task.pending.set;
  const shared = task.process.pending.set;
  return (((own.low | shared.low) & ~low) | ((own.high | shared.high) & ~high)) !== 0;
}

/** Change the set of blocked signals; what becomes deliverable is noticed. SIGKILL and SIGSTOP cannot be blocked. */
export function setSignalMask(task: Task, mask: Readonly<SignalSet>): void {
  const { signalMask } = task;
  signalMask.low = mask.low & UNBLOCKABLE_MASK;
  signalMask.high = mask.high;
  task.needsAttention = true;
}

function accountOf({ kernel, credentials }: Process): UserAccount {
  return kernel.users.of(credentials.ruid);
}

/** One more signal may be queued for the process's user. */
export function mayQueue(process: Process): boolean {
  const { queuedSignals } = accountOf(process);
  return (
    queuedSignals < process.limit(RLIMIT_SIGPENDING) && process.kernel.users.hasRoomForSignal()
  );
}

/** Signals of the process that this thread will not take any more: others must look at them. */
export function retarget(process: Process): void {
  if (process.pending.count === 0) return;
  for (const task of process.tasks.values()) {
    if (!task.isAlive || !hasPendingSignal(task)) continue;
    task.needsAttention = true;
    if (task.state === 'S') task.kernel.scheduler.wake(task);
    task.kernel.scheduler.interrupt(task);
  }
}

/** Send to one thread: tgkill, faults. */
export function sendToTask(task: Task, signal: number, info: SignalInfo): void {
  if (!prepare(task.process, signal)) return;
  const { process } = task;
  if (isDropped(process, task, signal)) {
    if (process.trace !== undefined) traceIgnored(task, signal, info);
    info.timer?.leftQueue(false);
    return;
  }
  decideEnd(task, signal);
  task.pending.add(signal, info, accountOf(process));
  traceSend(process, signal, info);
  process.signalQueue?.wakeAll();
  notice(task, signal);
}

/** Send to a process: any thread that does not block it takes it. */
export function sendToProcess(process: Process, signal: number, info: SignalInfo): void {
  if (process.isZombie || !prepare(process, signal)) return;
  const candidate = candidateFor(process, signal);
  if (isDropped(process, candidate, signal)) {
    if (process.trace !== undefined) traceIgnored(candidate, signal, info);
    info.timer?.leftQueue(false);
    return;
  }
  if (candidate) decideEnd(candidate, signal);
  process.pending.add(signal, info, accountOf(process));
  traceSend(process, signal, info);
  process.signalQueue?.wakeAll();
  if (candidate) notice(candidate, signal);
}

export function sendToGroup(group: ProcessGroup, signal: number, info: SignalInfo): void {
  for (const member of [...group.members]) sendToProcess(member, signal, info);
}

/**
 * A signal that the thread's own instruction caused: cannot be ignored or blocked. A blocked or ignored one becomes the
 * default action, which ends the process.
 */
export function forceSignal(task: Task, signal: number, info: SignalInfo): void {
  const { actions } = task.process;
  const isBlocked = hasSignal(task.signalMask, signal);
  const action = actions.get(signal);
  if (isBlocked || action.handler === SIG_IGN)
    actions.set(signal, { ...action, handler: SIG_DFL, flags: 0 });
  if (isBlocked) removeSignal(task.signalMask, signal);
  task.pending.add(signal, { ...info }, accountOf(task.process));
  task.isForced = true;
  traceSend(task.process, signal, info);
  notice(task, signal);
}

/** Tell the parent of a stop or continue; exits are told by exit.ts. */
export function notifyParent(process: Process, code: number, status: number): void {
  const { parent } = process;
  if (!parent) return;
  const action = parent.actions.get(SIGCHLD);
  if (action.handler !== SIG_IGN && (action.flags & SA_NOCLDSTOP) === 0)
    sendToProcess(parent, SIGCHLD, childInfo(process, code, status));
  parent.childrenExited.wakeAll();
}

/** siginfo of SIGCHLD and waitid. */
export function childInfo(process: Process, code: number, status: number): SignalInfo {
  const { utimeNs, stimeNs } = process.usage;
  return { code, pid: process.pid, uid: process.credentials.ruid, status, utimeNs, stimeNs };
}

/** Let a stopped process run again, as SIGCONT and SIGKILL do. */
export function continueProcess(process: Process): void {
  process.stopSignal = 0;
  for (const task of process.tasks.values()) process.kernel.scheduler.continueStopped(task);
}

/** Effects of sending that come before queueing. False when nothing is to be queued. */
function prepare(process: Process, signal: number): boolean {
  if ((process.isExiting || process.fatalSignal !== 0) && signal !== SIGKILL) return false;
  if (signal === SIGCONT) {
    for (const stop of [SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU]) discard(process, stop);
    if (process.isStopped) {
      continueProcess(process);
      process.hasUnreportedStop = false;
      process.hasUnreportedContinue = true;
      notifyParent(process, CLD_CONTINUED, SIGCONT);
    }
  } else if (isStopSignal(signal)) discard(process, SIGCONT);
  return true;
}

function discard(process: Process, signal: number): void {
  process.pending.discard(signal);
  for (const task of process.tasks.values()) task.pending.discard(signal);
}

/**
 * A signal that ends the process without a core does so whatever is sent after it, where a thread would take it next. Before it is queued.
 * Linux: complete_signal, wants_signal.
 */
function decideEnd(task: Task, signal: number): void {
  const { process } = task;
  if (process.fatalSignal !== 0 || process.actions.get(signal).handler !== SIG_DFL) return;
  if (isIgnoredByDefault(signal) || isStopSignal(signal) || leavesCore(signal)) return;
  if (signal !== SIGKILL) {
    const isNext = isRunning(task) || !hasPendingSignal(task);
    if (hasSignal(task.signalMask, signal) || !isNext || process.trace !== undefined) return;
  }
  process.fatalSignal = signal;
}

function isRunning(task: Task): boolean {
  return task.hart !== undefined && task.kernel.scheduler.running[task.hart] === task;
}

/** Whether the signal would have no effect: then it is not queued, and wakes nobody. */
function isDropped(process: Process, task: Task | undefined, signal: number): boolean {
  const { handler } = process.actions.get(signal);
  // A blocked signal waits whatever its action is: it may be taken by sigtimedwait.
  if (task && hasSignal(task.signalMask, signal)) return false;
  // init gets only the signals that it has handlers for, so that nothing inside can end the system.
  if (process.pid === 1 && handler === SIG_DFL) return true;
  if (handler === SIG_IGN) return true;
  return handler === SIG_DFL && isIgnoredByDefault(signal);
}

/** The thread that will take a signal of the process: the leader if it can, else any that does not block it or waits for it. */
function candidateFor(process: Process, signal: number): Task | undefined {
  let fallback: Task | undefined;
  for (const task of process.tasks.values()) {
    if (!task.isAlive) continue;
    if (!hasSignal(task.signalMask, signal) || isAwaited(task, signal)) return task;
    if (signal === SIGKILL) return task;
    fallback ??= task;
  }
  return fallback;
}

/** Make the task look at its signals: end its sleep if it may be interrupted. */
function notice(task: Task, signal: number): void {
  task.needsAttention = true;
  if (hasSignal(task.signalMask, signal) && !isAwaited(task, signal)) return;
  const { scheduler } = task.kernel;
  if (task.state === 'S') scheduler.wake(task);
  else if (signal === SIGKILL) continueProcess(task.process);
  scheduler.interrupt(task);
}

/** sigtimedwait waits for signals that are blocked. */
function isAwaited(task: Task, signal: number): boolean {
  return task.awaitedSignals !== undefined && hasSignal(task.awaitedSignals, signal);
}

function traceSend(process: Process, signal: number, info: SignalInfo): void {
  if (!channel.isOn) return;
  channel.write(`send ${signal} to ${process.pid} (${process.leader.name})`);
  observer.signal?.(process, signal, info);
}
