/** Text of a system call and its result, as strace(1) prints them. */
import { EFAULT, errnoName, KernelError } from '../abi/errno.ts';
import { F_GETFD, F_GETFL, O_CREAT, O_TMPFILE } from '../abi/fcntl.ts';
import * as sched from '../abi/sched.ts';
import { signalName } from '../abi/signal.ts';
import { A0, getHigh, getInt, getRegister, getSigned } from './arch/user-context.ts';
import { describeFile } from './procfs/fd-directory.ts';
import { EVENT_VALUES } from './syscall-events.ts';
import { statxMask } from './syscall-file-status.ts';
import { atFlags, fcntlArgument, address as hexAddress } from './syscall-format.ts';
import { quote, quoteBytes } from './syscall-quote.ts';
import type { Look, Reader } from './syscall-reader.ts';
import type { Row } from './syscall-row.ts';
import { LENGTH_POINTERS, SOCKET_VALUES } from './syscall-sockets.ts';
import {
  INPUT_ARGUMENTS,
  INPUT_WORDS,
  OUTPUT_ARGUMENTS,
  pollResult,
  signalSet,
} from './syscall-structures.ts';
import { NO_RESULT, PLAIN, RESTART_RESULTS, type TraceStyle } from './syscall-trace.ts';
import { isPath, type Kind, WORDS } from './syscall-words.ts';
import type { Task } from './task.ts';

const SHOWN_PATH_BYTES = 256;
const MOST_STRINGS = 32;
const MOST_VARIABLES = 10_000;
const FCNTL = 25;
const OPENAT = 56;
const RT_SIGRETURN = 139;
const CLONE = 220;
const EXECVE = 221;
/** Calls whose result is an address: brk, mremap, mmap. */
const ADDRESS_RESULTS: ReadonlySet<number> = new Set([214, 216, 222]);
/** And whose result is a descriptor: openat, dup, dup3. */
const DESCRIPTOR_RESULTS: ReadonlySet<number> = new Set([56, 23, 24]);
/** What the kernel reads from a buffer: write, pwrite64, sendto. */
const READS_BUFFER: ReadonlySet<number> = new Set([64, 68, 206]);
/** Of RESTART_RESULTS. */
const RESTARTS: ReadonlyMap<number, string> = new Map([
  [-512, 'ERESTARTSYS (To be restarted if SA_RESTART is set)'],
  [-514, 'ERESTARTNOHAND (To be restarted if no handler)'],
  [-516, 'ERESTART_RESTARTBLOCK (Interrupted by signal)'],
]);
/** rt_sigtimedwait, whose result is a signal. */
const SIGNAL_RESULT = 137;
/** Calls that do not return. */
const EXITS: ReadonlySet<number> = new Set([93, 94]);

/** AT_STATX_SYNC_TYPE of statx's flags, from zero on. */
const SYNC_TYPES = ['AT_STATX_SYNC_AS_STAT', 'AT_STATX_FORCE_SYNC', 'AT_STATX_DONT_SYNC'];
const SYNC_TYPE = 0x6000;

function statxFlags(value: number): string {
  const sync = SYNC_TYPES[(value & SYNC_TYPE) >>> 13] ?? hexAddress(value & SYNC_TYPE);
  const rest = value & ~SYNC_TYPE;
  return rest === 0 ? sync : `${sync}|${atFlags(rest)}`;
}

/** Numbers that other arguments give their meaning, or with names of one call only. */
const VALUES: Readonly<
  Record<string, readonly (((look: Look, value: number) => string) | undefined)[]>
> = {
  fcntl: [undefined, undefined, (look, value) => fcntlArgument(look.argument(1), value)],
  statx: [undefined, undefined, (_, value) => statxFlags(value), (_, value) => statxMask(value)],
  ...SOCKET_VALUES,
  ...EVENT_VALUES,
};

