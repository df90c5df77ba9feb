/** How the function of a region is called, and where it finds the guest's registers. */
import binaryen from 'binaryen';
import { HART } from '../machine/hart-layout.ts';

const { i32, i64 } = binaryen;

/** Its parameters, by their number. */
export const PARAMETER = { hart: 0, pc: 1, budget: 2 } as const;
export const REGION_PARAMETERS = binaryen.createType([i32, i64, i32]);

/** Offset of a register in the hart block. */
export function slotOf(file: 'x' | 'f', register: number): number {
  return (file === 'x' ? HART.X : HART.F) + 8 * register;
}
