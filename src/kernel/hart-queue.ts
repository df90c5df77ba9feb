/** What one hart has to run, and what its scheduler has counted. Linux: struct rq. */
import type { Ns } from './clock.ts';
import { FairQueue, RealtimeQueue } from './run-queue.ts';
import type { Task } from './task.ts';

/** Time constant of the average load. */
const AVERAGE_NS = 80_000_000;

export class HartQueue {
  readonly hart: number;
  readonly realtime = new RealtimeQueue();
  readonly fair = new FairQueue();
  /** Virtual run time that new, woken and arriving tasks start from. Never goes back. */
  minVruntimeNs: Ns = 0;
  /** When this hart last took a task from another to balance the two. */
  balancedAtNs: Ns = 0;
  /** The load of the last while: what a task of a few milliseconds hardly moves. */
  averageLoad = 0;
  private sampledAtNs: Ns = 0;

  // counters of /proc/schedstat
  yields = 0;
  schedules = 0;
  idleSchedules = 0;
  wakeups = 0;
  localWakeups = 0;
  waitNs: Ns = 0;
  slices = 0;
  /** Tasks that came from other harts. */
  arrivals = 0;

  constructor(hart: number) {
    this.hart = hart;
  }

  /** Tasks that wait for the hart; the running one is not among them. */
  get count(): number {
    return this.realtime.count + this.fair.count;
  }

  add(task: Task, isFirst = false): void {
    const { scheduling } = task;
    scheduling.isQueued = true;
    scheduling.queueHart = this.hart;
    const priority = scheduling.realtimePriority;
    if (priority > 0) this.realtime.add(task, priority, isFirst);
    else this.fair.add(task);
  }

  remove(task: Task): void {
    task.scheduling.isQueued = false;
    this.realtime.remove(task);
    this.fair.remove(task);
  }

  take(): Task | undefined {
    const task = this.realtime.take() ?? this.fair.take();
    if (task) task.scheduling.isQueued = false;
    return task;
  }

  /** Advance minVruntimeNs to the least of the queue and of the running task. */
  advance(running: Task | undefined): void {
    const first = this.fair.first ?? running;
    if (!first) return;
    const least = Math.min(first.scheduling.vruntimeNs, (running ?? first).scheduling.vruntimeNs);
    if (least > this.minVruntimeNs) this.minVruntimeNs = least;
  }

  /** Now is a moment of the average. A hart that slept since the last one begins anew. */
  sample(load: number, nowNs: Ns): void {
    const share = Math.min(1, (nowNs - this.sampledAtNs) / AVERAGE_NS);
    this.averageLoad += (load - this.averageLoad) * share;
    this.sampledAtNs = nowNs;
  }

  /** What it has to do, in weights; a real-time task counts as one of nice 0. */
  load(running: Task | undefined): number {
    return this.fair.weight + this.realtime.count * 1024 + (running?.scheduling.weight ?? 0);
  }
}
