/**
 * Functions of words that only move and replicate bits, as operand fields and compressed forms are: found by asking them about single bits,
 * so that generated code takes its decoding from the functions themselves.
 */
import type binaryen from 'binaryen';
import type { ExpressionRef } from './value.ts';

/** ((word << left) >> right) & mask */
interface Move {
  readonly left: number;
  readonly right: number;
  /** The shift to the right copies the sign. */
  readonly signed: boolean;
  readonly mask: number;
}

/** All moves joined. */
export interface BitMoves {
  readonly constant: number;
  readonly moves: readonly Move[];
}

const WORD_BITS = 32;
/** A bit that goes to more places is replicated by one shift. */
const MOST_PLACES = 2;

const bitsOf = (word: number): number[] =>
  Array.from({ length: WORD_BITS }, (_, bit) => bit).filter((bit) => (word & (1 << bit)) !== 0);

export function applyMoves({ constant, moves }: BitMoves, word: number): number {
  return moves.reduce((joined, { left, right, signed, mask }) => {
    const shifted = signed ? (word << left) >> right : (word << left) >>> right;
    return joined | (shifted & mask);
  }, constant);
}

/** The places of the top bit where they are a run that ends at the top: a shift with sign makes them, and others at its distance. */
const isSignRun = (bit: number, places: number): boolean =>
  bit === WORD_BITS - 1 && places < 0 && Math.clz32(~places) + bitsOf(~places).length === WORD_BITS;

/** From what each bit changes: bits by the distance that they move. */
function movesOf(places: ReadonlyMap<number, number>): Move[] {
  const byDistance = new Map<number, { mask: number; signed: boolean }>();
  const add = (distance: number, mask: number, signed: boolean): void => {
    const known = byDistance.get(distance) ?? { mask: 0, signed: false };
    byDistance.set(distance, { mask: known.mask | mask, signed: known.signed || signed });
  };
  const replicated: Move[] = [];
  for (const [bit, mask] of places) {
    const targets = bitsOf(mask);
    if (isSignRun(bit, mask)) add((targets[0] as number) - bit, mask, true);
    else if (targets.length > MOST_PLACES)
      replicated.push({ left: WORD_BITS - 1 - bit, right: WORD_BITS - 1, signed: true, mask });
    else for (const target of targets) add(target - bit, 1 << target, false);
  }
  const moved = [...byDistance].map(
    ([distance, rest]): Move => ({
      left: Math.max(distance, 0),
      right: Math.max(-distance, 0),
      ...rest,
    }),
  );
  return [...moved, ...replicated];
}

/**
 * `compute` over the words that have `match` where `free` has no ones. Undefined where it does more than to move bits, as far as `isSame` finds
 * out, which compares the result with it.
 */
export function bitMovesOf(
  compute: (word: number) => number,
  free: number,
  match: number,
  isSame: (moves: BitMoves) => boolean,
): BitMoves | undefined {
  const full = match | free;
  const places = new Map<number, number>();
  let constant = compute(full) | 0;
  for (const bit of bitsOf(free)) {
    const mask = (compute(full) ^ compute(full & ~(1 << bit))) | 0;
    if ((mask & ~constant) !== 0) return undefined;
    constant &= ~mask;
    if (mask !== 0) places.set(bit, mask);
  }
  const moves = { constant, moves: movesOf(places) };
  return isSame(moves) ? moves : undefined;
}

/** As an expression over `word`. */
export function emitMoves(
  m: binaryen.Module,
  { constant, moves }: BitMoves,
  word: () => ExpressionRef,
): ExpressionRef {
  const parts = moves.map(({ left, right, signed, mask }) => {
    const up = left === 0 ? word() : m.i32.shl(word(), m.i32.const(left));
    const shift = signed ? m.i32.shr_s : m.i32.shr_u;
    const down = right === 0 ? up : shift(up, m.i32.const(right));
    const reached = signed ? (-1 << left) >> right : (-1 << left) >>> right;
    return (mask | 0) === (reached | 0) ? down : m.i32.and(down, m.i32.const(mask));
  });
  if (constant !== 0 || parts.length === 0) parts.push(m.i32.const(constant));
  return parts.reduce((joined, part) => m.i32.or(joined, part));
}
