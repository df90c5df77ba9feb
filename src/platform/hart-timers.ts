/** When the timer of each hart is due: ticks, Infinity where none is set. */
export class HartTimers {
  private readonly deadlines: Float64Array;

  constructor(harts: number) {
    this.deadlines = new Float64Array(harts).fill(Infinity);
  }

  set(hart: number, ticks: number): void {
    this.deadlines[hart] = ticks;
  }

  /** Of all harts. */
  nearest(): number {
    let nearest = Infinity;
    for (const deadline of this.deadlines) nearest = Math.min(nearest, deadline);
    return nearest;
  }

  /** Tell `ring` the harts whose timers are due by `now`; those are not set any more. */
  ring(now: number, ring: (hart: number) => void): void {
    for (let hart = 0; hart < this.deadlines.length; hart++) {
      if (now < (this.deadlines[hart] as number)) continue;
      this.deadlines[hart] = Infinity;
      ring(hart);
    }
  }

  save(): number[] {
    return [...this.deadlines];
  }

  restore(deadlines: readonly number[]): void {
    this.deadlines.set(deadlines);
  }
}
