/** The mappings of one address space in address order, never overlapping: a sorted array with binary search. */
import type { Vma } from './vma.ts';

export class VmaSet {
  private readonly list: Vma[] = [];

  [Symbol.iterator](): IterableIterator<Vma> {
    return this.list.values();
  }

  get count(): number {
    return this.list.length;
  }

  /** Position of the first mapping that ends above `address`; count when there is none. */
  indexAt(address: number): number {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.list[middle] as Vma).end > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  at(index: number): Vma | undefined {
    return this.list[index];
  }

  /** The mapping that contains `address`. */
  find(address: number): Vma | undefined {
    const vma = this.list[this.indexAt(address)];
    return vma && vma.start <= address ? vma : undefined;
  }

  /** The first mapping that ends above `address`. */
  findFrom(address: number): Vma | undefined {
    return this.list[this.indexAt(address)];
  }

  /** The mappings that overlap [start, end). */
  overlapping(start: number, end: number): Vma[] {
    const from = this.indexAt(start);
    let to = from;
    while (to < this.list.length && (this.list[to] as Vma).start < end) to++;
    return this.list.slice(from, to);
  }

  /** The range must be free. */
  insert(vma: Vma): void {
    this.list.splice(this.indexAt(vma.start), 0, vma);
  }

  remove(vma: Vma): void {
    const index = this.indexAt(vma.start);
    if (this.list[index] === vma) this.list.splice(index, 1);
  }

  /** Highest free range of `length` bytes in [low, high); undefined when there is none. */
  findGapBelow(
    high: number,
    low: number,
    length: number,
    guardOf: (vma: Vma) => number,
  ): number | undefined {
    let top = high;
    for (let index = this.indexAt(high - 1); ; index--) {
      const above = this.list[index];
      if (above) top = Math.min(top, above.start - guardOf(above));
      const below = this.list[index - 1];
      const bottom = Math.max(low, below?.end ?? low);
      if (top - bottom >= length) return top - length;
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
      const above = this.list[index];
      const top = Math.min(high, above ? above.start - guardOf(above) : high);
      if (top - bottom >= length) return bottom;
      if (!above) return undefined;
      bottom = Math.max(bottom, above.end);
    }
  }
}
