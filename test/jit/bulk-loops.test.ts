/**
 * Loops that copy and fill: which are recognised, and that doing many iterations at once cannot be told from doing them one by one,
 * whatever the addresses, overlaps, page ends, faults and wherever the slice ends. `SEED=7 ROUNDS=1000` runs more of them.
 */
import { expect, it } from 'vitest';
import { encodeB, encodeI, encodeS } from '../../src/isa/encode.ts';
import { bulkLoopOf } from '../../src/jit/bulk-loops.ts';
import { discover } from '../../src/jit/control-flow.ts';
import { createEngine, type Translation } from '../../src/jit/engine.ts';
import { Exit } from '../../src/machine/engine.ts';
import { HART, RAM_PHYSICAL_BASE } from '../../src/machine/hart-layout.ts';
import { add, addi, bne, ecall, ld, sd, sw } from '../support/assembler.ts';
import { interpreterModule, SYNCHRONOUS } from '../support/engine-backend.ts';
import { FlatMachine } from '../support/flat-machine.ts';
import { Random } from '../support/random.ts';
import { requestFor } from '../support/region-request.ts';

const lbu = (rd: number, offset: number, rs1: number) => encodeI(0x4003, rd, rs1, offset);
const lb = (rd: number, offset: number, rs1: number) => encodeI(0x0003, rd, rs1, offset);
const lw = (rd: number, offset: number, rs1: number) => encodeI(0x2003, rd, rs1, offset);
const sb = (rs2: number, offset: number, rs1: number) => encodeS(0x0023, rs1, rs2, offset);
const srli = (rd: number, rs1: number, amount: number) => encodeI(0x5013, rd, rs1, amount);
const slli = (rd: number, rs1: number, amount: number) => encodeI(0x1013, rd, rs1, amount);
const or = (rd: number, rs1: number, rs2: number) =>
  (0x6033 | (rd << 7) | (rs1 << 15) | (rs2 << 20)) >>> 0;
const bltu = (rs1: number, rs2: number, offset: number) => encodeB(0x6063, rs1, rs2, offset);
const blt = (rs1: number, rs2: number, offset: number) => encodeB(0x4063, rs1, rs2, offset);
const bgeu = (rs1: number, rs2: number, offset: number) => encodeB(0x7063, rs1, rs2, offset);

/** x10 target, x11 source, x12 end of the target, x13 iterations, x14 what is filled with, x15 index. */
const COUNT = [addi(13, 13, -1)];
const end = (body: readonly number[], branch: (back: number) => number): number[] => [
  ...body,
  branch(-4 * body.length),
];
const byTarget = (body: readonly number[]) => end(body, (back) => bne(10, 12, back));
const byCount = (body: readonly number[]) => end([...body, ...COUNT], (back) => bne(13, 0, back));
const EIGHT = [0, 1, 2, 3, 4, 5, 6, 7];