/** `name(` and the arguments before the first that the kernel writes; memory is shown as it is when the call begins. */
export function beginText(task: Task, row: Row | undefined, style: TraceStyle): string {
  const { number } = task.call;
  if (!row) {
    const values = Array.from({ length: 6 }, (_, i) => hexRegister(task.registers, A0 + i));
    return `syscall_${number}(${values.join(', ')}`;
  }
  const look = lookOf(task, style, 0);
  const room = LENGTH_POINTERS[row.name];
  if (room !== undefined) rememberLength(task, look.argument(room));
  if (number === CLONE) return `clone(${cloneArguments(look)}`;
  const parts: string[] = [];
  const count = argumentCount(look, row);
  for (let i = 0; i < Math.min(count, firstOutput(row)); i++) parts.push(show(task, row, look, i));
  const isMore = parts.length > 0 && parts.length < count;
  return `${row.name}(${parts.join(', ')}${isMore ? ', ' : ''}`;
}

/** What the kernel will write over. */
function rememberLength(task: Task, at: number): void {
  readable(at, () => {
    task.call.traceLength = task.memory.readI32(at);
    return '';
  });
}

/** The rest of the arguments, and what the call returned. A failed one has written nothing. */
export function endText(
  task: Task,
  row: Row | undefined,
  style: TraceStyle,
  result: number,
): string {
  const { number } = task.call;
  if (number === RT_SIGRETURN) return restoredContext(task, style);
  const look = lookOf(task, style, result);
  const parts: string[] = [];
  if (row && number !== CLONE) {
    const count = argumentCount(look, row);
    for (let i = firstOutput(row); i < count; i++) parts.push(show(task, row, look, i));
  }
  const found = row?.name === 'ppoll' && result > 0 ? ` (${attempt(look, 0, pollResult)})` : '';
  return `${parts.join(', ')}) = ${formatResult(task, style, result)}${found}`;
}

/** The mask and the result of the call that the signal interrupted: what the handler's return has put back. */
function restoredContext(task: Task, style: TraceStyle): string {
  const { low, high } = task.signalMask;
  const result = formatResult(task, style, getSigned(task.registers, A0));
  return `{mask=${signalSet(low, high)}}) = ${result}`;
}

/** The call as it stands when it begins: what it would write is an address. */
export function formatCall(task: Task, row: Row | undefined): string {
  const end = endText(task, row, PLAIN, -EFAULT);
  return beginText(task, row, PLAIN) + end.slice(0, end.lastIndexOf(') = ') + 1);
}

function lookOf(task: Task, style: TraceStyle, result: number): Look {
  const { registers } = task;
  return {
    // Of a task that has ended there is none: asked for only to read.
    get memory() {
      return task.memory;
    },
    style,
    result,
    lengthBefore: task.call.traceLength,
    argument: (i) => getRegister(registers, A0 + i),
  };
}

function firstOutput(row: Row): number {
  const first = OUTPUT_ARGUMENTS[row.name]?.findIndex((reader) => reader !== undefined);
  return first ?? row.words.length;
}

/** The mode of openat is there only for files that it makes, and two commands of fcntl have no argument. */
function argumentCount(look: Look, row: Row): number {
  if (row.number === FCNTL) return [F_GETFD, F_GETFL].includes(look.argument(1)) ? 2 : 3;
  const flags = look.argument(2);
  const makes = (flags & O_CREAT) !== 0 || (flags & O_TMPFILE) === O_TMPFILE;
  return row.words.length - (row.number === OPENAT && !makes ? 1 : 0);
}

function formatResult(task: Task, style: TraceStyle, result: number): string {
  const { number } = task.call;
  if (EXITS.has(number) || result === NO_RESULT) return '?';
  const restart = RESTARTS.get(result);
  if (restart !== undefined) return `? ${restart}`;
  if (result < 0 && result > -4096) return `-1 ${errnoName(-result)}`;
  if (number === SIGNAL_RESULT) return `${result} (${signalName(result)})`;
  if (DESCRIPTOR_RESULTS.has(number)) return descriptor(task, style, result);
  return ADDRESS_RESULTS.has(number) ? `0x${result.toString(16)}` : String(result);
}

function descriptor(task: Task, style: TraceStyle, value: number): string {
  const file = style.namesFiles ? task.files.find(value) : undefined;
  return file ? `${value}<${describeFile(file, task)}>` : String(value);
}

