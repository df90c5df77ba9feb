/** Roots of Debian's packages are used again as long as their lists of packages stay as they are. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderName, removeOlder } from '../support/debian.ts';

test('another list of packages is another folder', () => {
  const name = folderName('root', ['bash', 'dash'], true);
  expect(name).toMatch(/^root-[0-9a-f]{8}$/);
  expect(folderName('root', ['dash', 'bash'], true)).toBe(name);
  expect(folderName('root', ['bash'], true)).not.toBe(name);
  expect(folderName('root', ['bash', 'dash'], false)).not.toBe(name);
});

test('what earlier lists have left goes', () => {
  const cache = mkdtempSync(join(tmpdir(), 'hartix-folders-'));
  const stay = ['root', 'root-00000001', 'root-00000001.img', 'root-00000001-0.gz', 'root-bench'];
  const others = ['root-bench-00000002', 'apt'];
  const go = ['root-00000002', 'root-00000002.partial'];
  for (const folder of [...stay, ...others, ...go]) mkdirSync(join(cache, folder));
  writeFileSync(join(cache, 'root-00000002.img'), '');
  removeOlder(cache, 'root', 'root-00000001');
  expect(readdirSync(cache).sort()).toEqual([...stay, ...others].sort());
  rmSync(cache, { recursive: true });
});
