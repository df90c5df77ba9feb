/**
 * The migration thread of each hart: takes tasks off it that wait there and are to go on elsewhere. A running task cannot be moved;
 * the thread, which goes before everything else, takes its place first. Linux: kernel/stop_machine.c, migration_cpu_stop and
 * active_load_balance_cpu_stop in kernel/sched.
 */
import { SCHED_FIFO } from '../abi/sched.ts';
import type { Kernel } from './kernel.ts';
import { createKernelThread, type KernelWork } from './kernel-thread.ts';
import { isIdle, placeTask } from './placement.ts';
import { MAX_REALTIME_PRIORITY } from './run-queue.ts';
import type { Scheduler } from './scheduler.ts';
import type { Task } from './task.ts';

export class Migration implements KernelWork {
  readonly thread: Task;
  private readonly scheduler: Scheduler;
  private readonly hart: number;
  /** Whom to move, and where to; undefined: the hart is not in the task's mask any more, and any other will do. */
  private readonly requests: { readonly task: Task; readonly to: number | undefined }[] = [];

  constructor(kernel: Kernel, hart: number) {
    this.scheduler = kernel.scheduler;
    this.hart = hart;
    this.thread = createKernelThread(kernel, `migration/${hart}`, this);
    const { scheduling } = this.thread;
    scheduling.policy = SCHED_FIFO;
    scheduling.priority = MAX_REALTIME_PRIORITY;
    scheduling.isStopper = true;
    scheduling.affinity = 2 ** hart;
    scheduling.lastHart = hart;
  }

  /** Interrupt the task, which runs here, and have it go on there. */
  request(task: Task, to?: number): void {
    this.requests.push({ task, to });
    this.scheduler.wake(this.thread);
  }

  /** Of the task that runs here: it is better off there (talk.ts). */
  sendHome(task: Task): void {
    const { home } = task.scheduling;
    if (home === undefined || home === this.hart || !task.scheduling.mayRunOn(home)) return;
    this.request(task, home);
  }

  run(): void {
    for (const { task, to } of this.requests.splice(0)) {
      const { scheduling } = task;
      // It may have gone to sleep, exited or been taken by another hart in the meantime.
      if (!scheduling.isQueued || scheduling.queueHart !== this.hart) continue;
      const isWanted =
        to === undefined
          ? !scheduling.mayRunOn(this.hart)
          : scheduling.mayRunOn(to) && (scheduling.home === to || isIdle(this.scheduler, to));
      if (isWanted) this.scheduler.transfer(task, to ?? placeTask(this.scheduler, task, true));
    }
  }
}

/** On one hart there is nowhere to move anything to. */
export function startMigration(kernel: Kernel): void {
  const { harts } = kernel.arch;
  if (harts === 1) return;
  const threads = Array.from({ length: harts }, (_, hart) => new Migration(kernel, hart));
  kernel.scheduler.migrations.push(...threads);
}
