/**
 * Who runs next: sched(7). Real-time tasks (FIFO, RR) by priority, the others by weighted virtual run time. A run queue per
 * hart; a runnable task waits in one of them (placement.ts) until its hart takes it or another pulls it (load-balance.ts).
 * Linux: kernel/sched/{core,rt,fair}.c.
 */
import { SCHED_FIFO, SCHED_IDLE, SCHED_RR } from '../abi/sched.ts';
import { log } from '../lib/log.ts';
import type { Arch } from './arch/arch.ts';
import { HartContexts } from './arch/hart-contexts.ts';
import type { Ns } from './clock.ts';
import { CpuAccounting } from './cpu-accounting.ts';
import { HartQueue } from './hart-queue.ts';
import type { Kernel } from './kernel.ts';
import type { KernelWork } from './kernel-thread.ts';
import { findForBalance, findForIdle, findMoreUrgent } from './load-balance.ts';
import type { Migration } from './migration.ts';
import { type Harts, placeTask } from './placement.ts';
import { RealtimeLimits } from './realtime-bandwidth.ts';
import { interruptSequence } from './rseq.ts';
import { DEADLINE_PRIORITY, deadlineOf } from './run-queue.ts';
import { NICE_0_WEIGHT } from './scheduling.ts';
import type { Task } from './task.ts';

const channel = log.channel('sched');

/** CPU time between two preemptions among equals. */
const FAIR_SLICE_NS = 3_000_000;
/** RR_TIMESLICE. */
export const DEFAULT_ROUND_ROBIN_NS: Ns = 100_000_000;
/** The timer interrupts a running hart at least this often: CPU limits, profiling timers, requests of the host. */
const TICK_NS = 10_000_000;
/** A woken task starts this far behind the queue at most, so that sleeping does not save up CPU time. */
const SLEEPER_CREDIT_NS = 3_000_000;
/** And preempts if it is behind the running one by this much. */
const WAKEUP_GRANULARITY_NS = 1_000_000;

