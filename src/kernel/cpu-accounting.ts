/** CPU time of tasks and harts, user and system apart: getrusage(2), /proc/stat. */
import type { Arch } from './arch/arch.ts';
import type { Ns } from './clock.ts';
import type { Task } from './task.ts';

/** Instructions in a row after which their number and the time tell how fast user code runs. */
const CALIBRATION_INSTRUCTIONS = 100_000;

/** What a hart did since boot, for /proc/stat. */
export interface HartTimes {
  userNs: Ns;
  niceNs: Ns;
  systemNs: Ns;
  idleNs: Ns;
  /** Of the rest, while a task that ran there slept for a disk. */
  iowaitNs: Ns;
}

/**
 * Reading the clock costs as much as a short system call does, so it is read once per trap. The time between two traps
 * is split by what is known exactly: the instructions that user code retired, times what one has taken of late; the rest
 * was the kernel's. In deterministic mode an instruction is a nanosecond and the split is exact.
 */
export class CpuAccounting {
  /** By hart; time after the last settling is not in it. */
  readonly times: readonly HartTimes[];
  /** By hart: tasks that ran there and sleep for a disk. */
  readonly ioWaiters: number[];
  private readonly arch: Arch;
  private readonly settledAtNs: Ns[];
  private readonly retired: number[];
  private nsPerInstruction = 1;

  constructor(arch: Arch) {
    this.arch = arch;
    this.times = Array.from({ length: arch.harts }, () => {
      return { userNs: 0, niceNs: 0, systemNs: 0, idleNs: 0, iowaitNs: 0 };
    });
    this.ioWaiters = new Array<number>(arch.harts).fill(0);
    this.settledAtNs = new Array<Ns>(arch.harts).fill(0);
    this.retired = new Array<number>(arch.harts).fill(0);
  }

  /** Charge `task` for the hart's time up to now; returns how much that was. */
  settle(hart: number, task: Task, nowNs: Ns): Ns {
    const times = this.times[hart] as HartTimes;
    const elapsed = nowNs - (this.settledAtNs[hart] as Ns);
    const retired = this.arch.platform.instret(hart);
    const instructions = retired - (this.retired[hart] as number);
    this.settledAtNs[hart] = nowNs;
    this.retired[hart] = retired;
    if (instructions > CALIBRATION_INSTRUCTIONS)
      this.nsPerInstruction += (elapsed / instructions - this.nsPerInstruction) / 4;
    const user = Math.min(elapsed, instructions * this.nsPerInstruction);
    const system = elapsed - user;
    task.instructions += instructions;
    task.utimeNs += user;
    task.stimeNs += system;
    if (task.scheduling.nice > 0) times.niceNs += user;
    else times.userNs += user;
    times.systemNs += system;
    return elapsed;
  }

  /** The hart had no task until now. */
  settleIdle(hart: number, nowNs: Ns): void {
    const times = this.times[hart] as HartTimes;
    const elapsed = nowNs - (this.settledAtNs[hart] as Ns);
    if ((this.ioWaiters[hart] as number) > 0) times.iowaitNs += elapsed;
    else times.idleNs += elapsed;
    this.settledAtNs[hart] = nowNs;
  }

  /** Time of the hart that was not charged yet: a running system call's own so far, or an idle hart's sleep. */
  unsettledNs(hart: number): Ns {
    return Math.max(0, this.arch.timeNs() - (this.settledAtNs[hart] as Ns));
  }
}
