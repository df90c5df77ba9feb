/** Wasm functions for floating point, one per operation and format, exported by the interpreter for regions to import. */
import binaryen from 'binaryen';
import { HART } from '../machine/hart-layout.ts';
import { FLOAT_HELPERS } from './float-table.ts';
import { helperType } from './module-frame.ts';

const { i32, i64 } = binaryen;

/** Hand the operands to the exact software. */
function callSoftware(module: binaryen.Module, index: number, rounds: boolean, operands: number) {
  const hart = () => module.local.get(0, i32);
  const first = rounds ? 2 : 1;
  const stores = Array.from({ length: operands }, (_unused, k) =>
    module.i64.store(HART.SCRATCH + 8 * k, 8, hart(), module.local.get(first + k, i64)),
  );
  const mode = rounds ? module.local.get(1, i32) : module.i32.const(0);
  return module.block(
    null,
    [
      ...stores,
      module.drop(module.call('softFloat', [hart(), module.i32.const(index), mode], i32)),
      module.i64.load(HART.SCRATCH, 8, hart()),
    ],
    i64,
  );
}

export function buildFloatHelpers(module: binaryen.Module): void {
  for (const { name, rounds, operands, index } of FLOAT_HELPERS) {
    const body = callSoftware(module, index, rounds, operands);
    module.addFunction(name, helperType(rounds, operands), i64, [], body);
    module.addFunctionExport(name, name);
  }
}
