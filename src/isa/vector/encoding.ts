/** What the rows of OP-V have in common: spec section 31.10.1. */
import type { Form } from './elements.ts';

const OP_V = 0x57;

/** funct3 of a form, by the kind of the operation. */
export type Category = 'OPI' | 'OPM' | 'OPF';
const FUNCT3: Readonly<Record<Category, Readonly<Partial<Record<Form, number>>>>> = {
  OPI: { vv: 0, vi: 3, uimm: 3, vx: 4 },
  OPM: { vv: 2, v: 2, vx: 6 },
  OPF: { vv: 1, v: 1, vf: 5 },
};

/** Second operands as the assembler writes them. */
export const SECOND: Readonly<Record<Form, string>> = {
  vv: 'vs1',
  vx: 'x1',
  vi: 'imm',
  uimm: 'uimm',
  vf: 'f1',
  v: '',
};

/** vm, vs2, vs1 and vd are free; with vm fixed; with vs1 fixed; with both. */
export const MASK = 0xfc00707f;
export const MASK_WITH_VM = 0xfe00707f;
export const MASK_WITH_VS1 = 0xfc0ff07f;
export const MASK_WITH_VM_VS1 = 0xfe0ff07f;

/** vm is 1. */
export const UNMASKED = 1 << 25;

export function encodingOf(category: Category, funct6: number, form: Form, vs1 = 0): number {
  const funct3 = FUNCT3[category][form] as number;
  return ((funct6 << 26) | (vs1 << 15) | (funct3 << 12) | OP_V) >>> 0;
}
