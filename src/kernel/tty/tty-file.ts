/** An open terminal: /dev/hvc0, /dev/pts/0, /dev/tty. */
import { EIO, ENOTTY, fail } from '../../abi/errno.ts';
import { O_NONBLOCK } from '../../abi/fcntl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import { SIGTTIN, SIGTTOU } from '../../abi/signal.ts';
import { TIOCSPGRP, TOSTOP, VMIN, VTIME } from '../../abi/termios.ts';
import type { Inode } from '../../fs/inode.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { WaitQueue } from '../../lib/wait-queue.ts';
import { block, deadlineOf, type Result } from '../block.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';
import { ttyIoctl } from './ioctl.ts';
import { checkBackground } from './job-control.ts';
import type { Tty } from './tty.ts';

/** Unit of VTIME. */
const TENTH_NS = 100_000_000;

export class TtyFile extends KernelFile {
  readonly tty: Tty;
  private readonly generation: number;
  /** /dev/console writes whatever the group. */
  private readonly isConsole: boolean;

  constructor(inode: Inode, flags: number, tty: Tty, isConsole = false) {
    super(inode, flags);
    this.tty = tty;
    this.generation = tty.generation;
    this.isConsole = isConsole;
    tty.fileOpened();
  }

  /** The line was hung up after this file was opened. */
  get isHungUp(): boolean {
    return this.generation !== this.tty.generation;
  }

  override get waitQueue(): WaitQueue {
    return this.tty.queue;
  }

  poll(): number {
    if (!this.isHungUp) return this.tty.poll();
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLERR | POLLHUP;
  }

  override beforeRead(task: Task, { length }: IoBuffer): Result | undefined {
    if (this.isHungUp) return 0;
    const stopped = checkBackground(task, this.tty, SIGTTIN);
    if (stopped !== undefined) return stopped;
    if (this.tty.discipline.isCanonical || (this.flags & O_NONBLOCK) !== 0) return undefined;
    return this.waitRaw(task, length);
  }

  /** VMIN and VTIME: termios(3), "Canonical and noncanonical mode". */
  private waitRaw(task: Task, length: number): Result | undefined {
    const { tty } = this;
    const minimum = tty.settings.character(VMIN);
    const timeNs = tty.settings.character(VTIME) * TENTH_NS;
    const isReady = tty.discipline.isReadable(Math.max(1, Math.min(minimum, length)));
    if (isReady || length === 0) return undefined;
    if (minimum === 0) {
      if (timeNs === 0 || task.syscall?.timedOut) return 0;
      return block(task, tty.queue, { deadlineNs: deadlineOf(task, timeNs) });
    }
    if (timeNs === 0 || tty.input.length === 0) return block(task, tty.queue);
    const deadlineNs = tty.lastInputNs + timeNs;
    if (deadlineNs <= tty.kernel.clock.monotonicNs()) return undefined;
    return block(task, tty.queue, { deadlineNs });
  }

  override beforeWrite(task: Task): Result | undefined {
    if (this.isHungUp) throw fail(EIO, 'terminal was hung up');
    if (this.isConsole || (this.tty.settings.lflag & TOSTOP) === 0) return undefined;
    return checkBackground(task, this.tty, SIGTTOU);
  }

  override read(buffer: IoBuffer): number {
    if (this.isHungUp || buffer.length === 0) return 0;
    this.touch('atime');
    return this.tty.read(buffer);
  }

  override write(buffer: IoBuffer): number {
    if (this.isHungUp) throw fail(EIO, 'terminal was hung up');
    if (buffer.length === 0) return 0;
    this.touch('mtime');
    return this.tty.write(buffer);
  }

  /** What w(1) takes for the idle time. In steps of 8 s, so that nobody learns when which key was typed. Linux: tty_update_time. */
  private touch(which: 'atime' | 'mtime'): void {
    const { seconds } = this.tty.kernel.clock.realtime();
    if (((seconds ^ this.inode[which].seconds) & ~7) !== 0)
      this.inode[which] = { ...this.inode[which], seconds };
  }

  override ioctl(task: Task, request: number, argument: number): Result {
    if (this.isHungUp) throw fail(request === TIOCSPGRP ? ENOTTY : EIO, 'terminal was hung up');
    return ttyIoctl(task, this.tty, request, argument) ?? super.ioctl(task, request, argument);
  }

  override release(): void {
    this.tty.fileReleased();
    super.release();
  }

  override describe(): string {
    return `/dev/${this.tty.name}`;
  }
}