const BULK: Readonly<Record<string, readonly number[]>> = {
  bytes: byTarget([lbu(5, 0, 11), sb(5, 0, 10), addi(10, 10, 1), addi(11, 11, 1)]),
  'signed bytes, counted': byCount([lb(5, 0, 11), addi(11, 11, 1), sb(5, 0, 10), addi(10, 10, 1)]),
  'bytes behind their increments': end(
    [addi(11, 11, 1), lbu(5, -1, 11), addi(10, 10, 1), sb(5, -1, 10)],
    (back) => bltu(10, 12, back),
  ),
  'bytes by index': end(
    [add(5, 11, 15), lbu(5, 0, 5), add(6, 10, 15), sb(5, 0, 6), addi(15, 15, 1)],
    (back) => bltu(15, 13, back),
  ),
  'doublewords, two at a time': end(
    [ld(5, 0, 11), ld(6, 8, 11), sd(5, 0, 10), sd(6, 8, 10), addi(11, 11, 16), addi(10, 10, 16)],
    (back) => bgeu(12, 10, back),
  ),
  'sixteen doublewords, as glibc': byTarget([
    ...EIGHT.map((k) => ld(16 + k, 8 * k, 11)),
    ...EIGHT.map((k) => sd(16 + k, 8 * k, 10)),
    ...EIGHT.map((k) => ld(16 + k, 64 + 8 * k, 11)),
    addi(11, 11, 128),
    ...EIGHT.map((k) => sd(16 + k, 64 + 8 * k, 10)),
    addi(10, 10, 128),
  ]),
  'words in another order': end(
    [lw(5, 4, 11), sw(5, 4, 10), lw(5, 0, 11), sw(5, 0, 10), addi(11, 11, 8), addi(10, 10, 8)],
    (back) => blt(10, 12, back),
  ),
  'doublewords as bytes': byTarget([
    ld(5, 0, 11),
    ...EIGHT.slice(1).map((byte) => srli(16 + byte, 5, 8 * byte)),
    sb(5, 0, 10),
    ...EIGHT.slice(1).map((byte) => sb(16 + byte, byte, 10)),
    addi(11, 11, 8),
    addi(10, 10, 8),
  ]),
  'halves put together': byCount([
    lbu(5, 0, 11),
    lbu(6, 1, 11),
    slli(6, 6, 8),
    or(5, 5, 6),
    encodeS(0x1023, 10, 5, 0),
    addi(10, 10, 2),
    addi(11, 11, 2),
  ]),
  'fill bytes': byTarget([sb(14, 0, 10), addi(10, 10, 1)]),
  'fill doublewords': byCount([sd(14, 0, 10), sd(14, 8, 10), addi(10, 10, 16)]),
  'fill with zeros': byTarget([sd(0, 0, 10), sw(0, 8, 10), sw(0, 12, 10), addi(10, 10, 16)]),
};

const OTHER: Readonly<Record<string, readonly number[]>> = {
  'a gap in the target': byTarget([lw(5, 0, 11), sw(5, 0, 10), addi(10, 10, 8), addi(11, 11, 8)]),
  'another stride in the source': byTarget([
    lbu(5, 0, 11),
    sb(5, 0, 10),
    addi(10, 10, 1),
    addi(11, 11, 2),
  ]),
  'bytes swapped': byTarget([
    lbu(5, 0, 11),
    lbu(6, 1, 11),
    sb(6, 0, 10),
    sb(5, 1, 10),
    addi(10, 10, 2),
    addi(11, 11, 2),
  ]),
  'a sum of the bytes': byTarget([
    lbu(5, 0, 11),
    sb(5, 0, 10),
    add(14, 14, 5),
    addi(10, 10, 1),
    addi(11, 11, 1),
  ]),
  'the byte before': byTarget([sb(5, 0, 10), lbu(5, 0, 11), addi(10, 10, 1), addi(11, 11, 1)]),
  'what is filled with changes': byTarget([sb(14, 0, 10), addi(14, 14, 1), addi(10, 10, 1)]),
  downwards: byTarget([lbu(5, 0, 11), sb(5, 0, 10), addi(10, 10, -1), addi(11, 11, -1)]),
  'the loaded byte decides': end(
    [lbu(5, 0, 11), sb(5, 0, 10), addi(10, 10, 1), addi(11, 11, 1)],
    (back) => bne(5, 0, back),
  ),
  'a load from elsewhere': byTarget([
    lbu(5, 0, 11),
    ld(6, 0, 14),
    sb(5, 0, 10),
    addi(10, 10, 1),
    addi(11, 11, 1),
  ]),
};

function isBulk(words: readonly number[]): boolean {
  const block = discover(requestFor([...words, ecall]))?.blocks.get(0);
  return block !== undefined && bulkLoopOf(block) !== undefined;
}

it.each(Object.keys(BULK))('recognises %s', (name) => {
  expect(isBulk(BULK[name] ?? [])).toBe(true);
});

it.each(Object.keys(OTHER))('leaves alone: %s', (name) => {
  expect(isBulk(OTHER[name] ?? [])).toBe(false);
});

