/** Sets of guest registers, as a pair of 32-bit masks: x and f. */
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

interface Use {
  readonly reads: RegisterSet;
  readonly writes: RegisterSet;
}

const uses = new WeakMap<DecodedInstruction, Use>();

function useOf(instruction: DecodedInstruction): Use {
  const known = uses.get(instruction);
  if (known !== undefined) return known;
  const { row, fields } = instruction;
  const { readsX, readsF, writesX, writesF } = registerUseOf(row);
  const rd = 1 << fields.rd;
  const use: Use = {
    reads: { x: maskOf(readsX, fields) & ~X0, f: maskOf(readsF, fields) },
    writes: { x: writesX ? rd & ~X0 : 0, f: writesF ? rd : 0 },
  };
  uses.set(instruction, use);
  return use;
}

export const readsOf = (instruction: DecodedInstruction): RegisterSet => useOf(instruction).reads;
export const writesOf = (instruction: DecodedInstruction): RegisterSet => useOf(instruction).writes;

/** Register numbers of a mask. */
export function registersIn(mask: number): number[] {
  const registers: number[] = [];
  for (let register = 0; register < 32; register++)
    if ((mask >>> register) & 1) registers.push(register);
  return registers;
}
