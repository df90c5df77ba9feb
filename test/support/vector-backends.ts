/** Runs random vector programs on the evaluator and the engine: traps are skipped and counted, as their handler does. */
import { readFileSync } from 'node:fs';
import { parseIsa } from '../../src/isa/extensions.ts';
import type { AccessSize } from '../../src/isa/ops.ts';
import { CAUSE } from '../../src/isa/trap.ts';
import { vectorTable } from '../../src/isa/vector/vector-instructions.ts';
import { createEngine, type Translation } from '../../src/jit/engine.ts';
import { Exit } from '../../src/machine/engine.ts';
import { step } from '../../src/machine/evaluate.ts';
import { createState, type EvaluatorMemory } from '../../src/machine/evaluator-state.ts';
import { HART } from '../../src/machine/hart-layout.ts';
import { TrapRaised } from '../../src/machine/trap-raised.ts';
import { interpreterModule } from './engine-backend.ts';
import { FlatMachine } from './flat-machine.ts';
import { EXIT, WRITE } from './isa-program.ts';
import { TRAP_COUNT, TRAP_VSTART, type VectorProgram } from './vector-program.ts';

/** A processor model of QEMU, 7.2 and later ones. */
export const VECTOR_MODEL = 'rv64,v=true,vlen=128,elen=64,vext_spec=v1.0';
/** QEMU 7.2 aborts where one of these follows an instruction with another rounding mode. */
const ABORTS = /\.(rtz|rod)\./;
/** What QEMU is an oracle for. */
export const VECTOR_ROWS = vectorTable().rows.filter((row) => !ABORTS.test(row.name));

const MODULE = new URL('../../build/vector.wasm', import.meta.url);
let compiled: WebAssembly.Module | undefined;

/** The generated vector module; `node --import tsx tools/gen-vector.ts` makes it. */
export function vectorModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(MODULE));
  return compiled;
}

const ISA = parseIsa('rv64gcv');
const SKIPPED: ReadonlySet<number> = new Set([
  CAUSE.ILLEGAL_INSTRUCTION,
  CAUSE.LOAD_ACCESS_FAULT,
  CAUSE.STORE_ACCESS_FAULT,
]);

/** RAM of which only the program's pages exist. */
class BoundedMachine extends FlatMachine {
  private readonly bounds: VectorProgram;

  constructor(bounds: VectorProgram) {
    super();
    this.bounds = bounds;
  }
  protected override isRam(address: bigint, size: number): boolean {
    return address >= BigInt(this.bounds.base) && address + BigInt(size) <= BigInt(this.bounds.end);
  }
  override readCsr(hart: number, csr: number): number {
    const value = this.vectorCsr(csr);
    if (value === undefined) return super.readCsr(hart, csr);
    this.long(HART.SCRATCH, value);
    return 0;
  }
  private vectorCsr(csr: number): bigint | undefined {
    if (csr === 8) return this.long(HART.VSTART);
    if (csr === 15) return BigInt(this.word(HART.VCSR));
    if (csr === 0xc20) return this.long(HART.VL);
    return csr === 0xc21 ? this.long(HART.VTYPE) : undefined;
  }
  override writeCsr(hart: number, csr: number): number {
    if (csr === 8) this.long(HART.VSTART, this.long(HART.SCRATCH) & 127n);
    else if (csr === 15) this.word(HART.VCSR, Number(this.long(HART.SCRATCH) & 7n));
    else return super.writeCsr(hart, csr);
    return 0;
  }
}

