/** Sets of guest registers, as a pair of 32-bit masks: x and f. */
import type { DecodedInstruction } from './control-flow.ts';
import { registerUseOf } from './register-use.ts';

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
const x = (...registers: number[]): number =>
  registers.reduce((mask, register) => mask | (1 << register), 0) & ~1;
const f = (...registers: number[]): number =>
  registers.reduce((mask, register) => mask | (1 << register), 0);

export function readsOf({ row, fields }: DecodedInstruction): RegisterSet {
  const use = registerUseOf(row);
  return {
    x: x(...use.readsX.map((field) => fields[field])),
    f: f(...use.readsF.map((field) => fields[field])),
  };
}

export function writesOf({ row, fields }: DecodedInstruction): RegisterSet {
  const use = registerUseOf(row);
  return { x: use.writesX ? x(fields.rd) : 0, f: use.writesF ? f(fields.rd) : 0 };
}

/** Register numbers of a mask. */
export function registersIn(mask: number): number[] {
  const registers: number[] = [];
  for (let register = 0; register < 32; register++)
    if ((mask >>> register) & 1) registers.push(register);
  return registers;
}
