/** Who waits for what, as data: an object that tasks can wait on, and the tasks on it. Linux: wait_queue_head_t. */

/** What waits; the kernel's Task. `wake` makes it runnable; called at most once per enlisting, the queue removes it first. */
export interface Waiter {
  wake(queue: WaitQueue): void;
  /** Every queue that the waiter is enlisted on; it leaves all of them when one wakes it. */
  readonly waitingOn: Set<WaitQueue>;
}

export class WaitQueue {
  /** In order of arrival; true for exclusive ones, which are woken one at a time. */
  readonly waiters = new Map<Waiter, boolean>();

  enlist(waiter: Waiter, exclusive = false): void {
    this.waiters.set(waiter, exclusive);
    waiter.waitingOn.add(this);
  }

  leave(waiter: Waiter): void {
    this.waiters.delete(waiter);
    waiter.waitingOn.delete(this);
  }

  /** Wake all shared waiters and at most `exclusiveCount` exclusive ones; returns how many were woken. */
  wake(exclusiveCount = 1): number {
    const { waiters } = this;
    if (waiters.size === 0) return 0;
    if (waiters.size === 1) return this.wakeOnly(exclusiveCount);
    let woken = 0;
    let exclusiveLeft = exclusiveCount;
    for (const [waiter, exclusive] of [...waiters]) {
      if (exclusive && exclusiveLeft-- <= 0) continue;
      this.wakeOne(waiter);
      woken++;
    }
    return woken;
  }

  /** As wake, for the one waiter that there nearly always is. */
  private wakeOnly(exclusiveCount: number): number {
    for (const waiter of this.waiters.keys()) {
      if (exclusiveCount <= 0 && this.waiters.get(waiter) === true) return 0;
      this.wakeOne(waiter);
      return 1;
    }
    return 0;
  }

  private wakeOne(waiter: Waiter): void {
    if (waiter.waitingOn.size === 1) this.leave(waiter);
    else for (const queue of [...waiter.waitingOn]) queue.leave(waiter);
    waiter.wake(this);
  }

  wakeAll(): number {
    return this.wake(Number.POSITIVE_INFINITY);
  }
}
