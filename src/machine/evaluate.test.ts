/** The reference evaluator where QEMU's user mode cannot be asked: traps and what they leave behind. */
import { describe, expect, it } from 'vitest';
import { CSR, FFLAGS } from '../isa/csr.ts';
import { encodeB, encodeI, encodeR, encodeS } from '../isa/encode.ts';
import { CAUSE } from '../isa/trap.ts';
import { step } from './evaluate.ts';
import {
  createState,
  type EvaluatorMemory,
  type EvaluatorState,
  type EvaluatorSystem,
} from './evaluator-state.ts';
import { TrapRaised } from './trap-raised.ts';

const CODE = 0x1000n;
const DATA = 0x2000;
const END = 0x3000n;

/** One page of code and one of data; beyond them, page faults. */
class TwoPages implements EvaluatorMemory {
  readonly bytes = new Map<bigint, bigint>();

  private check(address: bigint, size: number, cause: number): void {
    const last = address + BigInt(size) - 1n;
    if (address < CODE) throw new TrapRaised(cause, address);
    if (last >= END) throw new TrapRaised(cause, address >= END ? address : END);
  }
  private read(address: bigint, size: number): bigint {
    let value = 0n;
    for (let k = BigInt(size) - 1n; k >= 0n; k--) {
      value = (value << 8n) | (this.bytes.get(address + k) ?? 0n);
    }
    return value;
  }
  fetch(address: bigint): number {
    this.check(address, 2, CAUSE.INSTRUCTION_PAGE_FAULT);
    return Number(this.read(address, 2));
  }
  load(address: bigint, size: number): bigint {
    this.check(address, size, CAUSE.LOAD_PAGE_FAULT);
    return this.read(address, size);
  }
  loadForStore(address: bigint, size: number): bigint {
    this.check(address, size, CAUSE.STORE_PAGE_FAULT);
    return this.read(address, size);
  }
  store(address: bigint, size: number, value: bigint): void {
    this.check(address, size, CAUSE.STORE_PAGE_FAULT);
    for (let k = 0n; k < size; k++) this.bytes.set(address + k, (value >> (8n * k)) & 0xffn);
  }
}

/** CSRs as the test sets them; absent ones and writes to cycle are illegal. */
class FakeSystem implements EvaluatorSystem {
  readonly csrs = new Map<number, bigint>([[CSR.cycle, 99n]]);
  readonly fences: unknown[] = [];

  readCsr(csr: number): bigint {
    const value = this.csrs.get(csr);
    if (value === undefined) throw new TrapRaised(CAUSE.ILLEGAL_INSTRUCTION, 0n);
    return value;
  }
  writeCsr(csr: number, value: bigint): void {
    if (csr === CSR.cycle) throw new TrapRaised(CAUSE.ILLEGAL_INSTRUCTION, 0n);
    this.csrs.set(csr, value);
  }
  environmentCallCause = (): number => CAUSE.ECALL_FROM_S;
  trapReturn = (from: 'm' | 's'): bigint => (from === 'm' ? 0x300n : 0x100n);
  waitForInterrupt(): void {
    this.fences.push('wfi');
  }
  orderTranslations(): void {
    this.fences.push('order');
  }
  sfenceVma(address: bigint | undefined, asid: bigint | undefined): void {
    this.fences.push([address, asid]);
  }
  allowsBlock = (): boolean => true;
  fenceI(): void {
    this.fences.push('fence.i');
  }
}

interface Fixture {
  readonly state: EvaluatorState;
  readonly system: FakeSystem;
}

function load(...words: number[]): Fixture {
  const memory = new TwoPages();
  const system = new FakeSystem();
  words.forEach((word, k) => {
    memory.store(CODE + BigInt(4 * k), 4, BigInt(word));
  });
  const state = createState(memory, system);
  state.pc = CODE;
  return { state, system };
}

/** Registers, flags, pc and count, to see that a trap changes nothing. */
const snapshot = (state: EvaluatorState) => ({
  x: [...state.x],
  f: [...state.f],
  pc: state.pc,
  fflags: state.fflags,
  instret: state.instret,
});

function expectTrap(state: EvaluatorState, cause: number, tval: bigint): void {
  const before = snapshot(state);
  expect(step(state)).toEqual({ cause, tval });
  expect(snapshot(state)).toEqual(before);
}

const LD = 0x3003;
const SD = 0x3023;
const CSRRS = 0x2073;