function show(task: Task, row: Row, look: Look, i: number): string {
  const { registers } = task;
  const name = row.words[i] as keyof typeof WORDS;
  const { kind, show: text } = WORDS[name] as (typeof WORDS)[typeof name] & {
    show?: (value: number) => string;
  };
  const value = readValue(registers, kind, A0 + i);
  const output = OUTPUT_ARGUMENTS[row.name]?.[i];
  const isWritten = look.result >= 0 || look.result === RESTART_RESULTS.restart_block;
  if (output) return isWritten ? attempt(look, i, output) : hexAddress(value);
  const input = INPUT_ARGUMENTS[row.name]?.[i] ?? INPUT_WORDS[name];
  if (input) return attempt(look, i, input);
  if (isPath(kind)) return formatPath(task, value);
  if (kind === 'buffer')
    return READS_BUFFER.has(row.number) ? attempt(look, i, buffer) : hexAddress(value);
  if (name === 'argv' && row.number === EXECVE)
    return i === 1 || look.style.isVerbose
      ? formatStrings(task, value)
      : attempt(look, i, (_, at) => countVariables(task, at));
  const named = VALUES[row.name]?.[i];
  if (named) return named(look, value);
  if (name === 'fd') return descriptor(task, look.style, value);
  return text ? text(value) : String(value);
}

function readValue(registers: Uint32Array, kind: Kind, register: number): number {
  if (kind === 'i32') return getInt(registers, register);
  if (kind === 'u32') return getInt(registers, register) >>> 0;
  return kind === 's64' ? getSigned(registers, register) : getRegister(registers, register);
}

/** All 64 bits, which a number does not hold. */
function hexRegister(registers: Uint32Array, register: number): string {
  const low = getInt(registers, register) >>> 0;
  const high = getHigh(registers, register);
  const digits = low.toString(16);
  return high === 0 ? `0x${digits}` : `0x${high.toString(16)}${digits.padStart(8, '0')}`;
}

function attempt(look: Look, index: number, read: Reader): string {
  const at = look.argument(index);
  return readable(at, () => read(look, at, index));
}

/** What the user passed may not be readable, or not without waiting for a disk: then its address is shown. */
function readable(at: number, read: () => string): string {
  if (at === 0) return 'NULL';
  try {
    return read();
  } catch (error) {
    if (error instanceof KernelError) return hexAddress(at);
    throw error;
  }
}

function formatPath(task: Task, at: number): string {
  return readable(at, () => quote(task.memory.readString(at, SHOWN_PATH_BYTES)));
}

const buffer: Reader = ({ memory, style, argument }, at, index) => {
  const length = argument(index + 1);
  return quoteBytes(memory.readBytes(at, Math.min(length, style.strings)), length);
};

function formatStrings(task: Task, at: number): string {
  return readable(at, () => {
    const parts: string[] = [];
    for (let i = 0; i < MOST_STRINGS; i++) {
      const item = task.memory.readU64(at + 8 * i);
      if (item === 0) return `[${parts.join(', ')}]`;
      parts.push(formatPath(task, item));
    }
    return `[${parts.join(', ')}, ...]`;
  });
}

function countVariables({ memory }: Task, at: number): string {
  let count = 0;
  while (count < MOST_VARIABLES && memory.readU64(at + 8 * count) !== 0) count++;
  return `${hexAddress(at)} /* ${count} ${count === 1 ? 'var' : 'vars'} */`;
}

/** By name, and only those that the flags ask for; riscv's order: flags, stack, parent's, tls, child's. */
function cloneArguments({ argument }: Look): string {
  const flags = argument(0) >>> 0;
  const has = (bits: number) => (flags & bits) !== 0;
  const parts = [
    `child_stack=${hexAddress(argument(1))}`,
    `flags=${WORDS.lowcloneflags.show?.(flags)}`,
  ];
  if (has(sched.CLONE_PARENT_SETTID)) parts.push(`parent_tid=${hexAddress(argument(2))}`);
  if (has(sched.CLONE_SETTLS)) parts.push(`tls=${hexAddress(argument(3))}`);
  if (has(sched.CLONE_CHILD_SETTID | sched.CLONE_CHILD_CLEARTID))
    parts.push(`child_tidptr=${hexAddress(argument(4))}`);
  return parts.join(', ');
}
