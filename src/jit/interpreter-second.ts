/**
 * The interpreter's second function: rows of extensions that compute on registers only. In `run` they would double the time that
 * an engine takes to compile it, and slow all others down.
 */
import binaryen from 'binaryen';
import type { Extension } from '../isa/extensions.ts';
import type { Instruction } from '../isa/instruction.ts';
import { EXTENSIONS_OF, INSTRUCTIONS } from '../isa/instructions.ts';
import { OPERATION } from '../machine/record-layout.ts';
import { BranchHints } from './branch-hints.ts';
import { InterpreterEmitter } from './interpreter-emitter.ts';
import { LABEL } from './interpreter-frame.ts';
import { registerUseOf } from './register-use.ts';
import { Locals } from './temporaries.ts';
import type { ExpressionRef } from './value.ts';

const { i32 } = binaryen;

const SECOND_EXTENSIONS: ReadonlySet<Extension | undefined> = new Set<Extension>([
  'zba',
  'zbb',
  'zbc',
  'zbs',
  'zicond',
  'zimop',
  'zfhmin',
  'zfh',
  'zfa',
]);

const isSecond = (row: Instruction, index: number): boolean =>
  SECOND_EXTENSIONS.has(EXTENSIONS_OF[index]?.[0]) && !registerUseOf(row).touchesMemory;

const ROWS = INSTRUCTIONS.map((row, index) => ({ row, index })).filter(({ row, index }) =>
  isSecond(row, index),
);
const MEMBERS: ReadonlySet<Instruction> = new Set(ROWS.map(({ row }) => row));

/** The row is executed by `second(hart, record, operation)`, which gives 1 where it is illegal. */
export function isInSecond(row: Instruction): boolean {
  return MEMBERS.has(row);
}

/** hart, r and operation, in the order of interpreter-frame.ts. */
const PARAMETERS = binaryen.createType([i32, i32, i32]);

/** The statements of one row: `emit` gives its meaning to the emitter. */
export function addSecond(
  m: binaryen.Module,
  emit: (emitter: InterpreterEmitter, row: Instruction) => void,
): void {
  const hints = new BranchHints();
  const emitter = new InterpreterEmitter(m, hints, new Locals(3));
  const first = ROWS[0]?.index ?? 0;
  const last = ROWS.at(-1)?.index ?? 0;
  const label = (index: number): string => `row${index}`;
  const labels = Array.from({ length: last - first + 1 }, (_, k) => {
    const row = INSTRUCTIONS[first + k];
    return row && isInSecond(row) ? label(first + k) : LABEL.ILLEGAL;
  });
  const number = m.i32.sub(m.local.get(2, i32), m.i32.const(first + OPERATION.FIRST_ROW));
  let nest: ExpressionRef = m.switch(labels, LABEL.ILLEGAL, number);
  for (const { row, index } of ROWS) {
    emitter.begin();
    emit(emitter, row);
    const code = [...emitter.take(), m.return(m.i32.const(0))];
    nest = m.block(null, [m.block(label(index), [nest]), ...code]);
  }
  const body = m.block(null, [m.block(LABEL.ILLEGAL, [nest]), m.i32.const(1)], i32);
  hints.locate(m, m.addFunction('second', PARAMETERS, i32, emitter.locals.types, body));
}
