/**
 * C++ code that may throw calls through JavaScript in Emscripten's way of exceptions: an import `invoke_…` finds the function in the table
 * and calls it within a `try`. In binaryen that is nearly every call, 3.9 million for the 544 regions of gcc. Here these imports become
 * functions of the wasm itself. Nothing that we ask of binaryen throws; an exception would leave through our call of it.
 */
import binaryen from 'binaryen';

/** `function f(at,x,y){var stack=stackSave();try{table(at)(x,y)}…`, whatever the names. */
const INVOKES =
  /function ([\w$]+)\(([\w$]+)(?:,[\w$]+)*\)\{var [\w$]+=[\w$]+\(\);try\{(?:return )?[\w$]+\(\2\)\(/g;

/** Names of the imports that are such functions, of which the glue has the definitions. */
function invokesOf(glue: string): Set<string> {
  const definitions = new Set([...glue.matchAll(INVOKES)].map(([, name]) => name));
  const entries = glue.matchAll(/(?<=[{,])([\w$]+):([\w$]+)(?=[,}])/g);
  return new Set(
    [...entries].flatMap(([, name = '', value]) => (definitions.has(value) ? name : [])),
  );
}

/** `glue`: the JavaScript that came with the module. */
export function callDirectly(module: binaryen.Module, glue: string): void {
  const invokes = invokesOf(glue);
  if (invokes.size === 0) throw new Error('binaryen has no calls through JavaScript any more');
  const table = binaryen.getTableInfo(module.getTableByIndex(0)).name;
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
  );
  for (const { name, base, params, results } of functions) {
    if (base === null || !invokes.has(base)) continue;
    const [, ...types] = binaryen.expandType(params);
    const operands = types.map((type, index) => module.local.get(index + 1, type));
    const at = module.local.get(0, binaryen.i32);
    const type = binaryen.createType(types);
    module.removeFunction(name);
    const call = module.call_indirect(table, at, operands, type, results);
    module.addFunction(name, params, results, [], call);
  }
}
