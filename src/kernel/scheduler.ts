/**
 * Who runs next: sched(7). Real-time tasks (FIFO, RR) by priority, the others by weighted virtual run time. One run queue
 * for all harts. Linux: kernel/sched/{rt,fair}.c.
 */
import { SCHED_FIFO, SCHED_IDLE, SCHED_RR } from '../abi/sched.ts';
import { log } from '../lib/log.ts';
import type { Arch } from './arch/arch.ts';
import type { Ns } from './clock.ts';
import { CpuAccounting } from './cpu-accounting.ts';
import type { Kernel } from './kernel.ts';
import { FairQueue, RealtimeQueue } from './run-queue.ts';
import type { Task } from './task.ts';

const channel = log.channel('sched');

/** CPU time between two preemptions among equals. */
const FAIR_SLICE_NS = 3_000_000;
const ROUND_ROBIN_SLICE_NS = 100_000_000;
/** The timer interrupts a running hart at least this often: CPU limits, profiling timers, requests of the host. */
const TICK_NS = 10_000_000;
/** A woken task starts this far behind the queue at most, so that sleeping does not save up CPU time. */
const SLEEPER_CREDIT_NS = 3_000_000;
/** And preempts if it is behind the running one by this much. */
const WAKEUP_GRANULARITY_NS = 1_000_000;

const NICE_0_WEIGHT = 1024;
const IDLE_WEIGHT = 3;

/** Each nice level is a factor of 1.25: the relative weights of sched(7). */
function weightOf(task: Task): number {
  const { policy, nice } = task.scheduling;
  return policy === SCHED_IDLE ? IDLE_WEIGHT : NICE_0_WEIGHT * 1.25 ** -nice;
}

export class Scheduler {
  private readonly arch: Arch;
  private readonly realtime = new RealtimeQueue();
  private readonly fair = new FairQueue();
  /** Task of each hart; its registers are loaded there. */
  readonly running: (Task | undefined)[];
  /** Task whose registers a hart holds, running or not: a switch back to it copies nothing. */
  private readonly loaded: (Task | undefined)[];
  readonly accounting: CpuAccounting;
  /** The hart should choose again before it returns to user mode. */
  readonly needsSwitch: boolean[];
  private readonly needsTick: boolean[];
  private readonly tickAtNs: Ns[];
  /** Virtual run time that new and woken tasks start from. */
  private minVruntimeNs: Ns = 0;
  /** context switches since boot: ctxt of /proc/stat. */
  switches = 0;

  constructor(kernel: Kernel) {
    this.arch = kernel.arch;
    const harts = kernel.arch.harts;
    this.running = new Array<Task | undefined>(harts).fill(undefined);
    this.loaded = new Array<Task | undefined>(harts).fill(undefined);
    this.accounting = new CpuAccounting(kernel.arch);
    this.needsSwitch = new Array<boolean>(harts).fill(true);
    this.needsTick = new Array<boolean>(harts).fill(true);
    this.tickAtNs = new Array<Ns>(harts).fill(0);
  }

  /** Tasks in state R, running ones included. */
  get runnable(): number {
    return this.realtime.count + this.fair.count + this.running.filter((task) => task).length;
  }

  /** A new task starts level with the others. */
  start(task: Task): void {
    task.scheduling.vruntimeNs = Math.max(task.scheduling.vruntimeNs, this.minVruntimeNs);
    this.enqueue(task);
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
    const { scheduling } = task;
    scheduling.vruntimeNs = Math.max(scheduling.vruntimeNs, this.minVruntimeNs - SLEEPER_CREDIT_NS);
    if (task.hart !== undefined && this.running[task.hart] === task) return;
    this.enqueue(task);
    if (channel.isOn) channel.write(`wake ${task.tid} (${task.name})`);
  }

  private enqueue(task: Task): void {
    const { scheduling } = task;
    if (scheduling.isQueued) return;
    scheduling.isQueued = true;
    if (scheduling.realtimePriority > 0) this.realtime.add(task, scheduling.realtimePriority);
    else this.fair.add(task);
    this.needsTick.fill(true);
    for (let hart = 0; hart < this.running.length; hart++) {
      if (this.preempts(task, this.running[hart])) {
        this.needsSwitch[hart] = true;
        return;
      }
    }
  }

  private preempts(woken: Task, running: Task | undefined): boolean {
    if (!running) return true;
    const priority = woken.scheduling.realtimePriority;
    const other = running.scheduling.realtimePriority;
    if (priority > 0 || other > 0) return priority > other;
    if (running.scheduling.policy === SCHED_IDLE) return true;
    return woken.scheduling.vruntimeNs + WAKEUP_GRANULARITY_NS < running.scheduling.vruntimeNs;
  }

  /** Take a task out of the run queue: it stops, exits, or its class changes. */
  dequeue(task: Task): void {
    if (!task.scheduling.isQueued) return;
    task.scheduling.isQueued = false;
    this.realtime.remove(task);
    this.fair.remove(task);
  }

  /** Change what the queues are ordered by. */
  reschedule(task: Task, change: () => void): void {
    const wasQueued = task.scheduling.isQueued;
    this.dequeue(task);
    change();
    if (wasQueued) this.enqueue(task);
    else if (task.hart !== undefined && this.running[task.hart] === task)
      this.needsSwitch[task.hart] = true;
  }

  /** Choose the task for a hart and load it; undefined when there is nothing to run. */
  choose(hart: number): Task | undefined {
    this.needsSwitch[hart] = false;
    const previous = this.running[hart];
    if (previous && previous.state === 'R' && previous.hart === hart) {
      if (this.keeps(previous)) return previous;
      previous.involuntarySwitches++;
      this.running[hart] = undefined;
      this.requeue(previous);
    } else if (previous) {
      previous.voluntarySwitches++;
      this.running[hart] = undefined;
    }
    const next = this.realtime.take(hart) ?? this.fair.take(hart);
    this.running[hart] = next;
    if (!next) return undefined;
    next.scheduling.isQueued = false;
    next.scheduling.sliceUsedNs = 0;
    this.load(next, hart);
    this.needsTick[hart] = true;
    if (next !== previous) this.switches++;
    return next;
  }

