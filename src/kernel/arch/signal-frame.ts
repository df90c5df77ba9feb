/**
 * The signal frame on the user's stack: struct rt_sigframe of Linux (arch/riscv/kernel/signal.c), so that debuggers and
 * unwinders read it.
 *
 *   0    siginfo_t                    128 bytes
 *   128  ucontext: uc_flags, uc_link  16
 *   144  uc_stack                     24
 *   168  uc_sigmask and padding       128
 *   304  mcontext, 16-byte aligned: pc, x1 to x31 (256), then f0 to f31 and fcsr in a 528-byte union
 *   1088 vector state of a task that has one (vector-state.ts); the union's last 8 bytes are its header
 */
import { EFAULT, fail, KernelError } from '../../abi/errno.ts';
import { AUDIT_ARCH_RISCV64 } from '../../abi/seccomp.ts';
import { SA_ONSTACK, SIGCHLD, SS_AUTODISARM, SS_DISABLE, SS_ONSTACK } from '../../abi/signal.ts';
import { USER_HZ } from '../../abi/time.ts';
import type { SignalInfo } from '../pending-signals.ts';
import { setSignalMask } from '../signal.ts';
import type { SignalAction } from '../signal-actions.ts';
import type { SignalSet } from '../signal-set.ts';
import type { Task } from '../task.ts';
import {
  A0,
  floatWords,
  generalWords,
  getFcsr,
  getPc,
  getRegister,
  RA,
  SP,
  setFcsr,
  setPc,
  setRegister,
} from './user-context.ts';
import { VDSO_SIGRETURN } from './vdso.ts';
import {
  decodeVectorFrame,
  encodeVectorFrame,
  setVectorState,
  VECTOR_FRAME,
  vectorStateOf,
} from './vector-state.ts';

const SIGINFO_BYTES = 128;
const UC_STACK = 128 + 16;
const UC_SIGMASK = 168;
const MCONTEXT = 304;
const FLOAT = MCONTEXT + 256;
const FCSR = FLOAT + 256;
const FRAME_BYTES = MCONTEXT + 256 + 528;
/** Header of what follows the frame. */
const EXTENSION = FLOAT + 520;
const PC_WORDS = 2;

/** A frame on its way to or from user memory: one array for all, since each of its size costs a call of malloc. */
const FRAME = new Uint8Array(FRAME_BYTES);
const FRAME_WORDS = new Uint32Array(FRAME.buffer);
const FRAME_GENERAL = FRAME_WORDS.subarray(MCONTEXT / 4 + PC_WORDS, FLOAT / 4);
const FRAME_FLOAT = FRAME_WORDS.subarray(FLOAT / 4, FLOAT / 4 + 64);

/** Bytes that a signal takes on the stack: AT_MINSIGSTKSZ. */
export function minimumSignalStack(hasVector: boolean): number {
  return FRAME_BYTES + (hasVector ? VECTOR_FRAME.BYTES : 0);
}

/** siginfo_t as it lies in user memory. */
export function encodeSiginfo(signal: number, info: SignalInfo): Uint8Array {
  const words = new Uint32Array(SIGINFO_BYTES / 4);
  const bytes = new Uint8Array(words.buffer);
  writeSiginfo(words, bytes, signal, info);
  return bytes;
}

/** Word indices of the union's members (asm-generic/siginfo.h); the union begins at byte 16. */
const SIGINFO = {
  SIGNO: 0,
  ERRNO: 1,
  CODE: 2,
  ADDR: 4,
  PID: 4,
  UID: 5,
  STATUS: 6,
  VALUE: 6,
  SYSCALL: 6,
  ARCH: 7,
  UTIME: 8,
  STIME: 10,
} as const;
const NS_PER_TICK = 1e9 / USER_HZ;

/** siginfo_t, for a core file. */
export function siginfoBytes(signal: number, info: SignalInfo): Uint8Array {
  const bytes = new Uint8Array(SIGINFO_BYTES);
  writeSiginfo(new Uint32Array(bytes.buffer), bytes, signal, info);
  return bytes;
}

/** Into an array that is zero. */
function writeSiginfo(
  words: Uint32Array,
  bytes: Uint8Array,
  signal: number,
  info: SignalInfo,
): void {
  const { timer } = info;
  words[SIGINFO.SIGNO] = signal;
  words[SIGINFO.ERRNO] = info.errno ?? 0;
  words[SIGINFO.CODE] = info.code;
  if (info.raw) bytes.set(info.raw, SIGINFO_BYTES - info.raw.length);
  else if (info.address !== undefined) {
    writeWide(words, SIGINFO.ADDR, info.address);
    if (info.call !== undefined) {
      words[SIGINFO.SYSCALL] = info.call;
      words[SIGINFO.ARCH] = AUDIT_ARCH_RISCV64;
    }
  } else if (timer) {
    words[SIGINFO.PID] = timer.id;
    words[SIGINFO.UID] = timer.overrun;
    writeValue(words, info.value);
  } else {
    words[SIGINFO.PID] = info.pid ?? 0;
    words[SIGINFO.UID] = info.uid ?? 0;
    if (signal === SIGCHLD && info.status !== undefined) {
      words[SIGINFO.STATUS] = info.status;
      writeWide(words, SIGINFO.UTIME, Math.floor((info.utimeNs ?? 0) / NS_PER_TICK));
      writeWide(words, SIGINFO.STIME, Math.floor((info.stimeNs ?? 0) / NS_PER_TICK));
    } else writeValue(words, info.value);
  }
}

