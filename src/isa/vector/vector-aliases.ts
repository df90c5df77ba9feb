/** Pseudoinstructions of vector instructions: RISC-V "V" vector extension 1.0, the assembly notes of each instruction's section. */
import type { OperandFields } from '../operands.ts';

interface VectorAlias {
  readonly name: string;
  /** Operands in the words of vector-text.ts. */
  readonly assembly: string;
  readonly fits: (fields: OperandFields) => boolean;
}

const ALL_ONES = 31;
const isAlways = (): boolean => true;
const isZero = ({ rs1 }: OperandFields): boolean => rs1 === 0;
const isAllOnes = ({ rs1 }: OperandFields): boolean => rs1 === ALL_ONES;
const isSameTwice = ({ rs1, rs2 }: OperandFields): boolean => rs1 === rs2;
const isSameThrice = ({ rd, rs1, rs2 }: OperandFields): boolean => rd === rs1 && rs1 === rs2;

const unary = (name: string, fits: VectorAlias['fits']): VectorAlias => ({
  name,
  assembly: 'vd,vs2vm',
  fits,
});
const whole = (name: string): VectorAlias => ({ name, assembly: 'vd,(x1)', fits: isAlways });

/** By the name of the row. */
const ALIASES: Readonly<Record<string, VectorAlias>> = {
  'vl1re8.v': whole('vl1r.v'),
  'vl2re8.v': whole('vl2r.v'),
  'vl4re8.v': whole('vl4r.v'),
  'vl8re8.v': whole('vl8r.v'),
  'vrsub.vx': unary('vneg.v', isZero),
  'vxor.vi': unary('vnot.v', isAllOnes),
  'vnsrl.wx': unary('vncvt.x.x.w', isZero),
  'vwaddu.vx': unary('vwcvtu.x.x.v', isZero),
  'vwadd.vx': unary('vwcvt.x.x.v', isZero),
  'vfsgnjn.vv': unary('vfneg.v', isSameTwice),
  'vfsgnjx.vv': unary('vfabs.v', isSameTwice),
  'vmand.mm': { name: 'vmmv.m', assembly: 'vd,vs2', fits: isSameTwice },
  'vmnand.mm': { name: 'vmnot.m', assembly: 'vd,vs2', fits: isSameTwice },
  'vmxor.mm': { name: 'vmclr.m', assembly: 'vd', fits: isSameThrice },
  'vmxnor.mm': { name: 'vmset.m', assembly: 'vd', fits: isSameThrice },
};

export function vectorAliasOf(name: string, fields: OperandFields): VectorAlias | undefined {
  const alias = ALIASES[name];
  return alias?.fits(fields) ? alias : undefined;
}
