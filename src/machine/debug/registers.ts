/** The registers of a hart by gdb's numbers, and the description of them that gdb asks for ("Debugging with GDB", G.5.14). */
import { CSR, PRIVILEGE } from '../../isa/csr.ts';
import { csrName } from '../../isa/csr-names.ts';
import { FLOAT_REGISTER_NAMES, INTEGER_REGISTER_NAMES } from '../../isa/registers.ts';
import type { Hart } from '../hart.ts';
import { HART } from '../hart-layout.ts';

/** gdb's numbers: x0 to x31, pc, f0 to f31, CSRs in the order of their numbers, the privilege, v0 to v31. */
const PC = 32;
const FIRST_FLOAT = 33;
const FIRST_CSR = 65;
const PRIVILEGE_REGISTER = FIRST_CSR + 4096;
const FIRST_VECTOR = PRIVILEGE_REGISTER + 1;
const CSR_COUNT = 4096;
const VECTOR_BYTES = 16;
const MISA_V = 1 << 21;
/** The registers of the `g` packet: integers and pc. */
const GENERAL_COUNT = PC + 1;

interface Register {
  readonly name: string;
  readonly number: number;
  readonly bytes: number;
  readonly type: string;
  readonly read: (hart: Hart) => Uint8Array | undefined;
  /** Returns whether the hart took it. */
  readonly write: (hart: Hart, bytes: Uint8Array) => boolean;
}

interface Feature {
  readonly name: string;
  /** Definitions of types that come first. */
  readonly types?: string;
  readonly registers: readonly Register[];
}

function bytesAt(hart: Hart, offset: number, length: number): Uint8Array {
  return new Uint8Array(hart.state.words.buffer, hart.state.block + offset, length);
}

/** A register that lies in the hart block. */
function stored(number: number, name: string, type: string, offset: number, bytes = 8): Register {
  return {
    name,
    number,
    bytes,
    type,
    read: (hart) => bytesAt(hart, offset, bytes).slice(),
    write: (hart, value) => {
      bytesAt(hart, offset, bytes).set(value);
      return true;
    },
  };
}

/** Do something with CSRs as M-mode would, whatever mode the hart is in. */
function asMachine<T>(hart: Hart, action: () => T): T {
  const { privilege } = hart.state;
  hart.state.setWord(HART.PRIVILEGE, PRIVILEGE.MACHINE);
  const result = action();
  hart.setPrivilege(privilege);
  return result;
}

function readCsr(hart: Hart, csr: number): Uint8Array | undefined {
  return asMachine(hart, () =>
    hart.readCsr(csr) ? new Uint8Array(Uint32Array.of(hart.low, hart.high).buffer) : undefined,
  );
}

function writeCsr(hart: Hart, csr: number, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return asMachine(hart, () => {
    hart.low = view.getUint32(0, true);
    hart.high = view.getUint32(4, true);
    return hart.writeCsr(csr);
  });
}

const csrRegister = (csr: number, name: string): Register => ({
  name,
  number: FIRST_CSR + csr,
  bytes: 8,
  type: 'int',
  read: (hart) => readCsr(hart, csr),
  write: (hart, bytes) => writeCsr(hart, csr, bytes),
});

const privilegeRegister: Register = {
  ...stored(PRIVILEGE_REGISTER, 'priv', 'int', HART.PRIVILEGE),
  read: (hart) => Uint8Array.of(hart.state.privilege, 0, 0, 0, 0, 0, 0, 0),
  write: (hart, [mode]) => {
    const isMode = Object.values(PRIVILEGE).some((known) => known === mode);
    if (isMode) hart.setPrivilege(mode as number);
    return isMode;
  },
};

const INTEGER_TYPES: Readonly<Record<string, string>> = {
  ra: 'code_ptr',
  sp: 'data_ptr',
  gp: 'data_ptr',
  tp: 'data_ptr',
};

/** x0 cannot be written. */
const zero: Register = { ...stored(0, 'zero', 'int', HART.X), write: () => true };

const cpuFeature = (): Feature => ({
  name: 'org.gnu.gdb.riscv.cpu',
  registers: [
    zero,
    ...INTEGER_REGISTER_NAMES.slice(1).map((name, k) =>
      stored(
        k + 1,
        name === 's0' ? 'fp' : name,
        INTEGER_TYPES[name] ?? 'int',
        HART.X + 8 * (k + 1),
      ),
    ),
    stored(PC, 'pc', 'code_ptr', HART.PC),
  ],
});

const FLOAT_TYPES =
  '<union id="riscv_double"><field name="float" type="ieee_single"/><field name="double" type="ieee_double"/></union>';

