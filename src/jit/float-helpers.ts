/** Wasm functions for floating point, one per operation and format, exported by the interpreter for regions to import. */
import binaryen from 'binaryen';
import type { IntegerType } from '../isa/ops.ts';
import { HART } from '../machine/hart-layout.ts';
import { ARITHMETIC, addFusedProbe, type Fast } from './float-arithmetic.ts';
import {
  doubleToSingle,
  fromInteger,
  INSPECTIONS,
  singleToDouble,
  toInteger,
} from './float-conversions.ts';
import { doubleFormat, FloatCode, singleFormat, type WasmFloat } from './float-format.ts';
import { settledArithmetic } from './float-settled.ts';
import { FLOAT_HELPERS, type FloatHelper } from './float-table.ts';
import { helperType } from './module-frame.ts';
import type { ExpressionRef } from './value.ts';

const { i32, i64 } = binaryen;

/** Hand the operands to the exact software. */
function callSoftware(c: FloatCode, helper: FloatHelper): ExpressionRef[] {
  const { m } = c;
  const stores = Array.from({ length: helper.operands }, (_unused, k) =>
    m.i64.store(HART.SCRATCH + 8 * k, 8, c.hart(), c.operand(k)),
  );
  const mode = helper.rounds ? m.local.get(1, i32) : m.i32.const(0);
  return [
    ...stores,
    m.drop(m.call('softFloat', [c.hart(), m.i32.const(helper.index), mode], i32)),
    m.i64.load(HART.SCRATCH, 8, c.hart()),
  ];
}

const formatOf = (m: binaryen.Module, letter: string): WasmFloat =>
  letter === 's' ? singleFormat(m) : doubleFormat(m);

/** Half precision is software's, but for its widening. */
const isHalf = (name: string): boolean => /\.h$|->h$|^h->/.test(name);

/** What can be done before software is asked. */
function fastPath(c: FloatCode, name: string): ExpressionRef[] {
  const { m } = c;
  if (isHalf(name) || name === 'modular.d') return [];
  if (name === 's->d') return singleToDouble(c, singleFormat(m));
  if (name === 'd->s') return doubleToSingle(c, doubleFormat(m));
  const [from = '', to = ''] = name.split('->');
  if (to === 's' || to === 'd') return fromInteger(from as IntegerType)(c, formatOf(m, to));
  if (to !== '') return toInteger(to as IntegerType)(c, formatOf(m, from));
  const [operation = '', format = ''] = name.split('.');
  const arithmetic: Fast | undefined = ARITHMETIC[operation];
  if (arithmetic === undefined) return INSPECTIONS[operation]?.(c, formatOf(m, format)) ?? [];
  const wasm = formatOf(m, format);
  const code = [...arithmetic(c, wasm), ...settledArithmetic(c, operation, wasm)];
  return [m.if(c.roundingIs(0), m.block(null, code))];
}

export function buildFloatHelpers(module: binaryen.Module): void {
  addFusedProbe(module);
  for (const helper of FLOAT_HELPERS) {
    const { name, rounds, operands } = helper;
    const code = new FloatCode(module, rounds, operands);
    const statements = [...fastPath(code, name), ...callSoftware(code, helper)];
    const body = module.block(null, statements, i64);
    module.addFunction(name, helperType(rounds, operands), i64, code.locals.types, body);
    module.addFunctionExport(name, name);
  }
}
