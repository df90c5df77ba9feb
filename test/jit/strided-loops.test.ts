/**
 * Loops that walk through memory: which are recognised, and that iterations without look-ups cannot be told from others, whatever the
 * steps, sizes, page ends, branches inside, faults, and wherever the slice ends. `SEED=7 ROUNDS=1000` runs more random ones.
 */
import { describe, expect, it } from 'vitest';
import { discover } from '../../src/jit/control-flow.ts';
import { structureOf } from '../../src/jit/dominators.ts';
import { planAccesses } from '../../src/jit/kept-checks.ts';
import { stridedLoops } from '../../src/jit/strided-loops.ts';
import { Exit } from '../../src/machine/engine.ts';
import { assembleText } from '../support/assemble-text.ts';
import { Board, CODE, RAM_BYTES, TIERS } from '../support/board.ts';
import { Random } from '../support/random.ts';
import { requestFor } from '../support/region-request.ts';

/** The groups of each loop by its header's offset: registers, range, step, whether they are written. */
function groupsOf(text: string): string[] {
  const flow = discover(requestFor(assembleText(text)));
  if (flow === undefined) throw new Error('nothing was discovered');
  const structure = structureOf(flow);
  const accesses = planAccesses(flow, structure, { keeping: true, tables: true });
  const loops = stridedLoops(flow, structure, accesses, () => false);
  return [...loops].map(([header, { groups }]) => {
    const texts = groups.map(
      ({ registers, low, end, step, writes }) =>
        `x${registers.join('+x')} ${low}..${end} by ${step}${writes ? ' w' : ''}`,
    );
    return `${header}: ${texts.join(', ')}`;
  });
}

describe('addresses', () => {
  it('grow by what all ways through an iteration add', () => {
    expect(groupsOf('lbu x5, 0(x10); addi x10, x10, 1; bne x5, x0, -8; ecall')).toEqual([
      '0: x10 0..1 by 1',
    ]);
    const copy = 'lw x5, 0(x10); addi x10, x10, 4; sw x5, -4(x11); addi x11, x11, -4';
    expect(groupsOf(`${copy}; addi x9, x9, -1; bne x9, x0, -20; ecall`)).toEqual([
      '0: x10 0..4 by 4, x11 -4..0 by -4 w',
    ]);
    const arms = 'lw x5, 0(x10); beq x5, x0, 16; addi x10, x10, 4; sw x5, 0(x11); jal x0, 8';
    expect(groupsOf(`${arms}; addi x10, x10, 4; addi x9, x9, -1; bne x9, x0, -28; ecall`)).toEqual([
      '0: x10 0..4 by 4, x11 0..4 by 0 w',
    ]);
  });

  it('are sums of two registers, entries of tables, and what is near them', () => {
    const indexed = 'add x5, x10, x8; ld x6, 0(x5); sd x6, 16(x5); addi x8, x8, 8; bne x8, x9, -16';
    expect(groupsOf(`${indexed}; ecall`)).toEqual(['0: x8+x10 0..24 by 8 w']);
    const table = 'lbu x5, 0(x10); slli x6, x5, 2; add x6, x6, x11; lw x7, 4(x6)';
    expect(groupsOf(`${table}; addi x10, x10, 1; bne x10, x9, -20; ecall`)).toEqual([
      '0: x10 0..1 by 1, x11 4..1028 by 0',
    ]);
    const far = 'ld x5, 0(x10); ld x6, 1016(x10); ld x7, 1024(x10)';
    expect(groupsOf(`${far}; addi x10, x10, 8; bne x10, x9, -16; ecall`)).toEqual([
      '0: x10 0..1024 by 8, x10 1024..1032 by 8',
    ]);
  });

  it('are not followed where ways differ, steps are large, or the register comes from elsewhere', () => {
    const arms = 'lw x5, 0(x10); beq x5, x0, 8; addi x10, x10, 4; addi x9, x9, -1';
    expect(groupsOf(`${arms}; bne x9, x0, -16; ecall`)).toEqual([]);
    expect(groupsOf('ld x10, 0(x10); bne x10, x0, -4; ecall')).toEqual([]);
    expect(groupsOf('ld x5, 0(x10); addi x10, x10, 520; bne x5, x0, -8; ecall')).toEqual([]);
    expect(groupsOf('ld x5, 0(x10); add x10, x10, x5; bne x5, x0, -8; ecall')).toEqual([]);
  });

  it('are those of the innermost of loops that share a header', () => {
    const inner = 'lw x5, 0(x10); addi x10, x10, 4; bne x5, x0, -8';
    expect(
      groupsOf(`${inner}; ld x10, 0(x12); addi x12, x12, 8; bne x12, x13, -20; ecall`),
    ).toEqual(['0: x10 0..4 by 4']);
  });
});

const [WALKERS, FIXED, TABLE, LEFT] = [[10, 11, 12], 13, 14, 9];
const STEPS = [1, 2, 3, 4, 8, 16, 40, -1, -4, -8, -16];
const LOADS = ['lb 1', 'lbu 1', 'lh 2', 'lhu 2', 'lw 4', 'lwu 4', 'ld 8'];
const STORES = ['sb 1', 'sh 2', 'sw 4', 'sd 8'];

