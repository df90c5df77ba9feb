/** Disks in files: sectors, partial ends, read-only. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileDisk } from './file-disk.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hartix-disk-'));
  path = join(folder, 'disk.img');
  writeFileSync(
    path,
    Uint8Array.from({ length: 1300 }, (_, i) => 1 + (i >>> 9)),
  );
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('a disk in a file', () => {
  it('pads its last sector with zeros when it is only read', () => {
    const disk = new FileDisk(path, true);
    const buffer = new Uint8Array(1024);
    disk.read(1, buffer);
    expect([buffer[0], buffer[511], buffer[512], buffer[787], buffer[788], buffer[1023]]).toEqual([
      2, 2, 3, 3, 0, 0,
    ]);
    expect(disk.sizeBytes).toBe(1536);
    disk.close();
  });

  it('is written in place, whole sectors only', () => {
    const disk = new FileDisk(path, false);
    expect(disk.sizeBytes).toBe(1024);
    disk.write(1, new Uint8Array(512).fill(9));
    disk.flush();
    disk.close();
    const bytes = readFileSync(path);
    expect([bytes.length, bytes[511], bytes[512], bytes[1023], bytes[1024]]).toEqual([
      1300, 1, 9, 9, 3,
    ]);
  });

  it('says what is wrong with the path', () => {
    expect(() => new FileDisk(join(folder, 'none'), true)).toThrow('ENOENT');
  });
});
