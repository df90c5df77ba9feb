/** Columns of a character: as Ink measures it and as wcwidth(3) of the guest's libc says, so that all three agree (UAX #11). */
import type xterm from '@xterm/headless';
import stringWidth from 'string-width';

/** Below it every printable character has one column. */
const FIRST_COMBINING = 0x300;

const widths = new Map<number, 0 | 1 | 2>();

function wcwidth(codePoint: number): 0 | 1 | 2 {
  if (codePoint < FIRST_COMBINING) return codePoint < 0x20 ? 0 : 1;
  let width = widths.get(codePoint);
  if (width === undefined) {
    width = Math.min(2, stringWidth(String.fromCodePoint(codePoint))) as 0 | 1 | 2;
    widths.set(codePoint, width);
  }
  return width;
}

/** Columns of a grapheme cluster. */
export function cellWidth(cluster: string): 0 | 1 | 2 {
  return Math.min(2, stringWidth(cluster)) as 0 | 1 | 2;
}

/** xterm's own table is that of Unicode 6, which has no wide emoji. */
export const characterWidths: xterm.IUnicodeVersionProvider = {
  version: 'hartix',
  wcwidth,
  /** Bit 0: joins the cell before; bits 1 and 2: columns of the cell. */
  charProperties(codePoint: number, preceding: number): number {
    const width = wcwidth(codePoint);
    const before = (preceding >> 1) & 3;
    const joins = width === 0 && before > 0;
    return ((joins ? before : width) << 1) | (joins ? 1 : 0);
  },
};
