/** Vector instructions on the reference evaluator: isa/vector/vector-ops.ts on BigInt, over a register file of bytes. */
import { CSR } from '../isa/csr.ts';
import type { AccessSize, Ops } from '../isa/ops.ts';
import { CAUSE } from '../isa/trap.ts';
import type { VectorInstruction } from '../isa/vector/vector-instruction.ts';
import type { ElementOps, Sew, VectorOps } from '../isa/vector/vector-ops.ts';
import { operandsOfWord, VLENB } from '../isa/vector/vector-state.ts';
import type { EvaluatorState } from './evaluator-state.ts';
import { TrapRaised } from './trap-raised.ts';

/** v registers and the CSRs of the extension. vtype has vill in bit 63. */
export interface VectorRegisters {
  readonly bytes: Uint8Array;
  vl: bigint;
  vtype: bigint;
  vstart: bigint;
  vxsat: number;
  vxrm: number;
}

export function createVectorRegisters(): VectorRegisters {
  const bytes = new Uint8Array(32 * VLENB);
  return { bytes, vl: 0n, vtype: 1n << 63n, vstart: 0n, vxsat: 0, vxrm: 0 };
}

const VSTART_MASK = 127n;

/** Undefined where it is none of V's. */
export function readVectorCsr(registers: VectorRegisters, csr: number): bigint | undefined {
  switch (csr) {
    case CSR.vstart:
      return registers.vstart;
    case CSR.vxsat:
      return BigInt(registers.vxsat);
    case CSR.vxrm:
      return BigInt(registers.vxrm);
    case CSR.vcsr:
      return BigInt(registers.vxsat | (registers.vxrm << 1));
    case CSR.vl:
      return registers.vl;
    case CSR.vtype:
      return registers.vtype;
    case CSR.vlenb:
      return BigInt(VLENB);
    default:
      return undefined;
  }
}

/** False where it is none of V's that can be written. */
export function writeVectorCsr(registers: VectorRegisters, csr: number, value: bigint): boolean {
  const bits = Number(value & 7n);
  switch (csr) {
    case CSR.vstart:
      registers.vstart = value & VSTART_MASK;
      return true;
    case CSR.vxsat:
      registers.vxsat = bits & 1;
      return true;
    case CSR.vxrm:
      registers.vxrm = bits & 3;
      return true;
    case CSR.vcsr:
      registers.vxsat = bits & 1;
      registers.vxrm = bits >> 1;
      return true;
    default:
      return false;
  }
}

interface Outcome {
  result: bigint;
}

/** What V adds to the vocabulary of the scalar instructions. */
function vectorPart(
  state: EvaluatorState,
  registers: VectorRegisters,
  illegal: () => TrapRaised,
  outcome: Outcome,
): Omit<VectorOps<bigint>, keyof ElementOps<bigint> | 'when'> &
  Pick<VectorOps<bigint>, 'vxrm' | 'saturateWhen' | 'frm' | 'fflags' | 'setFflags'> {
  const view = new DataView(registers.bytes.buffer);
  const read = {
    8: (at: number) => BigInt(view.getUint8(at)),
    16: (at: number) => BigInt(view.getUint16(at, true)),
    32: (at: number) => BigInt(view.getUint32(at, true)),
    64: (at: number) => view.getBigUint64(at, true),
  };
  return {
    vxrm: () => BigInt(registers.vxrm),
    saturateWhen: (condition) => {
      if (condition !== 0n) registers.vxsat = 1;
    },
    frm: () => BigInt(state.frm),
    fflags: () => BigInt(state.fflags),
    setFflags: (value) => {
      state.fflags = Number(value);
    },
    variable: (initial) => {
      let current = initial;
      return {
        get: () => current,
        set: (value) => {
          current = value;
        },
      };
    },
    ifElse: (condition, then, otherwise) => (condition !== 0n ? then() : otherwise()),
    forEach: (from, to, body) => {
      for (let index = from; index < to(); index++) body(index);
    },
    bySew: (code, widths, body) => {
      const sew = (8 << Number(code)) as Sew;
      if (!widths.includes(sew)) throw illegal();
      body(sew);
    },
    illegalWhen: (condition) => {
      if (condition !== 0n) throw illegal();
    },
    readElement: (offset, bits, signed) => {
      const value = read[bits](Number(offset));
      return signed ? BigInt.asUintN(64, BigInt.asIntN(bits, value)) : value;
    },
    writeElement: (offset, bits, value) => {
      for (let k = 0; k < bits / 8; k++)
        view.setUint8(Number(offset) + k, Number((value >> BigInt(8 * k)) & 0xffn));
    },
    vl: () => registers.vl,
    setVl: (value) => {
      registers.vl = value;
    },
    vtype: () => registers.vtype,
    setVtype: (value) => {
      registers.vtype = value;
    },
    vstart: () => registers.vstart,
    setVstart: (value) => {
      registers.vstart = value;
    },
    giveResult: (value) => {
      outcome.result = value;
    },
    requireFloat: () => {
      if (!state.floatEnabled || state.frm > 4) throw illegal();
    },
    ...memoryPart(state, registers),
  };
}

type MemoryPart = 'loadMemory' | 'storeMemory' | 'tryLoadMemory' | 'moveBlock';

function memoryPart(
  { memory }: EvaluatorState,
  registers: VectorRegisters,
): Pick<VectorOps<bigint>, MemoryPart> {
  /** A trap leaves vstart at the element. */
  const atElement = <T>(index: bigint, access: () => T): T => {
    try {
      return access();
    } catch (error) {
      if (error instanceof TrapRaised) registers.vstart = index;
      throw error;
    }
  };
  return {
    loadMemory: (address, size, index) => atElement(index, () => memory.load(address, size)),
    storeMemory: (address, size, value, index) =>
      atElement(index, () => memory.store(address, size, BigInt.asUintN(8 * size, value))),
    tryLoadMemory: (address: bigint, size: AccessSize) => {
      try {
        return { value: memory.load(address, size), failed: 0n };
      } catch (error) {
        if (error instanceof TrapRaised) return { value: 0n, failed: 1n };
        throw error;
      }
    },
    // Element by element always.
    moveBlock: () => 0n,
  };
}

/** Execute one instruction; `bits` is its word. Throws TrapRaised. The scalar vocabulary is inherited from `scalar`. */
export function executeVector(
  row: VectorInstruction,
  bits: number,
  scalar: Ops<bigint, number>,
  state: EvaluatorState,
  registers: VectorRegisters,
): void {
  const illegal = (): TrapRaised => new TrapRaised(CAUSE.ILLEGAL_INSTRUCTION, BigInt(bits >>> 0));
  const outcome: Outcome = { result: 0n };
  const base: Ops<bigint, number> = Object.create(scalar);
  const m: VectorOps<bigint> = Object.assign(base, vectorPart(state, registers, illegal, outcome));
  const rd = (bits >>> 7) & 31;
  const rs1 = (bits >>> 15) & 31;
  const rs2 = (bits >>> 20) & 31;
  const first = row.shape === 'f' ? scalar.f(rs1) : scalar.x(rs1);
  row.meaning(m, operandsOfWord(m, BigInt(bits >>> 0), first, scalar.x(rs2)));
  if (row.shape === 'toF') scalar.setF(rd, outcome.result);
  if (row.shape.endsWith('ToX') || row.shape === 'toX') scalar.setX(rd, outcome.result);
}
