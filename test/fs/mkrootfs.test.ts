/** Root images: content by debugfs, soundness by e2fsck, and the same bytes each time. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeDevice, S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG } from '../../src/abi/stat.ts';
import type { TreeEntry } from '../../src/fs/populate.ts';
import { makeImage, readFolder } from '../../tools/mkrootfs.ts';

const hasTools = spawnSync('e2fsck', ['-V']).status === 0;
if (!hasTools) console.warn('e2fsprogs is missing: root images are not checked');
const itWithTools = hasTools ? it : it.skip;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-image-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const ENTRIES: readonly TreeEntry[] = [
  { path: 'etc', mode: S_IFDIR | 0o750, uid: 3, gid: 4 },
  { path: 'etc/motd', mode: S_IFREG | 0o640, content: Buffer.from('welcome\n') },
  { path: 'bin/tool', mode: S_IFREG | 0o755, content: new Uint8Array(200_000).fill(9) },
  { path: 'bin/other', mode: S_IFREG | 0o755, linkTo: 'bin/tool' },
  { path: 'sbin', mode: S_IFLNK | 0o777, target: 'bin' },
  { path: 'dev/null', mode: S_IFCHR | 0o666, rdev: makeDevice(1, 3) },
];

function debugfs(image: string, request: string): string {
  return spawnSync('debugfs', ['-R', request, image], { encoding: 'utf8' }).stdout;
}

describe('makeImage', () => {
  itWithTools('writes what it was given, and e2fsck finds nothing', () => {
    const image = path.join(folder, 'a.img');
    makeImage(ENTRIES, image);
    const check = spawnSync('e2fsck', ['-fn', image], { encoding: 'utf8' });
    expect([check.status, check.stdout]).toEqual([0, check.stdout]);
    expect(debugfs(image, 'cat /etc/motd')).toBe('welcome\n');
    expect(debugfs(image, 'stat /etc')).toMatch(/Mode: {2}0750 [\s\S]*User: +3 +Group: +4 /);
    expect(debugfs(image, 'stat /bin/other')).toMatch(/Links: 2 [\s\S]*Size: 200000|Size: 200000/);
    expect(debugfs(image, 'stat /sbin')).toContain('Fast link dest: "bin"');
    expect(debugfs(image, 'stat /dev/null')).toContain('Device major/minor number: 01:03');
  });

  it('gives the same bytes for the same input, as a sparse file of the size asked for', () => {
    const images = ['b.img', 'c.img'].map((name) => path.join(folder, name));
    for (const image of images) makeImage(ENTRIES, image, { bytes: 32 * 2 ** 20 });
    const [b, c] = images.map((image) => fs.readFileSync(image));
    expect(b?.length).toBe(32 * 2 ** 20);
    expect(b && c && b.equals(c)).toBe(true);
    expect(fs.statSync(images[0] ?? '').blocks * 512).toBeLessThan(2 * 2 ** 20);
  });

  it('says when the content does not fit', () => {
    const content = new Uint8Array(3 * 2 ** 20).fill(1);
    const entries = [{ path: 'big', mode: S_IFREG | 0o644, content }];
    const image = path.join(folder, 'd.img');
    expect(() => makeImage(entries, image, { bytes: 2 * 2 ** 20 })).toThrow(
      /do not fit into 2 MiB/,
    );
    expect(fs.existsSync(image)).toBe(false);
  });

  it('takes names of a host folder as bytes', () => {
    fs.mkdirSync(path.join(folder, 'src/ü'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'src/ü/run'), '#!/bin/sh\n', { mode: 0o755 });
    expect(readFolder(path.join(folder, 'src')).map((entry) => [entry.path, entry.mode])).toEqual([
      ['\xc3\xbc', S_IFDIR | 0o755],
      ['\xc3\xbc/run', S_IFREG | 0o755],
    ]);
  });
});
