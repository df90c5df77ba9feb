/** What one hart has to run, and what its scheduler has counted. Linux: struct rq. */
import type { Ns } from './clock.ts';
import { RealtimeBandwidth, type RealtimeLimits } from './realtime-bandwidth.ts';
import { interruptSequence } from './rseq.ts';
import { DEADLINE_PRIORITY, demandOf, FairQueue, RealtimeQueue } from './run-queue.ts';
import type { Task } from './task.ts';

export class HartQueue {
  readonly hart: number;
  readonly realtime = new RealtimeQueue();
  readonly fair = new FairQueue();
  readonly bandwidth: RealtimeBandwidth;
  /** Virtual run time that new, woken and arriving tasks start from. Never goes back. */
  minVruntimeNs: Ns = 0;
  /** When balancing last brought a task here, or took one away. */
  balancedAtNs: Ns = 0;

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

  constructor(hart: number, limits: RealtimeLimits) {
    this.hart = hart;
    this.bandwidth = new RealtimeBandwidth(limits);
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

  /** The threads of SCHED_FIFO and SCHED_RR have had their share: it is the turn of the others, if there are any. */
  isFairTurn(nowNs: Ns): boolean {
    const { highestPriority } = this.realtime;
    return highestPriority < DEADLINE_PRIORITY && this.bandwidth.isSpent(nowNs);
  }

  /** Others of the other kind wait, and their turn may come with time alone. */
  mayChangeTurns({ scheduling }: Task): boolean {
    return scheduling.realtimePriority > 0 ? this.fair.count > 0 : this.realtime.count > 0;
  }

  take(nowNs: Ns): Task | undefined {
    const skipsRealtime = this.fair.count > 0 && this.isFairTurn(nowNs);
    const task = (skipsRealtime ? undefined : this.realtime.take()) ?? this.fair.take();
    if (task) task.scheduling.isQueued = false;
    return task;
  }

  /** A task that was taken begins to run. */
  begin(task: Task, nowNs: Ns): void {
    const { scheduling } = task;
    scheduling.hasYielded = false;
    if (scheduling.lastHart !== this.hart) {
      scheduling.lastHart = this.hart;
      scheduling.migrations++;
      interruptSequence(task);
      scheduling.arrivedAtNs = nowNs;
    }
    scheduling.beginSlice(this.count + 1);
    scheduling.slices++;
    const waited = Math.max(0, nowNs - scheduling.queuedAtNs);
    scheduling.waitNs += waited;
    this.waitNs += waited;
    this.slices++;
  }

  /** Advance minVruntimeNs to the least of the queue and of the running task. */
  advance(running: Task | undefined): void {
    const first = this.fair.first ?? running;
    if (!first) return;
    const least = Math.min(first.scheduling.vruntimeNs, (running ?? first).scheduling.vruntimeNs);
    if (least > this.minVruntimeNs) this.minVruntimeNs = least;
  }

  /** What it has to do, in weights; a real-time task counts as one of nice 0. */
  load(running: Task | undefined): number {
    return this.fair.weight + this.realtime.count * 1024 + (running?.scheduling.weight ?? 0);
  }

  /** What it has had to do for a while: as load, with each task counted by its demand. */
  lastingLoad(running: Task | undefined): number {
    const own = running ? demandOf(running) : 0;
    return this.fair.demand + this.realtime.count * 1024 + own;
  }
}
