/**
 * Binaryen's JavaScript holds its wasm as a string of 14 MB: parsing that takes 0.5 s each time the translator starts. The
 * bundle gets the JavaScript without it, and the wasm beside it as a file, which V8 compiles lazily: 0.1 s.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';
import type { Plugin } from 'esbuild';
import { callDirectly } from './binaryen-calls.ts';
import { splitVisitors } from './binaryen-visitors.ts';

/** Up to the opening quote, and from the closing one: how Emscripten embeds a file as a template literal. */
const BEFORE = /\b\w+\(`(?=\\0asm)/;

/** Index of the quote that closes the template literal which begins at `start`, after its opening quote. */
function endOfTemplate(source: string, start: number): number {
  let at = start;
  while (source[at] !== '`') at += source[at] === '\\' ? 2 : 1;
  return at;
}

/** The literal's bytes: characters from 0xff00 on stand for bytes that UTF-8 would take two for. */
function decode(literal: string): Uint8Array {
  const text = new Function(`return \`${literal}\``)() as string;
  return Uint8Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    return (~code >> 8) & code;
  });
}

/** The same, but quicker for what regions need. */
function prepare(wasm: Uint8Array, glue: string): Uint8Array {
  const module = binaryen.readBinary(wasm);
  callDirectly(module, glue);
  splitVisitors(module);
  const prepared = module.emitBinary();
  module.dispose();
  return prepared;
}

/** Writes `file` into the folder of the bundle, which reads it when it runs. */
export function splitBinaryen(folder: string, file: string): Plugin {
  return {
    name: 'split-binaryen',
    setup({ onLoad }) {
      onLoad({ filter: /\/binaryen\/index\.js$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8');
        const before = BEFORE.exec(source);
        if (before === null) throw new Error(`${path}: no embedded wasm, see ${import.meta.url}`);
        const start = before.index + before[0].length;
        const end = endOfTemplate(source, start);
        const glue = source.slice(0, before.index) + source.slice(end + 2);
        const wasm = prepare(decode(source.slice(start, end)), glue);
        if (!WebAssembly.validate(wasm)) throw new Error(`${path}: its wasm is not valid`);
        writeFileSync(`${folder}/${file}`, wasm);
        const read = `process.getBuiltinModule('fs').readFileSync(new URL('${file}', import.meta.url))`;
        const contents = source.slice(0, before.index) + read + source.slice(end + 2);
        return { contents, loader: 'js' };
      });
    },
  };
}
