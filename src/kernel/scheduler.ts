/**
 * Who runs next: sched(7). Real-time tasks (FIFO, RR) by priority, the others by weighted virtual run time. A run queue per
 * hart; a runnable task waits in one of them (placement.ts) until its hart takes it or another pulls it (load-balance.ts).
 * Linux: kernel/sched/{core,rt,fair}.c.
 */
import { log } from '../lib/log.ts';
import type { Arch } from './arch/arch.ts';
import { HartContexts } from './arch/hart-contexts.ts';
import type { Ns } from './clock.ts';
import { HartQueue } from './hart-queue.ts';
import { HartTime } from './hart-time.ts';
import type { Kernel } from './kernel.ts';
import type { KernelWork } from './kernel-thread.ts';
import { findForBalance, findForIdle, findMoreUrgent } from './load-balance.ts';
import type { Migration } from './migration.ts';
import { type Harts, placeTask } from './placement.ts';
import { DEFAULT_ROUND_ROBIN_NS, sliceOf } from './preemption.ts';
import { RealtimeLimits } from './realtime-bandwidth.ts';
import { interruptSequence } from './rseq.ts';
import { goesOn, isBefore, takeChosen } from './schedule-choice.ts';
import type { SchedulePolicy } from './schedule-policy.ts';
import type { SwitchRecorder } from './switch-recorder.ts';
import type { Task } from './task.ts';

const channel = log.channel('sched');

/** A woken task starts this far behind the queue at most, so that sleeping does not save up CPU time. */
const SLEEPER_CREDIT_NS = 3_000_000;

/** Nobody's hart: what happens now happens on behalf of the host. */
const NO_HART = -1;

export class Scheduler implements Harts {
  private readonly arch: Arch;
  /** /proc/sys/kernel/sched_rt_*_us. */
  readonly limits = new RealtimeLimits();
  readonly queues: readonly HartQueue[];
  /** Task of each hart; its registers are loaded there. */
  readonly running: (Task | undefined)[];
  private readonly contexts: HartContexts;
  readonly time: HartTime;
  /** CPU time of a SCHED_RR thread before its turn is over: /proc/sys/kernel/sched_rr_timeslice_ms. */
  roundRobinNs: Ns = DEFAULT_ROUND_ROBIN_NS;
  /** By hart; none on a machine with one. */
  readonly migrations: Migration[] = [];
  /** The hart should choose again before it returns to user mode. */
  readonly needsSwitch: boolean[];
  /** The hart whose trap is being handled, or that is leaving the kernel; NO_HART between events. */
  private serving = NO_HART;
  /** context switches since boot: ctxt of /proc/stat. */
  switches = 0;
  /** Somebody looks at them. */
  recorder: SwitchRecorder | undefined = undefined;
  /** Another order than the fair one, for tasks that are not real-time: a schedule that is looked for. */
  policy: SchedulePolicy | undefined = undefined;

  constructor(kernel: Kernel) {
    this.arch = kernel.arch;
    const harts = kernel.arch.harts;
    this.queues = Array.from({ length: harts }, (_, hart) => new HartQueue(hart, this.limits));
    this.running = new Array<Task | undefined>(harts).fill(undefined);
    this.contexts = new HartContexts(kernel.arch);
    this.time = new HartTime(kernel.arch, this.queues);
    this.needsSwitch = new Array<boolean>(harts).fill(true);
  }

  /** The kernel works for this hart from here on: others must be interrupted to notice what it does. */
  serve(hart: number): void {
    this.serving = hart;
  }

  /** The kernel works for the host: who becomes runnable is found when the harts are let go. */
  serveHost(): void {
    this.serving = NO_HART;
  }

  private get nowNs(): Ns {
    return this.time.nowNs;
  }

  /** Tasks in state R, running ones included: what the load average counts, too. */
  get runnable(): number {
    let count = 0;
    for (const queue of this.queues) count += queue.count;
    for (const task of this.running) if (task) count++;
    return count;
  }

  /** No hart has a task. */
  get isIdle(): boolean {
    for (const task of this.running) if (task) return false;
    return true;
  }

