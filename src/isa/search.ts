/** Searching in what is ordered. */

/** How many of so many, from the first on, are true; the others are false. */
export function countUpTo(length: number, isTrue: (index: number) => boolean): number {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (isTrue(middle)) from = middle + 1;
    else to = middle;
  }
  return from;
}
