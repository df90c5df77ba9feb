/** openMachine(): a machine that is saved while it runs goes on in another one. */
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMachine } from '../../src/index.ts';
import { assemble } from '../support/bare-machine/bare-machine.ts';

const folder = mkdtempSync(join(tmpdir(), 'hartix-snapshot-'));
const kernel = join(folder, 'echo.elf');
const disk = join(folder, 'disk.img');
const snapshot = join(folder, 'machine.snapshot');

/** What the program answers to each byte: see echo.S. */
function answers(typed: string): string {
  let sum = 0;
  return Array.from(typed, (character) => {
    sum += character.charCodeAt(0);
    return String.fromCharCode(97 + (sum & 15));
  }).join('');
}

beforeAll(async () => {
  writeFileSync(kernel, assemble('echo.S', 0x8000_0000));
  writeFileSync(disk, new Uint8Array(64 * 1024));
  const machine = await openMachine({ kernel, memory: '16M', harts: 2, disks: [disk] });
  try {
    machine.write('before');
    await machine.waitFor(answers('before'));
    expect(await machine.snapshot(snapshot)).toBe(readFileSync(snapshot).length);
    machine.write('x');
    await machine.waitFor(answers('beforex').slice(-1));
  } finally {
    await machine.close();
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a saved machine', () => {
  it('goes on where it was, any number of times', async () => {
    for (const typed of ['after', 'again']) {
      const machine = await openMachine({ restore: snapshot, disks: [disk] });
      try {
        machine.write(typed);
        await machine.waitFor(answers(`before${typed}`).slice('before'.length));
        machine.write('q');
        expect(await machine.halted).toBe(0);
      } finally {
        await machine.close();
      }
    }
  });

  it('has what was typed and not read yet', async () => {
    const file = join(folder, 'typed.snapshot');
    const first = await openMachine({ restore: snapshot, disks: [disk] });
    try {
      first.write('unread');
      await first.snapshot(file);
    } finally {
      await first.close();
    }
    const second = await openMachine({ restore: file, disks: [disk] });
    try {
      await second.waitFor(answers('beforeunread').slice('before'.length));
      second.write('q');
      expect(await second.halted).toBe(0);
    } finally {
      await second.close();
    }
  });

  it('is refused with a reason where it does not fit', async () => {
    await expect(openMachine({ restore: snapshot })).rejects.toThrow(
      /1 disks \(disk\.img\), not 0/,
    );
    const mounts = { share: folder };
    await expect(openMachine({ restore: snapshot, disks: [disk], mounts })).rejects.toThrow(
      /shares/,
    );
    await expect(openMachine({ restore: snapshot, memory: '32M' })).rejects.toThrow(/memory/);
    const cut = join(folder, 'cut');
    writeFileSync(cut, readFileSync(snapshot).subarray(0, -100));
    await expect(openMachine({ restore: cut, disks: [disk] })).rejects.toThrow(/cut off/);
    await expect(openMachine({ restore: kernel, disks: [disk] })).rejects.toThrow(/no snapshot/);
    await expect(openMachine({ restore: join(folder, 'none') })).rejects.toThrow(/no file/);
    const other = join(folder, 'other.img');
    writeFileSync(other, new Uint8Array(32 * 1024));
    await expect(openMachine({ restore: snapshot, disks: [other] })).rejects.toThrow(
      /another size/,
    );
    writeFileSync(other, new Uint8Array(64 * 1024));
    utimesSync(other, 1, 1);
    await expect(openMachine({ restore: snapshot, disks: [other] })).rejects.toThrow(/written to/);
  });

  it('cannot be saved to a place that does not exist, and goes on', async () => {
    const machine = await openMachine({ kernel, memory: '16M' });
    try {
      await expect(machine.snapshot(join(folder, 'no/where'))).rejects.toThrow(/ENOENT/);
      machine.write('y');
      await machine.waitFor(answers('y'));
    } finally {
      await machine.close();
    }
  });
});