  /** A new task starts level with the others. */
  start(task: Task): void {
    const { scheduling } = task;
    const hart = placeTask(this, task, false);
    scheduling.lastHart = hart;
    scheduling.arrivedAtNs = this.nowNs;
    scheduling.vruntimeNs = Math.max(scheduling.vruntimeNs, this.queueOf(hart).minVruntimeNs);
    this.enqueue(task, hart);
  }

  /** End a sleep (states S and D); nothing for other states. */
  wake(task: Task): void {
    if (task.state !== 'S' && task.state !== 'D') return;
    task.endSleep();
    this.makeRunnable(task);
  }

  /** SIGCONT, SIGKILL: a stopped task goes on. */
  continueStopped(task: Task): void {
    task.needsAttention = true;
    if (task.state === 'T') this.makeRunnable(task);
    else if (task.state === 'S') this.wake(task);
  }

  private makeRunnable(task: Task): void {
    task.state = 'R';
    if (this.isRunning(task)) return;
    const { scheduling } = task;
    scheduling.usedAtWakeNs = task.utimeNs + task.stimeNs;
    if (scheduling.deadline?.wake(this.arch.timeNs()) === false) return;
    if (this.queues.length > 1) scheduling.wakes(this.nowNs);
    const hart = placeTask(this, task, true);
    const queue = this.queueOf(hart);
    if (hart !== scheduling.lastHart) this.rebase(task, scheduling.lastHart, hart);
    scheduling.vruntimeNs = Math.max(
      scheduling.vruntimeNs,
      queue.minVruntimeNs - SLEEPER_CREDIT_NS,
    );
    queue.wakeups++;
    if (hart === this.serving) queue.localWakeups++;
    this.enqueue(task, hart);
    if (channel.isOn) channel.write(`wake ${task.tid} (${task.name}) on hart ${hart}`);
  }

  private isRunning(task: Task): boolean {
    return task.hart !== undefined && this.running[task.hart] === task;
  }

  private queueOf(hart: number): HartQueue {
    return this.queues[hart] as HartQueue;
  }

  /** Virtual run times of different queues are not comparable: keep the distance to the queue's least. */
  private rebase(task: Task, from: number, to: number): void {
    task.scheduling.vruntimeNs += this.queueOf(to).minVruntimeNs - this.queueOf(from).minVruntimeNs;
  }

  private enqueue(task: Task, hart: number): void {
    if (task.scheduling.isQueued) return;
    task.scheduling.queuedAtNs = this.nowNs;
    this.recorder?.waits(task, hart, this.nowNs);
    this.queueOf(hart).add(task);
    this.time.needsTick[hart] = true;
    if (!isBefore(task, this.running[hart], this.policy)) return;
    this.needsSwitch[hart] = true;
    this.kick(hart);
  }

  /** Make another hart come into the kernel, so that it chooses again or looks at its task's signals. */
  private kick(hart: number): void {
    if (this.serving !== NO_HART && hart !== this.serving) this.arch.sendIpi(hart);
  }

  /** The task has something to look at: if it is in user mode on another hart, it is stopped there. */
  interrupt(task: Task): void {
    if (this.isRunning(task)) this.kick(task.hart as number);
  }

  /** A throttled thread has a budget again. */
  replenished(task: Task): void {
    if (task.state === 'R' && !this.isRunning(task))
      this.enqueue(task, placeTask(this, task, true));
  }

  /** Take a task out of its run queue: it stops, exits, or its class changes. */
  dequeue(task: Task): void {
    if (task.scheduling.isQueued) this.queueOf(task.scheduling.queueHart).remove(task);
  }

  /** Change what the queues are ordered by, or the harts that the task may run on. */
  reschedule(task: Task, change: () => void): void {
    const { scheduling } = task;
    const from = scheduling.queueHart;
    const before = scheduling.deadline;
    const isQueued = scheduling.isQueued;
    this.dequeue(task);
    change();
    const wasThrottled = before !== scheduling.deadline && before?.release() === true;
    if (isQueued || wasThrottled) {
      const hart = scheduling.mayRunOn(from) ? from : placeTask(this, task, true);
      if (hart !== from) this.rebase(task, from, hart);
      this.enqueue(task, hart);
    } else if (this.isRunning(task)) {
      const hart = task.hart as number;
      this.needsSwitch[hart] = true;
      if (scheduling.mayRunOn(hart)) this.interrupt(task);
      else this.migrations[hart]?.request(task);
    }
  }