/** A loop whose body is random, in another one that places its walkers anew: they come near the ends of pages, now and then of RAM. */
function randomProgram(random: Random): string[] {
  const value = (): string => `x${20 + random.below(4)}`;
  const base = (): number => random.pick([...WALKERS, ...WALKERS, FIXED]);
  const place = (): string => `${random.below(6) * random.pick([1, 4, 8]) - 8}(x${base()})`;
  const name = (names: readonly string[]): string => random.pick(names).split(' ')[0] as string;
  const one = (): string[] => {
    switch (random.below(9)) {
      case 0:
      case 1:
      case 2:
        return [`${name(LOADS)} ${value()}, ${place()}`];
      case 3:
      case 4:
        return [`${name(STORES)} ${value()}, ${place()}`];
      case 5:
        return [`andi x5, ${value()}, 127`, `add x6, x${TABLE}, x5`, `lbu ${value()}, 8(x6)`];
      case 6:
        return [`srli x5, ${value()}, 52`, `add x6, x${FIXED}, x5`, `lbu ${value()}, 0(x6)`];
      case 7:
        return [`add ${value()}, ${value()}, ${value()}`];
      default:
        return [`xor ${value()}, ${value()}, x${LEFT}`];
    }
  };
  const several = (least: number, more: number): string[] =>
    Array.from({ length: least + random.below(more) }, one).flat();
  const setup = WALKERS.flatMap((walker, k) => [
    `andi x5, x${20 + k}, 2040`,
    `add x${walker}, x${15 + k}, x5`,
  ]);
  const body = several(2, 4);
  if (random.chance(0.4)) {
    const arm = several(1, 2);
    body.push(`andi x5, ${value()}, 1`, `beq x5, x0, ${4 * arm.length + 4}`, ...arm);
  }
  for (const walker of WALKERS) {
    const at = random.chance(0.5) ? body.length : 0;
    body.splice(at, 0, `addi x${walker}, x${walker}, ${random.pick(STEPS)}`);
  }
  const exits = random.chance(0.4);
  const after = [`ld x24, 8(x${FIXED})`, `sd x20, 16(x${FIXED})`, `lbu x25, 3(x${TABLE})`];
  if (exits) body.push(`andi x5, ${value()}, 63`, 'beq x5, x0, 12');
  body.push(`addi x${LEFT}, x${LEFT}, -1`);
  const start = [`andi x${LEFT}, x20, 255`, `addi x${LEFT}, x${LEFT}, 1`, ...setup];
  const loop = [...body, `bne x${LEFT}, x0, ${-4 * body.length}`];
  const program = [...start, ...loop, ...after, 'addi x22, x22, 77', 'addi x20, x20, 1001'];
  return [...program, `jal x0, ${-4 * program.length}`];
}

/** All that a program can see after each slice, until it faults. */
function watch(tier: (typeof TIERS)[keyof typeof TIERS], program: string, seed: number): string[] {
  const random = new Random(seed);
  const board = new Board(tier, assembleText(program));
  const { machine } = board;
  const end = CODE + RAM_BYTES;
  const first = end - 0x8000;
  for (let at = first; at < end; at += 4)
    machine.view.setUint32(machine.at(at), Math.imul(at, 0x9e37_79b1) >>> 0, true);
  // Neighbouring pages lie in frames that are not neighbours.
  const turn = 1 + 2 * random.below(4);
  for (let page = 0; page < 8; page++)
    machine.alias(first + 0x1000 * page, first + 0x1000 * ((page * 3 + turn) % 8));
  const near = (pages: number, below: number): bigint =>
    BigInt(end - 0x1000 * pages - random.below(below));
  for (const register of [15, 16, 17]) machine.x(register, near(random.pick([2, 3, 4, 5]), 300));
  machine.x(FIXED, near(6, 40) & ~7n);
  machine.x(TABLE, near(7, 200) + 50n);
  for (let register = 20; register < 24; register++) machine.x(register, random.bits64());
  const seen: string[] = [];
  for (let slice = 0; slice < 150; slice++) {
    if (slice % 16 === 15) machine.clearTlb();
    const exit = board.run(1 + random.below(random.pick([40, 300, 4000])));
    const registers = Array.from({ length: 32 }, (_, k) => machine.x(k).toString(16));
    seen.push(`${exit} ${machine.pc - CODE} ${machine.instret} ${registers.join(' ')}`);
    if (exit === Exit.TRAP) break;
  }
  return [...seen, ...board.remains(first)];
}

const ROUNDS = Number(process.env['ROUNDS'] ?? 12);
const SEED = Number(process.env['SEED'] ?? 1);

it(`does the same in random loops (seed ${SEED})`, { timeout: 600_000 }, () => {
  let followed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const seed = SEED * 100_003 + round;
    const program = randomProgram(new Random(seed)).join('; ');
    followed += groupsOf(program).length;
    const expected = watch(TIERS.interpreter, program, seed);
    expect({ program, seen: watch(TIERS.regions, program, seed) }).toEqual({
      program,
      seen: expected,
    });
  }
  expect(followed).toBeGreaterThan(ROUNDS / 4);
});
