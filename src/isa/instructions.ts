/** THE instruction table. A row's position is its number in generated code: append, and rebuild the interpreter. */
import type { Instruction } from './instruction.ts';
import { PRIVILEGED } from './privileged.ts';
import { RV64A } from './rv64a.ts';
import { RV64D } from './rv64d.ts';
import { RV64F } from './rv64f.ts';
import { RV64I } from './rv64i.ts';
import { RV64M } from './rv64m.ts';
import { ZICSR } from './zicsr.ts';
import { ZIFENCEI } from './zifencei.ts';

export const INSTRUCTIONS: readonly Instruction[] = [
  ...RV64I,
  ...RV64M,
  ...RV64A,
  ...RV64F,
  ...RV64D,
  ...ZICSR,
  ...ZIFENCEI,
  ...PRIVILEGED,
];
