/** squashfs: what mksquashfs makes of a tree is that tree. Damaged images: `damage/`. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeDevice, S_IFBLK, S_IFCHR, S_IFIFO, S_IFMT } from '../../src/abi/stat.ts';
import { squashfs } from '../../src/fs/squashfs/squashfs.ts';
import { Random } from '../support/random.ts';
import { loadBytes } from './e2fsprogs.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

const SEED = 20261121;
const hasTools = spawnSync('mksquashfs', ['-version']).error === undefined;
if (!hasTools) console.warn('SKIPPED: squashfs-tools is missing: no image of squashfs is read');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-squashfs-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const tree = path.join(folder, 'tree');

function makeTree(): void {
  if (fs.existsSync(tree)) return;
  const random = new Random(SEED);
  const noise = Uint8Array.from({ length: 300_000 }, () => random.below(256));
  fs.mkdirSync(path.join(tree, 'many'), { recursive: true });
  fs.mkdirSync(path.join(tree, 'empty/deep'), { recursive: true });
  for (let i = 0; i < 300; i++) fs.writeFileSync(path.join(tree, `many/file-${i}`), `content ${i}`);
  fs.writeFileSync(path.join(tree, 'noise'), noise);
  fs.writeFileSync(path.join(tree, 'text'), 'a line of text\n'.repeat(40_000));
  fs.writeFileSync(path.join(tree, 'nothing'), '');
  fs.writeFileSync(path.join(tree, 'holes'), noise.subarray(0, 5000));
  fs.truncateSync(path.join(tree, 'holes'), 900_000);
  fs.appendFileSync(path.join(tree, 'holes'), 'the end');
  fs.linkSync(path.join(tree, 'text'), path.join(tree, 'second name'));
  fs.symlinkSync('many/file-7', path.join(tree, 'link'));
  fs.chmodSync(path.join(tree, 'noise'), 0o4711);
  fs.utimesSync(path.join(tree, 'text'), 1_000_000_000, 1_000_000_000);
}

const SPECIAL = ['fifo i 640 3 4 f', 'null c 666 0 0 1 3', 'disk b 660 0 6 254 300'];

function makeImage(...options: readonly string[]): Uint8Array {
  makeTree();
  const file = path.join(folder, 'image');
  const pseudo = path.join(folder, 'pseudo');
  fs.writeFileSync(pseudo, `${SPECIAL.join('\n')}\n`);
  fs.rmSync(file, { force: true });
  const argv = [
    tree,
    file,
    '-quiet',
    '-no-progress',
    '-processors',
    '1',
    '-pf',
    pseudo,
    ...options,
  ];
  const { status, stderr } = spawnSync('mksquashfs', argv, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return fs.readFileSync(file);
}

function mount(bytes: Uint8Array): TestSystem {
  const context = new TestContext();
  const padded = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
  padded.set(bytes);
  const disk = loadBytes(padded, context);
  context.devices.set('/dev/vda', disk);
  return new TestSystem(squashfs.mount('/dev/vda', '', true, context));
}

/** Names below the tree, in order. */
function listHost(): string[] {
  const names = fs.readdirSync(tree, { recursive: true, encoding: 'utf8' });
  return names.map((name) => `/${name}`).sort();
}

describe.skipIf(!hasTools)('squashfs', () => {
  it.each([
    [],
    ['-b', '4096'],
    ['-b', '1M', '-no-fragments'],
    ['-noI', '-noD', '-noF'],
    ['-always-use-fragments', '-b', '64K'],
  ])('is the tree that it was made of: %s %s %s', (...options) => {
    const system = mount(makeImage(...options));
    for (const name of listHost()) {
      const there = fs.lstatSync(path.join(tree, name));
      const here = system.lstat(name);
      expect([here.mode, here.mtime.seconds, here.uid, here.nlink > 0], name).toEqual([
        there.mode,
        Math.floor(there.mtimeMs / 1000),
        there.uid,
        true,
      ]);
      if (there.isSymbolicLink())
        expect(here.readlink()).toBe(fs.readlinkSync(path.join(tree, name)));
      if (!there.isFile()) continue;
      expect(here.size, name).toBe(there.size);
      expect(Buffer.compare(system.read(name), fs.readFileSync(path.join(tree, name))), name).toBe(
        0,
      );
    }
    const names = system
      .lstat('/many')
      .readdir(0, 1000)
      .map(({ name }) => name);
    expect(names.slice(0, 2)).toEqual(['.', '..']);
    expect(names.slice(2).sort()).toEqual(fs.readdirSync(path.join(tree, 'many')).sort());
    expect(system.lstat('/second name')).toBe(system.lstat('/text'));
    expect(system.lstat('/second name').nlink).toBe(2);
    expect(errnoOf(() => system.lstat('/many/file-7000'))).toBe('ENOENT');
  });

  it('has special files', () => {
    const system = mount(makeImage());
    const kindOf = (name: string): number[] => {
      const { mode, rdev } = system.lstat(name);
      return [mode & S_IFMT, mode & 0o777, rdev];
    };
    expect(kindOf('/null')).toEqual([S_IFCHR, 0o666, makeDevice(1, 3)]);
    expect(kindOf('/disk')).toEqual([S_IFBLK, 0o660, makeDevice(254, 300)]);
    expect(kindOf('/fifo')).toEqual([S_IFIFO, 0o640, 0]);
    expect([system.lstat('/fifo').uid, system.lstat('/fifo').gid]).toEqual([3, 4]);
  });

  it('is only read', () => {
    const system = mount(makeImage());
    expect(errnoOf(() => system.write('/new', 'x'))).toBe('EROFS');
    expect(errnoOf(() => system.unlink('/text'))).toBe('EROFS');
    expect(errnoOf(() => system.lstat('/text').setAttributes({ mode: 0 }))).toBe('EROFS');
  });

  it('refuses what it cannot read', () => {
    const image = makeImage();
    expect(errnoOf(() => mount(new Uint8Array(8192)))).toBe('EINVAL');
    expect(errnoOf(() => mount(makeImage('-comp', 'xz')))).toBe('EINVAL');
    for (const length of [512, 4096, image.length - 4096])
      expect(errnoOf(() => mount(image.slice(0, length)))).toBe('EINVAL');
  });
});
