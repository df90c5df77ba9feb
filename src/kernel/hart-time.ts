/** When the clock is read for a hart, whom the time is charged to, and when the hart must trap next. */
import type { Arch } from './arch/arch.ts';
import type { Ns } from './clock.ts';
import { CpuAccounting } from './cpu-accounting.ts';
import type { HartQueue } from './hart-queue.ts';
import { NICE_0_WEIGHT } from './scheduling.ts';
import { countCalls } from './talk.ts';
import type { Task } from './task.ts';

/** The timer interrupts a running hart at least this often: CPU limits, profiling timers, requests of the host. */
const TICK_NS = 10_000_000;
/** And at most this often. */
const MIN_TICK_NS = 100_000;
/** System calls in a row whose time is charged together. */
const MAX_POSTPONED = 16;

export class HartTime {
  readonly accounting: CpuAccounting;
  /** Time when the kernel was last entered, or a task last left: what waiting is measured by. */
  nowNs: Ns = 0;
  /** By hart: whether tickAtNs, when it must trap, has to be found anew. A timer that moved at each trap would cost. */
  readonly needsTick: boolean[];
  readonly tickAtNs: Ns[];
  private readonly arch: Arch;
  private readonly queues: readonly HartQueue[];
  /** By hart: system calls since the clock was last read. */
  private readonly postponed: Int32Array;

  constructor(arch: Arch, queues: readonly HartQueue[]) {
    this.arch = arch;
    this.queues = queues;
    this.accounting = new CpuAccounting(arch);
    this.postponed = new Int32Array(queues.length);
    this.needsTick = new Array<boolean>(queues.length).fill(true);
    this.tickAtNs = new Array<Ns>(queues.length).fill(0);
  }

  /** A hart has trapped; returns the time. */
  enter(hart: number, task: Task | undefined): Ns {
    const nowNs = this.arch.timeNs();
    if (task) this.settle(hart, task, nowNs);
    else this.settleIdle(hart, nowNs);
    return nowNs;
  }

  /**
   * A hart has trapped for a system call: whether the clock need not be read. It takes a third of a short call, whose time is
   * charged with that of the next ones, before anybody asks for it (catchUp), and at each interrupt.
   */
  postpones(hart: number): boolean {
    const postponed = this.postponed[hart] as number;
    this.postponed[hart] = postponed + 1;
    return postponed < MAX_POSTPONED;
  }

  /** Charge the hart's task for the time up to now; called at trap entry and before a switch. */
  settle(hart: number, task: Task, nowNs: Ns): void {
    this.nowNs = nowNs;
    const calls = this.postponed[hart] as number;
    this.postponed[hart] = 0;
    this.charge(task, this.accounting.settle(hart, task, nowNs));
    const { nearHart } = this.arch.platform;
    if (nearHart !== undefined) countCalls(task, calls, nearHart);
  }

  /** Charge the task for what enter() has left. */
  catchUp(hart: number, task: Task): void {
    if (this.postponed[hart] !== 0) this.settle(hart, task, this.arch.timeNs());
  }

  /** A hart without a task was idle up to now. */
  settleIdle(hart: number, nowNs: Ns): void {
    this.nowNs = nowNs;
    this.accounting.settleIdle(hart, nowNs);
  }

  /** The hart must trap when `leftNs` have passed, or at its tick; returns when that is. */
  tickIn(hart: number, leftNs: Ns, nowNs: Ns): Ns {
    this.needsTick[hart] = false;
    const atNs = nowNs + Math.min(TICK_NS, Math.max(leftNs, MIN_TICK_NS));
    this.tickAtNs[hart] = atNs;
    return atNs;
  }

  private charge({ scheduling }: Task, usedNs: Ns): void {
    const { weight } = scheduling;
    scheduling.sliceUsedNs += usedNs;
    if (scheduling.deadline) scheduling.deadline.budgetNs -= usedNs;
    else if (scheduling.realtimePriority > 0)
      this.queues[scheduling.queueHart]?.bandwidth.charge(usedNs, this.nowNs);
    scheduling.vruntimeNs += weight === NICE_0_WEIGHT ? usedNs : (usedNs * NICE_0_WEIGHT) / weight;
  }
}
