/** Instructions that go straight from one to the next: each is counted, traps and is asked for by itself. */
import { expect, it } from 'vitest';
import { INSTRUCTIONS } from '../../src/isa/instructions.ts';
import { Exit } from '../../src/machine/engine.ts';
import { fusedPairs } from '../../src/machine/fused-pairs.ts';
import { HART } from '../../src/machine/hart-layout.ts';
import { addi, jal, jalr, ld, sd } from '../support/assembler.ts';
import { Board, CODE, TIERS } from '../support/board.ts';

const DATA = CODE + 4 * 4096;
/** Nothing is there. */
const NOWHERE = 1n << 40n;
/** addi, ld and sd follow one another as many pairs: the last one of a row, too, is the first of the next. */
const LOOP = [
  addi(10, 10, 1),
  addi(11, 11, 2),
  ld(12, 0, 5),
  ld(13, 8, 5),
  addi(12, 12, 3),
  sd(12, 0, 5),
  sd(13, 8, 6),
  addi(14, 14, 1),
  jal(0, -32),
];

function board(): Board {
  const subject = new Board(TIERS.interpreter, LOOP);
  subject.machine.x(5, BigInt(DATA));
  subject.machine.x(6, BigInt(DATA));
  return subject;
}

it('has pairs of which only the second may leave', () => {
  for (const { first } of fusedPairs()) expect(INSTRUCTIONS[first]?.ends).toBeUndefined();
});

it('counts each, in slices of any length', () => {
  const subject = board();
  const { machine } = subject;
  let retired = 0;
  for (let slice = 1; slice < 40; slice++) {
    expect(subject.run(slice)).toBe(Exit.BUDGET);
    retired += slice;
    const [rounds, at] = [Math.floor(retired / LOOP.length), retired % LOOP.length];
    expect(Number(machine.instret)).toBe(retired);
    expect(machine.pc).toBe(CODE + 4 * at);
    expect(Number(machine.x(10))).toBe(rounds + (at > 0 ? 1 : 0));
    expect(Number(machine.x(11))).toBe(2 * (rounds + (at > 1 ? 1 : 0)));
    expect(Number(machine.x(12))).toBe(3 * (rounds + (at > 4 ? 1 : 0)));
  }
});

it('has the second fault where it is, and after the first', () => {
  const subject = board();
  const { machine } = subject;
  expect(subject.run(3 * LOOP.length)).toBe(Exit.BUDGET);
  machine.x(6, NOWHERE);
  expect(subject.run(100)).toBe(Exit.TRAP);
  expect(machine.pc).toBe(CODE + 4 * 6);
  expect(Number(machine.instret)).toBe(3 * LOOP.length + 6);
  expect(machine.view.getBigUint64(machine.at(DATA), true)).toBe(12n);
});

it('goes to the second alone', () => {
  const subject = new Board(TIERS.interpreter, [addi(10, 10, 1), addi(11, 11, 1), jalr(0, 0, 9)]);
  const { machine } = subject;
  machine.x(9, BigInt(CODE + 4));
  expect(subject.run(3 + 2 * 5)).toBe(Exit.BUDGET);
  expect([10, 11].map((x) => Number(machine.x(x)))).toEqual([1, 6]);
});

it('asks the debugger before the second', () => {
  const subject = board();
  const { machine, engine } = subject;
  expect(subject.run(LOOP.length)).toBe(Exit.BUDGET);
  engine.mark(CODE + 4);
  const asked: number[] = [];
  machine.breakpoint = () => {
    asked.push(machine.pc);
    return 0;
  };
  expect(subject.run(2 * LOOP.length)).toBe(Exit.BUDGET);
  expect(asked).toEqual([CODE + 4, CODE + 4]);
  expect(machine.word(HART.BUDGET)).toBe(0);
});
