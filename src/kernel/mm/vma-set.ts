/**
 * The mappings of one address space in address order, never overlapping: binary search over a gap buffer. The mappings
 * below the place of the last change are in one array, those above in another, in reverse: a change where the last one
 * was moves nothing, however many mappings there are.
 */
import type { Vma } from './vma.ts';

export class VmaSet {
  /** Below the gap, ascending. */
  private readonly low: Vma[] = [];
  /** Above the gap, descending. */
  private readonly high: Vma[] = [];
  /** Where findGapBelow need not look: no free range above `searchTop` (and below `searchHigh`) is longer than `longestGap`. */
  private searchHigh = -1;
  private searchTop = 0;
  private longestGap = 0;

  *[Symbol.iterator](): Generator<Vma> {
    for (let index = 0; index < this.count; index++) yield this.at(index) as Vma;
  }

  get count(): number {
    return this.low.length + this.high.length;
  }

  /** Position of the first mapping that ends above `address`; count when there is none. */
  indexAt(address: number): number {
    const { low, high } = this;
    const below = low.length;
    let from = 0;
    let to = below + high.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const vma = middle < below ? low[middle] : high[high.length - 1 - (middle - below)];
      if ((vma as Vma).end > address) to = middle;
      else from = middle + 1;
    }
    return from;
  }

  at(index: number): Vma | undefined {
    const { low, high } = this;
    return index < low.length ? low[index] : high[high.length - 1 - (index - low.length)];
  }

  /** The mapping that contains `address`. */
  find(address: number): Vma | undefined {
    const vma = this.at(this.indexAt(address));
    return vma && vma.start <= address ? vma : undefined;
  }

  /** The first mapping that ends above `address`. */
  findFrom(address: number): Vma | undefined {
    return this.at(this.indexAt(address));
  }

  /** The mappings that overlap [start, end). */
  overlapping(start: number, end: number): Vma[] {
    const found: Vma[] = [];
    for (let index = this.indexAt(start); ; index++) {
      const vma = this.at(index);
      if (!vma || vma.start >= end) return found;
      found.push(vma);
    }
  }

  /** The range must be free. */
  insert(vma: Vma): void {
    const last = this.at(this.count - 1);
    const isLast = !last || last.end <= vma.start;
    this.moveGap(isLast ? this.count : this.indexAt(vma.start));
    this.low.push(vma);
  }

  remove(vma: Vma): void {
    const index = this.indexAt(vma.start);
    if (this.at(index) !== vma) return;
    this.moveGap(index);
    this.high.pop();
    this.freed(this.at(index));
  }

  clear(): void {
    this.low.length = 0;
    this.high.length = 0;
    this.searchHigh = -1;
  }

  /** Highest free range of `length` bytes in [low, high); undefined when there is none. */
  findGapBelow(
    high: number,
    low: number,
    length: number,
    guardOf: (vma: Vma) => number,
  ): number | undefined {
    const isKnown = high === this.searchHigh && length > this.longestGap;
    let longest = isKnown ? this.longestGap : 0;
    let top = isKnown ? this.searchTop : high;
    for (let index = this.indexAt(top - 1); ; index--) {
      const above = this.at(index);
      if (above) top = Math.min(top, above.start - guardOf(above));
      const below = this.at(index - 1);
      const bottom = Math.max(low, below?.end ?? low);
      if (top - bottom >= length) {
        this.searchHigh = high;
        this.searchTop = top;
        this.longestGap = longest;
        return top - length;
      }
      longest = Math.max(longest, top - bottom);
      if (!below || below.end <= low) return undefined;
    }
  }

  /** Lowest free range of `length` bytes at or above `low`, below `high`. */
  findGapAbove(
    low: number,
    high: number,
    length: number,
    guardOf: (vma: Vma) => number,
  ): number | undefined {
    let bottom = low;
    for (let index = this.indexAt(low); ; index++) {
      const above = this.at(index);
      const top = Math.min(high, above ? above.start - guardOf(above) : high);
      if (top - bottom >= length) return bottom;
      if (!above) return undefined;
      bottom = Math.max(bottom, above.end);
    }
  }

  /** What lies below `above` became free: the next search begins there at the latest. */
  private freed(above: Vma | undefined): void {
    const top = above?.start ?? Number.POSITIVE_INFINITY;
    if (top > this.searchTop) this.searchTop = Math.min(top, this.searchHigh);
  }

  private moveGap(index: number): void {
    const { low, high } = this;
    while (low.length > index) high.push(low.pop() as Vma);
    while (low.length < index) low.push(high.pop() as Vma);
  }
}
