/** Integer operations that are too long to stand in each place: functions of the interpreter, imported by regions. */
import binaryen from 'binaryen';
import type { ExpressionRef } from './value.ts';

const { i64 } = binaryen;

/** Low and high half of the carry-less product. */
export const INTEGER_HELPERS = ['clmul', 'clmulh'] as const;
export const INTEGER_HELPER_TYPE = binaryen.createType([i64, i64]);

/** Every fourth bit from bit k on. */
const hole = (k: number): bigint => 0x1111_1111_1111_1111n << BigInt(k);

/**
 * The low half: operands with three zeros between their bits multiply without carries that matter, for at most 16 ones
 * meet in a place. Of the 16 products each contributes the bits of its own residue.
 */
function buildLow(m: binaryen.Module): void {
  const parts = (operand: number): ((k: number) => ExpressionRef) => {
    return (k) => m.local.get(2 + 4 * operand + k, i64);
  };
  const [a, b] = [parts(0), parts(1)];
  const split = [0, 1].flatMap((operand) =>
    [0, 1, 2, 3].map((k) =>
      m.local.set(
        2 + 4 * operand + k,
        m.i64.and(m.local.get(operand, i64), m.i64.const(BigInt.asIntN(64, hole(k)))),
      ),
    ),
  );
  const residue = (k: number): ExpressionRef => {
    const products = [0, 1, 2, 3].map((j) => m.i64.mul(a(j), b((k - j) & 3)));
    const sum = products.reduce((x, y) => m.i64.xor(x, y));
    return m.i64.and(sum, m.i64.const(BigInt.asIntN(64, hole(k))));
  };
  const result = [0, 1, 2, 3].map(residue).reduce((x, y) => m.i64.or(x, y));
  const locals = new Array<binaryen.Type>(8).fill(i64);
  m.addFunction('clmul', INTEGER_HELPER_TYPE, i64, locals, m.block(null, [...split, result], i64));
  m.addFunctionExport('clmul', 'clmul');
}

/** Statements that reverse the bits of a local: neighbours, pairs, … halves change places. */
function reverse(m: binaryen.Module, local: number): ExpressionRef[] {
  const get = () => m.local.get(local, i64);
  const masks: readonly (readonly [number, bigint])[] = [
    [1, 0x5555_5555_5555_5555n],
    [2, 0x3333_3333_3333_3333n],
    [4, 0x0f0f_0f0f_0f0f_0f0fn],
    [8, 0x00ff_00ff_00ff_00ffn],
    [16, 0x0000_ffff_0000_ffffn],
  ];
  const steps = masks.map(([width, mask]) => {
    const shift = m.i64.const(width);
    const up = m.i64.shl(m.i64.and(get(), m.i64.const(mask)), shift);
    const down = m.i64.and(m.i64.shr_u(get(), m.i64.const(width)), m.i64.const(mask));
    return m.local.set(local, m.i64.or(up, down));
  });
  return [...steps, m.local.set(local, m.i64.rotl(get(), m.i64.const(32)))];
}

/** The high half is the low half of the reversed operands, reversed, without the bit in the middle. */
function buildHigh(m: binaryen.Module): void {
  const get = (local: number): ExpressionRef => m.local.get(local, i64);
  const body = [
    ...reverse(m, 0),
    ...reverse(m, 1),
    m.local.set(0, m.call('clmul', [get(0), get(1)], i64)),
    ...reverse(m, 0),
    m.i64.shr_u(get(0), m.i64.const(1)),
  ];
  m.addFunction('clmulh', INTEGER_HELPER_TYPE, i64, [], m.block(null, body, i64));
  m.addFunctionExport('clmulh', 'clmulh');
}

export function buildIntegerHelpers(module: binaryen.Module): void {
  buildLow(module);
  buildHigh(module);
}
