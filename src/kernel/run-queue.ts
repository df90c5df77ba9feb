/** The two queues of runnable tasks: real-time by priority in order of arrival, fair by virtual run time. */
import type { Task } from './task.ts';

export const MAX_REALTIME_PRIORITY = 99;
/** Of the threads that stop all else on a hart. */
export const STOP_PRIORITY = 101;
/** Of all SCHED_DEADLINE threads; among them the earliest deadline is first. */
export const DEADLINE_PRIORITY = 100;

export class RealtimeQueue {
  /** By priority, 1 to 99, and those of deadlines and stoppers. */
  private readonly lists: Task[][] = Array.from({ length: STOP_PRIORITY + 1 }, () => []);
  count = 0;
  /** 0 when empty. */
  highestPriority = 0;

  add(task: Task, priority: number, isFirst = false): void {
    const list = this.lists[priority] as Task[];
    if (priority === DEADLINE_PRIORITY) insertByDeadline(list, task);
    else if (isFirst) list.unshift(task);
    else list.push(task);
    this.count++;
    if (priority > this.highestPriority) this.highestPriority = priority;
  }

  remove(task: Task): void {
    if (this.count === 0) return;
    for (const list of this.lists) {
      const index = list.indexOf(task);
      if (index < 0) continue;
      list.splice(index, 1);
      this.removed();
      return;
    }
  }

  /** The first of the highest priority; it leaves the queue. */
  take(): Task | undefined {
    if (this.count === 0) return undefined;
    const task = this.lists[this.highestPriority]?.shift();
    this.removed();
    return task;
  }

  /** The first of the highest priority; it stays. */
  get first(): Task | undefined {
    return this.lists[this.highestPriority]?.[0];
  }

  /** The first of the highest priority above `priority` that `hart` may run; it stays. */
  findFor(hart: number, priority: number): Task | undefined {
    for (let at = this.highestPriority; at > priority; at--) {
      const task = this.lists[at]?.find(({ scheduling }) => scheduling.mayRunOn(hart));
      if (task) return task;
    }
    return undefined;
  }

  private removed(): void {
    this.count--;
    while (this.highestPriority > 0 && this.lists[this.highestPriority]?.length === 0)
      this.highestPriority--;
  }
}

/** Its absolute deadline; a thread that only holds a lock that one waits for comes before all. */
export function deadlineOf({ scheduling }: Task): number {
  return scheduling.deadline?.absoluteDeadlineNs ?? 0;
}

function insertByDeadline(list: Task[], task: Task): void {
  const at = list.findIndex((other) => deadlineOf(other) > deadlineOf(task));
  if (at < 0) list.push(task);
  else list.splice(at, 0, task);
}

export class FairQueue {
  /** By virtual run time, the smallest last: taking it is a pop. Equal ones in order of arrival. */
  private readonly list: Task[] = [];

  get count(): number {
    return this.list.length;
  }

  get first(): Task | undefined {
    return this.list[this.list.length - 1];
  }

  get last(): Task | undefined {
    return this.list[0];
  }

  get tasks(): readonly Task[] {
    return this.list;
  }

  add(task: Task): void {
    const key = task.scheduling.vruntimeNs;
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.list[middle] as Task).scheduling.vruntimeNs > key) low = middle + 1;
      else high = middle;
    }
    this.list.splice(low, 0, task);
  }

  remove(task: Task): void {
    const index = this.list.indexOf(task);
    if (index >= 0) this.list.splice(index, 1);
  }

  take(): Task | undefined {
    return this.list.pop();
  }

  /** Of those that `hart` may run, and `suits` accepts, the one that has been here longest; it stays. */
  findFor(hart: number, suits: (task: Task) => boolean = () => true): Task | undefined {
    let best: Task | undefined;
    for (const task of this.list) {
      const { scheduling } = task;
      if (!scheduling.suits(hart) || !suits(task)) continue;
      if (!best || scheduling.arrivedAtNs < best.scheduling.arrivedAtNs) best = task;
    }
    return best;
  }

  /** Sum of the weights of the tasks in it. */
  get weight(): number {
    let sum = 0;
    for (const { scheduling } of this.list) sum += scheduling.weight;
    return sum;
  }

  /** The same, each by its demand. */
  get demand(): number {
    let sum = 0;
    for (const task of this.list) sum += demandOf(task);
    return sum;
  }
}

/** A task's weight as balancing counts it. */
export function demandOf({ scheduling }: Task): number {
  return scheduling.weight * scheduling.demand;
}