export function runVectorOnEngine(
  program: VectorProgram,
  translation: Translation,
  heatThreshold = 1,
  budget = 1_000_000,
): Uint8Array {
  const machine = new BoundedMachine(program);
  const engine = createEngine({
    memory: machine.memory,
    calls: machine,
    interpreter: interpreterModule(),
    vectorModule: vectorModule(),
    isa: ISA,
    translation,
    heatThreshold,
    spread: 0,
  });
  machine.u8.set(program.image, machine.at(program.base));
  machine.word(HART.VECTOR_ENABLED, 1);
  machine.long(HART.VTYPE, 1n << 63n);
  machine.pc = program.base;
  const written: Uint8Array[] = [];
  const field = (offset: number): number => machine.at(program.base) + offset;
  for (;;) {
    machine.word(HART.BUDGET, budget);
    const exit = engine.run(machine.hart);
    if (exit === Exit.BUDGET || exit === Exit.SYSTEM) continue;
    const cause = machine.word(HART.CAUSE);
    if (exit === Exit.TRAP && SKIPPED.has(cause)) {
      const count = machine.view.getBigUint64(field(TRAP_COUNT), true);
      machine.view.setBigUint64(field(TRAP_COUNT), count + 1n, true);
      machine.view.setBigUint64(field(TRAP_VSTART), machine.long(HART.VSTART), true);
      machine.long(HART.VSTART, 0n);
      machine.pc += 4;
      continue;
    }
    if (exit !== Exit.TRAP || cause !== CAUSE.ECALL_FROM_U)
      throw new Error(`exit ${exit}, cause ${cause} at ${machine.pc.toString(16)}`);
    const call = Number(machine.x(17));
    if (call === EXIT) return Buffer.concat(written);
    if (call === WRITE) {
      const from = machine.at(Number(machine.x(11)));
      written.push(machine.u8.slice(from, from + Number(machine.x(12))));
    }
    machine.pc += 4;
  }
}

class BoundedMemory implements EvaluatorMemory {
  readonly view: DataView;
  private readonly base: bigint;

  constructor({ base, image }: VectorProgram) {
    this.view = new DataView(image.slice().buffer);
    this.base = BigInt(base);
  }
  private offset(address: bigint, size: number, cause: number): number {
    const offset = BigInt.asUintN(64, address - this.base);
    if (offset + BigInt(size) > BigInt(this.view.byteLength)) throw new TrapRaised(cause, address);
    return Number(offset);
  }
  fetch(address: bigint): number {
    return this.view.getUint16(this.offset(address, 2, CAUSE.INSTRUCTION_ACCESS_FAULT), true);
  }
  load(address: bigint, size: AccessSize, cause: number = CAUSE.LOAD_ACCESS_FAULT): bigint {
    const at = this.offset(address, size, cause);
    let value = 0n;
    for (let k = size - 1; k >= 0; k--) value = (value << 8n) | BigInt(this.view.getUint8(at + k));
    return value;
  }
  loadForStore(address: bigint, size: AccessSize): bigint {
    return this.load(address, size, CAUSE.STORE_ACCESS_FAULT);
  }
  store(address: bigint, size: AccessSize, value: bigint): void {
    const at = this.offset(address, size, CAUSE.STORE_ACCESS_FAULT);
    for (let k = 0; k < size; k++)
      this.view.setUint8(at + k, Number((value >> BigInt(8 * k)) & 0xffn));
  }
}

const unexpected = (): never => {
  throw new Error('a vector program must not use this');
};

export function runVectorOnEvaluator(program: VectorProgram): Uint8Array {
  const memory = new BoundedMemory(program);
  const system = {
    readCsr: unexpected,
    writeCsr: unexpected,
    environmentCallCause: () => CAUSE.ECALL_FROM_U,
    trapReturn: unexpected,
    waitForInterrupt: unexpected,
    sfenceVma: unexpected,
    fenceI: unexpected,
    orderTranslations: unexpected,
    allowsBlock: unexpected,
  };
  const state = createState(memory, system, ISA);
  state.pc = BigInt(program.base);
  const written: Uint8Array[] = [];
  for (;;) {
    const trap = step(state);
    if (trap === undefined) continue;
    if (SKIPPED.has(trap.cause) && state.vector) {
      const count = memory.view.getBigUint64(TRAP_COUNT, true);
      memory.view.setBigUint64(TRAP_COUNT, count + 1n, true);
      memory.view.setBigUint64(TRAP_VSTART, state.vector.vstart, true);
      state.vector.vstart = 0n;
    } else if (trap.cause !== CAUSE.ECALL_FROM_U) {
      throw new Error(`trap ${trap.cause} at ${state.pc.toString(16)}`);
    } else {
      const call = Number(state.x[17]);
      if (call === EXIT) return Buffer.concat(written);
      if (call === WRITE) {
        const from = Number(state.x[11]) - program.base;
        const bytes = new Uint8Array(memory.view.buffer);
        written.push(bytes.slice(from, from + Number(state.x[12])));
      }
    }
    state.pc += 4n;
  }
}
