/**
 * Loops that store what no iteration takes from the one before: which registers that are, and that every register can be seen at any
 * instruction nevertheless, whether a slice ends there, an access faults or misses the TLB, or the loop does.
 */
import { expect, it } from 'vitest';
import { discover } from '../../src/jit/control-flow.ts';
import { structureOf } from '../../src/jit/dominators.ts';
import { loopTemporaries } from '../../src/jit/loop-temporaries.ts';
import { registersIn } from '../../src/jit/register-set.ts';
import { HART } from '../../src/machine/hart-layout.ts';
import { assembleText } from '../support/assemble-text.ts';
import { Board, CODE, RAM_BYTES, TIERS } from '../support/board.ts';
import { Random } from '../support/random.ts';
import { requestFor } from '../support/region-request.ts';

/** x10 walks to x11, a page's end in between; x12 counts rounds of the outer loop, x5 carries a sum; the others are temporaries. */
const LOOP = `addi x6, x12, 1; add x28, x6, x5; addi x29, x12, 7
  ld x6, 0(x10); add x7, x6, x5; add x13, x7, x6; sub x14, x13, x12; xor x15, x14, x7; ld x16, 8(x10)
  add x17, x16, x15; add x6, x6, x17; slli x28, x6, 3; srliw x30, x28, 5; addi x10, x10, 24
  sw x30, -24(x10); or x31, x30, x28; add x5, x5, x31; bne x10, x11, -56
  addi x10, x10, -240; addi x12, x12, 1; add x31, x31, x17; jal x0, -84`;

const words = assembleText(LOOP);

it('finds the registers that are written before they are read', () => {
  const flow = discover(requestFor(words));
  if (flow === undefined) throw new Error('nothing was discovered');
  const found = loopTemporaries(flow, structureOf(flow)).get(12);
  expect(registersIn(found?.x ?? 0)).toEqual([6, 7, 13, 14, 15, 16, 17, 28, 30, 31]);
});

it('leaves loops with few registers alone', () => {
  const flow = discover(
    requestFor(assembleText('ld x6, 0(x10); addi x10, x10, 8; bne x10, x11, -8; ecall')),
  );
  if (flow === undefined) throw new Error('nothing was discovered');
  expect(registersIn(loopTemporaries(flow, structureOf(flow)).get(0)?.x ?? 0)).toEqual([]);
});

/** All that a program can see after each slice, until it faults. */
function watch(tier: (typeof TIERS)[keyof typeof TIERS], seed: number): string[] {
  const random = new Random(seed);
  const board = new Board(tier, words);
  const { machine } = board;
  const end = CODE + RAM_BYTES;
  for (let at = end - 0x2000; at < end; at += 8)
    machine.view.setBigUint64(machine.at(at), BigInt(at) * 0x9e37_79b9n, true);
  const start = end - 0x1000 - 128;
  machine.x(10, BigInt(start));
  machine.x(11, BigInt(start + 240));
  const { seen, hasFaulted } = board.watchSlices(random);
  return hasFaulted ? [...seen, `${machine.long(HART.TVAL)}`] : seen;
}

for (const seed of [1, 2, 3])
  it(`leaves every register exact (seed ${seed})`, () => {
    const expected = watch(TIERS.interpreter, seed);
    expect(expected.at(-1)).toBe(`${CODE + RAM_BYTES}`);
    expect(watch(TIERS.regions, seed)).toEqual(expected);
  });
