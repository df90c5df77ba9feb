/**
 * Signals and ends of traced tasks, between the lines of their calls, as strace(1) has them. A tracer by ptrace(2) is told of ignored
 * signals, too; so is this one. Nothing here changes what a signal does.
 */
import { SIGKILL, signalName } from '../abi/signal.ts';
import type { SignalInfo } from './pending-signals.ts';
import type { Process } from './process.ts';
import { signalInfoText } from './signal-text.ts';
import { NO_RESULT, RESTART_RESULTS } from './syscall-trace.ts';
import type { Task } from './task.ts';

/** wait4 and waitid look for children before they look for signals: their line is the first of the two. */
const WAITS: ReadonlySet<number> = new Set([260, 95]);

/** How the line of a call that was begun is ended: set by syscall.ts, which has the table of calls. */
export const calls: { tell: (task: Task, result: number) => void } = { tell: () => undefined };

/** A line of the task's trace that is no call. */
function add(task: Task, text: string): void {
  const { process, kernel, tid } = task;
  const { trace } = process;
  if (trace === undefined) return;
  const { seconds, nanoseconds } = kernel.clock.realtimeAt(kernel.clock.monotonicNs());
  const now = `${seconds}.${String(Math.floor(nanoseconds / 1000)).padStart(6, '0')}`;
  trace.add(`${tid} ${trace.style.isTimed ? `${now} 0.000000 ` : ''}${text}`);
}

function line(signal: number, info: SignalInfo): string {
  return `--- ${signalName(signal)} ${signalInfoText(signal, info)} ---`;
}

/** The line of the call that a signal breaks off, if the task is in one. */
function tellInterrupted(task: Task): void {
  const { call } = task;
  if (task.syscall === undefined || call.traceText === '') return;
  calls.tell(task, RESTART_RESULTS[call.restart]);
}

/** A signal is taken: called after its call, if it interrupted one, was told. */
export function traceSignal(task: Task, signal: number, info: SignalInfo): void {
  if (task.process.trace === undefined) return;
  tellInterrupted(task);
  if (signal !== SIGKILL) add(task, line(signal, info));
}

/** A signal that does nothing. The call of a task that sleeps goes on: its line is told again when it ends. */
export function traceIgnored(task: Task | undefined, signal: number, info: SignalInfo): void {
  if (task?.process.trace === undefined) return;
  const { call } = task;
  const text = line(signal, info);
  const isInCall = task.syscall !== undefined && call.traceText !== '';
  if (isInCall && (WAITS.has(call.number) || call.restart === 'eintr' || !call.isRestarted)) {
    call.traceSignals.push(text);
    return;
  }
  const begun = call.traceText;
  tellInterrupted(task);
  add(task, text);
  if (!isInCall) return;
  call.traceText = begun;
  call.traceBeganNs = task.kernel.clock.monotonicNs();
}

/** Behind the line of a call: the signals that came while it ran. */
export function traceWaiting(task: Task): void {
  for (const text of task.call.traceSignals.splice(0)) add(task, text);
}

export function traceStop(task: Task, signal: number): void {
  add(task, `--- stopped by ${signalName(signal)} ---`);
}

/** The task will not return from its call. */
export function traceUnfinished(task: Task): void {
  if (task.process.trace !== undefined && task.call.traceText !== '') calls.tell(task, NO_RESULT);
}

/** `status` as wait(2) has it. */
export function traceEnd(task: Task, status: number): void {
  const signal = status & 0x7f;
  const core = (status & 0x80) === 0 ? '' : ' (core dumped)';
  const how =
    signal === 0
      ? `exited with ${(status >>> 8) & 0xff}`
      : `killed by ${signalName(signal)}${core}`;
  add(task, `+++ ${how} +++`);
}

/** A process's last line: its leader says it. */
export function traceProcessEnd(process: Process): void {
  if (process.trace !== undefined) traceEnd(process.leader, process.exitStatus);
}
