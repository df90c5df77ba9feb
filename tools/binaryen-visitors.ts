/**
 * Binaryen writes expressions by one function with a case for each class, 81 KB of wasm. V8 takes its whole length for work that was done at
 * each call, so it optimises it after some hundred calls, which keeps one of its threads busy for 0.2 to 0.4 s each time the translator
 * starts. Here each class that regions are made of gets a function of its own: that one with nothing but the class's case.
 */
import binaryen from 'binaryen';

/** What binaryen's JavaScript has and its declarations lack. */
const { Switch } = binaryen as typeof binaryen & {
  readonly Switch: {
    setNameAt(expression: number, index: number, name: string): void;
    setDefaultName(expression: number, name: string): void;
  };
};

const { none } = binaryen;

/** Classes of the expressions in regions. */
const CLASSES = [
  ...[binaryen.BlockId, binaryen.IfId, binaryen.LoopId, binaryen.BreakId, binaryen.SwitchId],
  ...[binaryen.CallId, binaryen.CallIndirectId, binaryen.LocalGetId, binaryen.LocalSetId],
  ...[binaryen.LoadId, binaryen.StoreId, binaryen.ConstId, binaryen.UnaryId, binaryen.BinaryId],
  ...[binaryen.SelectId, binaryen.DropId, binaryen.ReturnId, binaryen.AtomicRMWId],
];

/** A function that begins with a table of so many cases is a visitor of expressions. */
const MIN_CASES = 100;
/** Characters of the text of a visitor that is worth it: of two among hundreds. */
const MIN_TEXT = 1_000_000;

interface Table extends binaryen.SwitchInfo {
  readonly expression: number;
}

/** The table that a function begins with. */
function tableOf(body: number): Table | undefined {
  for (let at: number | undefined = body; at !== undefined; ) {
    const id = binaryen.getExpressionId(at);
    if (id !== binaryen.SwitchId && id !== binaryen.BlockId && id !== binaryen.IfId)
      return undefined;
    const info: binaryen.ExpressionInfo = binaryen.getExpressionInfo(at);
    if (id === binaryen.SwitchId) return { ...(info as binaryen.SwitchInfo), expression: at };
    at =
      id === binaryen.IfId
        ? (info as binaryen.IfInfo).ifTrue
        : (info as binaryen.BlockInfo).children[0];
  }
  return undefined;
}

/** The cases stand in the order of the classes' numbers, of which the first that exists is 1. */
const FIRST_CLASS = 1;
const NEVER = 'never';
const REST = 'rest';

/** The function with the case of one class alone. */
function addCase(
  module: binaryen.Module,
  name: string,
  { params, vars, body }: binaryen.FunctionInfo,
  index: number,
): void {
  const copy = module.copyExpression(body);
  const table = tableOf(copy);
  if (table === undefined) throw new Error(`${name} does not begin with a table`);
  for (const place of table.names.keys())
    if (place !== index) Switch.setNameAt(table.expression, place, NEVER);
  Switch.setDefaultName(table.expression, NEVER);
  const only = module.block(null, [
    module.block(NEVER, [copy, module.return()]),
    module.unreachable(),
  ]);
  module.addFunction(name, params, none, vars, only);
  module.runPassesOnFunction(name, ['dce', 'remove-unused-brs', 'remove-unused-names', 'vacuum']);
}

/** The visitor calls one function a class; the others' keep what it was. */
function split(module: binaryen.Module, visitor: binaryen.FunctionInfo, table: Table): void {
  const { name, params, body, vars } = visitor;
  const operands = () =>
    binaryen.expandType(params).map((type, index) => module.local.get(index, type));
  const condition = module.copyExpression(table.condition);
  const indices = CLASSES.map((id) => id - FIRST_CLASS);
  const places = table.names.map((_name, index) => (indices.includes(index) ? `${index}` : REST));
  let code = [module.switch(places, REST, condition)];
  for (const index of indices) {
    const single = `${name}/${index}`;
    addCase(module, single, visitor, index);
    const call = module.call(single, operands(), none);
    code = [module.block(`${index}`, code), call, module.return()];
  }
  const rest = `${name}/${REST}`;
  module.removeFunction(name);
  module.addFunction(rest, params, none, vars, body);
  const all = [module.block(REST, code), module.call(rest, operands(), none)];
  module.addFunction(name, params, none, [], module.block(null, all));
}

export function splitVisitors(module: binaryen.Module): void {
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
  );
  let found = 0;
  for (const visitor of functions) {
    if (visitor.body === 0 || visitor.results !== none) continue;
    const table = tableOf(visitor.body);
    if (table === undefined || table.names.length < MIN_CASES) continue;
    if (binaryen.emitText(visitor.body).length < MIN_TEXT) continue;
    split(module, visitor, table);
    found++;
  }
  if (found === 0) throw new Error('binaryen has no large visitor any more');
}
