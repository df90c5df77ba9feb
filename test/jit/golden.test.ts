/**
 * The text of a few dozen regions (golden-regions.ts), with their listing: a change of the translator shows as a difference, to be
 * read before it is committed. `UPDATE=1 npx vitest run --project isa test/jit/golden.test.ts` writes them anew.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { listing } from '../../src/isa/listing.ts';
import type { RegionRequest } from '../../src/jit/control-flow.ts';
import { without } from '../../src/jit/optimisations.ts';
import { buildRegions } from '../../src/jit/translate.ts';
import { REGIONS } from './golden-regions.ts';

const FOLDER = join(import.meta.dirname, 'golden');
const isUpdate = process.env['UPDATE'] === '1';

/** One function of the module's text. */
function functionOf(text: string): string {
  const start = text.indexOf(' (func $r0 ');
  return text.slice(start, text.lastIndexOf(')'));
}

/** The region's instructions, as comments of the text. */
function instructionsOf({ code, executed, next }: RegionRequest): string {
  const end = executed.findLastIndex((state) => state !== 0) + 2;
  // The second half of the last one may be the next page's.
  const halfwords = Uint16Array.of(...code, next ?? 0);
  const bytes = new Uint8Array(halfwords.buffer, 0, end * 2);
  const lines = listing([{ name: '.text', address: 0n, bytes }], { aliases: false });
  const instructions = [...lines].filter((line) => /^\s+[0-9a-f]+:/.test(line));
  return instructions.map((line) => `;; ${line.replace(/\s+/g, ' ').trim()}\n`).join('');
}

it.each(Object.entries(REGIONS))('%s', (name, request) => {
  // Hints would show as source locations that are not the same twice.
  const { module } = buildRegions([request], without('branchHints'));
  expect(module.validate()).toBe(1);
  const text = `${instructionsOf(request)}${functionOf(module.emitText())}`;
  module.dispose();
  const file = join(FOLDER, `${name}.wat`);
  if (isUpdate) writeFileSync(file, text);
  expect(existsSync(file), `${file}: write it with UPDATE=1`).toBe(true);
  expect(text).toBe(readFileSync(file, 'utf8'));
});

it('has no file of a region that is gone', () => {
  const names = globSync(join(FOLDER, '*.wat')).map((file) => basename(file, '.wat'));
  expect(names.sort()).toEqual(Object.keys(REGIONS).sort());
});
