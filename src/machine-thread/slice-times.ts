/** How long slices of guest code take, garbage collection and all: so long the machine does nothing else. For --stats. */
import { type Engine, Exit } from '../machine/engine.ts';

/** Buckets of a factor of 2^(1/4), from 1 microsecond on. */
const PER_OCTAVE = 4;
const BUCKETS = 26 * PER_OCTAVE;

export class SliceTimes {
  private readonly engine: Pick<Engine, 'run'>;
  private readonly counts = new Float64Array(BUCKETS);
  private total = 0;
  private maximumUs = 0;

  constructor(engine: Pick<Engine, 'run'>) {
    this.engine = engine;
  }

  /** In the place of the engine's. A trap ends a slice early: such are not counted. */
  run(block: number): Exit {
    const start = performance.now();
    const exit = this.engine.run(block);
    if (exit === Exit.BUDGET) this.add((performance.now() - start) * 1000);
    return exit;
  }

  add(microseconds: number): void {
    const bucket = Math.floor(Math.log2(Math.max(1, microseconds)) * PER_OCTAVE);
    const index = Math.min(BUCKETS - 1, bucket);
    this.counts[index] = (this.counts[index] as number) + 1;
    this.total++;
    this.maximumUs = Math.max(this.maximumUs, microseconds);
  }

  /** Microseconds; percentiles to a fifth, upwards. */
  measured(): Record<string, number> {
    return {
      sliceUsMedian: this.percentile(0.5),
      sliceUs99: this.percentile(0.99),
      sliceUsMaximum: Math.round(this.maximumUs),
    };
  }

  private percentile(share: number): number {
    let left = share * this.total;
    for (let index = 0; index < BUCKETS; index++) {
      left -= this.counts[index] as number;
      if (left <= 0 && this.total > 0)
        return Math.round(Math.min(this.maximumUs, 2 ** ((index + 1) / PER_OCTAVE)));
    }
    return 0;
  }
}
