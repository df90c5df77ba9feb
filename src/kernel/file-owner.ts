/** Who is told by a signal of what happens to an open file: F_SETOWN, F_SETSIG, O_ASYNC of fcntl(2). Linux: fs/fcntl.c, struct fown_struct. */
import { FASYNC } from '../abi/fcntl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { SI_KERNEL, SIGIO, SIGURG } from '../abi/signal.ts';
import type { File, FileAttention } from '../fs/file.ts';
import type { Waiter, WaitQueue } from '../lib/wait-queue.ts';
import type { Credentials } from './credentials.ts';
import type { DirectoryWatch } from './directory-watch.ts';
import type { Kernel } from './kernel.ts';
import type { Lease } from './lease.ts';
import type { SignalInfo } from './pending-signals.ts';
import type { Process } from './process.ts';
import { mayQueue, sendToProcess, sendToTask } from './signal.ts';

/** si_code of what happened, and its si_band. */
const POLL_IN = { code: 1, band: POLLIN | POLLRDNORM };
const POLL_OUT = { code: 2, band: POLLOUT | POLLWRNORM };
/** A lease is broken, a directory has changed. POLLIN | POLLRDNORM | POLLMSG. */
export const POLL_MSG = { code: 3, band: POLLIN | POLLRDNORM | 0x400 };

type OwnerKind = 'thread' | 'process' | 'group';

export class FileOwner implements Waiter, FileAttention {
  readonly waitingOn = new Set<WaitQueue>();
  kind: OwnerKind = 'process';
  /** 0 for nobody. */
  id = 0;
  /** F_SETSIG: 0 is SIGIO without a siginfo of its own. */
  signal = 0;
  lease: Lease | undefined;
  watch: DirectoryWatch | undefined;
  private readonly kernel: Kernel;
  private readonly file: File;
  /** Of who set the owner: may they send a signal? */
  private ruid = 0;
  private euid = 0;
  /** The descriptor that si_fd names. */
  private fd = -1;
  /** It was writable when it was looked at last. */
  private wasWritable = false;

  private constructor(kernel: Kernel, file: File) {
    this.kernel = kernel;
    this.file = file;
  }

  static of(kernel: Kernel, file: File): FileOwner {
    const known = FileOwner.find(file);
    if (known) return known;
    const owner = new FileOwner(kernel, file);
    file.attention = owner;
    return owner;
  }

  static find({ attention }: File): FileOwner | undefined {
    return attention instanceof FileOwner ? attention : undefined;
  }

  set(kind: OwnerKind, id: number, { ruid, euid }: Credentials): void {
    this.kind = kind;
    this.id = id;
    this.ruid = ruid;
    this.euid = euid;
  }

  forget(): void {
    this.id = 0;
    this.signal = 0;
  }

  /** Somebody who asks to be told is the owner, unless there is one. */
  setIfNone(process: Process): void {
    if (this.id === 0) this.set('process', process.pid, process.credentials);
  }

  /** O_ASYNC of files that have something to wait for; others ignore it. */
  setAsync(isOn: boolean, fd: number): void {
    const { file } = this;
    const { waitQueue } = file;
    if (!waitQueue || isOn === ((file.flags & FASYNC) !== 0)) return;
    if (!isOn) {
      file.flags &= ~FASYNC;
      for (const queue of this.waitingOn) queue.leave(this);
      return;
    }
    file.flags |= FASYNC;
    this.fd = fd;
    this.wasWritable = (file.poll() & POLLOUT) !== 0;
    waitQueue.enlist(this);
  }

  wake(queue: WaitQueue): void {
    if (this.file.references === 0) return;
    queue.enlist(this);
    const events = this.file.poll();
    const isWritable = (events & (POLLOUT | POLLERR)) !== 0;
    if ((events & (POLLIN | POLLHUP)) !== 0) this.tell(POLL_IN, this.fd);
    else if (isWritable && !this.wasWritable) this.tell(POLL_OUT, this.fd);
    this.wasWritable = isWritable;
  }

  /** Send the signal. */
  tell({ code, band }: { code: number; band: number }, fd: number): void {
    if (this.id === 0) return;
    const bytes = new Uint8Array(112);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, band, true);
    view.setInt32(8, fd, true);
    const info: SignalInfo = { code, raw: bytes };
    const { pids } = this.kernel;
    if (this.kind === 'thread') {
      const task = pids.task(this.id);
      if (task && this.maySignal(task.process))
        this.send(task.process, info, (signal, sent) => sendToTask(task, signal, sent));
      return;
    }
    for (const process of this.processes())
      if (this.maySignal(process))
        this.send(process, info, (signal, sent) => sendToProcess(process, signal, sent));
  }

  /** Urgent data has come. Linux: send_sigurg. */
  tellUrgent(): void {
    for (const process of this.processes())
      if (this.maySignal(process)) sendToProcess(process, SIGURG, { code: SI_KERNEL });
  }

  /** Those that are told, for owners that are not a thread. */
  private processes(): readonly Process[] {
    const { pids } = this.kernel;
    if (this.kind === 'group') return [...(pids.groups.get(this.id)?.members ?? [])];
    const only = this.kind === 'thread' ? pids.task(this.id)?.process : pids.process(this.id);
    return only ? [only] : [];
  }

  /** SIGIO stands in for a real-time signal that cannot be queued. */
  private send(
    process: Process,
    info: SignalInfo,
    deliver: (signal: number, info: SignalInfo) => void,
  ): void {
    if (this.signal !== 0 && mayQueue(process)) deliver(this.signal, info);
    else deliver(SIGIO, { code: SI_KERNEL });
  }

  private maySignal({ credentials: { ruid, suid } }: Process): boolean {
    return this.euid === 0 || [ruid, suid].some((id) => id === this.euid || id === this.ruid);
  }

  /** The file is closed. */
  stop(): void {
    for (const queue of this.waitingOn) queue.leave(this);
    this.lease?.end();
    this.watch?.end();
  }
}
