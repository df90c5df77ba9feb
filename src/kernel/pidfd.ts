/** Descriptors that name a process or a thread: pidfd_open(2). Linux: fs/pidfs.c. */
import { O_EXCL } from '../abi/fcntl.ts';
import { POLLHUP, POLLIN, POLLRDNORM } from '../abi/poll.ts';
import type { Inode } from '../fs/inode.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import { KernelFile } from './kernel-file.ts';
import type { Process } from './process.ts';
import type { Task } from './task.ts';

/** Open flag of a descriptor for one thread. */
export const PIDFD_THREAD = O_EXCL;

export class PidFile extends KernelFile {
  override readonly isStream = false;
  override readonly hasFixedPosition = true;
  readonly process: Process;
  /** The thread of a PIDFD_THREAD descriptor. */
  private readonly thread: Task | undefined;
  private readonly queue: WaitQueue;

  constructor(inode: Inode, flags: number, target: Task) {
    super(inode, flags);
    this.process = target.process;
    this.thread = (flags & PIDFD_THREAD) === 0 ? undefined : target;
    // While clone makes the process it has no leader yet.
    const watched = this.thread ?? target.process.tasks.get(target.process.pid) ?? target;
    watched.exitQueue ??= new WaitQueue();
    this.queue = watched.exitQueue;
  }

  /** The thread that stands for what is named; undefined when it was reaped. */
  get task(): Task | undefined {
    const { process, thread } = this;
    const { pids } = process.kernel;
    if (thread) return pids.task(thread.tid) === thread ? thread : undefined;
    return pids.process(process.pid) === process ? process.leader : undefined;
  }

  private get hasExited(): boolean {
    const { task, process, thread } = this;
    return task === undefined || (thread ? !thread.isAlive : process.isZombie);
  }

  override get waitQueue(): WaitQueue {
    return this.queue;
  }

  poll(): number {
    if (!this.hasExited) return 0;
    return POLLIN | POLLRDNORM | (this.task ? 0 : POLLHUP);
  }

  override fdInfo(): string {
    const pid = this.task?.tid ?? -1;
    return `Pid:\t${pid}\nNSpid:\t${pid}\n`;
  }

  override describe(): string {
    return 'anon_inode:[pidfd]';
  }
}
