/** An instruction of which half lies in the next page, inside a loop: regions hold it, and look at that page each time. */
import { expect, it } from 'vitest';
import { Exit } from '../../src/machine/engine.ts';
import { addi, bne, jal, ld } from '../support/assembler.ts';
import { Board, CODE, TIERS } from '../support/board.ts';

const PAGE = 4096;
/** Four instructions, of which the third straddles; the last one leads back. */
const START = CODE + PAGE - 10;
const DATA = CODE + 4 * PAGE;

function write(board: Board, address: number, words: readonly number[]): void {
  const { machine } = board;
  words.forEach((word, k) => {
    machine.view.setUint16(machine.at(address + 4 * k), word & 0xffff, true);
    machine.view.setUint16(machine.at(address + 4 * k + 2), word >>> 16, true);
  });
}

function loop(tier: (typeof TIERS)[keyof typeof TIERS], straddler: number): Board {
  const board = new Board(tier, []);
  write(board, START, [addi(10, 10, 1), addi(11, 11, 2), straddler, jal(0, -12)]);
  board.machine.pc = START;
  return board;
}

it.each(Object.entries(TIERS))('does what its halves say, %s', (name, tier) => {
  const board = loop(tier, addi(12, 12, 5));
  const { machine, engine } = board;
  const rounds = 2000;
  expect(board.run(4 * rounds)).toBe(Exit.BUDGET);
  expect([10, 11, 12].map((x) => Number(machine.x(x)))).toEqual([rounds, 2 * rounds, 5 * rounds]);
  if (name === 'regions') {
    expect(engine.statistics()['exitsInstruction']).toBeLessThan(5);
    expect(engine.statistics()['exitsOperand']).toBeLessThan(5);
  }
  // The immediate is in the second half.
  write(board, START + 8, [addi(12, 12, 7)]);
  engine.invalidateAll();
  expect(board.run(4 * rounds)).toBe(Exit.BUDGET);
  expect(Number(machine.x(12))).toBe(12 * rounds);
  machine.clearTlb();
  expect(board.run(4 * rounds)).toBe(Exit.BUDGET);
  expect(Number(machine.x(12))).toBe(19 * rounds);
});

it.each(Object.entries(TIERS))(
  'faults exactly as a load, in slices of any length, %s',
  (_name, tier) => {
    const board = loop(tier, ld(12, 0, 13));
    const { machine } = board;
    machine.view.setBigUint64(machine.at(DATA), 0x1234n, true);
    machine.x(13, BigInt(DATA));
    let retired = 0;
    for (let slice = 1; slice < 60; slice++) {
      expect(board.run(slice)).toBe(Exit.BUDGET);
      retired += slice;
      expect(Number(machine.instret)).toBe(retired);
      expect(machine.pc).toBe([START, START + 4, START + 8, START + 12][retired % 4]);
      expect(Number(machine.x(10))).toBe(Math.ceil(retired / 4));
      if (slice % 7 === 0) machine.clearTlb();
    }
    machine.x(13, 0x10n);
    expect(board.run(100)).toBe(Exit.TRAP);
    expect(machine.pc).toBe(START + 8);
    expect(Number(machine.x(12))).toBe(0x1234);
  },
);

it.each(Object.entries(TIERS))('begins a region, as the target of a loop, %s', (name, tier) => {
  const board = new Board(tier, []);
  const { machine, engine } = board;
  const header = CODE + PAGE - 2;
  write(board, header, [addi(12, 12, 5), addi(11, 11, -1), bne(11, 0, -8), jal(0, 0)]);
  machine.pc = header;
  const rounds = 3000;
  machine.x(11, BigInt(rounds));
  expect(board.run(3 * rounds)).toBe(Exit.BUDGET);
  expect(machine.pc).toBe(header + 12);
  expect(Number(machine.x(12))).toBe(5 * rounds);
  if (name === 'regions') expect(engine.statistics()['exitsUnknownTarget']).toBeLessThan(50);
  // The immediate is in the second half: what the region was made from is still there, what it compares is not.
  write(board, header, [addi(12, 12, 7)]);
  engine.invalidateAll();
  for (const slice of [1, 2, 3, 5, 7, 3 * rounds - 18]) {
    if (slice === 1) {
      machine.pc = header;
      machine.x(11, BigInt(rounds));
    }
    expect(board.run(slice)).toBe(Exit.BUDGET);
    machine.clearTlb();
  }
  expect(machine.pc).toBe(header + 12);
  expect(Number(machine.x(12))).toBe(12 * rounds);
});
