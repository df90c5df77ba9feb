/** Text of a system call and its result, as strace(1) prints them. */
import { errnoName, KernelError } from '../abi/errno.ts';
import { A0, getHigh, getInt, getRegister, getSigned } from './arch/user-context.ts';
import type { Row } from './syscall-row.ts';
import { type Kind, WORDS, type Word } from './syscall-words.ts';
import type { Task } from './task.ts';

/** Bytes of a string or buffer that are shown: strace -s 32. */
const SHOWN_BYTES = 32;
const SHOWN_PATH_BYTES = 256;
const EXECVE = 221;
/** Calls whose result is an address. */
const ADDRESS_RESULTS: ReadonlySet<number> = new Set([214, 216, 222]);

/** `pid name(args)`; buffers are shown as they are when the call begins. */
export function formatCall(task: Task, row: Row | undefined): string {
  const { number } = task.call;
  const parts: string[] = [];
  if (!row) for (let i = 0; i < 6; i++) parts.push(hexRegister(task.registers, A0 + i));
  else
    for (const [i, name] of row.words.entries())
      parts.push(formatWord(task, number, name, WORDS[name], A0 + i));
  return `${task.tid} ${row?.name ?? `syscall_${number}`}(${parts.join(', ')})`;
}

/** Calls that do not return. */
const EXITS: ReadonlySet<number> = new Set([93, 94]);

export function formatResult(number: number, result: number): string {
  if (EXITS.has(number)) return '?';
  if (result === -512) return '? ERESTARTSYS (To be restarted if SA_RESTART is set)';
  if (result < 0 && result > -4096) return `-1 ${errnoName(-result)}`;
  return ADDRESS_RESULTS.has(number) ? `0x${result.toString(16)}` : String(result);
}

function formatWord(
  task: Task,
  number: number,
  name: string,
  word: Word,
  register: number,
): string {
  const { registers } = task;
  const value = readValue(registers, word.kind, register);
  if (word.kind === 'path' || word.kind === 'optpath') return formatPath(task, value);
  if (word.kind === 'buffer')
    return formatBuffer(task, value, getRegister(registers, register + 1), number);
  if (name === 'argv' && number === EXECVE && register === A0 + 1)
    return formatStrings(task, value);
  return word.show ? word.show(value) : word.kind === 'iovec' ? hexAddress(value) : String(value);
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

function hexAddress(value: number): string {
  return value === 0 ? 'NULL' : `0x${value.toString(16)}`;
}

/** What the user passed may not be readable: then its address is shown. */
function attempt(address: number, read: () => string): string {
  if (address === 0) return 'NULL';
  try {
    return read();
  } catch (error) {
    if (error instanceof KernelError) return hexAddress(address);
    throw error;
  }
}

function formatPath(task: Task, address: number): string {
  return attempt(address, () => quote(task.memory.readString(address, SHOWN_PATH_BYTES)));
}

/** Only what the kernel is going to read is worth showing: write and its kind. */
const READS_BUFFER: ReadonlySet<number> = new Set([64, 68, 206]);

function formatBuffer(task: Task, address: number, length: number, number: number): string {
  if (!READS_BUFFER.has(number)) return hexAddress(address);
  return attempt(address, () => {
    const bytes = task.memory.readBytes(address, Math.min(length, SHOWN_BYTES));
    return quote(String.fromCharCode(...bytes)) + (length > SHOWN_BYTES ? '...' : '');
  });
}

function formatStrings(task: Task, address: number): string {
  return attempt(address, () => {
    const parts: string[] = [];
    for (let i = 0; i < SHOWN_BYTES; i++) {
      const item = task.memory.readU64(address + 8 * i);
      if (item === 0) return `[${parts.join(', ')}]`;
      parts.push(formatPath(task, item));
    }
    return `[${parts.join(', ')}, ...]`;
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

function quote(text: string): string {
  const escaped = text.replace(/[^ !#-[\]-~]/g, (char) => {
    return ESCAPES[char] ?? `\\${char.charCodeAt(0).toString(8)}`;
  });
  return `"${escaped}"`;
}
