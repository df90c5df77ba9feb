/** Runs programs on the reference evaluator, in a flat memory, with the two system calls that they make. */
import type { AccessSize } from '../../src/isa/ops.ts';
import { CAUSE } from '../../src/isa/trap.ts';
import { step } from '../../src/machine/evaluate.ts';
import {
  createState,
  type EvaluatorMemory,
  type EvaluatorSystem,
} from '../../src/machine/evaluator-state.ts';
import { TrapRaised } from '../../src/machine/trap-raised.ts';
import { EXIT, type RunProgram, WRITE } from './isa-program.ts';

/** The bytes of a program at its base; all else is an access fault. */
class FlatMemory implements EvaluatorMemory {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly base: bigint;

  constructor(base: number, image: Uint8Array) {
    this.bytes = image.slice();
    this.view = new DataView(this.bytes.buffer);
    this.base = BigInt(base);
  }

  offset(address: bigint, size: number, cause: number): number {
    const offset = Number(address - this.base);
    if (offset < 0 || offset + size > this.bytes.length) throw new TrapRaised(cause, address);
    return offset;
  }

  fetch(address: bigint): number {
    return this.view.getUint16(this.offset(address, 2, CAUSE.INSTRUCTION_ACCESS_FAULT), true);
  }

  load(address: bigint, size: AccessSize): bigint {
    return this.read(this.offset(address, size, CAUSE.LOAD_ACCESS_FAULT), size);
  }

  loadForStore(address: bigint, size: AccessSize): bigint {
    return this.read(this.offset(address, size, CAUSE.STORE_ACCESS_FAULT), size);
  }

  store(address: bigint, size: AccessSize, value: bigint): void {
    const offset = this.offset(address, size, CAUSE.STORE_ACCESS_FAULT);
    if (size === 8) this.view.setBigUint64(offset, value, true);
    else if (size === 4) this.view.setUint32(offset, Number(value), true);
    else if (size === 2) this.view.setUint16(offset, Number(value), true);
    else this.view.setUint8(offset, Number(value));
  }

  private read(offset: number, size: AccessSize): bigint {
    if (size === 8) return this.view.getBigUint64(offset, true);
    if (size === 4) return BigInt(this.view.getUint32(offset, true));
    return BigInt(size === 2 ? this.view.getUint16(offset, true) : this.view.getUint8(offset));
  }
}

function unexpected(what: string): never {
  throw new Error(`a test program must not use ${what}`);
}

/** A process has no privileged state. */
const USER_SYSTEM: EvaluatorSystem = {
  readCsr: (csr) => unexpected(`CSR ${csr}`),
  writeCsr: (csr) => unexpected(`CSR ${csr}`),
  environmentCallCause: () => CAUSE.ECALL_FROM_U,
  trapReturn: () => unexpected('mret'),
  waitForInterrupt: () => unexpected('wfi'),
  sfenceVma: () => unexpected('sfence.vma'),
  orderTranslations: () => unexpected('sfence.w.inval'),
  fenceI: () => undefined,
  allowsBlock: () => true,
};

export const runOnEvaluator: RunProgram = (program) => {
  const memory = new FlatMemory(program.base, program.image);
  const state = createState(memory, USER_SYSTEM);
  state.pc = BigInt(program.base);
  const written: Uint8Array[] = [];
  const argument = (index: number): bigint => state.x[10 + index] as bigint;
  for (;;) {
    const trap = step(state);
    if (trap === undefined) continue;
    if (trap.cause !== CAUSE.ECALL_FROM_U) {
      throw new Error(`trap ${trap.cause} at ${state.pc.toString(16)}, tval ${trap.tval}`);
    }
    const call = Number(state.x[17]);
    if (call === EXIT) return Buffer.concat(written);
    if (call !== WRITE) unexpected(`system call ${call}`);
    const length = Number(argument(2));
    const offset = memory.offset(argument(1), length, CAUSE.LOAD_ACCESS_FAULT);
    written.push(memory.bytes.slice(offset, offset + length));
    state.x[10] = argument(2);
    state.pc += 4n;
  }
};
