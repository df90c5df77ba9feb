/**
 * Shifts of a register both ways: which of them are rotations and extensions, and that every register can be seen at any instruction
 * nevertheless, whether a slice ends there or an access faults or misses the TLB.
 */
import { expect, it } from 'vitest';
import { discover } from '../../src/jit/control-flow.ts';
import { type ShiftPair, shiftPairsOf } from '../../src/jit/shift-pairs.ts';
import type { Value } from '../../src/jit/value.ts';
import { Exit } from '../../src/machine/engine.ts';
import { assembleText } from '../support/assemble-text.ts';
import { Board, CODE, RAM_BYTES, TIERS } from '../support/board.ts';
import { Random } from '../support/random.ts';
import { requestFor } from '../support/region-request.ts';

type Vocabulary = Parameters<ShiftPair['result']>[0];

/** Writes operations down. */
const TEXT = new Proxy({} as Vocabulary, {
  get: (_target, name) =>
    name === 'constant'
      ? String
      : (...operands: unknown[]) => `${String(name)}(${operands.join(', ')})`,
});

/** What ends a pair of shifts in straight code: its offset and what it computes. */
function found(text: string): string[] {
  const flow = discover(requestFor(assembleText(`${text}; ecall`)));
  const pairs = shiftPairsOf(flow?.blocks.get(0)?.instructions ?? []);
  return [...pairs].map(([{ offset }, { source, result }]) => {
    const value = result(TEXT, `x${source}` as unknown as Value);
    return `${offset}: ${String(value)}`;
  });
}

it('finds shifts by amounts that make up the width', () => {
  const word = ['8: rotateLeft(x6, 25, 32)'];
  expect(found('srliw x5, x6, 7; slliw x7, x6, 25; or x5, x5, x7')).toEqual(word);
  expect(found('slliw x5, x6, 25; srliw x6, x6, 7; addw x6, x6, x5')).toEqual(word);
  expect(found('slliw x5, x6, 25; srliw x6, x6, 7; add x6, x6, x5')).toEqual(word);
  const doubleword = ['8: rotateLeft(x6, 1, 64)'];
  expect(found('slli x5, x6, 1; srli x7, x6, 63; xor x8, x7, x5')).toEqual(doubleword);
});

it('finds shifts to the left and back', () => {
  expect(found('slli x5, x5, 32; srli x5, x5, 32')).toEqual(['4: zext(x5, 32)']);
  expect(found('slli x5, x6, 32; srli x5, x5, 30')).toEqual(['4: shl(zext(x6, 32), 2)']);
  expect(found('slli x5, x6, 32; srli x7, x5, 45')).toEqual(['4: shrU(zext(x6, 32), 13)']);
  expect(found('slli x5, x6, 32; srai x7, x5, 29')).toEqual(['4: shl(sext(x6, 32), 3)']);
  expect(found('slli x5, x6, 32; srai x7, x5, 63')).toEqual(['4: shrS(sext(x6, 32), 31)']);
  expect(found('slli x5, x6, 48; srai x5, x5, 48')).toEqual(['4: sext(x6, 16)']);
  expect(found('slli x5, x6, 56; srli x5, x5, 56')).toEqual(['4: zext(x6, 8)']);
});

it('leaves other shifts alone', () => {
  for (const text of [
    'srliw x5, x6, 7; slliw x7, x6, 24; or x5, x5, x7',
    'srliw x5, x6, 7; slli x7, x6, 25; or x5, x5, x7',
    'srliw x5, x6, 7; slliw x7, x8, 25; or x5, x5, x7',
    'srliw x5, x6, 7; addi x6, x6, 1; slliw x7, x6, 25; or x5, x5, x7',
    'srliw x5, x6, 7; slliw x7, x6, 25; addi x7, x7, 1; or x5, x5, x7',
    'srliw x5, x6, 7; slliw x7, x6, 25; and x5, x5, x7',
    'srli x5, x6, 7; slli x7, x6, 57; addw x5, x5, x7',
    'srliw x6, x6, 7; slliw x7, x6, 25; or x5, x6, x7',
    'sraiw x5, x6, 7; slliw x7, x6, 25; or x5, x5, x7',
    'slli x5, x6, 40; srli x5, x5, 40',
    'slli x5, x6, 48; srli x5, x5, 47',
    'slliw x5, x6, 16; srliw x5, x5, 16',
    'slli x5, x6, 32; addi x5, x5, 1; srli x5, x5, 32',
  ])
    expect(found(text), text).toEqual([]);
});

/** A loop over memory, x10 to x11: x5 to x9 are mixed by rotations and extensions, with accesses that may fail between their parts. */
const LOOP = `ld x6, 0(x10); srliw x7, x6, 25; xor x5, x5, x6; slliw x8, x6, 7; sw x5, 8(x10); or x7, x7, x8
  slliw x8, x7, 19; srliw x7, x7, 13; ld x9, 16(x10); add x7, x7, x8; add x5, x5, x7
  srli x9, x5, 51; slli x5, x5, 13; sd x9, 24(x10); xor x5, x9, x5; srliw x9, x5, 1; slliw x12, x5, 31
  addw x5, x12, x9; add x5, x5, x6; slli x7, x5, 32; srli x7, x7, 30; slli x8, x5, 48; lw x9, 12(x10); srai x8, x8, 48
  slli x9, x9, 32; srli x9, x9, 32; add x7, x7, x8; slli x8, x7, 32; sub x9, x9, x7; srai x8, x8, 61
  slli x7, x7, 56; srli x7, x7, 56; xor x5, x5, x9; add x5, x5, x8; xor x5, x5, x7; addi x10, x10, 32; bne x10, x11, -144
  addi x10, x10, -320; jal x0, -152`;

const words = assembleText(LOOP);

/** All that a program can see after each slice, until it faults. */
function watch(tier: (typeof TIERS)[keyof typeof TIERS], seed: number): string[] {
  const random = new Random(seed);
  const board = new Board(tier, words);
  const { machine } = board;
  const end = CODE + RAM_BYTES;
  for (let at = end - 0x2000; at < end; at += 8)
    machine.view.setBigUint64(machine.at(at), BigInt(at) * 0x9e37_79b9_7f4a_7c15n, true);
  const start = end - 0x1000 - 160;
  machine.x(10, BigInt(start));
  machine.x(11, BigInt(start + 320));
  machine.x(5, 0x8000_0001_8000_0003n);
  return board.watchSlices(random).seen;
}

it.each([1, 2, 3])('leave every register exact (seed %i)', (seed) => {
  const expected = watch(TIERS.interpreter, seed);
  expect(expected.at(-1)?.startsWith(`${Exit.TRAP} `)).toBe(true);
  expect(expected.length).toBeGreaterThan(300);
  expect(watch(TIERS.regions, seed)).toEqual(expected);
});
