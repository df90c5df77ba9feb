import binaryen from 'binaryen';
import { expect, it } from 'vitest';
import { addBranchHints, BranchHints } from './branch-hints.ts';

const { i32, none } = binaryen;

/** Body 00 (no locals), 20 00 (local.get 0), 04 (if): the second function has two branches, one of them likely. */
function build(): binaryen.Module {
  const module = new binaryen.Module();
  const m = module;
  m.addFunctionImport('imported', 'env', 'imported', none, none);
  m.addMemoryImport('memory', 'env', 'memory');
  for (const count of [0, 2]) {
    const hints = new BranchHints();
    const parameter = () => m.local.get(0, i32);
    const plain = m.if(parameter(), m.call('imported', [], none));
    const marked = [
      hints.unlikely(m.if(parameter(), m.return())),
      hints.likely(m.if(parameter(), m.call('imported', [], none))),
    ];
    const body = m.block(null, count === 0 ? [plain] : [plain, ...marked]);
    const built = m.addFunction(`f${count}`, i32, none, [], body);
    if (count > 0) hints.locate(m, built);
  }
  return module;
}

it('puts a section in front of the code section, offsets counted from the body', () => {
  const module = build();
  expect(module.validate()).toBe(1);
  const { binary, sourceMap } = module.emitBinary('hints');
  if (sourceMap === null) throw new Error('no source map');
  const hinted = addBranchHints(binary, sourceMap);
  expect(WebAssembly.validate(hinted)).toBe(true);
  const name = 'metadata.code.branch_hint';
  const start = Buffer.from(hinted).indexOf(name) + name.length;
  // One function, number 2 behind the import and f0; two hints: {offset, length, value}. The plain `if` and its call take
  // 00 2000 0440 1000 0b, so the next one's opcode is at 10, and after 2000 0440 0f 0b the last one's at 16.
  expect([...hinted.subarray(start, start + 9)]).toEqual([1, 2, 2, 10, 1, 0, 16, 1, 1]);
  expect(hinted.length).toBe(binary.length + 2 + 1 + 25 + 9);
  module.dispose();
});

it('leaves a module without branches valid', () => {
  const module = new binaryen.Module();
  module.addFunction('f', none, none, [], module.nop());
  const { binary, sourceMap } = module.emitBinary('hints');
  expect(WebAssembly.validate(addBranchHints(binary, sourceMap ?? '{"mappings":""}'))).toBe(true);
  module.dispose();
});
