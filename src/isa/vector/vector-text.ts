/** Text of vector instructions, in the form of objdump. */
import { operandsOf } from '../operands.ts';
import { vectorAliasOf } from './vector-aliases.ts';
import type { VectorInstruction } from './vector-instruction.ts';

export interface VectorRegisterNames {
  readonly integer: (register: number) => string;
  readonly float: (register: number) => string;
}

const LMUL = ['m1', 'm2', 'm4', 'm8', '', 'mf8', 'mf4', 'mf2'];

/** vtype as vsetvli's operand; a number where it is reserved. */
function vtypeText(vtype: number): string {
  const lmul = LMUL[vtype & 7];
  const sew = (vtype >>> 3) & 7;
  if (lmul === '' || sew > 3 || vtype >>> 8 !== 0) return String(vtype);
  const tail = (vtype & 64) !== 0 ? 'ta' : 'tu';
  return `e${8 << sew},${lmul},${tail},${(vtype & 128) !== 0 ? 'ma' : 'mu'}`;
}

/** `word`: an instruction of `row`. `hasAliases`: pseudoinstructions where one fits. */
export function vectorText(
  row: VectorInstruction,
  word: number,
  { integer, float }: VectorRegisterNames,
  hasAliases: boolean,
): string {
  const fields = operandsOf('vector', word);
  const { rd, rs1, rs2 } = fields;
  const tokens: Readonly<Record<string, string>> = {
    vd: `v${rd}`,
    vs1: `v${rs1}`,
    vs2: `v${rs2}`,
    xd: integer(rd),
    x1: integer(rs1),
    x2: integer(rs2),
    fd: float(rd),
    f1: float(rs1),
    imm: String((rs1 ^ 16) - 16),
    uimm: String(rs1),
    vm: (word & (1 << 25)) === 0 ? ',v0.t' : '',
    vtype11: vtypeText((word >>> 20) & 0x7ff),
    vtype10: vtypeText((word >>> 20) & 0x3ff),
  };
  const { name, assembly } = (hasAliases && vectorAliasOf(row.name, fields)) || row;
  const operands = assembly.replace(
    /vtype1[01]|uimm|imm|vs[12]|v[dm]|x[d12]|f[d1]/g,
    (token) => tokens[token] ?? token,
  );
  return `${name} ${operands}`;
}