  private requeue(task: Task): void {
    task.scheduling.isQueued = true;
    const priority = task.scheduling.realtimePriority;
    // A preempted FIFO task stays first of its priority; a RR task that used its slice goes last.
    if (priority > 0)
      this.realtime.add(task, priority, task.scheduling.sliceUsedNs < ROUND_ROBIN_SLICE_NS);
    else this.fair.add(task);
  }

  /** Whether the running task may go on. */
  private keeps(task: Task): boolean {
    const { scheduling } = task;
    const priority = scheduling.realtimePriority;
    const waiting = this.realtime.highestPriority;
    if (priority > 0) {
      if (waiting > priority) return false;
      const isSpent =
        scheduling.policy === SCHED_RR && scheduling.sliceUsedNs >= ROUND_ROBIN_SLICE_NS;
      return !((isSpent || scheduling.hasYielded) && waiting === priority);
    }
    if (waiting > 0) return false;
    const first = this.fair.first;
    if (!first) return true;
    return !scheduling.hasYielded && scheduling.vruntimeNs < first.scheduling.vruntimeNs;
  }

  /** sched_yield: behind the others of its class. */
  yield(task: Task): void {
    const { scheduling } = task;
    scheduling.hasYielded = true;
    if (scheduling.realtimePriority === 0) {
      const last = this.fair.last;
      if (last) scheduling.vruntimeNs = Math.max(scheduling.vruntimeNs, last.scheduling.vruntimeNs);
    } else scheduling.sliceUsedNs = ROUND_ROBIN_SLICE_NS;
    if (task.hart !== undefined) this.needsSwitch[task.hart] = true;
  }

  private load(task: Task, hart: number): void {
    task.scheduling.hasYielded = false;
    task.scheduling.lastHart = hart;
    const other = this.loaded[hart];
    if (other === task) return;
    if (other) this.unload(other, hart);
    const registers = this.arch.registers(hart);
    if (task.hart !== undefined) this.unload(task, task.hart);
    registers.set(task.context);
    task.registers = registers;
    task.hart = hart;
    this.loaded[hart] = task;
    task.process.addressSpace?.activate(hart);
    if (channel.isOn) channel.write(`hart ${hart}: ${task.tid} (${task.name})`);
  }

  private unload(task: Task, hart: number): void {
    task.context.set(this.arch.registers(hart));
    task.registers = task.context;
    task.hart = undefined;
    this.loaded[hart] = undefined;
  }

  /** A task that exits leaves its hart without saving anything. */
  abandon(task: Task): void {
    this.dequeue(task);
    const { hart } = task;
    if (hart === undefined) return;
    if (this.running[hart] === task) {
      this.running[hart] = undefined;
      this.needsSwitch[hart] = true;
    }
    task.registers = task.context;
    task.hart = undefined;
    this.loaded[hart] = undefined;
  }

  /** Charge the hart's task for the time up to now; called at trap entry and before a switch. */
  settle(hart: number, task: Task, nowNs: Ns): void {
    this.charge(task, this.accounting.settle(hart, task, nowNs));
  }

  /** What the running task has used since it was last charged: a system call's own time so far. */
  unchargedNs(task: Task): Ns {
    const { hart } = task;
    if (hart === undefined || this.running[hart] !== task) return 0;
    return this.accounting.unsettledNs(hart);
  }

  private charge(task: Task, usedNs: Ns): void {
    const { scheduling } = task;
    scheduling.sliceUsedNs += usedNs;
    scheduling.vruntimeNs +=
      scheduling.nice === 0 && scheduling.policy !== SCHED_IDLE
        ? usedNs
        : (usedNs * NICE_0_WEIGHT) / weightOf(task);
  }

  /** Timer interrupt on a hart: the slice may be over. */
  tick(hart: number): void {
    this.needsTick[hart] = true;
    const task = this.running[hart];
    if (!task) return;
    const first = this.fair.first ?? task;
    this.minVruntimeNs = Math.max(
      this.minVruntimeNs,
      Math.min(task.scheduling.vruntimeNs, first.scheduling.vruntimeNs),
    );
    const slice =
      task.scheduling.policy === SCHED_FIFO ? Number.POSITIVE_INFINITY : this.sliceOf(task);
    if (task.scheduling.sliceUsedNs >= slice) this.needsSwitch[hart] = true;
  }

  private sliceOf(task: Task): Ns {
    return task.scheduling.policy === SCHED_RR ? ROUND_ROBIN_SLICE_NS : FAIR_SLICE_NS;
  }

  /** When the hart must trap next for the scheduler's sake. Kept until something changes: a timer that moved at each trap would cost. */
  tickAt(hart: number, task: Task, nowNs: Ns): Ns {
    if (!this.needsTick[hart]) return this.tickAtNs[hart] as Ns;
    this.needsTick[hart] = false;
    const hasRival = this.fair.count > 0 || this.realtime.count > 0;
    let left = TICK_NS;
    if (hasRival && task.scheduling.policy !== SCHED_FIFO)
      left = Math.min(left, Math.max(this.sliceOf(task) - task.scheduling.sliceUsedNs, 100_000));
    this.tickAtNs[hart] = nowNs + left;
    return nowNs + left;
  }

  /** Running, runnable and uninterruptible tasks: what the load average counts. */
  get active(): number {
    return this.runnable;
  }
}
