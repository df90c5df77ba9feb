/** rt_sigaction(2), rt_sigprocmask(2), rt_sigpending(2), rt_sigsuspend(2), rt_sigtimedwait(2), sigaltstack(2), rt_sigreturn(2). */
import { EAGAIN, EINVAL, ENOMEM, EPERM, fail } from '../../abi/errno.ts';
import {
  MINSIGSTKSZ,
  SIG_BLOCK,
  SIG_DFL,
  SIG_IGN,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGKILL,
  SIGRTMAX,
  SIGSTOP,
  Sigaction,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
  StackT,
} from '../../abi/signal.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import { wide } from '../../lib/wide.ts';
import { encodeSiginfo, isOnAltStack, popSignalFrame } from '../arch/signal-frame.ts';
import { getRegister, SP } from '../arch/user-context.ts';
import { block, deadlineOf, type Result } from '../block.ts';
import { isIgnoredByDefault, setSignalMask } from '../signal.ts';
import { copySet, lowestSignal, type SignalSet } from '../signal-set.ts';
import type { Task } from '../task.ts';
import { readTimespec } from '../timespec.ts';

/** A struct sigaction on its way, and where its fields are: shells and runtimes make this call by the dozen at each start. */
const WORDS = new Uint32Array(Sigaction.size / 4);
const HANDLER = Sigaction.offset.sa_handler / 4;
const FLAGS = Sigaction.offset.sa_flags / 4;
const MASK = Sigaction.offset.sa_mask_low / 4;

/** sizeof(sigset_t) in the kernel. */
const SIGSET_BYTES = 8;

function checkSize(size: number): void {
  if (size !== SIGSET_BYTES) throw fail(EINVAL, 'size of the signal set');
}

export function readSignalSet(task: Task, address: number): SignalSet {
  return { low: task.memory.readU32(address), high: task.memory.readU32(address + 4) };
}

function writeSignalSet(task: Task, address: number, set: SignalSet): void {
  task.memory.writeU32(address, set.low);
  task.memory.writeU32(address + 4, set.high);
}

/** rt_sigaction(2). Errors: EFAULT, EINVAL. */
export function rtSigaction(
  task: Task,
  signal: number,
  action: number,
  old: number,
  size: number,
): number {
  checkSize(size);
  if (signal < 1 || signal > SIGRTMAX) throw fail(EINVAL, `signal ${signal}`);
  if (action !== 0 && (signal === SIGKILL || signal === SIGSTOP))
    throw fail(EINVAL, 'SIGKILL and SIGSTOP have no handlers');
  const { process, memory } = task;
  const before = process.actions.get(signal);
  if (action !== 0) {
    memory.readWords(action, WORDS);
    const handler = wide(WORDS[HANDLER + 1] as number, WORDS[HANDLER] as number);
    process.actions.set(signal, {
      handler,
      flags: WORDS[FLAGS] as number,
      mask: { low: WORDS[MASK] as number, high: WORDS[MASK + 1] as number },
    });
    const isIgnored = handler === SIG_IGN || (handler === SIG_DFL && isIgnoredByDefault(signal));
    if (isIgnored) {
      process.pending.discard(signal);
      for (const thread of process.tasks.values()) thread.pending.discard(signal);
    }
  }
  if (old !== 0) {
    WORDS[HANDLER] = before.handler;
    WORDS[HANDLER + 1] = before.handler / 2 ** 32;
    WORDS[FLAGS] = before.flags;
    WORDS[FLAGS + 1] = 0;
    WORDS[MASK] = before.mask.low;
    WORDS[MASK + 1] = before.mask.high;
    memory.writeWords(old, WORDS);
  }
  return 0;
}

/** rt_sigprocmask(2). Errors: EFAULT, EINVAL. */
export function rtSigprocmask(
  task: Task,
  how: number,
  set: number,
  old: number,
  size: number,
): number {
  checkSize(size);
  const before = copySet(task.signalMask);
  if (set !== 0) {
    const change = readSignalSet(task, set);
    setSignalMask(task, combine(before, how, change));
  }
  if (old !== 0) writeSignalSet(task, old, before);
  return 0;
}

