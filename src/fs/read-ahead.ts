/** How many pages an open file fetches when one is missing: more with each miss that goes on where the last read ended. Linux: mm/readahead.c. */

/** read_ahead_kb: 128 KiB. */
const MAX_PAGES = 32;

export class ReadAhead {
  /** posix_fadvise(2): SEQUENTIAL doubles the largest window, RANDOM has none. */
  pattern: 'normal' | 'sequential' | 'random' = 'normal';
  /** Page behind the last read. */
  private next = 0;
  private window = 0;

  /** Pages [first, end) are read: `next` is where a sequential reader goes on. */
  noteRead(end: number): void {
    this.next = end;
  }

  /** Pages to fetch from the missing page `index` on, of a read that wants pages up to `end`; `limit` is the disk's. */
  pagesAt(index: number, end: number, limit = MAX_PAGES): number {
    const wanted = end - index;
    const most = this.pattern === 'sequential' ? 2 * limit : limit;
    if (this.pattern === 'random' || limit === 0) return wanted;
    // Within a long request the last window ended here.
    const isSequential = index === 0 || index === this.next;
    if (!isSequential) {
      this.window = 0;
      return wanted;
    }
    this.window = this.window === 0 ? first(wanted, most) : Math.min(2 * this.window, most);
    return Math.max(this.window, Math.min(wanted, most));
  }
}

/** The request, rounded up and made larger as long as it is small. Linux: get_init_ra_size. */
function first(wanted: number, most: number): number {
  const rounded = 2 ** Math.ceil(Math.log2(wanted));
  if (rounded <= most / 32) return rounded * 4;
  if (rounded <= most / 4) return rounded * 2;
  return most;
}