describe('exceptions', () => {
  it('faults with the address of the bad byte and retires nothing', () => {
    const { state } = load(encodeI(LD, 5, 6, 4));
    state.x[6] = END - 8n;
    expectTrap(state, CAUSE.LOAD_PAGE_FAULT, END);
    state.x[6] = END;
    expectTrap(state, CAUSE.LOAD_PAGE_FAULT, END + 4n);
  });

  it('does not store part of a value', () => {
    const { state } = load(encodeS(SD, 6, 7, 0));
    state.x[6] = END - 4n;
    state.x[7] = 0xffff_ffff_ffff_ffffn;
    expectTrap(state, CAUSE.STORE_PAGE_FAULT, END);
    expect(state.memory.load(END - 4n, 4)).toBe(0n);
  });

  it.each([
    ['amoadd.w', 0x0000202f, 2n, CAUSE.STORE_MISALIGNED],
    ['sc.d', 0x1800302f, 4n, CAUSE.STORE_MISALIGNED],
    ['lr.d', 0x1000302f, 4n, CAUSE.LOAD_MISALIGNED],
  ])('%s needs an aligned address', (_name, match, offset, cause) => {
    const { state } = load(encodeR(match, 5, 6, 0));
    state.x[6] = BigInt(DATA) + offset;
    expectTrap(state, cause, BigInt(DATA) + offset);
  });

  it('says the bits of an illegal instruction, long or short', () => {
    const long = load(0xffff_ffff);
    expectTrap(long.state, CAUSE.ILLEGAL_INSTRUCTION, 0xffff_ffffn);
    const short = load(0x0000_8002); // c.jr x0, reserved
    expectTrap(short.state, CAUSE.ILLEGAL_INSTRUCTION, 0x8002n);
  });

  it('refuses reserved rounding modes, static and dynamic', () => {
    const FADD_S = 0x53;
    const fixed = load(FADD_S | (5 << 12));
    expectTrap(fixed.state, CAUSE.ILLEGAL_INSTRUCTION, BigInt(FADD_S | (5 << 12)));
    const dynamic = load(FADD_S | (7 << 12));
    dynamic.state.frm = 6;
    expectTrap(dynamic.state, CAUSE.ILLEGAL_INSTRUCTION, BigInt(FADD_S | (7 << 12)));
    dynamic.state.frm = 4;
    expect(step(dynamic.state)).toBeUndefined();
  });

  it('refuses floating point and its CSRs while FS is Off', () => {
    const { state } = load(0x2007, encodeI(CSRRS, 5, 0, CSR.fcsr));
    state.floatEnabled = false;
    expectTrap(state, CAUSE.ILLEGAL_INSTRUCTION, 0x2007n);
    state.pc += 4n;
    expectTrap(state, CAUSE.ILLEGAL_INSTRUCTION, BigInt(encodeI(CSRRS, 5, 0, CSR.fcsr)));
  });

  it('traps for ecall and ebreak', () => {
    const { state } = load(0x73, 0x0010_0073);
    expectTrap(state, CAUSE.ECALL_FROM_S, 0n);
    state.pc += 4n;
    expectTrap(state, CAUSE.BREAKPOINT, CODE + 4n);
  });
});

describe('CSR instructions', () => {
  it('read a read-only CSR, and may not write it', () => {
    const { state } = load(encodeI(CSRRS, 5, 0, CSR.cycle), encodeI(CSRRS, 5, 6, CSR.cycle));
    expect(step(state)).toBeUndefined();
    expect(state.x[5]).toBe(99n);
    // x6 is 0, but it is not x0: the instruction writes.
    expectTrap(state, CAUSE.ILLEGAL_INSTRUCTION, 0n);
  });

  it('see fflags and frm as the parts of fcsr', () => {
    const { state } = load(encodeI(CSRRS, 5, 6, CSR.fcsr), encodeI(CSRRS, 7, 0, CSR.frm));
    state.fflags = FFLAGS.NX;
    state.x[6] = 0xff40n | 0x10n;
    step(state);
    step(state);
    expect([state.x[5], state.x[7]]).toEqual([1n, 2n]);
    expect(state.fflags).toBe(FFLAGS.NX | FFLAGS.NV);
  });
});

describe('control', () => {
  it('returns from traps to where the system says', () => {
    const { state } = load(0x3020_0073);
    expect(step(state)).toBeUndefined();
    expect([state.pc, state.instret]).toEqual([0x300n, 1]);
  });

  it('tells sfence.vma with x0 from one with a register that is 0', () => {
    const { state, system } = load(0x1200_0073, 0x1200_0073 | (6 << 15) | (7 << 20));
    state.x[7] = 3n;
    step(state);
    step(state);
    expect(system.fences).toEqual([
      [undefined, undefined],
      [0n, 3n],
    ]);
  });

  it('fetches the second half of an instruction from the next page', () => {
    const { state } = load();
    state.memory.store(0x1ffen, 4, BigInt(encodeB(0x63, 0, 0, -16)));
    state.pc = 0x1ffen;
    expect(step(state)).toBeUndefined();
    expect(state.pc).toBe(0x1feen);
    state.memory.store(END - 2n, 2, 0x63n);
    state.pc = END - 2n;
    expectTrap(state, CAUSE.INSTRUCTION_PAGE_FAULT, END);
  });

  it('fails an sc whose reservation is for another address, or used', () => {
    const lr = encodeR(0x1000302f, 5, 6, 0);
    const sc = (rd: number, rs1: number) => encodeR(0x1800302f, rd, rs1, 8);
    const { state } = load(lr, sc(9, 7), lr, sc(10, 6), sc(11, 6));
    state.x[6] = BigInt(DATA);
    state.x[7] = BigInt(DATA) + 8n;
    state.x[8] = 42n;
    for (let k = 0; k < 5; k++) expect(step(state)).toBeUndefined();
    expect([state.x[9], state.x[10], state.x[11]]).toEqual([1n, 0n, 1n]);
    expect(state.memory.load(BigInt(DATA), 8)).toBe(42n);
    expect(state.memory.load(BigInt(DATA) + 8n, 8)).toBe(0n);
  });
});
