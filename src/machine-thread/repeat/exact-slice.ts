/** One slice of a run that repeats, cut in pieces: however often a debugger stops in it, it ends at the same instruction. */
import { isPoint } from '../../machine/debug/debugger.ts';
import { Exit } from '../../machine/engine.ts';
import type { Hart } from '../../machine/hart.ts';
import { HART } from '../../machine/hart-layout.ts';
import type { Machine } from '../../machine/machine.ts';

/** Upper bound of what the engine stretches a slice by (jit/engine.ts), with room. */
export const MOST_STRETCH = 128;

export class ExactSlice {
  private readonly machine: Machine;
  private readonly hart: Hart;
  private budget = 0;
  private start = 0;
  /** The budget is what the slice was stretched by. */
  private isStretched = false;

  constructor(machine: Machine, hart: Hart) {
    this.machine = machine;
    this.hart = hart;
  }

  /** The platform runs the hart: HART.BUDGET is what it may retire. */
  begin(): void {
    this.isStretched = false;
    this.count();
  }

  /** Instructions until the slice ends, or is stretched; 0 at its end. HART.BUDGET is as if it had never been stopped. */
  left(): number {
    const { hart, machine } = this;
    let left = this.budget - this.retired();
    if (left <= 0 && !this.isStretched) {
      machine.engine.stretch(hart.state.block);
      this.isStretched = true;
      left = this.count();
    }
    hart.state.setWord(HART.BUDGET, left);
    return left;
  }

  /** Until the slice ends, a trap or a point. */
  run(): Exit {
    if (this.isStretched) return this.step(this.left());
    const exit = this.machine.engine.run(this.hart.state.block);
    if (exit === Exit.TRAP && isPoint(this.hart) && this.retired() >= this.budget) {
      this.isStretched = true;
      this.count();
    }
    return exit;
  }

  /** As run, for at most so many instructions, which left() has. */
  step(count = 1): Exit {
    const exit = this.machine.engine.step(this.hart.state.block, count);
    this.keep();
    return exit;
  }

  /** As step, whatever points there are. */
  pass(): Exit {
    const { points } = this.machine.calls;
    points.passesCode = true;
    points.passesData = true;
    const exit = this.step();
    points.passesCode = false;
    points.passesData = false;
    return exit;
  }

  /** Attention ends a slice before its budget does. */
  isCalled(): boolean {
    return this.hart.state.word(HART.ATTENTION) !== 0;
  }

  /** HART.BUDGET is what is left, after a step. */
  keep(): void {
    this.hart.state.setWord(HART.BUDGET, this.budget - this.retired());
  }

  private retired(): number {
    return (this.hart.state.word(HART.INSTRET) - this.start) >>> 0;
  }

  private count(): number {
    const { state } = this.hart;
    this.budget = state.word(HART.BUDGET) | 0;
    this.start = state.word(HART.INSTRET);
    return this.budget;
  }
}
