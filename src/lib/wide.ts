/** 64-bit quantities of the ABI as numbers. */

const HIGH = 0x1_0000_0000;
/** High words of what is exact: below 2^53 in magnitude. */
const EXACT_HIGH = 0x20_0000;
const PAGE_MASK = 0xffff_f000;
const WITHIN_PAGE = 0xfff;
const HALF_PAGE = 2048;

/**
 * The number of two words; `high` is signed or unsigned as the result is. Exact below 2^53 in magnitude. Beyond that no
 * quantity is meant that bytes are counted in: the page stays, and the place within it becomes 0 or its middle, so that what was
 * not aligned, or not yet 2^63 or 2^64, is not so afterwards either.
 */
export function wide(high: number, low: number): number {
  if (high < EXACT_HIGH && high >= -EXACT_HIGH) return high * HIGH + low;
  return high * HIGH + ((low & PAGE_MASK) >>> 0) + ((low & WITHIN_PAGE) === 0 ? 0 : HALF_PAGE);
}