function combine(mask: SignalSet, how: number, change: SignalSet): SignalSet {
  switch (how) {
    case SIG_BLOCK:
      return { low: mask.low | change.low, high: mask.high | change.high };
    case SIG_UNBLOCK:
      return { low: mask.low & ~change.low, high: mask.high & ~change.high };
    case SIG_SETMASK:
      return change;
    default:
      throw fail(EINVAL, 'how');
  }
}

function pendingBoth(task: Task): SignalSet {
  const own = task.pending.set;
  const shared = task.process.pending.set;
  return { low: own.low | shared.low, high: own.high | shared.high };
}

/** rt_sigpending(2): blocked and pending. */
export function rtSigpending(task: Task, set: number, size: number): number {
  if (size > SIGSET_BYTES) throw fail(EINVAL, 'size of the signal set');
  const pending = pendingBoth(task);
  const { low, high } = task.signalMask;
  writeSignalSet(task, set, { low: pending.low & low, high: pending.high & high });
  return 0;
}

/** rt_sigsuspend(2): always ends with EINTR, after the handler ran. */
export function rtSigsuspend(task: Task, set: number, size: number): Result {
  checkSize(size);
  const { call } = task;
  call.restart = 'nohand';
  if (!call.savedMask) {
    const mask = readSignalSet(task, set);
    call.savedMask = copySet(task.signalMask);
    setSignalMask(task, mask);
  }
  return block(task, new WaitQueue(), { channel: 'sigsuspend' });
}

/** rt_sigtimedwait(2). Errors: EAGAIN, EINTR, EINVAL. */
export function rtSigtimedwait(
  task: Task,
  set: number,
  info: number,
  timeout: number,
  size: number,
): Result {
  checkSize(size);
  const wanted = readSignalSet(task, set);
  const relativeNs = timeout === 0 ? undefined : readTimespec(task, timeout);
  const unwanted = { low: ~wanted.low, high: ~wanted.high };
  for (const pending of [task.pending, task.process.pending]) {
    const signal = lowestSignal(pending.set, unwanted);
    const taken = signal === 0 ? undefined : pending.take(signal);
    if (!taken) continue;
    task.awaitedSignals = undefined;
    if (info !== 0) task.memory.writeBytes(info, encodeSiginfo(signal, taken));
    return signal;
  }
  task.awaitedSignals = undefined;
  if (task.call.timedOut || relativeNs === 0) throw fail(EAGAIN, 'sigtimedwait');
  task.call.restart = 'eintr';
  const result: Result = block(task, new WaitQueue(), {
    deadlineNs: deadlineOf(task, relativeNs),
    channel: 'do_sigtimedwait',
  });
  task.awaitedSignals = wanted;
  return result;
}

/** sigaltstack(2). Errors: EFAULT, EINVAL, ENOMEM, EPERM. */
export function sigaltstack(task: Task, stack: number, old: number): number {
  const before = task.altStack;
  const isActive = isOnAltStack(task, getRegister(task.registers, SP));
  if (stack !== 0) {
    const { ss_sp, ss_flags, ss_size } = task.memory.read(StackT, stack);
    if (isActive) throw fail(EPERM, 'the alternate stack is in use');
    const mode = (ss_flags & ~SS_AUTODISARM) >>> 0;
    if (mode !== 0 && mode !== SS_DISABLE && mode !== SS_ONSTACK) throw fail(EINVAL, 'flags');
    if (mode === SS_DISABLE) task.altStack = { address: 0, size: 0, flags: SS_DISABLE };
    else {
      if (ss_size < MINSIGSTKSZ) throw fail(ENOMEM, 'the stack is too small');
      task.altStack = { address: ss_sp, size: ss_size, flags: ss_flags & (SS_AUTODISARM | 0) };
    }
  }
  if (old !== 0)
    task.memory.write(StackT, old, {
      ss_sp: before.address,
      ss_flags: isActive ? SS_ONSTACK : before.flags,
      ss_size: before.size,
    });
  return 0;
}

/** rt_sigreturn(2): the context before the handler; a0 is the interrupted program's. */
export function rtSigreturn(task: Task): number {
  popSignalFrame(task);
  task.syscall = undefined;
  return 0;
}
