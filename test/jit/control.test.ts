/** Control flow that does not nest: loops with several entries, threaded code; in both tiers, in short slices. */
import { describe, expect, it } from 'vitest';
import { Exit } from '../../src/machine/engine.ts';
import { add, addi, beq, bne, ecall, jalr, ld } from '../support/assembler.ts';
import { Board, CODE, TIERS } from '../support/board.ts';

const PAGE = 4096;

describe.each(Object.entries(TIERS))('%s', (_name, tier) => {
  it('stays exact in a loop with two entries', () => {
    // x5 and x6 change places: the loop at 4 is entered at 4 and at 12 in turn.
    const board = new Board(tier, [
      beq(5, 0, 12), // 0
      addi(10, 10, 1), // 4
      addi(8, 8, -1), // 8
      addi(10, 10, 100), // 12
      bne(8, 0, -12), // 16
      addi(8, 0, 3), // 20
      add(9, 5, 0), // 24
      add(5, 6, 0), // 28
      add(6, 9, 0), // 32
      addi(7, 7, -1), // 36
      bne(7, 0, -40), // 40
      ecall, // 44
    ]);
    board.machine.x(6, 1n);
    board.machine.x(7, 200n);
    board.machine.x(8, 3n);
    let slices = 0;
    while (board.run(97) === Exit.BUDGET) slices++;
    // From 12: 1 + 2 + 3 * 4 + 6 instructions; from 4 two less.
    expect(board.machine.instret).toBe(100 * (21 + 19));
    expect(slices).toBe(Math.floor(4000 / 97));
    expect(Number(board.machine.x(10))).toBe(100 * (403 + 303));
  });

  it('goes through threaded code, and out of it', () => {
    // Five routines of 16 bytes, each of which jumps to the next one of a list; the last entry is the ecall.
    const weights = [1, 10, 100, 1000, 5];
    const routine = (weight: number): number[] => [
      addi(10, 10, weight),
      ld(6, 0, 11),
      addi(11, 11, 8),
      jalr(0, 0, 6),
    ];
    const board = new Board(tier, [...weights.flatMap(routine), ecall]);
    let sum = weights[0] as number;
    const list = Array.from({ length: 800 }, (_, k) => (k * k + (k >> 3)) % 5);
    for (const index of list) sum += weights[index] as number;
    const addresses = [...list, 5].flatMap((index) => [CODE + 16 * index, 0]);
    board.machine.writeWords(CODE + 4 * PAGE, addresses);
    board.machine.x(11, BigInt(CODE + 4 * PAGE));
    while (board.run(1009) === Exit.BUDGET);
    expect(board.machine.instret).toBe(801 * 4);
    expect(Number(board.machine.x(10))).toBe(sum);
    expect(board.machine.pc).toBe(CODE + 80);
  });
});
