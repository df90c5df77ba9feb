/** Kernel timers: a heap of rows ordered by deadline. What happens is a method of the target, never a closure. */
import type { Ns } from './clock.ts';

/** What a timer belongs to: a task's sleep, a process's ITIMER_REAL, a timerfd, a tty's VTIME. */
export interface TimerTarget {
  /** The timer is no longer armed; it may be armed again from here. */
  expire(timer: Timer): void;
}

export class Timer {
  /** immutable */
  readonly target: TimerTarget;
  /** Tells several timers of one target apart. */
  readonly kind: string;
  /** Monotonic; meaningful while armed. */
  deadlineNs: Ns = 0;
  /** Position in the heap, owned by Timers; -1 while not armed. */
  position = -1;

  constructor(target: TimerTarget, kind: string) {
    this.target = target;
    this.kind = kind;
  }

  get isArmed(): boolean {
    return this.position >= 0;
  }
}

export class Timers {
  private readonly heap: Timer[] = [];
  /** Since it was last set to false: the earliest deadline may be another. */
  areChanged = false;

  /** Earliest deadline, Infinity when no timer is armed. */
  get nextDeadlineNs(): Ns {
    return this.heap[0]?.deadlineNs ?? Number.POSITIVE_INFINITY;
  }

  /** Arm, or move when it is armed already. */
  arm(timer: Timer, deadlineNs: Ns): void {
    this.disarm(timer);
    this.areChanged = true;
    timer.deadlineNs = deadlineNs;
    timer.position = this.heap.length;
    this.heap.push(timer);
    this.siftUp(timer);
  }

  disarm(timer: Timer): void {
    const position = timer.position;
    if (position < 0) return;
    timer.position = -1;
    this.areChanged = true;
    const last = this.heap.pop() as Timer;
    if (last === timer) return;
    this.heap[position] = last;
    last.position = position;
    this.siftUp(last);
    this.siftDown(last);
  }

  /** Fire everything that is due, in order of deadlines. */
  run(nowNs: Ns): void {
    for (let first = this.heap[0]; first && first.deadlineNs <= nowNs; first = this.heap[0]) {
      this.disarm(first);
      first.target.expire(first);
    }
  }

  private siftUp(timer: Timer): void {
    while (timer.position > 0) {
      const parent = this.heap[(timer.position - 1) >> 1] as Timer;
      if (parent.deadlineNs <= timer.deadlineNs) return;
      this.swap(parent, timer);
    }
  }

  private siftDown(timer: Timer): void {
    for (;;) {
      const left = this.heap[2 * timer.position + 1];
      if (!left) return;
      const right = this.heap[2 * timer.position + 2];
      const smaller = right && right.deadlineNs < left.deadlineNs ? right : left;
      if (timer.deadlineNs <= smaller.deadlineNs) return;
      this.swap(timer, smaller);
    }
  }

  private swap(upper: Timer, lower: Timer): void {
    const position = upper.position;
    upper.position = lower.position;
    lower.position = position;
    this.heap[upper.position] = upper;
    this.heap[lower.position] = lower;
  }
}
