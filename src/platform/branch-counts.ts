/** The part of Platform that counts branches. */
import { branchesOf, branchMissesOf, countBranches } from '../machine/branch-counts.ts';
import type { Hart } from '../machine/hart.ts';
import type { HartState } from '../machine/hart-state.ts';
import type { BranchPlatform } from './platform.ts';

export class BranchCounts implements BranchPlatform {
  private readonly harts: readonly Hart[];

  constructor(harts: readonly Hart[]) {
    this.harts = harts;
  }

  count(hart: number, isOn: boolean): void {
    const { words, block } = this.stateOf(hart);
    countBranches(words, block, isOn);
  }

  passed(hart: number): number {
    return branchesOf(this.stateOf(hart));
  }

  missed(hart: number): number {
    return branchMissesOf(this.stateOf(hart));
  }

  private stateOf(hart: number): HartState {
    return (this.harts[hart] as Hart).state;
  }
}
