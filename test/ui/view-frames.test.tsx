/** Every view as it is drawn at 80x24 and 200x50, against recorded frames: `UPDATE=1` records them anew. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { renderToString } from 'ink';
import { afterEach, describe, expect, test } from 'vitest';
import type { System } from '../../src/api/system.ts';
import type { SplitView } from '../../src/ui/split-view.ts';
import { VIEWS } from '../../src/ui/views/table.ts';
import { sampleSystem } from '../support/sample-system.ts';

const FOLDER = new URL('./frames/', import.meta.url);
/** What a view has of the screen: the lower half of 80x24, the right half of 200x50. */
const SIZES = [
  { name: '80x24', rows: 12, columns: 80 },
  { name: '200x50', rows: 49, columns: 100 },
] as const;

let view: SplitView | undefined;

afterEach(() => {
  view?.dispose();
});

/** Opens the view, and waits for its first sample and what the keys lead to. */
async function frameOf(name: string, keys: readonly string[], rows: number, columns: number) {
  const row = VIEWS.find((it) => it.name === name);
  let opened: SplitView | undefined;
  const drawn = (): string =>
    opened ? renderToString(opened.element({ rows, columns }, true), { columns }) : '';
  await new Promise<void>((resolve, reject) => {
    let left = keys.length;
    const changed = (): void => {
      if (drawn().includes('reading ...')) return;
      if (left === 0) resolve();
      else opened?.key(keys[keys.length - left--] ?? '');
    };
    opened = row?.open({ system: sampleSystem() as System, changed, close: () => undefined });
    if (!opened) reject(new Error(`there is no view ${name}`));
  });
  // What a key has asked for is there when all promises are.
  await new Promise((resolve) => setImmediate(resolve));
  view = opened;
  return `${drawn()}\n${opened?.help}\n`;
}

const CASES = [
  ...VIEWS.map(({ name }) => ({ file: name, name, keys: [] as string[] })),
  { file: 'processes-by-memory', name: 'processes', keys: ['s', 's'] },
  { file: 'memory-walk', name: 'memory', keys: ['\r'] },
  { file: 'translator-region', name: 'translator', keys: ['\r'] },
];

describe.each(SIZES)('$name', ({ name: size, rows, columns }) => {
  test.each(CASES)('$file', async ({ file, name, keys }) => {
    const frame = await frameOf(name, keys, rows, columns);
    const lines = frame.split('\n').slice(0, -2);
    expect(lines.length).toBe(rows);
    const path = new URL(`${file}-${size}.txt`, FOLDER);
    if (process.env['UPDATE']) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(path, frame);
    }
    expect(frame).toBe(readFileSync(path, 'utf8'));
  });
});

test('NO_COLOR: no colour, the same text', async () => {
  const { NO_COLOR } = process.env;
  process.env['NO_COLOR'] = '1';
  const plain = await frameOf('processes', [], 12, 80);
  if (NO_COLOR === undefined) delete process.env['NO_COLOR'];
  else process.env['NO_COLOR'] = NO_COLOR;
  expect(plain).not.toMatch(/\x1b\[[0-9;]*3[0-7]m/);
  expect(plain).toContain('yes');
});
