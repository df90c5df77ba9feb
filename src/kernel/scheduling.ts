/** What the scheduler keeps per task: sched(7). Linux: struct sched_entity, sched_rt_entity. */
import { SCHED_OTHER } from '../abi/sched.ts';
import type { Ns } from './clock.ts';

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
  /** Bit per hart. */
  affinity = 0xffff_ffff;

  // owned by scheduler
  vruntimeNs: Ns = 0;
  /** CPU time used since it was last picked. */
  sliceUsedNs: Ns = 0;
  isQueued = false;
  /** sched_yield was called since it was last picked. */
  hasYielded = false;
  /** Last hart it ran on. */
  lastHart = 0;

  /** Effective real-time priority; 0 in the fair classes. */
  get realtimePriority(): number {
    return Math.max(this.priority, this.inheritedPriority);
  }
}
