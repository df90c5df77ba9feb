/**
 * THE instruction table, by extension. A row's position is its number in generated code: rebuild the interpreter after
 * each change.
 */
import type { Extension, Isa } from './extensions.ts';
import { ZICBOP, ZIHINTNTL, ZIHINTPAUSE } from './hints.ts';
import type { Instruction } from './instruction.ts';
import { PRIVILEGED, SVINVAL } from './privileged.ts';
import { ZAAMO, ZALRSC } from './rv64a.ts';
import { RV64D } from './rv64d.ts';
import { RV64F } from './rv64f.ts';
import { RV64I } from './rv64i.ts';
import { RV64M, ZMMUL } from './rv64m.ts';
import { ZABHA, ZACAS } from './zacas.ts';
import { ZAWRS } from './zawrs.ts';
import { ZBA } from './zba.ts';
import { ZBB } from './zbb.ts';
import { ZBC } from './zbc.ts';
import { ZBKB, ZBKX } from './zbkb.ts';
import { ZBS } from './zbs.ts';
import { ZFA } from './zfa.ts';
import { ZFH, ZFHMIN } from './zfh.ts';
import { ZICBOM, ZICBOZ } from './zicbo.ts';
import { ZICOND } from './zicond.ts';
import { ZICSR } from './zicsr.ts';
import { ZIFENCEI } from './zifencei.ts';
import { ZIMOP } from './zimop.ts';

/** Rows under the extension that they belong to; `needs` of a row names further ones. */
const SETS: readonly (readonly [Extension, readonly Instruction[]])[] = [
  ['i', RV64I],
  ['zmmul', ZMMUL],
  ['m', RV64M],
  ['zalrsc', ZALRSC],
  ['zaamo', ZAAMO],
  ['f', RV64F],
  ['d', RV64D],
  ['zicsr', ZICSR],
  ['zifencei', ZIFENCEI],
  ['i', PRIVILEGED],
  ['zba', ZBA],
  ['zbb', ZBB],
  ['zbc', ZBC],
  ['zbkb', ZBKB],
  ['zbkx', ZBKX],
  ['zbs', ZBS],
  ['zicond', ZICOND],
  ['zihintpause', ZIHINTPAUSE],
  ['zihintntl', ZIHINTNTL],
  ['zicbop', ZICBOP],
  ['zimop', ZIMOP],
  ['svinval', SVINVAL],
  ['zfhmin', ZFHMIN],
  ['zfh', ZFH],
  ['zfa', ZFA],
  ['zacas', ZACAS],
  ['zabha', ZABHA],
  ['zawrs', ZAWRS],
  ['zicbom', ZICBOM],
  ['zicboz', ZICBOZ],
];

export const INSTRUCTIONS: readonly Instruction[] = SETS.flatMap(([, rows]) => rows);

/** Per row, all extensions that it needs. */
export const EXTENSIONS_OF: readonly (readonly Extension[])[] = SETS.flatMap(([extension, rows]) =>
  rows.map((row) => [extension, ...(row.needs ?? [])]),
);

/** Per row, whether a machine of this ISA has it: 1 or 0. */
export function rowsOf(isa: Isa): Uint8Array {
  return Uint8Array.from(EXTENSIONS_OF, (extensions) =>
    extensions.every((it) => isa.has(it)) ? 1 : 0,
  );
}