function writeValue(words: Uint32Array, value = 0n): void {
  words[SIGINFO.VALUE] = Number(value & 0xffff_ffffn);
  words[SIGINFO.VALUE + 1] = Number(value >> 32n);
}

function writeWide(words: Uint32Array, at: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    words[at] = Number(value & 0xffff_ffffn);
    words[at + 1] = Number(value >> 32n);
    return;
  }
  words[at] = value;
  words[at + 1] = Math.floor(value / 0x1_0000_0000);
}

export function isOnAltStack(task: Task, sp: number): boolean {
  const { address, size, flags } = task.altStack;
  if ((flags & SS_AUTODISARM) !== 0) return false;
  return size > 0 && sp > address && sp <= address + size;
}

/**
 * Save the registers on the stack (or the alternate one) and point them at the handler. `mask` is what sigreturn
 * restores. False when the stack cannot be written.
 */
export function pushSignalFrame(
  task: Task,
  signal: number,
  info: SignalInfo,
  action: SignalAction,
  mask: SignalSet,
): boolean {
  const { registers, altStack } = task;
  const space = task.process.addressSpace;
  let sp = getRegister(registers, SP);
  const wasOnAltStack = isOnAltStack(task, sp);
  const usesAltStack =
    (action.flags & SA_ONSTACK) !== 0 && (altStack.flags & SS_DISABLE) === 0 && !wasOnAltStack;
  if (usesAltStack) sp = altStack.address + altStack.size;
  const vector = vectorStateOf(task);
  sp = Math.floor((sp - FRAME_BYTES - (vector ? VECTOR_FRAME.BYTES : 0)) / 16) * 16;
  // A handler that overflows the alternate stack must not run on into what lies below.
  if (wasOnAltStack && sp < altStack.address) return false;
  if (!space || sp < 0) return false;
  FRAME.fill(0);
  const words = FRAME_WORDS;
  writeSiginfo(words, FRAME, signal, info);
  writeStack(words, task, wasOnAltStack);
  words[UC_SIGMASK / 4] = mask.low;
  words[UC_SIGMASK / 4 + 1] = mask.high;
  const pc = getPc(registers);
  words[MCONTEXT / 4] = pc;
  words[MCONTEXT / 4 + 1] = Math.floor(pc / 0x1_0000_0000);
  words.set(generalWords(registers), MCONTEXT / 4 + PC_WORDS);
  words.set(floatWords(registers), FLOAT / 4);
  words[FCSR / 4] = getFcsr(registers);
  if (vector) words.set([VECTOR_FRAME.MAGIC, VECTOR_FRAME.SIZE], EXTENSION / 4);
  try {
    task.memory.writeBytes(sp, FRAME);
    const behind = sp + FRAME_BYTES;
    if (vector) task.memory.writeBytes(behind, encodeVectorFrame(vector, behind));
  } catch (error) {
    if (error instanceof KernelError) return false;
    throw error;
  }
  if ((altStack.flags & SS_AUTODISARM) !== 0)
    task.altStack = { address: 0, size: 0, flags: SS_DISABLE };
  setRegister(registers, RA, space.layout.vdso + VDSO_SIGRETURN);
  setRegister(registers, SP, sp);
  setRegister(registers, A0, signal);
  setRegister(registers, A0 + 1, sp);
  setRegister(registers, A0 + 2, sp + SIGINFO_BYTES);
  setPc(registers, action.handler);
  return true;
}

function writeStack(words: Uint32Array, task: Task, isOnStack: boolean): void {
  const { address, size, flags } = task.altStack;
  const at = UC_STACK / 4;
  words[at] = address;
  words[at + 1] = Math.floor(address / 0x1_0000_0000);
  words[at + 2] = isOnStack ? SS_ONSTACK : flags;
  words[at + 4] = size;
  words[at + 5] = Math.floor(size / 0x1_0000_0000);
}

/** rt_sigreturn(2): the registers, mask and alternate stack of the frame at sp. Throws EFAULT. */
export function popSignalFrame(task: Task): void {
  const { registers } = task;
  const sp = getRegister(registers, SP);
  if (sp % 16 !== 0) throw fail(EFAULT, 'signal frame is not aligned');
  task.memory.copyOut(sp, FRAME);
  const words = FRAME_WORDS;
  const word = (at: number) => words[at / 4] as number;
  setPc(registers, word(MCONTEXT + 4) * 0x1_0000_0000 + word(MCONTEXT));
  generalWords(registers).set(FRAME_GENERAL);
  floatWords(registers).set(FRAME_FLOAT);
  setFcsr(registers, word(FCSR));
  popVectorFrame(task, sp + FRAME_BYTES, word(EXTENSION));
  setSignalMask(task, { low: word(UC_SIGMASK), high: word(UC_SIGMASK + 4) });
  const { altStack } = task;
  if (isOnAltStack(task, getRegister(registers, SP))) return;
  altStack.address = word(UC_STACK + 4) * 0x1_0000_0000 + word(UC_STACK);
  altStack.flags = word(UC_STACK + 8) & ~SS_ONSTACK;
  altStack.size = word(UC_STACK + 20) * 0x1_0000_0000 + word(UC_STACK + 16);
}

/** The vector state of the frame, if it has one. */
function popVectorFrame(task: Task, address: number, magic: number): void {
  if (magic !== VECTOR_FRAME.MAGIC || !task.kernel.arch.platform.vector) return;
  const bytes = new Uint8Array(VECTOR_FRAME.BYTES);
  task.memory.copyOut(address, bytes);
  setVectorState(task, decodeVectorFrame(bytes));
}
