/**
 * Pseudoinstructions: the names that people write and objdump prints by default. RISC-V assembly programmer's manual,
 * "pseudoinstructions", with the immediate forms that GNU binutils 2.40 writes like their register forms (`add` for addi).
 */
import { lazily } from '../lib/lazily.ts';
import { CSR } from './csr.ts';
import type { OperandFields } from './operands.ts';

/** Fields that an alias asks for, and their values; `sameSources`: rs1 and rs2 are one register. */
export interface AliasCondition
  extends Partial<Readonly<Pick<OperandFields, 'rd' | 'rs1' | 'rs2' | 'imm' | 'csr'>>> {
  readonly sameSources?: true;
}

/** What one row is called when its operands are these. The first alias of a row that fits is taken. */
export interface Alias {
  readonly name: string;
  /** Operands in the words of disassemble.ts's table. */
  readonly assembly: string;
  readonly when: AliasCondition;
}

const alias = (name: string, assembly: string, when: AliasCondition = {}): Alias => ({
  name,
  assembly,
  when,
});
const rename = (name: string, assembly = 'xd,x1,imm'): readonly Alias[] => [alias(name, assembly)];

const sameSources: AliasCondition = { sameSources: true };

const RA = 1;
/** fence: predecessor and successor sets iorw,iorw. */
const FENCE_ALL = 0x0ff;
const ZERO_EXTEND_BYTE = 255;

/** Sign manipulation with both sources the same: fmv, fneg, fabs. */
const signAliases = (format: string): readonly [string, readonly Alias[]][] =>
  [
    ['fsgnj', 'fmv'],
    ['fsgnjn', 'fneg'],
    ['fsgnjx', 'fabs'],
  ].map(([row, name]) => [`${row}.${format}`, [alias(`${name}.${format}`, 'fd,f1', sameSources)]]);

/** fsrm and its kind: the old value is dropped where the destination is x0. */
const swapAliases = (name: string, number: number, operand: string): readonly Alias[] => [
  alias(name, operand, { csr: number, rd: 0 }),
  alias(name, `xd,${operand}`, { csr: number }),
];

