/** The system-call dispatcher: row lookup, argument decoding, errors, restart, strace. The only catch of KernelError. */
import { EINTR, ENOSYS, failures, KernelError } from '../abi/errno.ts';
import { syscallNames } from '../abi/syscall-names.ts';
import { LimitedBuffer } from '../fs/pipe.ts';
import { log } from '../lib/log.ts';
import { panic } from '../lib/panic.ts';
import {
  A0,
  A7,
  advancePc,
  getInt,
  getRegister,
  getSigned,
  setRegister,
} from './arch/user-context.ts';
import { resultAfterWrites, sleepForWrites } from './block/late-writes.ts';
import { BLOCKED, type Result, waitAsThrown } from './block.ts';
import type { CallFault } from './faults/call-faults.ts';
import { UserBuffer, UserVector } from './mm/user-memory.ts';
import { observer } from './observer.ts';
import { judgeCall } from './seccomp/seccomp.ts';
import { setSignalMask } from './signal.ts';
import { calls, traceWaiting } from './signal-trace.ts';
import { askHook, RUN } from './syscall-hook.ts';
import type { Failing, Row } from './syscall-row.ts';
import { beginText, endText } from './syscall-strace.ts';
import { PLAIN, RESTART_RESULTS } from './syscall-trace.ts';
import { type Kind, WORDS } from './syscall-words.ts';
import { SYSCALLS } from './syscalls/table.ts';
import type { Task } from './task.ts';

const PATH_MAX = 4096;
const INSTRUCTION_BYTES = 4;

/** A row as the dispatcher wants it: data instead of closures, which it could not call without looking at them. */
interface Call {
  readonly handler: (task: Task, ...parameters: unknown[]) => Result;
  /** Per parameter: its kind, and the register that it begins in. */
  readonly kinds: readonly Kind[];
  readonly registers: readonly number[];
  readonly failing: Failing | undefined;
}

const channel = log.channel('syscall');
const errnoChannel = log.channel('errno');

const ROWS: (Row | undefined)[] = [];
/** Those that were made. */
const CALLS: (Call | undefined)[] = [];
for (const row of SYSCALLS) {
  if (ROWS[row.number]) panic(`two rows for system call ${row.number}`);
  ROWS[row.number] = row;
}
/** Unknown numbers that were logged. */
const logged = new Set<number>();

export function rowOf(number: number): Row | undefined {
  return ROWS[number];
}

export function syscallName(number: number): string {
  return syscallNames().get(number) ?? (number < 0 ? '' : `syscall_${number}`);
}

/** A system call begins: ecall trapped. Returns false if the task sleeps now. */
export function enterSyscall(task: Task): boolean {
  const { call } = task;
  const number = getInt(task.registers, A7);
  call.begin(number);
  const { syscallCounts, faults } = task.kernel;
  if (number >= 0 && number < syscallCounts.length)
    syscallCounts[number] = (syscallCounts[number] as number) + 1;
  task.syscall = call;
  const { hook, trace } = task.process;
  if (hook !== undefined) call.isHeld = hook.wants(number);
  if (task.seccomp !== undefined) call.isHeld = true;
  if (faults !== undefined) call.fault = faults.draw(task);
  if (channel.isOn === true || trace !== undefined) {
    call.traceBeganNs = task.kernel.clock.monotonicNs();
    call.traceText = beginText(task, ROWS[number], trace?.style ?? PLAIN);
  }
  return runSyscall(task);
}

/** Run, or run again after a sleep, the task's system call. Returns false if it sleeps. */
export function runSyscall(task: Task): boolean {
  const { call } = task;
  if (call.result !== undefined) {
    finishSyscall(task, resultAfterWrites(task, call.result));
    return true;
  }
  let result: Result;
  try {
    result = call.isHeld
      ? runHeld(task)
      : perform(task, CALLS[call.number] ?? firstCall(call.number));
  } catch (thrown) {
    const error = waitAsThrown(task, thrown);
    if (error === BLOCKED) {
      call.isRestarted = true;
      return false;
    }
    if (!(error instanceof KernelError)) throw error;
    if (call.isInterrupted && call.done === 0) return true;
    result = call.isInterrupted ? call.done : -error.errno;
    if (errnoChannel.isOn && failures.isTraced)
      errnoChannel.write(`${syscallName(call.number)}: ${error.stack ?? error.message}`);
  }
  if (result === BLOCKED) {
    call.isRestarted = true;
    return false;
  }
  if (task.writes !== undefined) {
    if (sleepForWrites(task, task.writes, result)) return false;
    result = resultAfterWrites(task, result);
  }
  finishSyscall(task, result);
  return true;
}

