/** signalfd(2): signals that are read. Whose: those of the task that reads, whoever made the descriptor. */
import { EAGAIN, EINVAL, fail } from '../abi/errno.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import type { Inode } from '../fs/inode.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { layout } from '../lib/layout.ts';
import { panic } from '../lib/panic.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { Kernel } from './kernel.ts';
import { KernelFile } from './kernel-file.ts';
import type { PendingSignals, SignalInfo } from './pending-signals.ts';
import { formatSet, lowestSignal, type SignalSet } from './signal-set.ts';
import type { Task } from './task.ts';

/** struct signalfd_siginfo. */
const SignalfdSiginfo = layout({
  ssi_signo: 'u32',
  ssi_errno: 'i32',
  ssi_code: 'i32',
  ssi_pid: 'u32',
  ssi_uid: 'u32',
  ssi_fd: 'i32',
  ssi_tid: 'u32',
  ssi_band: 'u32',
  ssi_overrun: 'u32',
  ssi_trapno: 'u32',
  ssi_status: 'i32',
  ssi_int: 'i32',
  ssi_ptr: 'u64',
  ssi_utime: 'u64',
  ssi_stime: 'u64',
  ssi_addr: 'u64',
  ssi_addr_lsb: 'u16',
  pad2: 'u16',
  ssi_syscall: 'i32',
  ssi_call_addr: 'u64',
  ssi_arch: 'u32',
  pad: 'bytes28',
});

export class SignalFile extends KernelFile {
  override readonly isStream = false;
  override readonly hasFixedPosition = true;
  /** Signals that it takes. */
  mask: SignalSet;
  private readonly kernel: Kernel;

  constructor(kernel: Kernel, inode: Inode, flags: number, mask: SignalSet) {
    super(inode, flags);
    this.kernel = kernel;
    this.mask = mask;
  }

  private get reader(): Task {
    return this.kernel.current ?? panic('signalfd outside of a system call');
  }

  override get waitQueue(): WaitQueue {
    const { process } = this.reader;
    process.signalQueue ??= new WaitQueue();
    return process.signalQueue;
  }

  poll(): number {
    const { reader } = this;
    const isReady = this.first(reader.pending) !== 0 || this.first(reader.process.pending) !== 0;
    return isReady ? POLLIN | POLLRDNORM : 0;
  }

  private first(pending: PendingSignals): number {
    return lowestSignal(pending.set, { low: ~this.mask.low, high: ~this.mask.high });
  }

  override read(buffer: IoBuffer): number {
    const { size } = SignalfdSiginfo;
    if (buffer.length < size) throw fail(EINVAL, 'signalfd needs 128 bytes');
    const { reader } = this;
    let done = 0;
    for (const pending of [reader.pending, reader.process.pending]) {
      for (let signal = this.first(pending); signal !== 0; signal = this.first(pending)) {
        if (done + size > buffer.length) return done;
        const info = pending.take(signal);
        if (info) buffer.copyIn(encode(signal, info), done);
        done += size;
      }
    }
    if (done === 0) throw fail(EAGAIN, 'no signal of the mask is pending');
    return done;
  }

  override fdInfo(): string {
    return `sigmask:\t${formatSet(this.mask)}\n`;
  }

  override describe(): string {
    return 'anon_inode:[signalfd]';
  }
}

/** Which fields count depends on the code, as in siginfo_t: Linux leaves the others 0. */
function encode(signal: number, info: SignalInfo): Uint8Array {
  const { code, timer, value = 0n } = info;
  const head = { ssi_signo: signal, ssi_code: code };
  if (info.address !== undefined)
    return SignalfdSiginfo.encode({ ...head, ssi_addr: info.address });
  const valued = { ...head, ssi_int: Number(BigInt.asIntN(32, value)), ssi_ptr: value };
  if (timer)
    return SignalfdSiginfo.encode({ ...valued, ssi_tid: timer.id, ssi_overrun: timer.overrun });
  const sender = { ssi_pid: info.pid ?? 0, ssi_uid: info.uid ?? 0 };
  if (info.status === undefined)
    return SignalfdSiginfo.encode({ ...(code < 0 ? valued : head), ...sender });
  const ticks = (ns = 0) => Math.floor(ns / 1e7);
  return SignalfdSiginfo.encode({
    ...head,
    ...sender,
    ssi_status: info.status,
    ssi_utime: ticks(info.utimeNs),
    ssi_stime: ticks(info.stimeNs),
  });
}
