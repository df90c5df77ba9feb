/** What ARCHITECTURE §5 demands of the engine: precise, interruptible anywhere, counted, invalidated; in both tiers. */
import { describe, expect, it } from 'vitest';
import { CAUSE } from '../../src/isa/trap.ts';
import { createEngine } from '../../src/jit/engine.ts';
import { countBranches } from '../../src/machine/branch-counts.ts';
import { Exit } from '../../src/machine/engine.ts';
import { HART } from '../../src/machine/hart-layout.ts';
import {
  add,
  addi,
  amoaddW,
  auipc,
  beq,
  bne,
  csrrs,
  ecall,
  fenceI,
  jal,
  jalr,
  ld,
  lui,
  nop,
  sd,
  sw,
} from '../support/assembler.ts';
import { Board, CODE, RAM_BYTES, TIERS } from '../support/board.ts';
import { interpreterModule, SYNCHRONOUS } from '../support/engine-backend.ts';
import { FlatMachine } from '../support/flat-machine.ts';

const END_OF_RAM = CODE + RAM_BYTES;
const INSTRET = 0xc02;
const PAGE = 4096;

describe.each(Object.entries(TIERS))('%s', (name, tier) => {
  /** Steps x5 through memory by x6 until the end of RAM: the load faults in the middle of a block. */
  const walk = [
    addi(10, 10, 1),
    addi(11, 11, 2),
    ld(7, 0, 5),
    addi(12, 12, 3),
    add(5, 5, 6),
    jal(0, -20),
  ];

  it('leaves registers, pc and instret exact at a fault', () => {
    const board = new Board(tier, walk);
    const rounds = 40;
    board.machine.x(5, BigInt(END_OF_RAM - rounds * PAGE));
    board.machine.x(6, BigInt(PAGE));
    expect(board.run(1_000_000)).toBe(Exit.TRAP);
    expect(board.machine.word(HART.CAUSE)).toBe(CAUSE.LOAD_ACCESS_FAULT);
    expect(Number(board.machine.long(HART.TVAL))).toBe(END_OF_RAM);
    expect(board.machine.pc).toBe(CODE + 8);
    expect(board.machine.instret).toBe(rounds * 6 + 2);
    const values = [10, 11, 12].map((register) => Number(board.machine.x(register)));
    expect(values).toEqual([rounds + 1, 2 * (rounds + 1), 3 * rounds]);
    if (name === 'regions') expect(board.engine.statistics()['regions']).toBeGreaterThan(0);
  });

  it('retires exactly the budget, wherever that ends', () => {
    for (const budget of [1, 2, 5, 6, 7, 100, 101, 102, 103, 104, 105, 1000]) {
      const board = new Board(tier, [addi(10, 10, 1), addi(10, 10, 1), nop, nop, jal(0, -16)]);
      for (let slice = 1; slice <= 20; slice++) {
        expect(board.run(budget)).toBe(Exit.BUDGET);
        expect(board.machine.instret).toBe(slice * budget);
        const inLoop = (slice * budget) % 5;
        expect(board.machine.pc).toBe(CODE + 4 * inLoop);
        const rounds = Math.floor((slice * budget) / 5);
        expect(Number(board.machine.x(10))).toBe(2 * rounds + Math.min(inLoop, 2));
      }
    }
  });

  it('stops "j ." at the end of the slice, and at once when attention is raised', () => {
    const board = new Board(tier, [jal(0, 0)]);
    for (let slice = 0; slice < 10; slice++) expect(board.run(1000)).toBe(Exit.BUDGET);
    const before = board.machine.instret;
    board.machine.word(HART.ATTENTION, 0x7fff_0000);
    expect(board.run(1000)).toBe(Exit.BUDGET);
    expect(board.machine.instret - before).toBeLessThan(10);
  });

  it('shows exact instret to the program', () => {
    // Two instructions a round besides the csrrs; the difference of two readings is the round's length.
    const board = new Board(tier, [csrrs(10, INSTRET, 0), nop, csrrs(11, INSTRET, 0), jal(0, -12)]);
    for (let slice = 0; slice < 50; slice++) {
      board.run(37);
      const [first, second] = [Number(board.machine.x(10)), Number(board.machine.x(11))];
      if (second > first) expect(second - first).toBe(2);
      else expect(first - second).toBe(second === 0 ? first : 2);
    }
  });

  it('executes the new code after a store and fence.i', () => {
    // x10 += 1 is rewritten to x10 += 2 by the loop itself, in another page.
    const target = CODE + 2 * PAGE;
    const board = new Board(tier, [
      jalr(1, 0, 8), // call the target
      addi(9, 9, -1),
      bne(9, 0, -8),
      sw(7, 0, 8), // rewrite
      fenceI,
      addi(9, 0, 100),
      jalr(1, 0, 8),
      addi(9, 9, -1),
      bne(9, 0, -8),
      ecall,
    ]);
    board.machine.writeWords(target, [addi(10, 10, 1), jalr(0, 0, 1)]);
    board.machine.x(7, BigInt(addi(10, 10, 2)));
    board.machine.x(8, BigInt(target));
    board.machine.x(9, 100n);
    let exit = board.run(100_000);
    expect(exit).toBe(Exit.FENCE_I);
    expect(Number(board.machine.x(10))).toBe(100);
    board.engine.invalidateAll();
    exit = board.run(100_000);
    expect(exit).toBe(Exit.TRAP);
    expect(Number(board.machine.x(10))).toBe(300);
  });

  it('executes the new code after fence.i where the page has changed before beside it', () => {
    const beside = CODE + 256;
    const board = new Board(tier, [addi(10, 10, 1), ecall]);
    const { machine, engine } = board;
    const runs = (pc: number): number => {
      machine.x(10, 0n);
      machine.pc = pc;
      expect(board.run(1000)).toBe(Exit.TRAP);
      return Number(machine.x(10));
    };
    const write = (address: number, value: number) => {
      machine.writeWords(address, [addi(10, 10, value), ecall]);
      engine.invalidateAll();
    };
    expect(runs(CODE)).toBe(1);
    write(beside, 2);
    expect([runs(CODE), runs(beside)]).toEqual([1, 2]);
    write(beside, 3);
    expect([runs(CODE), runs(beside)]).toEqual([1, 3]);
    write(CODE, 4);
    expect([runs(CODE), runs(beside)]).toEqual([4, 3]);
  });

  it('forgets a page whose frame got new content', () => {
    const board = new Board(tier, [addi(10, 10, 1), jal(0, -4)]);
    board.run(1000);
    board.machine.writeWords(CODE, [addi(10, 0, 7), ecall]);
    board.engine.invalidatePage(CODE / PAGE);
    board.machine.pc = CODE;
    expect(board.run(1000)).toBe(Exit.TRAP);
    expect(Number(board.machine.x(10))).toBe(7);
  });

  it('finishes an atomic instruction that changes its own page', () => {
    const board = new Board(tier, [amoaddW(10, 11, 5), addi(12, 12, 1), ecall]);
    const { machine, engine } = board;
    // As a machine does that notices stores to code.
    const translate = machine.translateWrite.bind(machine);
    machine.translateWrite = (hart, size) => {
      engine.invalidatePage(CODE / PAGE);
      return translate(hart, size);
    };
    machine.x(5, BigInt(CODE + 64));
    machine.x(11, 1n);
    expect(board.run(100)).toBe(Exit.TRAP);
    expect(machine.view.getUint32(machine.at(CODE + 64), true)).toBe(1);
    expect([machine.x(0), machine.x(10), machine.x(12)]).toEqual([0n, 0n, 1n]);
  });

  it('executes an instruction across two pages, and what the second page then holds', () => {
    const start = CODE + PAGE - 2;
    const board = new Board(tier, [nop]);
    const bytes = new DataView(board.machine.memory.buffer);
    const put = (words: readonly number[]): void => {
      words.forEach((word, k) => {
        bytes.setUint16(board.machine.at(start) + 4 * k, word & 0xffff, true);
        bytes.setUint16(board.machine.at(start) + 4 * k + 2, word >>> 16, true);
      });
    };
    put([addi(10, 10, 1), jal(0, -4)]);
    board.machine.pc = start;
    board.run(1000);
    expect(Number(board.machine.x(10))).toBe(500);
    put([addi(10, 10, 3), jal(0, -4)]);
    board.engine.invalidatePage(CODE / PAGE + 1);
    board.machine.pc = start;
    board.run(1000);
    expect(Number(board.machine.x(10))).toBe(2000);
  });

  it('runs the same page at two addresses', () => {
    const board = new Board(tier, [auipc(10, 0), addi(11, 11, 1), bne(11, 12, -8), ecall]);
    const alias = 0x4000_0000;
    board.machine.alias(alias, CODE);
    for (const pc of [CODE, alias, CODE, alias]) {
      board.machine.pc = pc;
      board.machine.x(11, 0n);
      board.machine.x(12, 50n);
      expect(board.run(10_000)).toBe(Exit.TRAP);
      expect(Number(board.machine.x(10))).toBe(pc);
      expect(board.machine.pc).toBe(pc + 12);
    }
  });

  it('goes through calls, returns and tables of jumps', () => {
    // x5 selects one of three targets in turn; each adds another number to x10 and returns by x1.
    const board = new Board(tier, [
      auipc(6, 0), // 0
      add(6, 6, 5), // 4
      jalr(1, 40, 6), // 8: into the table at 40
      addi(5, 5, 8), // 12
      addi(7, 0, 24), // 16
      bne(5, 7, 8), // 20
      addi(5, 0, 0), // 24
      addi(8, 8, -1), // 28
      bne(8, 0, -32), // 32
      ecall, // 36
      addi(10, 10, 1), // 40
      jalr(0, 0, 1),
      addi(10, 10, 100), // 48
      jalr(0, 0, 1),
      addi(10, 10, 1000), // 56
      jalr(0, 0, 1),
    ]);
    board.machine.x(8, 300n);
    expect(board.run(100_000)).toBe(Exit.TRAP);
    expect(Number(board.machine.x(10))).toBe(100 * 1101);
  });

  it('stores and loads across a page boundary', () => {
    const board = new Board(tier, [
      sd(6, 0, 5),
      ld(7, 0, 5),
      add(10, 10, 7),
      addi(8, 8, -1),
      bne(8, 0, -16),
      ecall,
    ]);
    board.machine.x(5, BigInt(CODE + 8 * PAGE - 3));
    board.machine.x(6, 0x1122_3344_5566_7788n);
    board.machine.x(8, 30n);
    expect(board.run(10_000)).toBe(Exit.TRAP);
    expect(board.machine.x(10)).toBe(BigInt.asUintN(64, 30n * 0x1122_3344_5566_7788n));
  });

  it('faults at the right one of several accesses through one register', () => {
    // x5 walks towards the end of RAM: first the access at 16 fails, with the stores before it done.
    const board = new Board(tier, [
      sd(6, 0, 5),
      sd(6, 8, 5),
      ld(7, 0, 5),
      sd(6, 16, 5),
      ld(8, 8, 5),
      addi(5, 5, 8),
      add(10, 10, 7),
      jal(0, -28),
    ]);
    const { machine } = board;
    const start = END_OF_RAM - PAGE - 20;
    machine.x(5, BigInt(start));
    machine.x(6, 1n);
    expect(board.run(100_000)).toBe(Exit.TRAP);
    const failing = Math.ceil((END_OF_RAM - 24 + 1 - start) / 8) * 8 + start;
    expect(Number(machine.long(HART.TVAL))).toBe(failing + 16);
    expect(machine.pc).toBe(CODE + 12);
    expect(Number(machine.x(5))).toBe(failing);
    const rounds = (failing - start) / 8;
    expect(machine.instret).toBe(rounds * 8 + 3);
    expect(Number(machine.x(10))).toBe(rounds);
    expect(machine.view.getUint8(machine.at(failing + 8))).toBe(1);
  });

  it('faults at the right one of accesses through two registers by turns', () => {
    // x11 walks over page boundaries to the end of RAM, while the accesses through x10 lie in one page.
    const board = new Board(tier, [
      ld(5, 0, 10),
      ld(6, 0, 11),
      addi(12, 12, 1),
      sd(12, 8, 10),
      ld(7, 8, 11),
      sd(12, 0, 10),
      addi(11, 11, 24),
      jal(0, -28),
    ]);
    const { machine } = board;
    const start = END_OF_RAM - 3 * PAGE - 8;
    machine.x(10, BigInt(CODE + PAGE));
    machine.x(11, BigInt(start));
    expect(board.run(100_000)).toBe(Exit.TRAP);
    const rounds = (3 * PAGE) / 24;
    expect(machine.pc).toBe(CODE + 16);
    expect(Number(machine.long(HART.TVAL))).toBe(END_OF_RAM);
    expect(machine.instret).toBe(rounds * 8 + 4);
    expect([5, 12].map((register) => Number(machine.x(register)))).toEqual([rounds, rounds + 1]);
    const words = [0, 8].map((at) =>
      Number(machine.view.getBigUint64(machine.at(CODE + PAGE + at), true)),
    );
    expect(words).toEqual([rounds, rounds + 1]);
  });

  it('raises an illegal instruction with its bits', () => {
    const board = new Board(tier, [lui(10, 0x1000), 0xffff_ffff]);
    expect(board.run(10)).toBe(Exit.TRAP);
    expect(board.machine.word(HART.CAUSE)).toBe(CAUSE.ILLEGAL_INSTRUCTION);
    expect(Number(board.machine.long(HART.TVAL))).toBe(0xffff_ffff);
    expect(board.machine.pc).toBe(CODE + 4);
  });

  it('leaves to the next page by falling through', () => {
    const board = new Board(tier, [nop]);
    board.machine.writeWords(CODE + PAGE - 8, [addi(10, 10, 1), addi(10, 10, 1)]);
    board.machine.writeWords(CODE + PAGE, [addi(11, 11, 1), beq(11, 12, 8), jal(0, -16), ecall]);
    board.machine.x(12, 60n);
    board.machine.pc = CODE + PAGE - 8;
    expect(board.run(10_000)).toBe(Exit.TRAP);
    expect(Number(board.machine.x(10))).toBe(120);
  });
});

