/** Select Graphic Rendition (ECMA-48, 8.3.117; colours: ITU-T T.416, 13.1.8): from the attributes of one cell to another's. */
import {
  BLINK,
  BOLD,
  COLOUR,
  DIM,
  INVERSE,
  INVISIBLE,
  ITALIC,
  KIND,
  KIND_16,
  KIND_256,
  KIND_DEFAULT,
  OVERLINE,
  STRUCK,
  UNDERLINE,
} from './cells.ts';
import { type ColourDepth, reduceColour } from './colour-depth.ts';

/** What sets an attribute of the foreground word, and what ends it. */
const FOREGROUND_FLAGS = [
  [UNDERLINE, '4', '24'],
  [BLINK, '5', '25'],
  [INVERSE, '7', '27'],
  [INVISIBLE, '8', '28'],
  [STRUCK, '9', '29'],
] as const;
const BACKGROUND_FLAGS = [
  [ITALIC, '3', '23'],
  [OVERLINE, '53', '55'],
] as const;

/** `base` is 30 for the foreground, 40 for the background. */
function colourParameters(base: number, word: number): string {
  const value = word & COLOUR;
  switch (word & KIND) {
    case KIND_DEFAULT:
      return String(base + 9);
    case KIND_16:
      return String(value < 8 ? base + value : base + 60 + value - 8);
    case KIND_256:
      return `${base + 8};5;${value & 255}`;
    default:
      return `${base + 8};2;${value >> 16};${(value >> 8) & 255};${value & 255}`;
  }
}

function flagParameters(
  flags: readonly (readonly [number, string, string])[],
  from: number,
  to: number,
  into: string[],
): void {
  for (const [flag, on, off] of flags) {
    if ((from & flag) !== (to & flag)) into.push(to & flag ? on : off);
  }
}

/** Bold and faint have one end between them: 22. */
function weightParameters(from: Attributes, to: Attributes, into: string[]): void {
  const [wasBold, isBold] = [(from.foreground & BOLD) !== 0, (to.foreground & BOLD) !== 0];
  const [wasDim, isDim] = [(from.background & DIM) !== 0, (to.background & DIM) !== 0];
  const isLess = (wasBold && !isBold) || (wasDim && !isDim);
  if (isLess) into.push('22');
  if (isBold && (isLess || !wasBold)) into.push('1');
  if (isDim && (isLess || !wasDim)) into.push('2');
}

interface Attributes {
  foreground: number;
  background: number;
}

/** The sequence that turns `from` into `to` on a terminal of that depth; '' if there is nothing to change. */
export function sgrChange(from: Attributes, to: Attributes, depth: ColourDepth): string {
  const parameters: string[] = [];
  weightParameters(from, to, parameters);
  flagParameters(BACKGROUND_FLAGS, from.background, to.background, parameters);
  flagParameters(FOREGROUND_FLAGS, from.foreground, to.foreground, parameters);
  const foreground = reduceColour(to.foreground, depth);
  if (reduceColour(from.foreground, depth) !== foreground)
    parameters.push(colourParameters(30, foreground));
  const background = reduceColour(to.background, depth);
  if (reduceColour(from.background, depth) !== background)
    parameters.push(colourParameters(40, background));
  if (parameters.length === 0) return '';
  const change = `\x1b[${parameters.join(';')}m`;
  const isPlain =
    foreground === 0 &&
    background === 0 &&
    (to.foreground & ~(COLOUR | KIND)) === 0 &&
    (to.background & (ITALIC | DIM | OVERLINE)) === 0;
  return isPlain && change.length > 3 ? '\x1b[m' : change;
}
