/** What one thread, or one hart, adds to a performance event. */
import type { Ns } from '../clock.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import { TaskBranches } from './branch-counts.ts';
import { countOfHart, countOfTask, isOfBranches, type Source } from './counts.ts';

export class PerfPart {
  /** Enabled: it counts if its group's leader is, too. */
  isOn: boolean;
  /** It becomes enabled when the thread calls exec. */
  waitsForExec: boolean;
  count = 0;
  /** While it was enabled: of a thread its CPU time, of a hart all time. */
  enabledNs: Ns = 0;
  private readonly kernel: Kernel;
  private readonly source: Source;
  private readonly task: Task | undefined;
  private readonly hart: number;
  private isCounting = false;
  private startCount = 0;
  private startNs: Ns = 0;

  /** Of a hart where there is no task. */
  constructor(
    kernel: Kernel,
    source: Source,
    task: Task | undefined,
    hart: number,
    isOn: boolean,
    waitsForExec: boolean,
  ) {
    this.kernel = kernel;
    this.source = source;
    this.task = task;
    this.hart = hart;
    this.isOn = isOn;
    this.waitsForExec = waitsForExec;
  }

  /** Adds what has happened since; from here on it counts or does not. */
  settle(counts: boolean): void {
    if (!this.isCounting && !counts) return;
    if (counts && !this.isCounting) this.want(1);
    const count = this.countNow();
    const ns = this.nsNow();
    if (this.isCounting) {
      this.count += count - this.startCount;
      this.enabledNs += ns - this.startNs;
    }
    if (!counts) this.want(-1);
    this.isCounting = counts;
    this.startCount = count;
    this.startNs = ns;
  }

  /** Adds what has happened since. */
  update(): void {
    this.settle(this.isCounting);
  }

  /** Branches are counted only for those who want them. */
  private want(by: 1 | -1): void {
    const { kernel, task, hart, source } = this;
    if (!isOfBranches(source)) return;
    const { arch, perf } = kernel;
    if (!task) perf.branchUsers.add(arch, hart, by);
    else (task.branchCounts ??= new TaskBranches(arch, perf.branchUsers, task.hart)).add(by);
  }

  private countNow(): number {
    const { kernel, task, hart, source } = this;
    return task ? countOfTask(task, source) : countOfHart(kernel, hart, source);
  }

  private nsNow(): Ns {
    return this.task ? countOfTask(this.task, 'clock') : this.kernel.clock.monotonicNs();
  }
}
