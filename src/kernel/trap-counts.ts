/** How often each hart was interrupted or trapped, by cause: /proc/interrupts, /proc/trapstat, /proc/stat. */

/** Causes of scause are numbers below this: privileged spec 20240411, table 14. */
const CAUSES = 64;

export class TrapCounts {
  readonly harts: number;
  /** At cause * harts + hart. */
  private readonly exceptions: Float64Array;
  private readonly interrupts: Float64Array;
  /** By hart: interprocessor interrupts that asked it to choose again, or to look at its task. */
  readonly reschedules: Float64Array;
  /** By hart: software interrupts by which the host's threads asked for attention. */
  readonly hostRequests: Float64Array;

  constructor(harts: number) {
    this.harts = harts;
    this.exceptions = new Float64Array(CAUSES * harts);
    this.interrupts = new Float64Array(CAUSES * harts);
    this.reschedules = new Float64Array(harts);
    this.hostRequests = new Float64Array(harts);
  }

  countException(cause: number, hart: number): void {
    const index = cause * this.harts + hart;
    this.exceptions[index] = (this.exceptions[index] as number) + 1;
  }

  countInterrupt(cause: number, hart: number): void {
    const index = cause * this.harts + hart;
    this.interrupts[index] = (this.interrupts[index] as number) + 1;
  }

  /** By hart. */
  exceptionsOf(cause: number): Float64Array {
    return this.exceptions.subarray(cause * this.harts, (cause + 1) * this.harts);
  }

  /** By hart. */
  interruptsOf(cause: number): Float64Array {
    return this.interrupts.subarray(cause * this.harts, (cause + 1) * this.harts);
  }

  /** Causes that have been met. */
  causes(isInterrupt: boolean): number[] {
    const counts = isInterrupt ? this.interrupts : this.exceptions;
    const causes = Array.from({ length: CAUSES }, (_, cause) => cause);
    return causes.filter((cause) => {
      return counts.subarray(cause * this.harts, (cause + 1) * this.harts).some((n) => n > 0);
    });
  }

  /** All interrupts of all harts. */
  get totalInterrupts(): number {
    return this.interrupts.reduce((sum, count) => sum + count, 0);
  }
}
