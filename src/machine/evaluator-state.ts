/** State of the reference evaluator (evaluate.ts), and what lies around it: memory, and all that is not the instruction set proper. */
import { IsaDecoder } from '../isa/decode.ts';
import { DEFAULT_ISA, type Isa } from '../isa/extensions.ts';
import type { AccessSize, BlockManagement } from '../isa/ops.ts';
import { createVectorRegisters, type VectorRegisters } from './vector-evaluator.ts';

/** Virtual memory as the guest sees it. Each method may throw TrapRaised. Values are zero-extended. */
export interface EvaluatorMemory {
  /** Halfword of code. */
  fetch(address: bigint): number;
  load(address: bigint, size: AccessSize): bigint;
  store(address: bigint, size: AccessSize, value: bigint): void;
  /** Read for an AMO or SC: faults are those of a store. */
  loadForStore(address: bigint, size: AccessSize): bigint;
}

/** What lies outside the instruction set proper. Each method may throw TrapRaised. */
export interface EvaluatorSystem {
  /** All CSRs but fflags, frm and fcsr, which are in the state. */
  readCsr(csr: number): bigint;
  writeCsr(csr: number, value: bigint): void;
  /** CAUSE.ECALL_FROM_… of the current privilege. */
  environmentCallCause(): number;
  /** Returns the new pc. */
  trapReturn(from: 'm' | 's'): bigint;
  waitForInterrupt(): void;
  sfenceVma(address: bigint | undefined, asid: bigint | undefined): void;
  orderTranslations(): void;
  fenceI(): void;
  /** Whether envcfg lets the current privilege execute a cache-block instruction. */
  allowsBlock(operation: BlockManagement | 'zero'): boolean;
}

/** State of one hart. A trap leaves it as it was. */
export interface EvaluatorState {
  /** x[0] stays 0. */
  readonly x: BigUint64Array;
  readonly f: BigUint64Array;
  pc: bigint;
  fflags: number;
  frm: number;
  /** mstatus.FS is not Off. */
  floatEnabled: boolean;
  /** Instructions retired. */
  instret: number;
  reservation: { readonly address: bigint; readonly value: bigint } | undefined;
  readonly memory: EvaluatorMemory;
  readonly system: EvaluatorSystem;
  readonly decoder: IsaDecoder;
  /** Absent: no vector extension. */
  readonly vector?: VectorRegisters;
}

/** A hart with all registers 0. Instructions beyond `isa` are illegal. */
export function createState(
  memory: EvaluatorMemory,
  system: EvaluatorSystem,
  isa: Isa = DEFAULT_ISA,
): EvaluatorState {
  return {
    x: new BigUint64Array(32),
    f: new BigUint64Array(32),
    pc: 0n,
    fflags: 0,
    frm: 0,
    floatEnabled: true,
    instret: 0,
    reservation: undefined,
    memory,
    system,
    decoder: new IsaDecoder(isa),
    ...(isa.has('v') && { vector: createVectorRegisters() }),
  };
}
