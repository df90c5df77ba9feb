/** Mouse reports (xterm's ctlseqs, "Mouse Tracking"): from the host's terminal in SGR form, to the guest in the form it asked for. */
import type { Rect } from './screen/cells.ts';

export type MouseTracking = 'none' | 'x10' | 'vt200' | 'drag' | 'any';
export type MouseEncoding = 'default' | 'sgr' | 'urxvt';

/** `CSI < button ; column ; row M`, m for a release. */
const SGR_REPORT = /^\x1b\[<(\d+);(\d+);(\d+)([Mm])$/;
const MOTION = 32;
const RELEASE = 3;
/** Shift, meta, control. */
const MODIFIERS = 4 | 8 | 16;
const WHEEL = 64;
/** Largest value of the one-byte form. */
const MAX_BYTE = 255;

/**
 * The host's report for the guest; undefined where it is outside of the guest's part of the screen, '' where it cannot be said
 * in the guest's form.
 */
export function guestReport(
  report: string,
  rect: Rect,
  tracking: MouseTracking,
  encoding: MouseEncoding,
): string | undefined {
  const [, buttonText, columnText, rowText, final] = SGR_REPORT.exec(report) ?? [];
  const button = Number(buttonText);
  const column = Number(columnText) - rect.x;
  const row = Number(rowText) - rect.y;
  if (final === undefined || column < 1 || row < 1 || column > rect.columns || row > rect.rows)
    return undefined;
  const isRelease = final === 'm';
  if (tracking === 'none') return '';
  if (tracking === 'x10' && (isRelease || button & (MOTION | WHEEL))) return '';
  const isMoveAlone = (button & (MOTION | 3)) === (MOTION | RELEASE);
  if (button & MOTION && (tracking === 'vt200' || (tracking === 'drag' && isMoveAlone))) return '';
  if (encoding === 'sgr') return `\x1b[<${button};${column};${row}${final}`;
  const told = tracking === 'x10' ? button & ~MODIFIERS : button;
  // Only the SGR form says which button was released.
  const code = (isRelease ? (told & MODIFIERS) | RELEASE : told) + 32;
  if (encoding === 'urxvt') return `\x1b[${code};${column};${row}M`;
  if (code > MAX_BYTE || column + 32 > MAX_BYTE || row + 32 > MAX_BYTE) return '';
  return `\x1b[M${String.fromCharCode(code, column + 32, row + 32)}`;
}

/** What asks the host's terminal for the reports that the guest wants, when it wanted `before` so far. */
export function trackingChange(before: MouseTracking, wanted: MouseTracking): string {
  if (before === wanted) return '';
  const mode = { none: 0, x10: 1000, vt200: 1000, drag: 1002, any: 1003 } as const;
  const off = before === 'none' ? '' : `\x1b[?${mode[before]}l`;
  if (wanted === 'none') return `${off}\x1b[?1006l`;
  return `${off}\x1b[?1006h\x1b[?${mode[wanted]}h`;
}
