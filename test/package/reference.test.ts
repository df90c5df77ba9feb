/** docs/reference.md, made by a small reader of declarations of ours. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import * as library from '../../src/index.ts';
import { exportsOf } from '../../tools/reference/declarations.ts';
import { writeReference } from '../../tools/reference/reference.ts';

const REFERENCE = resolve(import.meta.dirname, '../../docs/reference.md');

test('is that of the docstrings as they are: npm run build writes it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-reference-'));
  const file = join(folder, 'reference.md');
  writeReference(file);
  const [fresh, committed] = [readFileSync(file, 'utf8'), readFileSync(REFERENCE, 'utf8')];
  rmSync(folder, { recursive: true });
  expect(committed).toBe(fresh);
});

test('has every value that the library exports, and what its docstring says', () => {
  const text = readFileSync(REFERENCE, 'utf8');
  for (const name of Object.keys(library))
    expect(text).toMatch(new RegExp(`^### \\w+ ${name}$`, 'm'));
  expect(text).toContain('Run a program to its end: a command line for the shell');
  expect(text).toMatch(/- `memory\?: number \| string`<br>Guest RAM/);
});

test('declarations are read with their comments, members and overloads; private ones are left out', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-declarations-'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write(
    'other.d.ts',
    `/** About the file. */
import { Thing } from './thing.js';
/** A box
 * of things. */
export declare class Box<T extends { a: string }> {
    private readonly hidden;
    /** What is in it; '}' is no end. */
    readonly things: Thing[];
    constructor(hidden: string);
    put(thing: {
        a: string;
    }): void;
}
export declare function open(name: string): Box<never>;
export declare function open(): Box<never>;
export type Key = 'a' | {
    b: string;
};
`,
  );
  write(
    'index.d.ts',
    `export { Box, open } from './other.js';\nexport type { Key } from './other.js';\n`,
  );
  const [box, open, key, ...more] = exportsOf(join(folder, 'index.d.ts'));
  rmSync(folder, { recursive: true });
  expect(more).toEqual([]);
  expect(box).toMatchObject({ kind: 'class', name: 'Box', doc: 'A box of things.' });
  expect(box?.members).toEqual([
    { text: 'readonly things: Thing[]', doc: "What is in it; '}' is no end." },
    { text: 'put(thing: {\n    a: string;\n}): void', doc: '' },
  ]);
  expect(open?.text.split('\n')).toHaveLength(2);
  expect(key).toMatchObject({ kind: 'type', name: 'Key' });
});
