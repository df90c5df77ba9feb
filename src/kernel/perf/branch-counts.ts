/** Branches of threads and harts, counted while events want them: the machine executes those harts' code by another, slower interpreter. */
import type { Arch } from '../arch/arch.ts';

export type BranchSource = 'branches' | 'branchMisses';
type Counts = Record<BranchSource, number>;

/** Who wants those of each hart: events of the hart, and the thread whose registers it holds. */
export class BranchUsers {
  private readonly users: number[] = [];

  add(arch: Arch, hart: number, by: 1 | -1): void {
    const before = this.users[hart] ?? 0;
    const after = before + by;
    this.users[hart] = after;
    if (before === 0 || after === 0) arch.platform.branches.count(hart, after > 0);
  }
}

/** Of one thread. It is on a hart where its registers are. */
export class TaskBranches {
  private readonly arch: Arch;
  private readonly harts: BranchUsers;
  private readonly past: Counts = { branches: 0, branchMisses: 0 };
  /** The totals of its hart when it came there, or when the first event was enabled. */
  private start: Counts = { branches: 0, branchMisses: 0 };
  private hart: number | undefined;
  /** Events that are enabled. */
  private users = 0;
  private isCounting = false;

  constructor(arch: Arch, harts: BranchUsers, hart: number | undefined) {
    this.arch = arch;
    this.harts = harts;
    this.hart = hart;
  }

  /** An event of the thread is enabled, or no longer. */
  add(by: 1 | -1): void {
    this.users += by;
    this.follow();
  }

  /** The thread's registers are on a hart now, or on none. */
  moved(hart: number | undefined): void {
    this.stop();
    this.hart = hart;
    this.follow();
  }

  count(source: BranchSource): number {
    const now = this.isCounting ? this.totals()[source] - this.start[source] : 0;
    return this.past[source] + now;
  }

  private totals(): Counts {
    const { arch, hart = 0 } = this;
    const { branches } = arch.platform;
    return { branches: branches.passed(hart), branchMisses: branches.missed(hart) };
  }

  private follow(): void {
    if (this.users === 0) this.stop();
    else if (!this.isCounting && this.hart !== undefined) {
      this.isCounting = true;
      this.harts.add(this.arch, this.hart, 1);
      this.start = this.totals();
    }
  }

  private stop(): void {
    if (!this.isCounting) return;
    for (const source of ['branches', 'branchMisses'] as const)
      this.past[source] = this.count(source);
    this.isCounting = false;
    this.harts.add(this.arch, this.hart ?? 0, -1);
  }
}
