/** Process ids: tasks, processes, groups and sessions by number. Linux: struct pid_namespace. */
import { EAGAIN, EEXIST, EINVAL, fail, KernelError } from '../abi/errno.ts';
import type { FileTable } from './file-table.ts';
import type { Process } from './process.ts';
import type { ProcessGroup, Session } from './session.ts';
import type { Task } from './task.ts';

/** What pid_max is at first, and what may be written there: numbers wrap below it, and start over at 300, above daemons. */
export const DEFAULT_PID_MAX = 32768;
const RESERVED_PIDS = 300;
export const MIN_PID_MAX = RESERVED_PIDS + 1;
export const PID_MAX_LIMIT = 4 * 1024 * 1024;

/** Memory that Linux keeps for a task at least, THREAD_SIZE on riscv64: an eighth of RAM may go there. fork_init of kernel/fork.c. */
const KERNEL_STACK_BYTES = 16384;
export const MIN_MAX_TASKS = 20;

/** /proc/sys/kernel/threads-max at first. */
export function defaultMaxTasks(ramBytes: number): number {
  return Math.max(MIN_MAX_TASKS, Math.floor(ramBytes / (8 * KERNEL_STACK_BYTES)));
}

export class PidTable {
  readonly tasks = new Map<number, Task>();
  readonly processes = new Map<number, Process>();
  readonly groups = new Map<number, ProcessGroup>();
  readonly sessions = new Map<number, Session>();
  private last = 0;
  /** /proc/sys/kernel/pid_max. */
  max = DEFAULT_PID_MAX;
  /** /proc/sys/kernel/threads-max: tasks that clone(2) makes there to be at most, root's too. Sessions of the host may still be started. */
  maxTasks = DEFAULT_PID_MAX;
  /** Tasks made since boot: processes of /proc/stat. */
  forks = 0;

  /** pid of the newest task: last column of /proc/loadavg. */
  get lastPid(): number {
    return this.last;
  }

  /** The next number is the first free one above `pid`. */
  startAfter(pid: number): void {
    this.last = pid;
  }

  /** A number that names no task, group or session; `wanted` if that is not 0. Throws EAGAIN, EEXIST, EINVAL. */
  allocate(wanted = 0): number {
    if (wanted !== 0) return this.take(wanted);
    for (let tries = 0; tries < this.max; tries++) {
      this.last = this.last + 1 < this.max ? this.last + 1 : RESERVED_PIDS;
      const pid = this.last;
      if (this.isFree(pid)) return pid;
    }
    throw fail(EAGAIN, 'no pid is free');
  }

  /** For a thread of the kernel: one above all that programs may have, if they have taken all of theirs. */
  allocateForKernel(): number {
    try {
      return this.allocate();
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
    }
    let pid = this.max;
    while (!this.isFree(pid)) pid++;
    return pid;
  }

  private take(pid: number): number {
    if (pid < 1 || pid >= this.max) throw fail(EINVAL, `pid ${pid}`);
    if (!this.isFree(pid)) throw fail(EEXIST, `pid ${pid}`);
    return pid;
  }

  private isFree(pid: number): boolean {
    return !this.tasks.has(pid) && !this.groups.has(pid) && !this.sessions.has(pid);
  }

  /** The process that has a thread or leader of this number. */
  process(pid: number): Process | undefined {
    return this.processes.get(pid);
  }

  task(tid: number): Task | undefined {
    return this.tasks.get(tid);
  }

  /** Every table of descriptors, once, however many threads share it. */
  fileTables(): Set<FileTable> {
    const tables = new Set<FileTable>();
    for (const task of this.tasks.values()) if (task.isAlive) tables.add(task.files);
    return tables;
  }

  /** Take the process out of its group, and the group out of the tables with its last member. */
  leaveGroup(process: Process): void {
    const { group } = process;
    group.members.delete(process);
    if (group.members.size > 0) return;
    this.groups.delete(group.pgid);
    group.session.groups.delete(group);
    if (group.session.groups.size === 0) this.sessions.delete(group.session.sid);
  }
}
