/**
 * TLB look-ups that serve later blocks: which accesses use one, and that all of them see what they would see alone, whether an object
 * lies in two pages, the TLB is emptied, a slice ends in between, or an access faults.
 */
import { expect, it } from 'vitest';
import { discover } from '../../src/jit/control-flow.ts';
import { structureOf } from '../../src/jit/dominators.ts';
import { planAccesses } from '../../src/jit/kept-checks.ts';
import { assembleText } from '../support/assemble-text.ts';
import { Board, CODE, RAM_BYTES, TIERS } from '../support/board.ts';
import { Random } from '../support/random.ts';
import { requestFor } from '../support/region-request.ts';

/** x10 walks over objects of 56 bytes up to x11, and begins again; a read, a write under a condition, a loop, reads and a write after it. */
const OBJECTS = `ld x5, 0(x10); andi x6, x5, 8; beq x6, x0, 12
  ld x7, 24(x10); sd x7, 16(x10)
  ld x8, 40(x10); addi x9, x0, 3
  lw x13, 8(x10); add x14, x14, x13; sw x14, 12(x10); addi x9, x9, -1; bne x9, x0, -16
  ld x15, 32(x10); beq x15, x8, 8
  sb x14, 47(x10)
  addi x10, x10, 56; ld x16, -8(x10); bne x10, x11, -68
  addi x10, x10, -560; addi x12, x12, 1; jal x0, -80`;

/** The accesses that share a look-up: offset in the code, kind, range of the group, read or write. */
function sharedBy(text: string, isKeeping = true): string[] {
  const flow = discover(requestFor(assembleText(text)));
  if (flow === undefined) throw new Error('nothing was discovered');
  const options = { keeping: isKeeping, tables: true };
  const plan = planAccesses(flow, structureOf(flow), options);
  return [...plan]
    .sort(([a], [b]) => a - b)
    .flatMap(([start, sharings]) =>
      [...sharings].map(
        ([position, { group, kind }]) =>
          `${start + 4 * position} ${kind} ${group.low}-${group.end} ${group.writes ? 'w' : 'r'}`,
      ),
    );
}

it('keeps what was looked up on every way, for reads, and for writes what was looked up for them', () => {
  expect(sharedBy(OBJECTS)).toEqual([
    '0 alone 0-48 r',
    '12 shared 16-32 w',
    '16 shared 16-32 w',
    '20 kept 0-48 r',
    '28 shared 8-48 w',
    '36 shared 8-48 w',
    '48 kept 0-48 r',
    '56 kept 8-48 w',
  ]);
});

it('keeps nothing where that is left out', () => {
  expect(sharedBy(OBJECTS, false)).toEqual([
    '12 shared 16-32 w',
    '16 shared 16-32 w',
    '28 shared 8-16 w',
    '36 shared 8-16 w',
  ]);
});

it('forgets what a loop walks with, what lies far away, and what one of two ways has changed', () => {
  expect(sharedBy('ld x5, 0(x10); ld x6, 8(x10); addi x10, x10, 8; bne x6, x0, -8; ecall')).toEqual(
    [],
  );
  expect(sharedBy('ld x5, 0(x10); beq x5, x0, 8; ld x6, 300(x10); ecall')).toEqual([]);
  expect(sharedBy('ld x5, 0(x10); beq x5, x0, 8; addi x10, x10, 8; ld x6, 8(x10); ecall')).toEqual(
    [],
  );
  expect(sharedBy('ld x5, 0(x10); beq x5, x0, 8; addi x11, x10, 8; ld x6, 8(x10); ecall')).toEqual([
    '0 alone 0-16 r',
    '12 kept 0-16 r',
  ]);
});

it('looks many accesses up once more', () => {
  const many = Array.from({ length: 5 }, (_, k) => `ld x${11 + k}, ${8 * k}(x10)`).join('; ');
  expect(sharedBy(`ld x5, 0(x10); beq x5, x0, 8; addi x6, x6, 1; ${many}; ecall`)).toEqual(
    Array.from({ length: 5 }, (_, k) => `${12 + 4 * k} shared 0-40 r`),
  );
});

/** All that a program can see after each slice, until it faults. */
function watch(tier: (typeof TIERS)[keyof typeof TIERS], seed: number): string[] {
  const random = new Random(seed);
  const board = new Board(tier, assembleText(OBJECTS));
  const { machine } = board;
  const end = CODE + RAM_BYTES;
  const first = end - 0x2000;
  for (let at = first; at < end; at += 8)
    machine.view.setBigUint64(
      machine.at(at),
      ((BigInt(at) * 0x9e37_79b9_7f4a_7c15n) >> 7n) & 0xffff_ffffn,
      true,
    );
  const start = end - 0x1000 - 8 * random.below(70);
  machine.x(10, BigInt(start));
  machine.x(11, BigInt(start + 560));
  const { seen, hasFaulted } = board.watchSlices(random);
  return hasFaulted ? [...seen, ...board.remains(first)] : seen;
}

for (const seed of [1, 2, 3, 4])
  it(`accesses the same bytes (seed ${seed})`, () => {
    const expected = watch(TIERS.interpreter, seed);
    expect(Number(expected.at(-1))).toBeGreaterThanOrEqual(CODE + RAM_BYTES);
    expect(watch(TIERS.regions, seed)).toEqual(expected);
  });
