/** Text of instructions, in the form of objdump: RISC-V assembly programmer's manual. */
import { aliasOf } from './aliases.ts';
import { ROUNDING } from './csr.ts';
import { csrName } from './csr-names.ts';
import { type Decoded, decodeAt, decodeCompressed, IsaDecoder } from './decode.ts';
import { isaWith } from './extensions.ts';
import { fliText } from './fli-constants.ts';
import type { Format, Instruction } from './instruction.ts';
import { type OperandFields, operandsOf } from './operands.ts';
import { FLOAT_REGISTER_NAMES, INTEGER_REGISTER_NAMES } from './registers.ts';
import { vectorTable } from './vector/vector-instructions.ts';
import { vectorText } from './vector/vector-text.ts';

export interface DisassembleOptions {
  /** Address of the instruction, from which targets are counted. 0 if absent. */
  readonly pc?: number | bigint;
  /** a0, fa0 (the default) or x10, f10. */
  readonly registers?: 'abi' | 'numeric';
  /** Pseudoinstructions, and compressed forms under the names of what they do: objdump's default. Else its -M no-aliases. */
  readonly aliases?: boolean;
  /** Extensions, in lower case, that the code was made for; instructions of others are shown as data. All if absent. */
  readonly extensions?: ReadonlySet<string>;
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
  'fli.h': 'fd,constant',
  'fli.s': 'fd,constant',
  'fli.d': 'fd,constant',
  fence: 'sets',
  sfence: 'x1,x2',
  vector: '',
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
  constant: (c) => fliText(c.fields.rs1),
  rm: (c) => ROUNDING_NAMES[c.fields.rm] ?? '',
};

const FENCE_TSO = 0x833;
/** csrrw x0,cycle,x0: writes a read-only register, so it traps everywhere, and assemblers make it for `unimp`. */
const UNIMP = 0xc000_1073;

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

/** Mnemonic and operands. */
function join(mnemonic: string, template: string, context: Context): string {
  const operands = template.replace(
    /[a-z][a-z0-9]*/g,
    (token) => TOKENS[token]?.(context) ?? token,
  );
  return operands === '' ? mnemonic : `${mnemonic} ${operands}`;
}

function namesOf({ registers }: DisassembleOptions): Pick<Context, 'integer' | 'float'> {
  const numeric = registers === 'numeric';
  return {
    integer: (register) => (numeric ? `x${register}` : (INTEGER_REGISTER_NAMES[register] ?? '')),
    float: (register) => (numeric ? `f${register}` : (FLOAT_REGISTER_NAMES[register] ?? '')),
  };
}

function contextOf(fields: OperandFields, options: DisassembleOptions): Context {
  return { fields, pc: BigInt(options.pc ?? 0), ...namesOf(options) };
}

/** `word`: the 32-bit word, an instruction of `row`. */
export function disassembleRow(
  row: Instruction,
  word: number,
  options: DisassembleOptions = {},
): string {
  const fields = operandsOf(row.format, word);
  if (row.format === 'fence' && fields.imm === FENCE_TSO) return 'fence.tso';
  if (word >>> 0 === UNIMP) return 'unimp';
  const context = contextOf(fields, options);
  const alias = options.aliases ? aliasOf(row.name, fields) : undefined;
  if (alias) return join(alias.name, alias.assembly, context);
  return join(mnemonicOf(row, word), templateOf(row, fields), context);
}

/** Operands of compressed forms, by the fields of what they expand to; absent: the expansion's own. */
export const COMPRESSED_OPERANDS: Readonly<Record<string, string>> = {
  'c.addi': 'xd,imm',
  'c.addiw': 'xd,imm',
  'c.li': 'xd,imm',
  'c.addi16sp': 'xd,imm',
  'c.andi': 'xd,imm',
  'c.slli': 'xd,shamt',
  'c.srli': 'xd,shamt',
  'c.srai': 'xd,shamt',
  'c.mv': 'xd,x2',
  'c.add': 'xd,x2',
  'c.sub': 'xd,x2',
  'c.xor': 'xd,x2',
  'c.or': 'xd,x2',
  'c.and': 'xd,x2',
  'c.subw': 'xd,x2',
  'c.addw': 'xd,x2',
  'c.j': 'target',
  'c.jr': 'x1',
  'c.jalr': 'x1',
  'c.beqz': 'x1,target',
  'c.bnez': 'x1,target',
  ...Object.fromEntries(
    ['zext.b', 'sext.b', 'zext.h', 'sext.h', 'zext.w', 'not'].map((name) => [`c.${name}`, 'xd']),
  ),
  'c.mul': 'xd,x2',
};

