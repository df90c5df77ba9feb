/** How many colours the host's terminal has, and what a colour is there. */
import { COLOUR, KIND, KIND_16, KIND_256, KIND_DEFAULT, KIND_RGB } from './cells.ts';

/** Bits of a colour: 0 none, 3 and 4 the palette's first, 8 all of it, 24 any. */
export type ColourDepth = 0 | 3 | 4 | 8 | 24;

/** By NO_COLOR (no-color.org), COLORTERM and TERM, as programs in general decide. */
export function colourDepth(env: Readonly<Record<string, string | undefined>>): ColourDepth {
  if (env['NO_COLOR']) return 0;
  const term = env['TERM'] ?? '';
  if (term === '' || term === 'dumb' || /^vt\d/.test(term)) return 0;
  if (/^(truecolor|24bit)$/i.test(env['COLORTERM'] ?? '')) return 24;
  if (/-(direct|truecolor)$/.test(term)) return 24;
  if (/256(color)?$/.test(term)) return 8;
  return term === 'linux' || term === 'ansi' ? 3 : 4;
}

/** Levels of the 6x6x6 cube: xterm's 256colres. */
const LEVELS = [0, 95, 135, 175, 215, 255] as const;
/** xterm's first 16 colours. */
const FIRST_16 = [
  0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f,
  0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
] as const;

function distance(a: number, b: number): number {
  const red = (a >> 16) - (b >> 16);
  const green = ((a >> 8) & 255) - ((b >> 8) & 255);
  const blue = (a & 255) - (b & 255);
  return red * red + green * green + blue * blue;
}

/** RGB of a number of the palette. */
export function paletteColour(index: number): number {
  if (index < 16) return FIRST_16[index] ?? 0;
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232);
    return (grey << 16) | (grey << 8) | grey;
  }
  const cube = index - 16;
  const level = (step: number) => LEVELS[step] ?? 0;
  const red = level(Math.floor(cube / 36));
  const green = level(Math.floor(cube / 6) % 6);
  return (red << 16) | (green << 8) | level(cube % 6);
}

function nearestLevel(value: number): number {
  if (value < 48) return 0;
  return value < 115 ? 1 : Math.min(5, Math.floor((value - 35) / 40));
}

/** Nearest of the cube and the greys; the first 16 are what the user makes of them. */
function nearest256(rgb: number): number {
  const [red, green, blue] = [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
  const cube = 16 + 36 * nearestLevel(red) + 6 * nearestLevel(green) + nearestLevel(blue);
  const mean = (red + green + blue) / 3;
  const grey = 232 + Math.max(0, Math.min(23, Math.round((mean - 8) / 10)));
  return distance(rgb, paletteColour(grey)) < distance(rgb, paletteColour(cube)) ? grey : cube;
}

function nearestOf(rgb: number, count: number): number {
  let best = 0;
  for (let index = 1; index < count; index++) {
    if (distance(rgb, paletteColour(index)) < distance(rgb, paletteColour(best))) best = index;
  }
  return best;
}

const cache = new Map<number, number>();
const CACHE_LIMIT = 4096;

/** The colour bits (COLOUR and KIND) of a word, as a terminal of that depth can show them. */
export function reduceColour(word: number, depth: ColourDepth): number {
  const kind = word & KIND;
  if (kind === KIND_DEFAULT || depth === 0) return KIND_DEFAULT;
  if (depth === 24 || (depth === 8 && kind !== KIND_RGB)) return word & (COLOUR | KIND);
  if (depth === 4 && kind === KIND_16) return word & (COLOUR | KIND);
  const key = ((word & (COLOUR | KIND)) << 3) + (depth === 8 ? 1 : depth === 4 ? 2 : 3);
  let reduced = cache.get(key);
  if (reduced === undefined) {
    const colour = word & COLOUR;
    const rgb = kind === KIND_RGB ? colour : paletteColour(colour & 255);
    if (depth === 8) reduced = KIND_256 | nearest256(rgb);
    else if (kind !== KIND_RGB && colour < 16) reduced = KIND_16 | (colour % (1 << depth));
    else reduced = KIND_16 | nearestOf(rgb, 1 << depth);
    if (cache.size >= CACHE_LIMIT) cache.clear();
    cache.set(key, reduced);
  }
  return reduced;
}