  /** Choose the task for a hart and load it; undefined when there is nothing to run. */
  choose(hart: number): Task | undefined {
    this.needsSwitch[hart] = false;
    const queue = this.queueOf(hart);
    const previous = this.running[hart];
    queue.schedules++;
    if (previous && previous.state === 'R' && previous.hart === hart) {
      if (goesOn(previous, queue, this.policy, this.roundRobinNs, this.nowNs)) return previous;
      previous.involuntarySwitches++;
      interruptSequence(previous);
      this.running[hart] = undefined;
      this.requeue(previous, hart);
    } else if (previous) {
      previous.voluntarySwitches++;
      previous.scheduling.sleptAtNs = this.nowNs;
      this.running[hart] = undefined;
    }
    const next = this.takeNext(queue);
    this.recorder?.runs(next, hart, this.nowNs);
    if (!next) {
      queue.idleSchedules++;
      return undefined;
    }
    this.contexts.load(next, hart);
    this.time.needsTick[hart] = true;
    if (next !== previous) this.switches++;
    return next;
  }

  /** The next task with user mode; threads of the kernel that come before it run here. */
  private takeNext(queue: HartQueue): Task | undefined {
    const { hart } = queue;
    for (;;) {
      if (this.queues.length > 1) this.pullFor(hart);
      const next = takeChosen(queue, this.policy, this.nowNs);
      this.running[hart] = next;
      if (!next) return undefined;
      queue.begin(next, this.nowNs);
      if (channel.isOn) channel.write(`hart ${hart}: ${next.tid} (${next.name})`);
      if (!next.work) return next;
      this.runThread(next, next.work, hart);
    }
  }

  /** The hart keeps the registers and the address space of the task that ran before. */
  private runThread(thread: Task, work: KernelWork, hart: number): void {
    this.switches++;
    this.recorder?.runs(thread, hart, this.nowNs);
    // Who wakes it from now on wakes it for another run.
    thread.state = 'S';
    work.run();
    thread.voluntarySwitches++;
    this.time.settle(hart, thread, Math.max(this.nowNs, this.arch.timeNs()));
    this.running[hart] = undefined;
  }

  /**
   * The task was preempted. A real-time one goes to another hart that it can run on. One that may not run here any more waits
   * all the same: the migration thread, which is before it in the queue, takes it away.
   */
  private requeue(task: Task, hart: number): void {
    const { scheduling } = task;
    const { deadline } = scheduling;
    if (deadline?.isSpent && deadline.throttle(this.arch.timeNs())) return;
    const isPushed = scheduling.realtimePriority > 0 && this.queues.length > 1;
    const target = isPushed && scheduling.mayRunOn(hart) ? placeTask(this, task, true) : hart;
    scheduling.queuedAtNs = this.nowNs;
    this.recorder?.waits(task, hart, this.nowNs);
    if (target !== hart) {
      this.rebase(task, hart, target);
      this.enqueue(task, target);
      return;
    }
    // A preempted FIFO task stays first of its priority; a RR task that used its slice goes last.
    this.queueOf(hart).add(task, scheduling.sliceUsedNs < this.roundRobinNs);
  }

  /** Take over what waits on other harts: more urgent real-time tasks, or anything when there is nothing to do here. */
  private pullFor(hart: number): void {
    const { realtime, count } = this.queueOf(hart);
    const task =
      findMoreUrgent(this, hart, realtime.highestPriority) ??
      (count === 0 ? findForIdle(this, hart) : undefined);
    if (task) this.move(task, hart);
  }

  /** From the queue of the hart that is served to that of another. */
  transfer(task: Task, to: number): void {
    const from = task.scheduling.queueHart;
    this.queueOf(from).remove(task);
    this.rebase(task, from, to);
    this.enqueue(task, to);
    this.queueOf(to).arrivals++;
    if (channel.isOn) channel.write(`hart ${from}: sends ${task.tid} (${task.name}) to ${to}`);
  }

