/** A folder without v86 is named before anything is measured. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkV86 } from './v86.ts';

test('what --v86 lacks is said by name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-v86-'));
  try {
    for (const name of ['v86.wasm', 'bios.bin', 'vgabios.bin'])
      writeFileSync(join(folder, name), '');
    expect(() => checkV86(folder)).toThrow(
      `--v86 ${folder}: there is no libv86.mjs, bzImage in it`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
