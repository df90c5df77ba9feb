/** iso9660: what genisoimage and xorriso make of a tree is that tree. Damaged images: `damage/`. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { iso9660 } from '../../src/fs/iso9660/iso9660.ts';
import { fromUnicode } from '../../src/lib/bytes.ts';
import { Random } from '../support/random.ts';
import { loadBytes } from './e2fsprogs.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

const SEED = 20261122;
const hasTool = (name: string): boolean => spawnSync(name, ['-version']).error === undefined;
const hasTools = hasTool('genisoimage');
if (!hasTools) console.warn('SKIPPED: genisoimage is missing: no image of ISO 9660 is read');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-iso9660-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const tree = path.join(folder, 'tree');
const DEEP = 'a/b/c/d/e/f/g/h/i/j';

function makeTree(): void {
  if (fs.existsSync(tree)) return;
  const random = new Random(SEED);
  const noise = Uint8Array.from({ length: 300_001 }, () => random.below(256));
  fs.mkdirSync(path.join(tree, 'many'), { recursive: true });
  fs.mkdirSync(path.join(tree, DEEP), { recursive: true });
  for (let i = 0; i < 200; i++)
    fs.writeFileSync(path.join(tree, `many/File Number ${i}.text`), `content ${i}`);
  fs.writeFileSync(path.join(tree, 'noise'), noise);
  fs.writeFileSync(path.join(tree, `${DEEP}/bottom`), 'deep');
  fs.writeFileSync(path.join(tree, 'nothing'), '');
  fs.writeFileSync(path.join(tree, `long-${'x'.repeat(200)}`), 'a long name');
  fs.writeFileSync(path.join(tree, 'Größe €'), 'letters');
  fs.symlinkSync('many/File Number 7.text', path.join(tree, 'link'));
  fs.symlinkSync(`/usr/../${'long/'.repeat(30)}./end`, path.join(tree, 'far'));
  fs.chmodSync(path.join(tree, 'noise'), 0o4711);
  fs.utimesSync(path.join(tree, 'noise'), 1_000_000_000, 1_100_000_000);
  expect(spawnSync('mkfifo', [path.join(tree, 'fifo')]).status).toBe(0);
}

let source = '.';

/** Of the tree, or of one file of it: `source`. */
function makeImage(program: string, ...options: readonly string[]): Uint8Array {
  makeTree();
  const file = path.join(folder, 'image');
  fs.rmSync(file, { force: true });
  const argv = program === 'xorriso' ? ['-as', 'mkisofs', ...options] : options;
  const { status, stderr } = spawnSync(program, [...argv, '-o', file, path.join(tree, source)], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(stderr);
  return new Uint8Array(fs.readFileSync(file));
}

function mount(bytes: Uint8Array, options = ''): TestSystem {
  const context = new TestContext();
  const padded = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
  padded.set(bytes);
  const disk = loadBytes(padded, context);
  context.devices.set('/dev/sr0', disk);
  return new TestSystem(iso9660.mount('/dev/sr0', options, true, context));
}

/** Names below the tree, in order. */
function listHost(): string[] {
  return fs.readdirSync(tree, { recursive: true, encoding: 'utf8' }).sort();
}

describe.skipIf(!hasTools)('iso9660', () => {
  it.each([
    ['genisoimage', '-quiet', '-R'],
    ['genisoimage', '-quiet', '-R', '-J', '-joliet-long'],
    ['xorriso', '-quiet', '-R'],
  ])('with Rock Ridge is the tree that it was made of: %s %s %s %s', (program, ...options) => {
    if (!hasTool(program)) return console.warn(`SKIPPED: ${program} is missing`);
    const system = mount(makeImage(program, ...options));
    for (const name of listHost()) {
      const there = fs.lstatSync(path.join(tree, name));
      const place = fromUnicode(`/${name}`);
      const here = system.lstat(place);
      expect([here.mode, here.uid, here.gid], name).toEqual([there.mode, there.uid, there.gid]);
      expect(here.mtime.seconds, name).toBe(Math.floor(there.mtimeMs / 1000));
      if (there.isSymbolicLink())
        expect(here.readlink()).toBe(fs.readlinkSync(path.join(tree, name)));
      if (there.isDirectory())
        expect(system.list(place).sort(), name).toEqual(
          fs.readdirSync(path.join(tree, name)).map(fromUnicode).sort(),
        );
      if (!there.isFile()) continue;
      expect(here.size, name).toBe(there.size);
      const content = fs.readFileSync(path.join(tree, name));
      expect(Buffer.compare(system.read(place), content), name).toBe(0);
    }
    expect(errnoOf(() => system.lstat('/many/nothing'))).toBe('ENOENT');
    expect(errnoOf(() => system.write('/new', ''))).toBe('EROFS');
    system.mounts.unmountAll();
  });

  it('has the names of Joliet, or the short ones', () => {
    const bytes = makeImage('genisoimage', '-quiet', '-J', '-joliet-long', '-D');
    const long = mount(bytes);
    expect(long.list('/many').sort()).toEqual(fs.readdirSync(path.join(tree, 'many')).sort());
    expect(long.text('/many/File Number 42.text')).toBe('content 42');
    expect(long.text(fromUnicode('/Größe €'))).toBe('letters');
    expect(long.text(`/${DEEP}/bottom`)).toBe('deep');
    expect(long.stat('/noise').mode & 0o7777).toBe(0o555);
    const short = mount(bytes, 'nojoliet,mode=640,uid=5');
    // isoinfo shows the names as they are stored.
    const { stdout } = spawnSync('isoinfo', ['-f', '-i', path.join(folder, 'image')], {
      encoding: 'latin1',
    });
    const stored = stdout.split('\n').filter((line) => line.startsWith('/MANY/'));
    const shown = stored.map((line) =>
      line
        .slice(6)
        .toLowerCase()
        .replace(/\.?;1$/, ''),
    );
    expect(stored.length).toBe(200);
    expect(short.list('/many').sort()).toEqual(shown.sort());
    expect([short.stat('/noise').mode & 0o7777, short.stat('/noise').uid]).toEqual([0o640, 5]);
    expect(errnoOf(() => mount(bytes, 'nonsense'))).toBe('EINVAL');
    expect(errnoOf(() => mount(new Uint8Array(100_000)))).toBe('EINVAL');
  });

  it('reads files of several extents', () => {
    source = 'noise';
    const bytes = makeImage('genisoimage', '-quiet', '-R');
    source = '.';
    // The record of `noise` becomes two: the second half of the file is an extent of its own.
    const at = Buffer.from(bytes).indexOf('NOISE.;1') - 33;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const extent = view.getUint32(at + 2, true);
    const length = bytes[at] as number;
    const first = bytes.slice(at, at + length);
    const half = 2048 * 73;
    new DataView(first.buffer).setUint32(10, half, true);
    first[25] = 0x80;
    const second = bytes.slice(at, at + length);
    new DataView(second.buffer).setUint32(2, extent + 73, true);
    new DataView(second.buffer).setUint32(10, 300_001 - half, true);
    const sector = at - (at % 2048);
    const rest = bytes.slice(at + length, sector + 2048 - length);
    bytes.set(first, at);
    bytes.set(second, at + length);
    bytes.set(rest, at + 2 * length);
    const system = mount(bytes);
    expect(system.stat('/noise').size).toBe(300_001);
    const content = fs.readFileSync(path.join(tree, 'noise'));
    expect(Buffer.compare(system.read('/noise'), content)).toBe(0);
  });
});
