/** Sets of guest registers, as a pair of 32-bit masks: x and f. */
import type { Instruction } from '../isa/instruction.ts';
import type { OperandFields } from '../isa/operands.ts';
import type { DecodedInstruction } from './control-flow.ts';
import { type Field, registerUseOf } from './register-use.ts';

export interface RegisterSet {
  readonly x: number;
  readonly f: number;
}

export const EMPTY: RegisterSet = { x: 0, f: 0 };

export const union = (a: RegisterSet, b: RegisterSet): RegisterSet => ({
  x: a.x | b.x,
  f: a.f | b.f,
});
export const minus = (a: RegisterSet, b: RegisterSet): RegisterSet => ({
  x: a.x & ~b.x,
  f: a.f & ~b.f,
});
export const common = (a: RegisterSet, b: RegisterSet): RegisterSet => ({
  x: a.x & b.x,
  f: a.f & b.f,
});
export const isSame = (a: RegisterSet, b: RegisterSet): boolean => a.x === b.x && a.f === b.f;

/** x0 is never in a set. */
const X0 = 1;

function maskOf(registers: readonly Field[], fields: OperandFields): number {
  let mask = 0;
  for (const field of registers) mask |= 1 << fields[field];
  return mask;
}

/** What an instruction reads and writes. */
export function registersOf(
  row: Instruction,
  fields: OperandFields,
): { reads: RegisterSet; writes: RegisterSet } {
  const { readsX, readsF, writesX, writesF } = registerUseOf(row);
  const rd = 1 << fields.rd;
  return {
    reads: { x: maskOf(readsX, fields) & ~X0, f: maskOf(readsF, fields) },
    writes: { x: writesX ? rd & ~X0 : 0, f: writesF ? rd : 0 },
  };
}

export const readsOf = ({ reads }: DecodedInstruction): RegisterSet => reads;
export const writesOf = ({ writes }: DecodedInstruction): RegisterSet => writes;

/** Register numbers of a mask, ascending. */
export function registersIn(mask: number): number[] {
  const registers: number[] = [];
  for (let rest = mask; rest !== 0; rest &= rest - 1) registers.push(31 - Math.clz32(rest & -rest));
  return registers;
}
