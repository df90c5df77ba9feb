/**
 * SCHED_DEADLINE: earliest deadline first, with a constant-bandwidth server per thread, so that one that runs on takes nothing
 * from the others. sched(7); Linux: Documentation/scheduler/sched-deadline.rst, kernel/sched/deadline.c.
 */
import { SI_KERNEL, SIGXCPU } from '../abi/signal.ts';
import type { Ns } from './clock.ts';
import { sendToTask } from './signal.ts';
import type { Task } from './task.ts';
import { Timer, type TimerTarget } from './timer.ts';

/** SCHED_FLAG_DL_OVERRUN: SIGXCPU when the budget is used up. */
export const SCHED_FLAG_DL_OVERRUN = 4;
/** What all of them may have together of each hart: sched_rt_runtime_us of sched_rt_period_us. */
const MAX_BANDWIDTH = 0.95;

/** Nanoseconds: runtime in each period, to be had before the relative deadline. */
export interface DeadlineParameters {
  readonly runtimeNs: Ns;
  readonly deadlineNs: Ns;
  readonly periodNs: Ns;
  readonly flags: number;
}

export class DeadlineServer implements TimerTarget {
  // immutable
  readonly parameters: DeadlineParameters;
  private readonly task: Task;
  /** Owned by scheduler: what is left of the runtime, and until when it is to be had. */
  budgetNs: Ns;
  absoluteDeadlineNs: Ns;
  /** Its budget is used up: it is in no queue until the next period. */
  isThrottled = false;
  private readonly timer: Timer = new Timer(this, 'deadline');

  constructor(task: Task, parameters: DeadlineParameters, nowNs: Ns) {
    this.task = task;
    this.parameters = parameters;
    this.budgetNs = parameters.runtimeNs;
    this.absoluteDeadlineNs = nowNs + parameters.deadlineNs;
  }

  get isSpent(): boolean {
    return this.budgetNs <= 0;
  }

  private get nextPeriodNs(): Ns {
    const { deadlineNs, periodNs } = this.parameters;
    return this.absoluteDeadlineNs - deadlineNs + periodNs;
  }

  /** The thread wakes up. False if it must wait for its next period. */
  wake(nowNs: Ns): boolean {
    const { runtimeNs, deadlineNs, periodNs } = this.parameters;
    if (this.isSpent) return !this.throttle(nowNs);
    // A budget from long ago would be more than its share until the old deadline.
    const leftNs = this.absoluteDeadlineNs - nowNs;
    if (leftNs <= 0 || this.budgetNs * periodNs > leftNs * runtimeNs) {
      this.absoluteDeadlineNs = nowNs + deadlineNs;
      this.budgetNs = runtimeNs;
    }
    return true;
  }

  /** The budget is used up. False if a new period has begun already: it goes on. */
  throttle(nowNs: Ns): boolean {
    if ((this.parameters.flags & SCHED_FLAG_DL_OVERRUN) !== 0)
      sendToTask(this.task, SIGXCPU, { code: SI_KERNEL });
    if (this.nextPeriodNs <= nowNs) {
      this.replenish(nowNs);
      return false;
    }
    this.isThrottled = true;
    this.task.kernel.timers.arm(this.timer, this.nextPeriodNs);
    return true;
  }

  private replenish(nowNs: Ns): void {
    const { runtimeNs, deadlineNs, periodNs } = this.parameters;
    while (this.isSpent) {
      this.budgetNs += runtimeNs;
      this.absoluteDeadlineNs += periodNs;
    }
    if (this.absoluteDeadlineNs > nowNs) return;
    this.absoluteDeadlineNs = nowNs + deadlineNs;
    this.budgetNs = runtimeNs;
  }

  expire(): void {
    const { scheduler, clock } = this.task.kernel;
    this.isThrottled = false;
    this.replenish(clock.monotonicNs());
    scheduler.replenished(this.task);
  }

  /** It is the thread's no more. True if the thread waited for a period, and is in no queue. */
  release(): boolean {
    const wasThrottled = this.isThrottled;
    this.isThrottled = false;
    this.task.kernel.timers.disarm(this.timer);
    return wasThrottled;
  }
}

/** Whether `task` may have the parameters beside what all others have: the test of admission. */
export function admits(task: Task, wanted: DeadlineParameters): boolean {
  const { pids, arch } = task.kernel;
  let bandwidth = wanted.runtimeNs / wanted.periodNs;
  for (const other of pids.tasks.values()) {
    const { deadline } = other.scheduling;
    if (other === task || !deadline || !other.isAlive) continue;
    bandwidth += deadline.parameters.runtimeNs / deadline.parameters.periodNs;
  }
  return bandwidth <= MAX_BANDWIDTH * arch.harts;
}
