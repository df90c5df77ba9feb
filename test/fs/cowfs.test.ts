/** cowfs against the contract, and its five properties. */
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { chacha20 } from '../../src/fs/cowfs/chacha20.ts';
import { CowInode } from '../../src/fs/cowfs/cow-inode.ts';
import { cowfs } from '../../src/fs/cowfs/cowfs.ts';
import type { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { deflateZlib } from '../../src/lib/deflate.ts';
import { Random } from '../support/random.ts';
import { contract } from './contract.ts';
import { makeDisk } from './cowfs-images.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

const ENCRYPTED = 1;
const MIB = 2 ** 20;

class KeyContext extends TestContext {
  readonly keys = new Map<string, Uint8Array>();

  key(description: string): Uint8Array | undefined {
    return this.keys.get(description);
  }
}

function mount(
  disk: MemoryDisk,
  context: TestContext,
  options = '',
  isReadOnly = false,
): TestSystem {
  context.devices.set('/dev/vda', disk);
  return new TestSystem(cowfs.mount('/dev/vda', options, isReadOnly, context));
}

function noise(seed: number, length: number): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.below(256));
}

function imageOf(disk: MemoryDisk): Buffer {
  const bytes = new Uint8Array(disk.sectors * 512);
  disk.read(0, bytes);
  return Buffer.from(bytes.buffer);
}

function freeBlocks(system: TestSystem): number {
  system.mounts.syncAll();
  return system.mounts.root.inode.fs.statistics().blocksFree;
}

function cowInode(system: TestSystem, path: string): CowInode {
  const inode = system.stat(path);
  if (!(inode instanceof CowInode)) throw new Error(path);
  return inode;
}

describe('cowfs', () => {
  let context: TestContext;
  contract(
    () => {
      context = new TestContext();
      return mount(makeDisk(context, 32 * MIB), context);
    },
    {
      hasNodes: true,
      hasExchange: true,
      hasOwners: true,
      hasByteNames: true,
      hasFineTimes: true,
      hasLinks: true,
      hasModes: true,
    },
    (system) => {
      system.mounts.unmountAll();
      expect(context.frames.used).toBe(0);
      const again = mount([...context.devices.values()][0] as MemoryDisk, context);
      again.list('/');
      again.mounts.unmountAll();
    },
  );
});

