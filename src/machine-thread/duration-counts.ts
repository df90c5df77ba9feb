/** A histogram of durations: percentiles without keeping each. */

/** Buckets of a factor of 2^(1/4), from 1 microsecond on. */
const PER_OCTAVE = 4;
const BUCKETS = 26 * PER_OCTAVE;

export class DurationCounts {
  private readonly counts = new Float64Array(BUCKETS);
  private total = 0;
  private maximumUs = 0;

  add(microseconds: number): void {
    const bucket = Math.floor(Math.log2(Math.max(1, microseconds)) * PER_OCTAVE);
    const index = Math.min(BUCKETS - 1, bucket);
    this.counts[index] = (this.counts[index] as number) + 1;
    this.total++;
    this.maximumUs = Math.max(this.maximumUs, microseconds);
  }

  /** Microseconds that `share` of the durations do not exceed, to a fifth, upwards; 0 for none. */
  percentile(share: number): number {
    let left = share * this.total;
    for (let index = 0; index < BUCKETS; index++) {
      left -= this.counts[index] as number;
      if (left <= 0 && this.total > 0)
        return Math.round(Math.min(this.maximumUs, 2 ** ((index + 1) / PER_OCTAVE)));
    }
    return 0;
  }
}