function firstCall(number: number): Call | undefined {
  const row = ROWS[number];
  if (row) CALLS[number] = callOf(row);
  return CALLS[number];
}

/** Throws KernelError. */
function perform(task: Task, row: Call | undefined): Result {
  if (row === undefined) return unknownCall(task);
  return task.call.fault === undefined
    ? invoke(row, task)
    : invokeFaulty(row, task, task.call.fault);
}

/** Nothing has been done where the call fails, but what it does when it fails on Linux. */
function invokeFaulty(row: Call, task: Task, fault: CallFault): Result {
  if (fault.kind === 'short') {
    const values = row.kinds.map((_, i) => shorten(argument(row, i, task), fault.bytes));
    return row.handler(task, ...values);
  }
  const { failing } = row;
  if (typeof failing === 'function') return failing(task);
  if (failing === 'performs') invoke(row, task);
  return -fault.errno;
}

function shorten(value: unknown, bytes: number): unknown {
  if (value instanceof UserBuffer)
    return new UserBuffer(value.memory, value.address, Math.min(bytes, value.length));
  if (value instanceof UserVector) return new LimitedBuffer(value, Math.min(bytes, value.length));
  return value;
}

function runHeld(task: Task): Result {
  const { call } = task;
  const { hook } = task.process;
  // As a tracer is on Linux, the host is asked first.
  if (hook?.wants(call.number) === true) {
    const decision = askHook(task, hook);
    if (decision !== RUN) return decision;
  }
  call.isHeld = false;
  const verdict = task.seccomp === undefined ? RUN : judgeCall(task, task.seccomp);
  return verdict === RUN ? perform(task, CALLS[call.number] ?? firstCall(call.number)) : verdict;
}

/** The call ends: its result goes to a0, unless the handler replaced the context (exec, sigreturn, exit). */
export function finishSyscall(task: Task, result: number, shown = result): void {
  const { call } = task;
  if (call.timedOut === true || result === -EINTR) task.passOnWakeup();
  else task.heldWakeup = undefined;
  // Before the result replaces the first argument.
  const text = call.traceText === '' ? '' : traceText(task, shown);
  if (task.syscall !== undefined) {
    if (call.savedMask !== undefined) setSignalMask(task, call.savedMask);
    setRegister(task.registers, A0, result);
    advancePc(task.registers, INSTRUCTION_BYTES);
    task.syscall = undefined;
  }
  if (text !== '') told(task, text, result);
}

/** A signal handler is about to run over a call that it interrupts. */
export function interruptSyscall(task: Task, mayRestart: boolean): void {
  const { call } = task;
  task.passOnWakeup();
  call.savedMask = undefined;
  const shown = RESTART_RESULTS[call.restart];
  if (call.restart === 'restart' && mayRestart) {
    task.syscall = undefined;
    if (call.traceText !== '') told(task, traceText(task, shown), shown);
  } else finishSyscall(task, -EINTR, shown);
}

calls.tell = (task, result) => told(task, traceText(task, result), result);

function traceText(task: Task, result: number): string {
  const style = task.process.trace?.style ?? PLAIN;
  return `${task.call.traceText}${endText(task, ROWS[task.call.number], style, result)}`;
}

