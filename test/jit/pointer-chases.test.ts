/**
 * Loads whose address comes from what they loaded before: which ones are found, and that they read what the TLB says at that moment,
 * whatever the page before was, also when pages are mapped elsewhere between two iterations, or one of them faults.
 */
import { expect, it } from 'vitest';
import { discover } from '../../src/jit/control-flow.ts';
import { structureOf } from '../../src/jit/dominators.ts';
import { pointerChases } from '../../src/jit/pointer-chases.ts';
import { Exit } from '../../src/machine/engine.ts';
import { HART } from '../../src/machine/hart-layout.ts';
import { assembleText } from '../support/assemble-text.ts';
import { Board, CODE, RAM_BYTES, TIERS } from '../support/board.ts';
import { Random } from '../support/random.ts';
import { requestFor } from '../support/region-request.ts';

function chasesOf(text: string): number[] {
  const flow = discover(requestFor(assembleText(text)));
  if (flow === undefined) throw new Error('nothing was discovered');
  return [...pointerChases(flow, structureOf(flow))].sort((a, b) => a - b);
}

it('finds lists, tables of links, and ways that lead through two loads', () => {
  expect(chasesOf('ld x10, 0(x10); bne x10, x0, -4; ecall')).toEqual([0]);
  expect(
    chasesOf(
      'and x5, x5, x6; slli x5, x5, 1; add x5, x5, x7; lhu x5, 0(x5); bne x5, x0, -16; ecall',
    ),
  ).toEqual([12]);
  expect(
    chasesOf('ld x11, 8(x10); ld x12, 0(x11); ld x10, 16(x11); bne x12, x0, -12; ecall'),
  ).toEqual([0, 8]);
});

it('finds them where only some ways through the loop lead back', () => {
  const tree = `ld x5, 0(x10); beq x5, x11, 24; blt x5, x11, 12; ld x10, 8(x10); jal x0, 8; ld x10, 16(x10)
    bne x10, x0, -24; ecall`;
  expect(chasesOf(tree)).toEqual([12, 20]);
});

it('leaves walks through memory, values, and bases that are set anew alone', () => {
  expect(
    chasesOf('ld x6, 0(x10); addi x10, x10, 8; add x5, x5, x6; bne x10, x11, -12; ecall'),
  ).toEqual([]);
  expect(
    chasesOf('ld x10, 0(x10); add x5, x5, x10; addi x10, x12, 8; bne x5, x0, -12; ecall'),
  ).toEqual([]);
  expect(chasesOf('ld x10, 0(x10); ld x11, 8(x10); ecall')).toEqual([]);
});

/** x10 walks along a list of nodes of 32 bytes, x14 adds up; x15 is an index that leads to the next one. */
const WALK = `ld x5, 8(x10); add x14, x14, x5; ld x10, 0(x10)
  and x15, x15, x18; slli x16, x15, 3; add x16, x16, x17; lwu x15, 0(x16)
  sd x14, 16(x10); bne x10, x0, -32; ecall`;

const PAGES = 16;
const NODE_BYTES = 32;
const FIRST = CODE + RAM_BYTES - PAGES * 4096;
const NODES = (PAGES * 4096) / NODE_BYTES;

/** All that a program can see after each slice, until it faults. */
function watch(tier: (typeof TIERS)[keyof typeof TIERS], seed: number): string[] {
  const random = new Random(seed);
  const board = new Board(tier, assembleText(WALK));
  const { machine } = board;
  for (let node = 0; node < NODES; node++) {
    const at = machine.at(FIRST + node * NODE_BYTES);
    machine.view.setBigUint64(at, BigInt(FIRST + random.below(NODES) * NODE_BYTES), true);
    machine.view.setBigUint64(at + 8, BigInt(random.below(1 << 30)), true);
    machine.view.setUint32(at + 24, random.below(NODES * 4), true);
  }
  machine.x(10, BigInt(FIRST));
  machine.x(17, BigInt(FIRST));
  machine.x(18, BigInt(4 * NODES - 1));
  const remap = (): void => {
    for (let k = 0; k < 3; k++)
      machine.alias(FIRST + random.below(PAGES) * 4096, FIRST + random.below(PAGES) * 4096);
    machine.clearTlb();
  };
  const seen: string[] = [];
  for (let slice = 0; slice < 300; slice++) {
    if (slice % 7 === 6) remap();
    // In the end a link leads out of RAM.
    if (slice === 280)
      for (let node = 0; node < NODES; node += 9)
        machine.view.setBigUint64(machine.at(FIRST + node * NODE_BYTES), 0x1000n, true);
    const exit = board.run(1 + random.below(200));
    const registers = Array.from({ length: 32 }, (_, register) => machine.x(register).toString(16));
    seen.push(`${exit} ${machine.pc - CODE} ${machine.instret} ${registers.join(' ')}`);
    if (exit === Exit.TRAP) return [...seen, `${machine.long(HART.TVAL)}`];
  }
  return seen;
}

for (const seed of [1, 2, 3])
  it(`reads what is mapped now (seed ${seed})`, () => {
    const expected = watch(TIERS.interpreter, seed);
    expect(expected.length).toBeGreaterThan(200);
    expect(watch(TIERS.regions, seed)).toEqual(expected);
  });
