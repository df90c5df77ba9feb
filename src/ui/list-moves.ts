/** Keys that move in a list, and by how many lines: a view's own keys come first. */
const PAGE_LINES = 10;
export const MOVES: Readonly<Record<string, number>> = {
  '\x1b[A': -1,
  '\x1bOA': -1,
  k: -1,
  '\x1b[B': 1,
  '\x1bOB': 1,
  j: 1,
  '\x1b[5~': -PAGE_LINES,
  '\x1b[6~': PAGE_LINES,
  '\x1b[H': Number.NEGATIVE_INFINITY,
  '\x1bOH': Number.NEGATIVE_INFINITY,
  '\x1b[1~': Number.NEGATIVE_INFINITY,
  '\x1b[F': Number.POSITIVE_INFINITY,
  '\x1bOF': Number.POSITIVE_INFINITY,
  '\x1b[4~': Number.POSITIVE_INFINITY,
};