  /** From the queue of one hart to that of another, which is in the kernel. */
  private move(task: Task, to: number): void {
    const from = task.scheduling.queueHart;
    const { queuedAtNs } = task.scheduling;
    const queue = this.queueOf(to);
    this.queueOf(from).remove(task);
    this.rebase(task, from, to);
    queue.add(task);
    task.scheduling.queuedAtNs = queuedAtNs;
    queue.arrivals++;
    if (channel.isOn) channel.write(`hart ${to}: takes ${task.tid} (${task.name}) from ${from}`);
  }

  /** sched_yield: behind the others of its class. */
  yield(task: Task): void {
    const { scheduling, hart } = task;
    if (hart === undefined) return;
    const queue = this.queueOf(hart);
    queue.yields++;
    scheduling.hasYielded = true;
    if (scheduling.realtimePriority === 0) {
      const { last } = queue.fair;
      if (last) scheduling.vruntimeNs = Math.max(scheduling.vruntimeNs, last.scheduling.vruntimeNs);
    } else scheduling.sliceUsedNs = this.roundRobinNs;
    // A deadline thread is done for this period.
    if (scheduling.deadline) scheduling.deadline.budgetNs = 0;
    this.needsSwitch[hart] = true;
  }

  /** A task that exits leaves its hart without saving anything. */
  abandon(task: Task): void {
    this.dequeue(task);
    task.scheduling.deadline?.release();
    task.scheduling.deadline = undefined;
    const { hart } = task;
    if (hart === undefined) return;
    if (this.running[hart] === task) {
      this.running[hart] = undefined;
      this.needsSwitch[hart] = true;
    }
    this.contexts.forget(task, hart);
  }

  /** CPU times are asked for: charge the task whose call is running for all of its time up to now. */
  catchUp(): void {
    const task = this.running[this.serving];
    if (task) this.time.catchUp(this.serving, task);
  }

  /** What the running task has used since it was last charged: a system call's own time so far. */
  unchargedNs(task: Task): Ns {
    return this.isRunning(task) ? this.time.accounting.unsettledNs(task.hart as number) : 0;
  }

  /** Timer interrupt on a hart: the slice may be over, and another hart may have more to do. */
  tick(hart: number): void {
    this.time.needsTick[hart] = true;
    const task = this.running[hart];
    if (!task) return;
    const queue = this.queueOf(hart);
    queue.advance(task);
    if (task.scheduling.sliceUsedNs >= sliceOf(task, this.roundRobinNs))
      this.needsSwitch[hart] = true;
    if (queue.mayChangeTurns(task)) this.needsSwitch[hart] = true;
    if (this.queues.length === 1) return;
    this.migrations[hart]?.sendHome(task);
    const pulled = findForBalance(this, hart, this.nowNs);
    if (pulled) this.move(pulled, hart);
    if (queue.count > 0) this.offer(queue, task);
  }

  /** Tasks wait here while another hart sleeps: it is woken to take one. Where none of them may run there, the running one goes. */
  private offer({ realtime, fair, hart: own }: HartQueue, running: Task): void {
    for (let hart = 0; hart < this.queues.length; hart++) {
      if (this.running[hart] !== undefined || this.needsSwitch[hart] === true) continue;
      if (realtime.findFor(hart, 0) ?? fair.findFor(hart)) {
        this.needsSwitch[hart] = true;
        this.kick(hart);
        return;
      }
      if (!running.scheduling.suits(hart)) continue;
      this.migrations[own]?.request(running, hart);
      return;
    }
  }

  /** The hart goes on with its task, and its tick is armed. */
  isSettled(hart: number): boolean {
    return this.needsSwitch[hart] === false && this.time.needsTick[hart] === false;
  }

  /** When the hart must trap next for the scheduler's sake. */
  tickAt(hart: number, task: Task, nowNs: Ns): Ns {
    const { time } = this;
    if (!time.needsTick[hart]) return time.tickAtNs[hart] as Ns;
    const isShared = this.queueOf(hart).count > 0 || task.scheduling.deadline !== undefined;
    const leftNs = sliceOf(task, this.roundRobinNs) - task.scheduling.sliceUsedNs;
    return time.tickIn(hart, isShared ? leftNs : Number.POSITIVE_INFINITY, nowNs);
  }
}
