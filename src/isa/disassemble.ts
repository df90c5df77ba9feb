/** Text of instructions, in the form of objdump without aliases: RISC-V assembly programmer's manual. */
import { csrName, ROUNDING } from './csr.ts';
import { decodeAt } from './decode.ts';
import type { Format, Instruction } from './instruction.ts';
import { type OperandFields, operandsOf } from './operands.ts';
import { FLOAT_REGISTER_NAMES, INTEGER_REGISTER_NAMES } from './registers.ts';

export interface DisassembleOptions {
  /** Address of the instruction, from which targets are counted. 0 if absent. */
  readonly pc?: number | bigint;
  /** a0, fa0 (the default) or x10, f10. */
  readonly registers?: 'abi' | 'numeric';
}

/** Operands where a row says nothing else. The words are the keys of TOKENS. */
const ASSEMBLY: Record<Format, string> = {
  R: 'xd,x1,x2',
  R4: 'fd,f1,f2,f3,rm',
  fp: 'fd,f1,f2,rm',
  I: 'xd,x1,imm',
  shift6: 'xd,x1,shamt',
  shift5: 'xd,x1,shamt',
  S: 'x2,imm(x1)',
  B: 'x1,x2,target',
  U: 'xd,upper',
  J: 'xd,target',
  amo: 'xd,x2,(x1)',
  csr: 'xd,csr,x1',
  csri: 'xd,csr,imm',
  fence: 'sets',
  sfence: 'x1,x2',
  none: '',
};

const ROUNDING_NAMES: readonly string[] = 'rne rtz rdn rup rmm unknown unknown dyn'.split(' ');

/** Operands of a row in assembly order, such as `xd,imm(x1)`: x and f registers by field, and the rest. */
export function assemblyOf(row: Instruction): string {
  return row.assembly ?? ASSEMBLY[row.format];
}

interface Context {
  readonly fields: OperandFields;
  readonly pc: bigint;
  readonly integer: (register: number) => string;
  readonly float: (register: number) => string;
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

/** A set of memory accesses in fence: bits i, o, r, w. */
function accessSet(bits: number): string {
  const letters = [...'iorw'].filter((_, index) => (bits & (8 >> index)) !== 0);
  return letters.join('') || 'unknown';
}

const TOKENS: Readonly<Record<string, (c: Context) => string>> = {
  xd: (c) => c.integer(c.fields.rd),
  x1: (c) => c.integer(c.fields.rs1),
  x2: (c) => c.integer(c.fields.rs2),
  fd: (c) => c.float(c.fields.rd),
  f1: (c) => c.float(c.fields.rs1),
  f2: (c) => c.float(c.fields.rs2),
  f3: (c) => c.float(c.fields.rs3),
  imm: (c) => String(c.fields.imm),
  shamt: (c) => hex(c.fields.imm),
  upper: (c) => hex(c.fields.imm >>> 12),
  target: (c) => hex(BigInt.asUintN(64, c.pc + BigInt(c.fields.imm))),
  csr: (c) => csrName(c.fields.csr) ?? hex(c.fields.csr),
  sets: (c) => `${accessSet((c.fields.imm >> 4) & 15)},${accessSet(c.fields.imm & 15)}`,
  rm: (c) => ROUNDING_NAMES[c.fields.rm] ?? '',
};

const FENCE_TSO = 0x833;

function mnemonicOf(row: Instruction, word: number): string {
  if (row.format !== 'amo') return row.name;
  const acquire = (word & (1 << 26)) !== 0 ? 'aq' : '';
  const release = (word & (1 << 25)) !== 0 ? 'rl' : '';
  return acquire || release ? `${row.name}.${acquire}${release}` : row.name;
}

/** The rounding mode is left out where it is the one that the assembler supplies. */
function templateOf(row: Instruction, fields: OperandFields): string {
  const template = assemblyOf(row);
  const implied = template.endsWith(',rm?') ? ROUNDING.RNE : ROUNDING.DYNAMIC;
  const plain = template.replace('rm?', 'rm');
  return fields.rm === implied ? plain.replace(/,rm$/, '') : plain;
}

/** `word`: the 32-bit word, an instruction of `row`. */
export function disassembleRow(
  row: Instruction,
  word: number,
  options: DisassembleOptions = {},
): string {
  const fields = operandsOf(row.format, word);
  if (row.format === 'fence' && fields.imm === FENCE_TSO) return 'fence.tso';
  const numeric = options.registers === 'numeric';
  const context: Context = {
    fields,
    pc: BigInt(options.pc ?? 0),
    integer: (register) => (numeric ? `x${register}` : (INTEGER_REGISTER_NAMES[register] ?? '')),
    float: (register) => (numeric ? `f${register}` : (FLOAT_REGISTER_NAMES[register] ?? '')),
  };
  const operands = templateOf(row, fields).replace(
    /[a-z][a-z0-9]*/g,
    (token) => TOKENS[token]?.(context) ?? token,
  );
  return operands === '' ? mnemonicOf(row, word) : `${mnemonicOf(row, word)} ${operands}`;
}

/**
 * Text of the instruction with halfwords `low` and, where it is a long one, `high`; a compressed form is shown as what
 * it expands to. An illegal instruction is shown as data.
 */
export function disassemble(low: number, high: number, options: DisassembleOptions = {}): string {
  const decoded = decodeAt(low, high);
  if (decoded) return disassembleRow(decoded.row, decoded.word, options);
  if ((low & 3) !== 3) return `.2byte ${hex(low)}`;
  return `.4byte ${hex(((high << 16) | low) >>> 0)}`;
}
