/** What the scheduler keeps per task: sched(7). Linux: struct sched_entity, sched_rt_entity. */
import { SCHED_IDLE, SCHED_OTHER } from '../abi/sched.ts';
import type { Ns } from './clock.ts';
import type { DeadlineServer } from './deadline.ts';
import { DEADLINE_PRIORITY, STOP_PRIORITY } from './run-queue.ts';

export const NICE_0_WEIGHT = 1024;
const IDLE_WEIGHT = 3;
/** Time on the CPU or in the queue, or asleep, over which a task's demand goes most of the way to 1, or to 0. */
const DEMAND_NS = 500_000_000;

export class Scheduling {
  /** SCHED_* */
  policy = SCHED_OTHER;
  /** -20 to 19. */
  nice = 0;
  /** 1 to 99 for FIFO and RR, else 0. */
  priority = 0;
  /** Priority lent by a waiter of a PI futex; 0 for none. */
  inheritedPriority = 0;
  resetOnFork = false;
  /** A migration thread: it goes before all real-time tasks, and nothing of it can be changed. */
  isStopper = false;
  /** Of a SCHED_DEADLINE thread. */
  deadline: DeadlineServer | undefined = undefined;
  /** Bit per hart. */
  affinity = 0xffff_ffff;

  // owned by scheduler
  vruntimeNs: Ns = 0;
  /** Demand when it was last picked. */
  private pastDemand = 0;
  /** Tasks that shared the hart then, itself included. */
  private sharers = 1;
  /** When it went to sleep. */
  sleptAtNs: Ns = 0;
  /** CPU time used since it was last picked. */
  sliceUsedNs: Ns = 0;
  isQueued = false;
  /** Hart whose queue it is in, while isQueued. */
  queueHart = 0;
  /** When it was last put into a queue. */
  queuedAtNs: Ns = 0;
  /** Time that it was runnable and did not run. */
  waitNs: Ns = 0;
  /** How often it was picked. */
  slices = 0;
  /** CPU time that it had used when it last woke up: RLIMIT_RTTIME. */
  usedAtWakeNs: Ns = 0;
  /** sched_yield was called since it was last picked. */
  hasYielded = false;
  /** Last hart it ran on. */
  lastHart = 0;
  /** When it came to that hart. */
  arrivedAtNs: Ns = 0;
  /** How often it went on on another hart than it ran on before. */
  migrations = 0;
  /** Where its traps are cheap, for a task that does little but call the kernel. */
  home: number | undefined = undefined;
  /** What tells (talk.ts): calls, and Task.instructions when counting them began. */
  calls = 0;
  callsSince = 0;

  /** Effective real-time priority; 0 in the fair classes. */
  get realtimePriority(): number {
    if (this.isStopper) return STOP_PRIORITY;
    if (this.deadline) return DEADLINE_PRIORITY;
    return Math.max(this.priority, this.inheritedPriority);
  }

  /** Each nice level is a factor of 1.25: the relative weights of sched(7). */
  get weight(): number {
    if (this.policy === SCHED_IDLE) return IDLE_WEIGHT;
    return this.nice === 0 ? NICE_0_WEIGHT : NICE_0_WEIGHT * 1.25 ** -this.nice;
  }

  /**
   * What balancing counts it by, 0 to 1: how much of the last while it wanted to run. Nearly 1 for who has been at it for a second,
   * nearly 0 for a command that comes and goes. How long it waited follows from what it used and who shared the hart, not from
   * the clock: a host that is busy elsewhere would make everything long.
   */
  get demand(): number {
    if (this.sliceUsedNs === 0) return this.pastDemand;
    const wantedNs = this.sliceUsedNs * this.sharers;
    return 1 - (1 - this.pastDemand) * Math.exp(-wantedNs / DEMAND_NS);
  }

  /** A slice begins, on a hart that so many tasks share. */
  beginSlice(sharers: number): void {
    this.pastDemand = this.demand;
    this.sharers = sharers;
    this.sliceUsedNs = 0;
  }

  /** It wakes up. */
  wakes(nowNs: Ns): void {
    const sleptNs = Math.max(0, nowNs - this.sleptAtNs);
    this.pastDemand = this.demand * Math.exp(-sleptNs / DEMAND_NS);
    this.sliceUsedNs = 0;
  }

  mayRunOn(hart: number): boolean {
    return ((this.affinity >>> hart) & 1) === 1;
  }

  /** It may run there, and is not better off at home. */
  suits(hart: number): boolean {
    const { home } = this;
    if (home !== undefined && home !== hart && this.mayRunOn(home)) return false;
    return this.mayRunOn(hart);
  }
}