/** System calls in a row whose time is charged together. */
const MAX_POSTPONED = 16;

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
  readonly accounting: CpuAccounting;
  /** CPU time of a SCHED_RR thread before its turn is over: /proc/sys/kernel/sched_rr_timeslice_ms. */
  roundRobinNs: Ns = DEFAULT_ROUND_ROBIN_NS;
  /** By hart; none on a machine with one. */
  readonly migrations: Migration[] = [];
  /** The hart should choose again before it returns to user mode. */
  readonly needsSwitch: boolean[];
  private readonly needsTick: boolean[];
  /** By hart: system calls since the clock was last read. */
  private readonly postponed: number[];
  private readonly tickAtNs: Ns[];
  /** The hart whose trap is being handled, or that is leaving the kernel; NO_HART between events. */
  private serving = NO_HART;
  /** Time when the kernel was last entered, or a task last left: what waiting is measured by. */
  private nowNs: Ns = 0;
  /** context switches since boot: ctxt of /proc/stat. */
  switches = 0;

  constructor(kernel: Kernel) {
    this.arch = kernel.arch;
    const harts = kernel.arch.harts;
    this.queues = Array.from({ length: harts }, (_, hart) => new HartQueue(hart, this.limits));
    this.running = new Array<Task | undefined>(harts).fill(undefined);
    this.contexts = new HartContexts(kernel.arch);
    this.accounting = new CpuAccounting(kernel.arch);
    this.needsSwitch = new Array<boolean>(harts).fill(true);
    this.postponed = new Array<number>(harts).fill(0);
    this.needsTick = new Array<boolean>(harts).fill(true);
    this.tickAtNs = new Array<Ns>(harts).fill(0);
  }

  /** The kernel works for this hart from here on: others must be interrupted to notice what it does. */
  serve(hart: number): void {
    this.serving = hart;
  }

  /** The kernel works for the host: who becomes runnable is found when the harts are let go. */
  serveHost(): void {
    this.serving = NO_HART;
  }

  /** Tasks in state R, running ones included. */
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
    this.queueOf(hart).add(task);
    this.needsTick[hart] = true;
    if (!this.preempts(task, this.running[hart])) return;
    this.needsSwitch[hart] = true;
    this.kick(hart);
  }

  /** Make another hart come into the kernel, so that it chooses again or looks at its task's signals. */
  private kick(hart: number): void {
    if (this.serving !== NO_HART && hart !== this.serving) this.arch.sendIpi(hart);
  }

  /** The task has something to look at: if it is in user mode on another hart, it is stopped there. */
  interrupt(task: Task): void {
    if (task.hart !== undefined && this.running[task.hart] === task) this.kick(task.hart);
  }

  private preempts(woken: Task, running: Task | undefined): boolean {
    if (!running) return true;
    const priority = woken.scheduling.realtimePriority;
    const other = running.scheduling.realtimePriority;
    if (priority === DEADLINE_PRIORITY && other === priority)
      return deadlineOf(woken) < deadlineOf(running);
    if (priority > 0 || other > 0) return priority > other;
    if (running.scheduling.policy === SCHED_IDLE) return true;
    return woken.scheduling.vruntimeNs + WAKEUP_GRANULARITY_NS < running.scheduling.vruntimeNs;
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
      if (this.keeps(previous, queue)) return previous;
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
    if (!next) {
      queue.idleSchedules++;
      return undefined;
    }
    this.contexts.load(next, hart);
    this.needsTick[hart] = true;
    if (next !== previous) this.switches++;
    return next;
  }

  /** The next task with user mode; threads of the kernel that come before it run here. */
  private takeNext(queue: HartQueue): Task | undefined {
    const { hart } = queue;
    for (;;) {
      if (this.queues.length > 1) this.pullFor(hart);
      const next = queue.take(this.nowNs);
      this.running[hart] = next;
      if (!next) return undefined;
      this.picked(next, queue);
      if (!next.work) return next;
      this.runThread(next, next.work, hart);
    }
  }

  /** The hart keeps the registers and the address space of the task that ran before. */
  private runThread(thread: Task, work: KernelWork, hart: number): void {
    this.switches++;
    // Who wakes it from now on wakes it for another run.
    thread.state = 'S';
    work.run();
    thread.voluntarySwitches++;
    this.settle(hart, thread, Math.max(this.nowNs, this.arch.timeNs()));
    this.running[hart] = undefined;
  }

  private picked(task: Task, queue: HartQueue): void {
    const { scheduling } = task;
    scheduling.hasYielded = false;
    if (scheduling.lastHart !== queue.hart) {
      scheduling.lastHart = queue.hart;
      scheduling.migrations++;
      interruptSequence(task);
      scheduling.arrivedAtNs = this.nowNs;
    }
    if (channel.isOn) channel.write(`hart ${queue.hart}: ${task.tid} (${task.name})`);
    scheduling.beginSlice(queue.count + 1);
    scheduling.slices++;
    const waited = Math.max(0, this.nowNs - scheduling.queuedAtNs);
    scheduling.waitNs += waited;
    queue.waitNs += waited;
    queue.slices++;
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

  /** Whether the running task may go on. */
  private keeps(task: Task, queue: HartQueue): boolean {
    const { scheduling } = task;
    const { hart, realtime, fair } = queue;
    if (!scheduling.mayRunOn(hart) || scheduling.deadline?.isSpent) return false;
    const priority = scheduling.realtimePriority;
    const waiting = realtime.highestPriority;
    if (priority > 0) {
      if (waiting > priority) return false;
      if (fair.count > 0 && priority < DEADLINE_PRIORITY && queue.isFairTurn(this.nowNs))
        return false;
      if (waiting === DEADLINE_PRIORITY && realtime.first)
        return deadlineOf(task) <= deadlineOf(realtime.first);
      const isSpent = scheduling.policy === SCHED_RR && scheduling.sliceUsedNs >= this.roundRobinNs;
      return !((isSpent || scheduling.hasYielded) && waiting === priority);
    }
    if (waiting > 0 && !queue.isFairTurn(this.nowNs)) return false;
    const { first } = fair;
    if (!first) return true;
    return !scheduling.hasYielded && scheduling.vruntimeNs < first.scheduling.vruntimeNs;
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

  /** Charge the hart's task for the time up to now; called at trap entry and before a switch. */
  settle(hart: number, task: Task, nowNs: Ns): void {
    this.nowNs = nowNs;
    this.postponed[hart] = 0;
    this.charge(task, this.accounting.settle(hart, task, nowNs));
  }

  /**
   * A hart has trapped; returns the time. Reading the clock takes a third of a short system call, so for most calls it is not
   * read: its time is charged with that of the next ones, before anybody asks for it (catchUp), and at each interrupt.
   */
  enter(hart: number, mayPostpone: boolean): Ns {
    const task = this.running[hart];
    const postponed = this.postponed[hart] as number;
    if (mayPostpone && task && postponed < MAX_POSTPONED) {
      this.postponed[hart] = postponed + 1;
      return this.nowNs;
    }
    const nowNs = this.arch.timeNs();
    if (task) this.settle(hart, task, nowNs);
    else this.settleIdle(hart, nowNs);
    return nowNs;
  }

  /** Charge the task whose call is running for what enter() has left: CPU times are asked for. */
  catchUp(): void {
    const { serving } = this;
    const task = this.running[serving];
    if (task && this.postponed[serving] !== 0) this.settle(serving, task, this.arch.timeNs());
  }

  /** A hart without a task was idle up to now. */
  settleIdle(hart: number, nowNs: Ns): void {
    this.nowNs = nowNs;
    this.accounting.settleIdle(hart, nowNs);
  }

  /** What the running task has used since it was last charged: a system call's own time so far. */
  unchargedNs(task: Task): Ns {
    const { hart } = task;
    if (hart === undefined || this.running[hart] !== task) return 0;
    return this.accounting.unsettledNs(hart);
  }

  private charge({ scheduling }: Task, usedNs: Ns): void {
    const { weight } = scheduling;
    scheduling.sliceUsedNs += usedNs;
    if (scheduling.deadline) scheduling.deadline.budgetNs -= usedNs;
    else if (scheduling.realtimePriority > 0)
      this.queueOf(scheduling.queueHart).bandwidth.charge(usedNs, this.nowNs);
    scheduling.vruntimeNs += weight === NICE_0_WEIGHT ? usedNs : (usedNs * NICE_0_WEIGHT) / weight;
  }

  /** Timer interrupt on a hart: the slice may be over, and another hart may have more to do. */
  tick(hart: number): void {
    this.needsTick[hart] = true;
    const task = this.running[hart];
    if (!task) return;
    const queue = this.queueOf(hart);
    queue.advance(task);
    if (task.scheduling.sliceUsedNs >= this.sliceOf(task)) this.needsSwitch[hart] = true;
    if (queue.mayChangeTurns(task)) this.needsSwitch[hart] = true;
    if (this.queues.length === 1) return;
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
      if (!running.scheduling.mayRunOn(hart)) continue;
      this.migrations[own]?.request(running, hart);
      return;
    }
  }

  private sliceOf({ scheduling }: Task): Ns {
    const { policy, deadline } = scheduling;
    if (policy === SCHED_FIFO) return Number.POSITIVE_INFINITY;
    // What it had of its budget when it was picked.
    if (deadline) return scheduling.sliceUsedNs + deadline.budgetNs;
    return policy === SCHED_RR ? this.roundRobinNs : FAIR_SLICE_NS;
  }

  /** When the hart must trap next for the scheduler's sake. Kept until something changes: a timer that moved at each trap would cost. */
  tickAt(hart: number, task: Task, nowNs: Ns): Ns {
    if (!this.needsTick[hart]) return this.tickAtNs[hart] as Ns;
    this.needsTick[hart] = false;
    let left = TICK_NS;
    const { deadline } = task.scheduling;
    if (deadline || this.queueOf(hart).count > 0)
      left = Math.min(left, Math.max(this.sliceOf(task) - task.scheduling.sliceUsedNs, 100_000));
    this.tickAtNs[hart] = nowNs + left;
    return nowNs + left;
  }

  /** Running, runnable and uninterruptible tasks: what the load average counts. */
  get active(): number {
    return this.runnable;
  }
}
