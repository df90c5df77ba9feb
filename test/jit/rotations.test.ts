/**
 * Shifts of a register both ways that are joined: which of them are rotations, and that every register can be seen at any instruction
 * nevertheless, whether a slice ends there or an access faults or misses the TLB.
 */
import { expect, it } from 'vitest';
import { discover } from '../../src/jit/control-flow.ts';
import { rotationsOf } from '../../src/jit/rotations.ts';
import { Exit } from '../../src/machine/engine.ts';
import { assembleText } from '../support/assemble-text.ts';
import { Board, CODE, RAM_BYTES, TIERS } from '../support/board.ts';
import { Random } from '../support/random.ts';
import { requestFor } from '../support/region-request.ts';

/** The rotations of straight code, as "offset: bits, source, amount to the left". */
function found(text: string): string[] {
  const flow = discover(requestFor(assembleText(`${text}; ecall`)));
  const rotations = rotationsOf(flow?.blocks.get(0)?.instructions ?? []);
  return [...rotations].map(
    ([{ offset }, it]) => `${offset}: ${it.bits} x${it.source} ${it.amount}`,
  );
}

it('finds shifts by amounts that make up the width', () => {
  expect(found('srliw x5, x6, 7; slliw x7, x6, 25; or x5, x5, x7')).toEqual(['8: 32 x6 25']);
  expect(found('slli x5, x6, 1; srli x7, x6, 63; xor x8, x7, x5')).toEqual(['8: 64 x6 1']);
  expect(found('slliw x5, x6, 31; srliw x6, x6, 1; addw x6, x6, x5')).toEqual(['8: 32 x6 31']);
  expect(found('slliw x5, x6, 31; srliw x6, x6, 1; add x6, x6, x5')).toEqual(['8: 32 x6 31']);
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
  ])
    expect(found(text), text).toEqual([]);
});

/** A loop over memory, x10 to x11: x5 to x9 are mixed by rotations of both widths, with accesses that may fail between their parts. */
const LOOP = `ld x6, 0(x10); srliw x7, x6, 25; xor x5, x5, x6; slliw x8, x6, 7; sw x5, 8(x10); or x7, x7, x8
  slliw x8, x7, 19; srliw x7, x7, 13; ld x9, 16(x10); add x7, x7, x8; add x5, x5, x7
  srli x9, x5, 51; slli x5, x5, 13; sd x9, 24(x10); xor x5, x9, x5; srliw x9, x5, 1; slliw x12, x5, 31
  addw x5, x12, x9; add x5, x5, x6; addi x10, x10, 32; bne x10, x11, -80
  addi x10, x10, -320; jal x0, -88`;

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
  const seen: string[] = [];
  for (let slice = 0; slice < 400; slice++) {
    // After a while the loop does not find its end any more, and runs into the end of RAM.
    if (slice === 300) machine.x(11, 0n);
    if (slice % 16 === 15) machine.clearTlb();
    const exit = board.run(1 + random.below(slice < 300 ? 90 : 400));
    const registers = Array.from({ length: 32 }, (_, register) => machine.x(register).toString(16));
    seen.push(`${exit} ${machine.pc - CODE} ${machine.instret} ${registers.join(' ')}`);
    if (exit === Exit.TRAP) break;
  }
  return seen;
}

it.each([1, 2, 3])('leave every register exact (seed %i)', (seed) => {
  const expected = watch(TIERS.interpreter, seed);
  expect(expected.at(-1)?.startsWith(`${Exit.TRAP} `)).toBe(true);
  expect(watch(TIERS.regions, seed)).toEqual(expected);
});