function told(task: Task, text: string, result: number): void {
  const { call, process, kernel, tid } = task;
  const { trace } = process;
  call.traceText = '';
  if (channel.isOn) {
    const line = `${tid} ${text}`;
    channel.write(line);
    observer.call?.(task, line, result);
  }
  if (trace === undefined) return;
  if (trace.style.isTimed) {
    const { seconds, nanoseconds } = kernel.clock.realtimeAt(call.traceBeganNs);
    const began = `${seconds}.${String(Math.floor(nanoseconds / 1000)).padStart(6, '0')}`;
    const took = (kernel.clock.monotonicNs() - call.traceBeganNs) / 1e9;
    trace.add(`${tid} ${began} ${took.toFixed(6)} ${text}`);
  } else trace.add(`${tid} ${text}`);
  if (call.traceSignals.length > 0) traceWaiting(task);
}

function unknownCall(task: Task): number {
  const { number } = task.call;
  if (!logged.has(number)) {
    logged.add(number);
    const { name, process, kernel } = task;
    const call = `system call ${number} (${syscallNames().get(number) ?? 'unknown'})`;
    kernel.printk(`${name}[${process.pid}]: ${call} is not implemented: ENOSYS`, 4);
  }
  return -ENOSYS;
}

/** For a panic: the call that was running. */
export function describeCall(task: Task): string {
  const { call } = task;
  if (!task.syscall) return 'no system call';
  const row = ROWS[call.number];
  const count = row?.words.length ?? 6;
  const values = Array.from(
    { length: count },
    (_, i) => `0x${getRegister(task.registers, A0 + i).toString(16)}`,
  );
  return `${syscallName(call.number)}(${values.join(', ')})`;
}

function optionalPath(task: Task, address: number): string | undefined {
  return address === 0 ? undefined : task.memory.readString(address, PATH_MAX);
}

function decode(kind: Kind, registers: Uint32Array, register: number, task: Task): unknown {
  switch (kind) {
    case 'i32':
      return getInt(registers, register);
    case 'u32':
      return getInt(registers, register) >>> 0;
    case 'u64':
      return getRegister(registers, register);
    case 's64':
      return getSigned(registers, register);
    case 'path':
      return task.memory.readString(getRegister(registers, register), PATH_MAX);
    case 'optpath':
      return optionalPath(task, getRegister(registers, register));
    case 'latepath': {
      const address = getRegister(registers, register);
      return () => task.memory.readString(address, PATH_MAX);
    }
    case 'lateoptpath': {
      const address = getRegister(registers, register);
      return () => optionalPath(task, address);
    }
    case 'buffer':
      return new UserBuffer(
        task.memory,
        getRegister(registers, register),
        getRegister(registers, register + 1),
      );
    case 'iovec':
      // Of the count Linux takes the lower half.
      return new UserVector(
        task.memory,
        getRegister(registers, register),
        getInt(registers, register + 1) >>> 0,
      );
  }
}

function callOf(row: Row): Call {
  const kinds: Kind[] = [];
  const registers: number[] = [];
  for (let i = 0; i < row.words.length; i++) {
    const { kind } = WORDS[row.words[i] as keyof typeof WORDS];
    kinds.push(kind);
    registers.push(A0 + i);
    if (kind === 'buffer' || kind === 'iovec') i++;
  }
  const { failing } = row;
  return { handler: row.handler as Call['handler'], kinds, registers, failing };
}

function argument({ kinds, registers }: Call, i: number, task: Task): unknown {
  return decode(kinds[i] as Kind, task.registers, registers[i] as number, task);
}

/** Arguments are decoded and passed without an array: this is the hot path. */
function invoke(row: Call, task: Task): Result {
  const { handler, kinds } = row;
  const count = kinds.length;
  if (count === 0) return handler(task);
  const a = argument(row, 0, task);
  if (count === 1) return handler(task, a);
  const b = argument(row, 1, task);
  if (count === 2) return handler(task, a, b);
  const c = argument(row, 2, task);
  if (count === 3) return handler(task, a, b, c);
  const d = argument(row, 3, task);
  if (count === 4) return handler(task, a, b, c, d);
  const e = argument(row, 4, task);
  if (count === 5) return handler(task, a, b, c, d, e);
  return handler(task, a, b, c, d, e, argument(row, 5, task));
}
