/** The system-call dispatcher: row lookup, argument decoding, errors, restart, strace. The only catch of KernelError. */
import { EINTR, ENOSYS, failures, KernelError } from '../abi/errno.ts';
import { SYSCALL_NAMES } from '../abi/syscall-names.ts';
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
import { BLOCKED, type Result } from './block.ts';
import { UserBuffer, UserVector } from './mm/user-memory.ts';
import { setSignalMask } from './signal.ts';
import type { Row } from './syscall-row.ts';
import { formatCall, formatResult } from './syscall-strace.ts';
import { type Kind, WORDS } from './syscall-words.ts';
import { SYSCALLS } from './syscalls/table.ts';
import type { Task } from './task.ts';

const PATH_MAX = 4096;
const INSTRUCTION_BYTES = 4;

type Decoder = (registers: Uint32Array, task: Task) => unknown;
type Invoke = (task: Task, registers: Uint32Array) => Result;

const channel = log.channel('syscall');
const errnoChannel = log.channel('errno');

const ROWS: (Row | undefined)[] = [];
const INVOKE: (Invoke | undefined)[] = [];
for (const row of SYSCALLS) {
  if (ROWS[row.number]) panic(`two rows for system call ${row.number}`);
  ROWS[row.number] = row;
  INVOKE[row.number] = invoker(row);
}
/** Unknown numbers that were logged. */
const logged = new Set<number>();

export function syscallName(number: number): string {
  return SYSCALL_NAMES.get(number) ?? (number < 0 ? '' : `syscall_${number}`);
}

/** A system call begins: ecall trapped. Returns false if the task sleeps now. */
export function enterSyscall(task: Task): boolean {
  const { call } = task;
  call.begin(getInt(task.registers, A7));
  const counts = task.kernel.syscallCounts;
  counts[call.number] = (counts[call.number] ?? 0) + 1;
  task.syscall = call;
  if (channel.isOn || task.process.trace) call.traceText = formatCall(task, ROWS[call.number]);
  return runSyscall(task);
}

/** Run, or run again after a sleep, the task's system call. Returns false if it sleeps. */
export function runSyscall(task: Task): boolean {
  const { call } = task;
  if (call.result !== undefined) {
    finishSyscall(task, call.result);
    return true;
  }
  const invoke = INVOKE[call.number];
  let result: Result;
  try {
    result = invoke ? invoke(task, task.registers) : unknownCall(task);
  } catch (error) {
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
  finishSyscall(task, result);
  return true;
}

/** The call ends: its result goes to a0, unless the handler replaced the context (exec, sigreturn, exit). */
export function finishSyscall(task: Task, result: number): void {
  const { call } = task;
  if (call.timedOut || result === -EINTR) task.passOnWakeup();
  else task.heldWakeup = undefined;
  if (task.syscall) {
    if (call.savedMask) setSignalMask(task, call.savedMask);
    setRegister(task.registers, A0, result);
    advancePc(task.registers, INSTRUCTION_BYTES);
    task.syscall = undefined;
  }
  if (call.traceText !== '') traceResult(task, result);
}

/** A signal handler is about to run over a call that it interrupts. */
export function interruptSyscall(task: Task, mayRestart: boolean): void {
  const { call } = task;
  task.passOnWakeup();
  call.savedMask = undefined;
  if (call.restart === 'restart' && mayRestart) {
    task.syscall = undefined;
    if (call.traceText !== '') traceResult(task, -ERESTARTSYS);
  } else finishSyscall(task, -EINTR);
}

const ERESTARTSYS = 512;

function traceResult(task: Task, result: number): void {
  const { call, process } = task;
  const line = `${call.traceText} = ${formatResult(call.number, result)}`;
  call.traceText = '';
  if (channel.isOn) channel.write(line);
  process.trace?.add(line);
}

function unknownCall(task: Task): number {
  const { number } = task.call;
  if (!logged.has(number)) {
    logged.add(number);
    const { name, process, kernel } = task;
    const call = `system call ${number} (${SYSCALL_NAMES.get(number) ?? 'unknown'})`;
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

function decoder(kind: Kind, register: number): Decoder {
  switch (kind) {
    case 'i32':
      return (registers) => getInt(registers, register);
    case 'u32':
      return (registers) => getInt(registers, register) >>> 0;
    case 'u64':
      return (registers) => getRegister(registers, register);
    case 's64':
      return (registers) => getSigned(registers, register);
    case 'path':
      return (registers, task) =>
        task.memory.readString(getRegister(registers, register), PATH_MAX);
    case 'optpath':
      return (registers, task) => {
        const address = getRegister(registers, register);
        return address === 0 ? undefined : task.memory.readString(address, PATH_MAX);
      };
    case 'buffer':
      return (registers, task) =>
        new UserBuffer(
          task.memory,
          getRegister(registers, register),
          getRegister(registers, register + 1),
        );
    case 'iovec':
      return (registers, task) =>
        new UserVector(
          task.memory,
          getRegister(registers, register),
          getRegister(registers, register + 1),
        );
  }
}

/** Arguments are decoded and passed without an array: this is the hot path. */
function invoker(row: Row): Invoke {
  const decoders: Decoder[] = [];
  for (let i = 0; i < row.words.length; i++) {
    const { kind } = WORDS[row.words[i] as keyof typeof WORDS];
    decoders.push(decoder(kind, A0 + i));
    if (kind === 'buffer' || kind === 'iovec') i++;
  }
  const call = row.handler as (task: Task, ...parameters: unknown[]) => Result;
  const [a, b, c, d, e, f] = decoders as [Decoder, Decoder, Decoder, Decoder, Decoder, Decoder];
  switch (decoders.length) {
    case 0:
      return (task) => call(task);
    case 1:
      return (task, r) => call(task, a(r, task));
    case 2:
      return (task, r) => call(task, a(r, task), b(r, task));
    case 3:
      return (task, r) => call(task, a(r, task), b(r, task), c(r, task));
    case 4:
      return (task, r) => call(task, a(r, task), b(r, task), c(r, task), d(r, task));
    case 5:
      return (task, r) => call(task, a(r, task), b(r, task), c(r, task), d(r, task), e(r, task));
    default:
      return (task, r) =>
        call(task, a(r, task), b(r, task), c(r, task), d(r, task), e(r, task), f(r, task));
  }
}