it('translates all of a straight run, however long: none of it is left to the interpreter', () => {
  const length = 900;
  const board = new Board(TIERS.regions, [
    ...Array.from({ length }, () => addi(10, 10, 1)),
    jal(0, -4 * length),
  ]);
  const rounds = 100;
  expect(board.run(rounds * (length + 1))).toBe(Exit.BUDGET);
  expect(Number(board.machine.x(10))).toBe(rounds * length);
  const {
    instructions = 0,
    translatedInstructions = 0,
    exitsInstruction,
  } = board.engine.statistics();
  expect(exitsInstruction).toBe(0);
  // What came before its parts were hot was the interpreter's.
  expect(translatedInstructions).toBeGreaterThan(0.9 * instructions);
});

it('translates a computed jump to an address that is known', () => {
  const board = new Board(TIERS.regions, [addi(5, 5, 1), jalr(0, 64, 0)]);
  for (let round = 0; round < 4; round++) {
    board.machine.pc = CODE;
    expect(board.run(100)).toBe(Exit.TRAP);
    expect(board.machine.pc).toBe(64);
  }
  expect(board.engine.statistics()['regions']).toBe(1);
});

it('counts branches, and those that two-bit counters have wrong, beside translated code', () => {
  const loop = [addi(5, 0, 100), addi(5, 5, -1), bne(5, 0, -4)];
  const board = new Board(TIERS.regions, [...loop, ...loop, jal(6, 8), ecall, jalr(0, 0, 6)]);
  const { machine } = board;
  const words = new Uint32Array(machine.memory.buffer);
  for (const isOn of [false, true, false, true]) {
    machine.pc = CODE;
    countBranches(words, machine.hart, isOn);
    expect(board.run(1000)).toBe(Exit.TRAP);
  }
  expect(machine.instret).toBe(4 * 404);
  expect(board.engine.statistics()['regions']).toBeGreaterThan(0);
  expect(Number(machine.long(HART.BRANCHES))).toBe(2 * 202);
  // From "strongly not taken" a loop's branch is wrong twice as it begins, and at its end; from there at its end alone. Jumps never are.
  expect(Number(machine.long(HART.BRANCH_MISSES))).toBe(2 * 3 + 2 * 1);
});

it('spreads preemption over all instructions of a loop', () => {
  const machine = new FlatMachine(RAM_BYTES);
  const fixed = { memory: machine.memory, calls: machine, interpreter: interpreterModule() };
  const engine = createEngine({ ...fixed, translation: SYNCHRONOUS, heatThreshold: 2 });
  machine.writeWords(CODE, [nop, nop, nop, jal(0, -12)]);
  machine.pc = CODE;
  const seen = new Set<number>();
  for (let slice = 0; slice < 60; slice++) {
    machine.word(HART.BUDGET, 4000);
    engine.run(machine.hart);
    seen.add(machine.pc);
  }
  expect(seen.size).toBe(4);
});
