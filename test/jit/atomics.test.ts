/** Compare and swap, and cache blocks, where random programs do not go: x0, misalignment, instructions that are not allowed. */
import { describe, expect, it } from 'vitest';
import { encodeR } from '../../src/isa/encode.ts';
import { CAUSE } from '../../src/isa/trap.ts';
import { createEngine, type Translation } from '../../src/jit/engine.ts';
import { type Engine, Exit } from '../../src/machine/engine.ts';
import { CBO_ALLOWED, HART } from '../../src/machine/hart-layout.ts';
import { addi, ecall } from '../support/assembler.ts';
import { interpreterModule, SYNCHRONOUS } from '../support/engine-backend.ts';
import { FlatMachine } from '../support/flat-machine.ts';

const CODE = 0x8010_0000;
const DATA = 0x8020_0000;
const [A0, A1, A2, A3] = [10, 11, 12, 13];

const amocasB = (rd: number, rs2: number, rs1: number) => encodeR(0x2800_002f, rd, rs1, rs2);
const amocasW = (rd: number, rs2: number, rs1: number) => encodeR(0x2800_202f, rd, rs1, rs2);
const amocasQ = (rd: number, rs2: number, rs1: number) => encodeR(0x2800_402f, rd, rs1, rs2);
const cboZero = (rs1: number) => encodeR(0x0040_200f, 0, rs1, 0);
const cboClean = (rs1: number) => encodeR(0x0010_200f, 0, rs1, 0);
const NOP = addi(0, 0, 0);

class Run {
  readonly machine = new FlatMachine();
  private readonly engine: Engine;

  constructor(translation: Translation, engines: number) {
    this.engine = createEngine({
      memory: this.machine.memory,
      calls: this.machine,
      interpreter: interpreterModule(),
      translation,
      heatThreshold: 1,
      spread: 0,
      engines,
    });
    this.machine.x(A1, BigInt(DATA));
  }

  /** To the trap at the end, or before; its cause. */
  run(...code: number[]): number {
    const { machine } = this;
    machine.writeWords(CODE, [NOP, ...code, ecall]);
    this.engine.invalidateAll();
    machine.pc = CODE;
    machine.word(HART.BUDGET, 1000);
    expect(this.engine.run(machine.hart)).toBe(Exit.TRAP);
    return machine.word(HART.CAUSE);
  }

  quad(offset: number, value?: bigint): bigint {
    const at = this.machine.at(DATA) + offset;
    if (value !== undefined) this.machine.view.setBigUint64(at, value, true);
    return this.machine.view.getBigUint64(at, true);
  }
}

const TIERS: readonly (readonly [string, Translation, engines: number])[] = [
  ['interpreter', { mode: 'interpret' }, 1],
  ['regions', SYNCHRONOUS, 1],
  ['regions of two threads', SYNCHRONOUS, 2],
];

describe.each(TIERS)('%s', (_tier, translation, engines) => {
  it('x0 as destination of amocas expects 0 and stays 0', () => {
    const run = new Run(translation, engines);
    run.machine.x(A2, 0x1234n);
    run.run(amocasW(0, A2, A1));
    expect(run.quad(0)).toBe(0x1234n);
    run.machine.x(A2, 7n);
    run.run(amocasW(0, A2, A1), addi(A0, 0, 5));
    expect([run.quad(0), run.machine.x(0), run.machine.x(A0)]).toEqual([0x1234n, 0n, 5n]);
  });

  it('amocas.q with x0 is a pair of zeros, and leaves x1 alone', () => {
    const run = new Run(translation, engines);
    run.machine.x(1, 99n);
    run.machine.x(A2, 3n);
    run.machine.x(A3, 4n);
    run.run(amocasQ(0, A2, A1));
    expect([run.quad(0), run.quad(8)]).toEqual([3n, 4n]);
    run.run(amocasQ(0, A2, A1));
    expect([run.machine.x(0), run.machine.x(1)]).toEqual([0n, 99n]);
    // As a source too: zeros are stored.
    run.machine.x(A2, 3n);
    run.machine.x(A3, 4n);
    run.run(amocasQ(A2, 0, A1));
    expect([run.quad(0), run.quad(8)]).toEqual([0n, 0n]);
  });

  it('amocas.q compares both halves', () => {
    const run = new Run(translation, engines);
    run.quad(0, 1n);
    run.quad(8, 2n);
    run.machine.x(14, 1n);
    run.machine.x(15, 3n);
    run.machine.x(A2, 8n);
    run.machine.x(A3, 9n);
    run.run(amocasQ(14, A2, A1));
    expect([run.quad(0), run.quad(8)]).toEqual([1n, 2n]);
    expect([run.machine.x(14), run.machine.x(15)]).toEqual([1n, 2n]);
    run.run(amocasQ(14, A2, A1));
    expect([run.quad(0), run.quad(8)]).toEqual([8n, 9n]);
  });

  it('misaligned ones trap, those of bytes never', () => {
    const run = new Run(translation, engines);
    run.machine.x(A1, BigInt(DATA + 8));
    expect(run.run(amocasQ(A2, 14, A1))).toBe(CAUSE.STORE_MISALIGNED);
    expect(run.machine.long(HART.TVAL)).toBe(BigInt(DATA + 8));
    run.machine.x(A1, BigInt(DATA + 2));
    expect(run.run(amocasW(A2, 14, A1))).toBe(CAUSE.STORE_MISALIGNED);
    run.machine.x(A1, BigInt(DATA + 3));
    expect(run.run(amocasB(A2, 14, A1))).toBe(CAUSE.ECALL_FROM_U);
  });

  it('cbo.zero zeroes the block of the address where it is allowed', () => {
    const run = new Run(translation, engines);
    for (let offset = 0; offset < 192; offset += 8) run.quad(offset, 1n);
    run.machine.x(A1, BigInt(DATA + 64 + 13));
    run.machine.word(HART.CACHE_BLOCKS, CBO_ALLOWED.clean);
    expect(run.run(cboZero(A1))).toBe(CAUSE.ILLEGAL_INSTRUCTION);
    expect(run.machine.pc).toBe(CODE + 4);
    expect(run.quad(64)).toBe(1n);
    run.machine.word(HART.CACHE_BLOCKS, CBO_ALLOWED.zero);
    for (let k = 0; k < 2; k++) expect(run.run(cboZero(A1))).toBe(CAUSE.ECALL_FROM_U);
    const block = Array.from({ length: 24 }, (_, k) => run.quad(8 * k));
    expect(block.map((value) => value === 0n)).toEqual(
      Array.from({ length: 24 }, (_, k) => k >= 8 && k < 16),
    );
  });

  it('cbo.clean asks whether the block can be accessed', () => {
    const run = new Run(translation, engines);
    expect(run.run(cboClean(A1))).toBe(CAUSE.ECALL_FROM_U);
    expect(run.machine.called.get('manageBlock')).toBe(1);
    run.machine.word(HART.CACHE_BLOCKS, CBO_ALLOWED.zero);
    expect(run.run(cboClean(A1))).toBe(CAUSE.ILLEGAL_INSTRUCTION);
  });
});