const floatFeature = (): Feature => ({
  name: 'org.gnu.gdb.riscv.fpu',
  types: FLOAT_TYPES,
  registers: FLOAT_REGISTER_NAMES.map((name, k) =>
    stored(FIRST_FLOAT + k, name, 'riscv_double', HART.F + 8 * k),
  ),
});

const VECTOR_TYPES = [
  ...[
    ['bytes', 'uint8', 16],
    ['shorts', 'uint16', 8],
    ['words', 'uint32', 4],
    ['longs', 'uint64', 2],
    ['quads', 'uint128', 1],
  ].map(([id, type, count]) => `<vector id="${id}" type="${type}" count="${count}"/>`),
  '<union id="riscv_vector">',
  ...['bytes', 'shorts', 'words', 'longs', 'quads']
    .toReversed()
    .map((id) => `<field name="${id[0]}" type="${id}"/>`),
  '</union>',
].join('');

const vectorFeature = (): Feature => ({
  name: 'org.gnu.gdb.riscv.vector',
  types: VECTOR_TYPES,
  registers: Array.from({ length: 32 }, (_, k) =>
    stored(FIRST_VECTOR + k, `v${k}`, 'riscv_vector', HART.V + VECTOR_BYTES * k, VECTOR_BYTES),
  ),
});

/** The CSRs that a hart has: those that M-mode may read. Floating-point ones depend on its state, and are always there. */
function csrFeature(hart: Hart): Feature {
  const always: readonly number[] = [CSR.fflags, CSR.frm, CSR.fcsr, CSR.stimecmp];
  const registers: Register[] = [];
  for (let csr = 0; csr < CSR_COUNT; csr++) {
    const name = csrName(csr);
    if (name === undefined) continue;
    if (always.includes(csr) || readCsr(hart, csr)) registers.push(csrRegister(csr, name));
  }
  return { name: 'org.gnu.gdb.riscv.csr', registers };
}

function hasVector(hart: Hart): boolean {
  const misa = readCsr(hart, CSR.misa);
  return misa !== undefined && (new DataView(misa.buffer).getUint32(0, true) & MISA_V) !== 0;
}

function describe({ name, types = '', registers }: Feature): string {
  const lines = registers.map(
    (register) =>
      `<reg name="${register.name}" bitsize="${8 * register.bytes}" type="${register.type}" regnum="${register.number}"/>`,
  );
  return `<feature name="${name}">${types}${lines.join('')}</feature>`;
}

export class RegisterFile {
  /** target.xml: the harts are all alike. */
  readonly description: string;
  private readonly byNumber = new Map<number, Register>();

  constructor(hart: Hart) {
    const features = [
      cpuFeature(),
      floatFeature(),
      csrFeature(hart),
      { name: 'org.gnu.gdb.riscv.virtual', registers: [privilegeRegister] },
      ...(hasVector(hart) ? [vectorFeature()] : []),
    ];
    for (const { registers } of features) {
      for (const register of registers) this.byNumber.set(register.number, register);
    }
    this.description = [
      '<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd">',
      '<target version="1.0"><architecture>riscv:rv64</architecture>',
      ...features.map(describe),
      '</target>',
    ].join('');
  }

  has(number: number): boolean {
    return this.byNumber.has(number);
  }

  /** Little-endian; undefined where the hart cannot give it in its present state. */
  read(hart: Hart, number: number): Uint8Array | undefined {
    return this.byNumber.get(number)?.read(hart);
  }

  /** Returns false where the register does not exist, or does not take this value. */
  write(hart: Hart, number: number, bytes: Uint8Array): boolean {
    const register = this.byNumber.get(number);
    return register?.bytes === bytes.length && register.write(hart, bytes);
  }

  /** The `g` packet: x0 to x31 and pc. */
  readGeneral(hart: Hart): Uint8Array {
    const all = new Uint8Array(8 * GENERAL_COUNT);
    for (let number = 0; number < GENERAL_COUNT; number++) {
      const value = this.read(hart, number);
      if (value) all.set(value, 8 * number);
    }
    return all;
  }

  writeGeneral(hart: Hart, bytes: Uint8Array): boolean {
    if (bytes.length < 8 * GENERAL_COUNT) return false;
    for (let number = 0; number < GENERAL_COUNT; number++) {
      this.write(hart, number, bytes.subarray(8 * number, 8 * number + 8));
    }
    return true;
  }

  /** Width of a register that cannot be read now, for the answer "unavailable". */
  bytesOf(number: number): number {
    return this.byNumber.get(number)?.bytes ?? 0;
  }
}
