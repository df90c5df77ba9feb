import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { CodeFile } from './code-file.ts';

const WORK = mkdtempSync(join(tmpdir(), 'hartix-code-'));
afterAll(() => rmSync(WORK, { recursive: true }));

let folder = '';
let count = 0;
beforeEach(() => {
  folder = mkdtempSync(join(WORK, `${count++}`));
});
const path = (key: string): string => join(folder, `code-${key}`);

test('what was written comes back, of two copies, and only its owner may touch it', () => {
  const data = Buffer.from('compiled');
  new CodeFile(folder, 'a').write(data);
  expect(new CodeFile(folder, 'a').read()).toEqual(new Uint8Array(data));
  expect(new CodeFile(folder, 'b').read()).toBeUndefined();
  expect(readFileSync(path('a'), 'utf8')).toBe('compiledcompiled');
  expect(readdirSync(folder)).toEqual(['code-a']);
});

test('a damaged file is none, at each of its bits', () => {
  const file = new CodeFile(folder, 'a');
  file.write(Buffer.from('code'));
  const whole = readFileSync(path('a'));
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const damaged = Buffer.from(whole);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    writeFileSync(path('a'), damaged);
    expect(file.read(), `bit ${bit}`).toBeUndefined();
  }
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path('a'), whole.subarray(0, length));
    expect(file.read(), `${length} bytes`).toBeUndefined();
  }
});

test('a file that others may write is none', () => {
  const file = new CodeFile(folder, 'a');
  file.write(Buffer.from('code'));
  chmodSync(path('a'), 0o620);
  expect(file.read()).toBeUndefined();
  chmodSync(path('a'), 0o644);
  expect(file.read()).toBeDefined();
});

test('the eight newest are kept', () => {
  for (const [age, key] of ['i', 'h', 'g', 'f', 'e', 'd', 'c', 'b'].entries()) {
    new CodeFile(folder, key).write(Buffer.from(key));
    utimesSync(path(key), 1000 - age, 1000 - age);
  }
  new CodeFile(folder, 'a').write(Buffer.from('a'));
  expect(readdirSync(folder).sort()).toEqual(
    ['a', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((key) => `code-${key}`),
  );
});

test('without a folder nothing is kept, and nothing fails', () => {
  const file = new CodeFile(join(folder, 'none'), 'a');
  file.write(Buffer.from('code'));
  expect(file.read()).toBeUndefined();
});

test('two copies that differ behind the first piece of them are none', () => {
  const file = new CodeFile(folder, 'a');
  const data = Buffer.alloc(150_001, 7);
  file.write(data);
  expect(file.read()).toEqual(new Uint8Array(data));
  const whole = readFileSync(path('a'));
  for (const at of [149_999, 150_000, 150_001, 299_999, 300_001]) {
    const damaged = Buffer.from(whole);
    damaged[at] = 8;
    writeFileSync(path('a'), damaged);
    expect(file.read(), `byte ${at}`).toBeUndefined();
  }
});