/** Forms that are hints where their destination is x0: objdump then keeps their own names. */
const HINTS: ReadonlySet<string> = new Set(['c.addi', 'c.li', 'c.lui', 'c.mv', 'c.add', 'c.slli']);
const SHIFTS: ReadonlySet<string> = new Set(['c.slli', 'c.srli', 'c.srai']);
/** Whose expansion with these operands would have another alias. */
const OWN_ALIASES: Readonly<Record<string, readonly [string, string]>> = {
  'c.addi': ['add', 'xd,x1,imm'],
  'c.mv': ['mv', 'xd,x2'],
};

/** A compressed form: `row` and `word` are what it expands to. */
function disassembleCompressed(
  name: string,
  row: Instruction,
  word: number,
  options: DisassembleOptions,
): string {
  if (name.startsWith('c.mop')) return name;
  const isLocality = row.name.startsWith('ntl.');
  if (isLocality && name === 'c.add') return options.aliases ? row.name : `c.${row.name}`;
  // c.mv to x0 is encoded as a hint too, but is not its compressed form.
  const fields = operandsOf(isLocality ? 'R' : row.format, word);
  const context = contextOf(fields, options);
  // The manual's name for a shift by 0, which is a hint.
  if (SHIFTS.has(name) && fields.imm === 0) return join(`${name}64`, 'xd', context);
  const isHint = fields.rd === 0 && HINTS.has(name);
  if (!options.aliases || (isHint && name !== 'c.addi')) {
    return join(name, COMPRESSED_OPERANDS[name] ?? assemblyOf(row), context);
  }
  if (isHint) return fields.imm === 0 ? 'nop' : join('c.nop', 'imm', context);
  const own = OWN_ALIASES[name];
  return own ? join(...own, context) : disassembleRow(row, word, options);
}

const DECODERS = new WeakMap<ReadonlySet<string>, IsaDecoder>();

function decodeFor(
  extensions: ReadonlySet<string> | undefined,
  low: number,
  high: number,
): Decoded | undefined {
  if (extensions === undefined) return decodeAt(low, high);
  let decoder = DECODERS.get(extensions);
  if (!decoder) DECODERS.set(extensions, (decoder = new IsaDecoder(isaWith(extensions))));
  return decoder.decodeAt(low, high);
}

/** OP-V, and LOAD-FP and STORE-FP, which vector loads and stores share with scalar ones. */
const VECTOR_OPCODES: ReadonlySet<number> = new Set([0x57, 0x07, 0x27]);
/** V, and the parts of it that embedded processors have. */
const VECTOR_EXTENSION = /^(v|zve(32|64)[xfd])$/;

function disassembleVector(word: number, options: DisassembleOptions): string | undefined {
  const { extensions } = options;
  if (!VECTOR_OPCODES.has(word & 0x7f)) return undefined;
  if (extensions && ![...extensions].some((name) => VECTOR_EXTENSION.test(name))) return undefined;
  const row = vectorTable().decode(word);
  return row && vectorText(row, word, namesOf(options), options.aliases ?? false);
}

/** Text of the instruction with halfwords `low` and, where it is a long one, `high`. An illegal one is shown as data. */
export function disassemble(low: number, high: number, options: DisassembleOptions = {}): string {
  const decoded = decodeFor(options.extensions, low, high);
  if (decoded?.length === 4) return disassembleRow(decoded.row, decoded.word, options);
  if (decoded) {
    const name = decodeCompressed(low)?.name ?? '';
    return disassembleCompressed(name, decoded.row, decoded.word, options);
  }
  // Defined to be illegal for ever (unprivileged spec, "C" extension).
  if (low === 0) return options.aliases ? 'unimp' : 'c.unimp';
  if ((low & 3) !== 3) return `.2byte ${hex(low)}`;
  const word = (high << 16) | low;
  return disassembleVector(word, options) ?? `.4byte ${hex(word >>> 0)}`;
}
