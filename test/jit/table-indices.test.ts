/**
 * Look-ups that serve all entries of a table: what is known of indices, and that each entry is what it is alone, wherever the table lies,
 * whatever its base and index are written with, and whether an access faults.
 */
import { describe, expect, it } from 'vitest';
import { groupsOf } from '../../src/jit/access-groups.ts';
import { discover } from '../../src/jit/control-flow.ts';
import { assembleText } from '../support/assemble-text.ts';
import { Board, CODE, RAM_BYTES, TIERS } from '../support/board.ts';
import { Random } from '../support/random.ts';
import { requestFor } from '../support/region-request.ts';

/** The accesses that share a look-up: their places in the block, and the range behind the base register. */
function shared(text: string): string[] {
  const block = discover(requestFor(assembleText(`${text}; ecall`)))?.blocks.get(0);
  return groupsOf(block?.instructions ?? [], true)
    .filter(({ members }) => members.length > 1)
    .map(({ base, members, low, end }) => `${members} x${base} ${low}-${end}`);
}

/** Two entries of a table of words at x10 by `first` and `second`, which leave their indices in x5 and x6. */
const twoOf = (first: string, second: string, between = 'addi x0, x0, 0'): string =>
  `${first}; slli x5, x5, 2; add x7, x10, x5; lw x7, 0(x7); ${between}; ${second}; slli x6, x6, 2; add x8, x6, x10; lw x8, 0(x8)`;

describe('entries of one table', () => {
  it.each([
    ['andi x5, x5, 255', 'andi x6, x6, 63', '0-1024'],
    ['lbu x5, 0(x11)', 'srliw x6, x6, 24', '0-1024'],
    ['srli x5, x5, 60', 'andi x6, x6, 15', '0-64'],
    ['lhu x5, 0(x11); srli x5, x5, 12', 'andi x6, x6, 3; addi x6, x6, 4', '0-64'],
    ['andi x5, x5, 3; andi x9, x9, 12; add x5, x5, x9', 'andi x6, x6, 7; and x6, x6, x9', '0-64'],
  ])('%s and %s', (first, second, range) => {
    const [group, ...others] = shared(twoOf(first, second));
    expect(group).toMatch(new RegExp(`^\\d+,\\d+ x10 ${range}$`));
    expect(others).toEqual([]);
  });

  it('are found by scaled additions, too, and at an offset', () => {
    const text = `andi x5, x5, 31; sh3add x7, x5, x10; ld x7, 16(x7); andi x6, x6, 7; sh3add x8, x6, x10; ld x8, 24(x8)`;
    expect(shared(text)).toEqual(['2,5 x10 16-272']);
  });

  it.each([
    ['andi x5, x5, -2', 'andi x6, x6, 7'],
    ['andi x5, x5, 255', 'lw x6, 0(x11)'],
    ['andi x5, x5, 7', 'andi x6, x6, 7; addi x6, x6, -1'],
    ['andi x5, x5, 7', 'andi x6, x6, 511'],
    ['srli x5, x5, 40', 'andi x6, x6, 7'],
    ['andi x5, x5, 7', 'andi x6, x6, 7; sub x6, x0, x6'],
    ['andi x5, x5, 7; lb x5, 0(x11)', 'andi x6, x6, 7'],
  ])('but not by %s and %s', (first, second) => {
    expect(shared(twoOf(first, second))).toEqual([]);
  });

  it('are others once the base was written', () => {
    expect(shared(twoOf('andi x5, x5, 7', 'andi x6, x6, 7', 'addi x10, x10, 8'))).toEqual([]);
    const late = 'andi x5, x5, 7; add x6, x10, x5; lbu x7, 0(x6); addi x10, x10, 8; lbu x8, 1(x6)';
    expect(shared(late)).toEqual([]);
    const own = 'andi x5, x5, 7; add x10, x10, x5; lbu x7, 0(x10); lbu x8, 1(x10)';
    expect(shared(own)).toEqual(['2,3 x10 0-2']);
  });
});

/** A cipher's round, as it were: x20 is hashed with the table at x10, of which entries are exchanged; then the table moves by 72 bytes. */
const ROUNDS = `andi x5, x20, 63; sh2add x6, x5, x10; lw x7, 8(x6)
  srli x8, x20, 58; slli x8, x8, 2; add x9, x10, x8; lw x11, 8(x9)
  sw x7, 8(x9); sw x11, 8(x6); lbu x12, 12(x6); add x13, x12, x10; sb x7, 4(x13); lbu x14, 5(x13)
  add x20, x20, x7; slli x15, x20, 13; xor x20, x20, x15; srli x15, x20, 7; xor x20, x20, x15; add x20, x20, x14
  addi x21, x21, -1; bne x21, x0, -80
  addi x10, x10, 72; addi x21, x0, 4; jal x0, -92`;

/** All that a program can see after each slice, until it faults. */
function watch(tier: (typeof TIERS)[keyof typeof TIERS], seed: number): string[] {
  const random = new Random(seed);
  const board = new Board(tier, assembleText(ROUNDS));
  const { machine } = board;
  const end = CODE + RAM_BYTES;
  const first = end - 0x2000;
  for (let at = first; at < end; at += 4)
    machine.view.setUint32(machine.at(at), Math.imul(at, 0x9e37_79b1) >>> 0, true);
  machine.x(10, BigInt(end - 0x1000 - 8 * random.below(40)));
  machine.x(20, BigInt(random.below(0x7fff_ffff)));
  machine.x(21, 5n);
  const { seen, hasFaulted } = board.watchSlices(random);
  return hasFaulted ? [...seen, ...board.remains(first)] : seen;
}

for (const seed of [1, 2, 3, 4])
  it(`reads and writes the same entries (seed ${seed})`, () => {
    const expected = watch(TIERS.interpreter, seed);
    expect(Number(expected.at(-1))).toBeGreaterThanOrEqual(CODE + RAM_BYTES);
    expect(watch(TIERS.regions, seed)).toEqual(expected);
  });