const RAM_BYTES = 4 << 20;
const PAGE = 4096;
const AREA = RAM_PHYSICAL_BASE + (1 << 20);
const AREA_BYTES = 8 * PAGE;
const END_OF_RAM = RAM_PHYSICAL_BASE + RAM_BYTES;
/** What holds random bytes. */
const FILLED = [
  [AREA, AREA + AREA_BYTES + 2 * PAGE],
  [END_OF_RAM - 2 * PAGE, END_OF_RAM],
] as const;
const seed = Number(process.env['SEED'] ?? 1);
const rounds = Number(process.env['ROUNDS'] ?? 12);

class Board {
  readonly machine = new FlatMachine(RAM_BYTES);
  private readonly engine;

  constructor(translation: Translation, words: readonly number[]) {
    const { machine } = this;
    const interpreter = interpreterModule();
    this.engine = createEngine({
      memory: machine.memory,
      calls: machine,
      interpreter,
      spread: 0,
      translation,
      heatThreshold: 2,
    });
    machine.writeWords(RAM_PHYSICAL_BASE, [...words, ecall]);
  }

  run(budget: number): Exit {
    this.machine.word(HART.BUDGET, budget);
    return this.engine.run(this.machine.hart);
  }

  state(): unknown {
    const { machine } = this;
    const registers = Array.from({ length: 32 }, (_, register) => machine.x(register));
    return { registers, pc: machine.pc, instret: machine.instret };
  }

  memory(): Buffer {
    const { machine } = this;
    return Buffer.from(machine.u8.slice(machine.at(AREA), machine.at(END_OF_RAM)));
  }
}

interface Start {
  readonly target: number;
  readonly source: number;
  readonly bytes: number;
  readonly fill: bigint;
}

/** The source ends with memory: the load fails. */
const BEYOND_RAM: Start = {
  target: AREA,
  source: END_OF_RAM - 1000,
  bytes: 8000,
  fill: 0n,
};

function randomStart(random: Random): Start {
  const place = () => AREA + random.below(AREA_BYTES);
  const atTheEnd = END_OF_RAM - 16 * random.below(300);
  const source = random.pick([place(), place(), atTheEnd]);
  const near = source + random.pick([-8, -4, -2, -1, 0, 1, 2, 4, 8, 16, 24, 65]);
  const align = random.pick([1, 8, 16]);
  const chosen = random.pick([place(), near, near, source + PAGE, atTheEnd]);
  const target = chosen - (chosen % align);
  const bytes = 16 * (1 + random.below(random.pick([8, 400, 800])));
  const fill = random.pick([random.bits64(), 0xabab_abab_abab_ababn, 0xabn]);
  return { target, source, bytes, fill };
}

function prepare(
  { machine }: Board,
  { target, source, bytes, fill }: Start,
  content: Random,
): void {
  machine.clearTlb();
  machine.pc = RAM_PHYSICAL_BASE;
  machine.x(10, BigInt(target));
  machine.x(11, BigInt(source));
  machine.x(12, BigInt(target + bytes));
  machine.x(13, BigInt(bytes));
  machine.x(14, fill);
  machine.x(15, 0n);
  for (const [from, to] of FILLED) {
    for (let at = from; at < to; at += 4) machine.writeWords(at, [content.bits32()]);
  }
}

it.each(Object.entries(BULK))(`is exact: %s (seed ${seed})`, (_name, words) => {
  const boards = [new Board({ mode: 'interpret' }, words), new Board(SYNCHRONOUS, words)] as const;
  const random = new Random(seed);
  for (let round = 0; round < rounds; round++) {
    const start = round === 0 ? BEYOND_RAM : randomStart(random);
    const content = random.bits32();
    for (const board of boards) prepare(board, start, new Random(content));
    const longest = round === 0 ? 1_000_000 : random.pick([30, 700, 100_000, 1_000_000]);
    for (let isRunning = true; isRunning; ) {
      const budget = 1 + random.below(longest);
      const exits = boards.map((board) => board.run(budget));
      const [expected, actual] = boards.map((board) => board.state());
      expect(actual, `round ${round}`).toEqual(expected);
      expect(exits[1]).toBe(exits[0]);
      isRunning = exits[0] === Exit.BUDGET;
    }
    expect(boards[1].memory().equals(boards[0].memory()), `memory in round ${round}`).toBe(true);
  }
  expect(boards[0].machine.instret).toBeGreaterThan(100 * rounds);
});