describe('what copy on write gives', () => {
  it('keeps everything over mounts, and gives all space back', () => {
    const context = new TestContext();
    const disk = makeDisk(context, 16 * MIB);
    let system = mount(disk, context);
    const empty = freeBlocks(system);
    const big = noise(1, 3 * MIB + 17);
    system.write('/big', big);
    system.mkdir('/d');
    for (let i = 0; i < 400; i++) system.write(`/d/name-${i}`, `content ${i}`);
    system.stat('/big').xattrs?.set('user.a', Buffer.from('value'));
    system.mounts.unmountAll();
    system = mount(disk, context);
    expect(Buffer.compare(system.read('/big'), big)).toBe(0);
    expect(system.list('/d').length).toBe(400);
    expect(system.text('/d/name-123')).toBe('content 123');
    expect(Buffer.from(system.stat('/big').xattrs?.get('user.a') ?? []).toString()).toBe('value');
    for (let i = 0; i < 400; i++) system.unlink(`/d/name-${i}`);
    system.rmdir('/d');
    system.unlink('/big');
    // The tree of the inodes does not become lower again.
    expect(empty - freeBlocks(system)).toBeLessThanOrEqual(1);
  });

  it('shares blocks of clones until one of them is written', () => {
    const context = new TestContext();
    const system = mount(makeDisk(context, 16 * MIB), context);
    const content = noise(2, MIB);
    system.write('/a', content);
    const before = freeBlocks(system);
    system.write('/b', '');
    cowInode(system, '/b').cloneRange(cowInode(system, '/a'), 0, 0, 256);
    system.stat('/b').setAttributes({ size: MIB });
    expect(before - freeBlocks(system)).toBeLessThan(6);
    system.write('/a', 'changed');
    expect(Buffer.compare(system.read('/b'), content)).toBe(0);
    system.unlink('/a');
    expect(Buffer.compare(system.read('/b'), content)).toBe(0);
    system.mounts.unmountAll();
    expect(
      Buffer.compare(
        mount([...context.devices.values()][0] as MemoryDisk, context).read('/b'),
        content,
      ),
    ).toBe(0);
  });

  it('stores equal files once', () => {
    const system = mount(makeDisk(new TestContext(), 16 * MIB), new TestContext());
    const content = noise(3, 2 * MIB);
    const empty = freeBlocks(system);
    system.write('/one', content);
    const one = freeBlocks(system);
    expect(empty - one).toBeGreaterThanOrEqual(512);
    system.write('/two', content);
    expect(one - freeBlocks(system)).toBeLessThan(12);
    system.unlink('/one');
    freeBlocks(system);
    expect(Buffer.compare(system.read('/two'), content)).toBe(0);
  });

  it('compresses: a text takes less than half of its size', () => {
    const context = new TestContext();
    const disk = makeDisk(context, 16 * MIB);
    let text = '';
    for (let i = 0; text.length < MIB; i++) text += `line ${i} of a text that says little\n`;
    const system = mount(disk, context);
    const empty = freeBlocks(system);
    system.write('/text', text);
    expect((empty - freeBlocks(system)) * 4096).toBeLessThan(text.length / 2);
    expect(system.stat('/text').blocks * 512).toBeLessThan(text.length / 2);
    system.mounts.unmountAll();
    expect(mount(disk, context).text('/text')).toBe(text);
  });

  it('keeps snapshots, up to so many, and goes back to one', () => {
    const context = new TestContext();
    const disk = makeDisk(context, 16 * MIB, { snapshots: 3 });
    let system = mount(disk, context);
    const empty = freeBlocks(system);
    const first = noise(4, 200_000);
    system.mkdir('/d');
    system.write('/d/file', first);
    system.mkdir('/.snapshots/one');
    system.write('/d/file', 'second');
    system.write('/d/new', 'new');
    system.mkdir('/.snapshots/two');
    system.unlink('/d/file');
    expect(system.list('/')).toEqual(['d']);
    expect(system.list('/.snapshots')).toEqual(['one', 'two']);
    expect(Buffer.compare(system.read('/.snapshots/one/d/file'), first)).toBe(0);
    expect(system.text('/.snapshots/two/d/file')).toBe('second');
    expect(errnoOf(() => system.write('/.snapshots/one/d/file', 'x'))).toBe('EROFS');
    expect(errnoOf(() => system.unlink('/.snapshots/one/d/file'))).toBe('EROFS');
    system.mkdir('/.snapshots/three');
    expect(errnoOf(() => system.mkdir('/.snapshots/four'))).toBe('EDQUOT');
    system.rmdir('/.snapshots/three');
    system.mounts.unmountAll();
    system = mount(disk, context, 'restore=one');
    expect(system.list('/d')).toEqual(['file']);
    expect(Buffer.compare(system.read('/d/file'), first)).toBe(0);
    system.write('/d/file', 'third');
    system.mounts.unmountAll();
    system = mount(disk, context);
    expect(system.text('/d/file')).toBe('third');
    expect(Buffer.compare(system.read('/.snapshots/one/d/file'), first)).toBe(0);
    system.rmdir('/.snapshots/one');
    system.rmdir('/.snapshots/two');
    expect(errnoOf(() => system.list('/.snapshots/one'))).toBe('ENOENT');
    system.unlink('/d/file');
    system.rmdir('/d');
    expect(freeBlocks(system)).toBe(empty);
  });

  it('encrypts all but the superblock', () => {
    const context = new KeyContext();
    const disk = makeDisk(context, 8 * MIB, { flags: ENCRYPTED });
    expect(errnoOf(() => mount(disk, context))).toBe('ENOKEY');
    expect(errnoOf(() => mount(disk, context, 'key=mine'))).toBe('ENOKEY');
    context.keys.set('mine', noise(5, 32));
    context.keys.set('other', noise(6, 32));
    context.keys.set('short', noise(6, 31));
    const system = mount(disk, context, 'key=mine');
    const secret = 'the plaintext of a secret file';
    system.mkdir('/folder-with-a-name');
    system.write('/folder-with-a-name/secret-name', noise(8, 5000));
    system.write('/folder-with-a-name/secret', secret);
    system.symlink('a-target-that-is-secret', '/t');
    system.lstat('/t').xattrs?.set('user.hidden', Buffer.from('hidden value'));
    system.mounts.unmountAll();
    const image = imageOf(disk);
    for (const text of [secret, 'secret', 'folder-with', 'hidden', 'a-target'])
      expect(image.includes(text), text).toBe(false);
    expect(image.includes(noise(8, 5000).subarray(0, 64))).toBe(false);
    expect(errnoOf(() => mount(disk, context))).toBe('ENOKEY');
    expect(errnoOf(() => mount(disk, context, 'key=other'))).toBe('EKEYREJECTED');
    expect(errnoOf(() => mount(disk, context, 'key=short'))).toBe('EINVAL');
    const again = mount(disk, context, 'key=mine', true);
    expect(again.text('/folder-with-a-name/secret')).toBe(secret);
    expect(again.mounts.root.inode.fs.shownOptions?.()).toBe('');
  });

  it('says ENOSPC while all that was written still finds its place', () => {
    const context = new TestContext();
    const disk = makeDisk(context, 2 * MIB);
    const system = mount(disk, context);
    const written: Uint8Array[] = [];
    for (let i = 0; ; i++) {
      const content = noise(100 + i, 50_000);
      if (errnoOf(() => system.write(`/f${i}`, content)) !== 'ok') break;
      written.push(content);
    }
    expect(written.length).toBeGreaterThan(25);
    system.mounts.unmountAll();
    const again = mount(disk, context);
    written.forEach((content, i) => {
      expect(Buffer.compare(again.read(`/f${i}`), content), `/f${i}`).toBe(0);
    });
    again.unlink('/f0');
    again.write('/g', noise(1, 30_000));
  });

  it('fills up with small files: what is kept for a commit is free after one', () => {
    const context = new TestContext();
    const disk = makeDisk(context, 2 * MIB);
    const system = mount(disk, context);
    // Of 512 blocks: one each, and less than a third more for their records.
    const FILES = 300;
    for (let i = 0; i < FILES; i++) system.write(`/f${i}`, noise(100 + i, 300));
    system.mounts.unmountAll();
    const again = mount(disk, context);
    for (let i = 0; i < FILES; i++)
      expect(Buffer.compare(again.read(`/f${i}`), noise(100 + i, 300)), `/f${i}`).toBe(0);
  });
});