const aliases = lazily(
  (): ReadonlyMap<string, readonly Alias[]> =>
    new Map<string, readonly Alias[]>([
      [
        'jalr',
        [
          alias('ret', '', { rd: 0, rs1: RA, imm: 0 }),
          alias('jr', 'x1', { rd: 0, imm: 0 }),
          alias('jr', 'imm(x1)', { rd: 0 }),
          alias('jalr', 'x1', { rd: RA, imm: 0 }),
          alias('jalr', 'imm(x1)', { rd: RA }),
          alias('jalr', 'xd,x1', { imm: 0 }),
        ],
      ],
      ['jal', [alias('j', 'target', { rd: 0 }), alias('jal', 'target', { rd: RA })]],
      ['beq', [alias('beqz', 'x1,target', { rs2: 0 })]],
      ['bne', [alias('bnez', 'x1,target', { rs2: 0 })]],
      ['blt', [alias('bltz', 'x1,target', { rs2: 0 }), alias('bgtz', 'x2,target', { rs1: 0 })]],
      ['bge', [alias('blez', 'x2,target', { rs1: 0 }), alias('bgez', 'x1,target', { rs2: 0 })]],
      [
        'addi',
        [
          alias('nop', '', { rd: 0, rs1: 0, imm: 0 }),
          alias('li', 'xd,imm', { rs1: 0 }),
          alias('mv', 'xd,x1', { imm: 0 }),
          alias('add', 'xd,x1,imm'),
        ],
      ],
      ['addiw', [alias('sext.w', 'xd,x1', { imm: 0 }), alias('addw', 'xd,x1,imm')]],
      ['xori', [alias('not', 'xd,x1', { imm: -1 }), alias('xor', 'xd,x1,imm')]],
      ['andi', [alias('zext.b', 'xd,x1', { imm: ZERO_EXTEND_BYTE }), alias('and', 'xd,x1,imm')]],
      ['ori', rename('or')],
      ['sltiu', [alias('seqz', 'xd,x1', { imm: 1 })]],
      ['sltu', [alias('snez', 'xd,x2', { rs1: 0 })]],
      ['slt', [alias('sltz', 'xd,x1', { rs2: 0 }), alias('sgtz', 'xd,x2', { rs1: 0 })]],
      ['sub', [alias('neg', 'xd,x2', { rs1: 0 })]],
      ['subw', [alias('negw', 'xd,x2', { rs1: 0 })]],
      ...['sll', 'srl', 'sra'].flatMap((name): [string, readonly Alias[]][] => [
        [`${name}i`, rename(name, 'xd,x1,shamt')],
        [`${name}iw`, rename(`${name}w`, 'xd,x1,shamt')],
      ]),
      ['fence', [alias('fence', '', { rd: 0, rs1: 0, imm: FENCE_ALL })]],
      ['sfence.vma', [alias('sfence.vma', '', { imm: 0 }), alias('sfence.vma', 'x1', { rs2: 0 })]],
      [
        'csrrs',
        [
          alias('frflags', 'xd', { csr: CSR.fflags, rs1: 0 }),
          alias('frrm', 'xd', { csr: CSR.frm, rs1: 0 }),
          alias('frcsr', 'xd', { csr: CSR.fcsr, rs1: 0 }),
          alias('rdinstret', 'xd', { csr: CSR.instret, rs1: 0 }),
          alias('rdcycle', 'xd', { csr: CSR.cycle, rs1: 0 }),
          alias('rdtime', 'xd', { csr: CSR.time, rs1: 0 }),
          alias('csrr', 'xd,csr', { rs1: 0 }),
          alias('csrs', 'csr,x1', { rd: 0 }),
        ],
      ],
      [
        'csrrw',
        [
          ...swapAliases('fsflags', CSR.fflags, 'x1'),
          ...swapAliases('fsrm', CSR.frm, 'x1'),
          ...swapAliases('fscsr', CSR.fcsr, 'x1'),
          alias('csrw', 'csr,x1', { rd: 0 }),
        ],
      ],
      [
        'csrrwi',
        [
          alias('fsflagsi', 'xd,imm', { csr: CSR.fflags }),
          alias('fsrmi', 'xd,imm', { csr: CSR.frm }),
          alias('csrw', 'csr,imm', { rd: 0 }),
          alias('csrrw', 'xd,csr,imm'),
        ],
      ],
      ['csrrc', [alias('csrc', 'csr,x1', { rd: 0 })]],
      ['csrrsi', [alias('csrs', 'csr,imm', { rd: 0 }), alias('csrrs', 'xd,csr,imm')]],
      ['csrrci', [alias('csrc', 'csr,imm', { rd: 0 }), alias('csrrc', 'xd,csr,imm')]],
      ...signAliases('h'),
      ...signAliases('s'),
      ...signAliases('d'),
      ['add.uw', [alias('zext.w', 'xd,x1', { rs2: 0 })]],
      ...['ror', 'bset', 'bclr', 'binv', 'bext'].map((name): [string, readonly Alias[]] => [
        `${name}i`,
        rename(name, 'xd,x1,shamt'),
      ]),
      ['roriw', rename('rorw', 'xd,x1,shamt')],
    ]),
);

const fits = (
  { rd, rs1, rs2, imm, csr, sameSources: same }: AliasCondition,
  fields: OperandFields,
): boolean =>
  (rd === undefined || rd === fields.rd) &&
  (rs1 === undefined || rs1 === fields.rs1) &&
  (rs2 === undefined || rs2 === fields.rs2) &&
  (imm === undefined || imm === fields.imm) &&
  (csr === undefined || csr === fields.csr) &&
  (same === undefined || fields.rs1 === fields.rs2);

/** Aliases of a row, by its name; none is tried after the first that fits. */
export function aliasesOf(row: string): readonly Alias[] {
  return aliases().get(row) ?? [];
}

/** The pseudoinstruction that an instruction of the row with these operands is. */
export function aliasOf(row: string, fields: OperandFields): Alias | undefined {
  return aliasesOf(row).find(({ when }) => fits(when, fields));
}
