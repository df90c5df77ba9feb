/** Taking pending signals: ignore, stop, end the process, or run a handler. signal(7). Linux: get_signal, handle_signal. */
import {
  CLD_STOPPED,
  SA_NODEFER,
  SA_RESETHAND,
  SA_RESTART,
  SI_KERNEL,
  SIG_DFL,
  SIG_IGN,
  SIGSEGV,
  SIGSTOP,
} from '../abi/signal.ts';
import { pushSignalFrame } from './arch/signal-frame.ts';
import { dumpCore } from './core-file.ts';
import { exitGroup, exitTask } from './exit.ts';
import type { SignalInfo } from './pending-signals.ts';
import type { Process } from './process.ts';
import {
  forceSignal,
  isIgnoredByDefault,
  isStopSignal,
  notifyParent,
  setSignalMask,
} from './signal.ts';
import type { SignalAction } from './signal-actions.ts';
import { addSignal, copySet } from './signal-set.ts';
import { traceSignal, traceStop } from './signal-trace.ts';
import { interruptSyscall } from './syscall.ts';
import type { Task } from './task.ts';

/** Of a wait status. */
const CORE_FLAG = 0x80;

/** Handle everything that is pending for a task that is about to return to user mode. It may stop or exit. */
export function deliverSignals(task: Task): void {
  const { process } = task;
  for (;;) {
    if (task.isDying) {
      exitTask(task);
      return;
    }
    if (process.fatalSignal !== 0) {
      endBy(task, process.fatalSignal);
      return;
    }
    if (process.stopSignal !== 0) {
      task.state = 'T';
      task.waitChannel = 'do_signal_stop';
      return;
    }
    const own = task.pending.next(task.signalMask);
    const signal = own !== 0 ? own : process.pending.next(task.signalMask);
    if (signal === 0) return;
    const info = (own !== 0 ? task.pending : process.pending).take(signal);
    if (info) take(task, signal, info);
    if (!task.isAlive) return;
  }
}

function take(task: Task, signal: number, info: SignalInfo): void {
  const { process } = task;
  const action = process.actions.get(signal);
  const isForced = task.isForced;
  task.isForced = false;
  const isHandled = action.handler !== SIG_DFL && action.handler !== SIG_IGN;
  if (process.trace !== undefined && !isHandled) traceSignal(task, signal, info);
  if (action.handler === SIG_IGN && !isForced) return;
  if (action.handler !== SIG_DFL) {
    runHandler(task, signal, info, action);
    return;
  }
  if (isIgnoredByDefault(signal)) return;
  if (process.pid === 1 && !isForced) return;
  if (isStopSignal(signal)) {
    if (signal === SIGSTOP || !process.group.isOrphaned()) {
      if (process.trace !== undefined) traceStop(task, signal);
      stopProcess(process, signal);
    }
    return;
  }
  task.kernel.onFatalSignal?.(task, signal);
  const hasCore = dumpCore(task, signal, info);
  exitGroup(process, hasCore ? signal | CORE_FLAG : signal);
}

/** By a signal without a core, whatever else is pending. */
function endBy(task: Task, signal: number): void {
  const { process } = task;
  const info = process.pending.take(signal) ?? task.pending.take(signal) ?? { code: SI_KERNEL };
  if (process.trace !== undefined) traceSignal(task, signal, info);
  task.kernel.onFatalSignal?.(task, signal);
  exitGroup(process, signal);
}

/** All threads stop before they return to user mode. */
function stopProcess(process: Process, signal: number): void {
  process.stopSignal = signal;
  process.hasUnreportedStop = true;
  process.hasUnreportedContinue = false;
  for (const task of process.tasks.values()) {
    task.needsAttention = true;
    if (task.state === 'S') process.kernel.scheduler.wake(task);
    else process.kernel.scheduler.interrupt(task);
  }
  notifyParent(process, CLD_STOPPED, signal);
}

function runHandler(task: Task, signal: number, info: SignalInfo, action: SignalAction): void {
  const { actions } = task.process;
  // What the handler's return restores: the mask from before a sigsuspend or ppoll.
  const before = copySet(
    task.call.savedMask && task.syscall ? task.call.savedMask : task.signalMask,
  );
  if (task.syscall) interruptSyscall(task, (action.flags & SA_RESTART) !== 0);
  if (task.process.trace !== undefined) traceSignal(task, signal, info);
  if (!pushSignalFrame(task, signal, info, action, before)) {
    // No place for the frame: as if the handler's first access had failed.
    if (signal === SIGSEGV) actions.set(SIGSEGV, { ...action, handler: SIG_DFL });
    forceSignal(task, SIGSEGV, { code: SI_KERNEL });
    return;
  }
  if ((action.flags & SA_RESETHAND) !== 0) actions.set(signal, { ...action, handler: SIG_DFL });
  const mask = {
    low: task.signalMask.low | action.mask.low,
    high: task.signalMask.high | action.mask.high,
  };
  if ((action.flags & SA_NODEFER) === 0) addSignal(mask, signal);
  setSignalMask(task, mask);
}