describe('what cowfs is made of', () => {
  it('chacha20 is that of RFC 8439, section 2.4.2', () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    const text = `Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.`;
    const bytes = new Uint8Array(Buffer.from(text));
    chacha20(key, [0, 0x4a00_0000, 0], bytes);
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b' +
        'f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8' +
        '07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736' +
        '5af90bbf74a35be6b40b8eedf2785e42874d',
    );
  });

  it('zlib reads what deflateZlib makes', () => {
    const random = new Random(9);
    for (let run = 0; run < 60; run++) {
      const letters = 1 + random.below(run % 3 === 0 ? 256 : 6);
      const bytes = Uint8Array.from({ length: random.below(6000) }, () => random.below(letters));
      const packed = deflateZlib(bytes, 20_000);
      expect(packed && Buffer.compare(zlib.inflateSync(packed), bytes)).toBe(0);
    }
    expect(deflateZlib(noise(1, 4096), 3584)).toBeUndefined();
  });

  it('tells where the pieces of a file are, which of them are packed, and which are shared', () => {
    const context = new TestContext();
    const disk = makeDisk(context, 4 * MIB);
    const system = mount(disk, context);
    const content = noise(5, 5 * 4096);
    system.write('/noise', content);
    system.write('/zeros', new Uint8Array(8192).fill(1));
    system.mounts.syncAll();
    const extents = system.stat('/noise').fileExtents?.(0, MIB) ?? [];
    const image = imageOf(disk);
    const stored = extents.map(({ physical, length }) =>
      image.subarray(physical, physical + length),
    );
    expect(Buffer.concat(stored).equals(content)).toBe(true);
    expect(extents.every(({ kind, isShared }) => kind === 'data' && !isShared)).toBe(true);
    expect(system.stat('/noise').fileExtents?.(4096, 8192)[0]?.logical).toBe(4096);
    // Two equal blocks, stored once.
    const packed = system.stat('/zeros').fileExtents?.(0, MIB) ?? [];
    expect(packed.map(({ kind, isShared }) => [kind, isShared])).toEqual([
      ['encoded', true],
      ['encoded', true],
    ]);
    system.mounts.unmountAll();
  });
});
