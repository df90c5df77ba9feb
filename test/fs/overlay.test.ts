/** overlay against the contract, and what its layers hold afterwards: Documentation/filesystems/overlayfs.rst. */
import { describe, expect, it } from 'vitest';
import { O_RDONLY, O_RDWR, O_WRONLY } from '../../src/abi/fcntl.ts';
import { S_IFCHR, S_IFMT } from '../../src/abi/stat.ts';
import { format } from '../../src/fs/ext4/format.ts';
import { ext4 } from '../../src/fs/ext4/mount.ts';
import { MemoryDisk } from '../../src/fs/memory-disk.ts';
import { overlay } from '../../src/fs/overlay/overlay.ts';
import { tmpfs } from '../../src/fs/tmpfs/tmpfs.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { contract } from './contract.ts';
import { check } from './e2fsprogs.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

interface Made {
  readonly context: TestContext;
  /** The tree that the layers are folders of: /l1 (topmost), /l2, /u, /w. */
  readonly base: TestSystem;
  readonly disk: MemoryDisk | undefined;
}

function makeBase(isOnDisk = false): Made {
  const context = new TestContext();
  let disk: MemoryDisk | undefined;
  if (isOnDisk) {
    disk = new MemoryDisk('test', 16 * 2 ** 20, context.frames);
    format(disk, { blockSize: 1024, uuid: new Uint8Array(16), seconds: 1 });
    context.devices.set('vda', disk);
  }
  const root = isOnDisk
    ? ext4.mount('vda', '', false, context)
    : tmpfs.mount('none', '', false, context);
  const base = new TestSystem(root);
  context.tree = base.mounts;
  for (const folder of ['/l1', '/l2', '/u', '/w']) base.mkdir(folder);
  return { context, base, disk };
}

const LAYERS = 'lowerdir=/l1:/l2,upperdir=/u,workdir=/w';

function mountOverlay({ context }: Made, options = LAYERS): TestSystem {
  return new TestSystem(overlay.mount('overlay', options, false, context));
}

function release({ context, base, disk }: Made, system: TestSystem): void {
  system.mounts.unmountAll();
  expect(base.list('/w/work')).toEqual([]);
  base.mounts.unmountAll();
  expect(context.frames.used).toBe(0);
  if (disk) expect(check(disk)).toBe('');
}

const ABILITIES = {
  hasNodes: true,
  hasExchange: true,
  hasOwners: true,
  hasByteNames: true,
  hasFineTimes: true,
  hasLinks: true,
  hasModes: true,
  countsRootLinks: false,
};

describe.each([false, true])('overlay, on a disk: %s', (isOnDisk) => {
  let made: Made;
  contract(
    () => {
      made = makeBase(isOnDisk);
      return mountOverlay(made);
    },
    ABILITIES,
    (system) => release(made, system),
  );
});

function isWhiteout(base: TestSystem, path: string): boolean {
  const { mode, rdev } = base.lstat(path);
  return (mode & S_IFMT) === S_IFCHR && rdev === 0;
}

function attribute(base: TestSystem, path: string, name: string): string | undefined {
  const value = base.lstat(path).xattrs?.get(`trusted.overlay.${name}`);
  return value && Buffer.from(value).toString('latin1');
}

describe('the layers of an overlay', () => {
  it('are seen through each other, the topmost first', () => {
    const made = makeBase();
    const { base } = made;
    base.mkdir('/l1/d');
    base.mkdir('/l2/d');
    base.write('/l1/d/both', 'one');
    base.write('/l2/d/both', 'two');
    base.write('/l2/d/lower', 'lower');
    base.write('/l2/file', 'hidden by a folder');
    base.mkdir('/l1/file');
    base.mknod('/l1/gone', S_IFCHR, 0);
    base.write('/l2/gone', 'x');
    base.mkdir('/u/d');
    base.write('/u/d/upper', 'upper');
    const system = mountOverlay(made);
    expect(system.list('/')).toEqual(['d', 'file']);
    expect(system.list('/d')).toEqual(['both', 'lower', 'upper']);
    expect(system.text('/d/both')).toBe('one');
    expect(errnoOf(() => system.stat('/gone'))).toBe('ENOENT');
    expect(system.stat('/d').nlink).toBe(1);
    expect(system.stat('/d').ino).toBe(base.stat('/l1/d').ino);
    const numbers = system.stat('/').readdir(0, 10);
    expect(numbers.find(({ name }) => name === 'd')?.ino).toBe(system.stat('/d').ino);
    release(made, system);
  });

  it('stay as they are: what changes is copied up with all that it has', () => {
    const made = makeBase();
    const { base, context } = made;
    base.mkdir('/l1/d', 0o2750);
    base.stat('/l1/d').setAttributes({ uid: 7, gid: 8 });
    base.write('/l1/d/f', 'x'.repeat(100_000));
    const lower = base.stat('/l1/d/f');
    lower.setAttributes({ mode: 0o4711, uid: 5, gid: 6 });
    lower.xattrs?.set('user.note', Buffer.from('kept'));
    lower.setAttributes({
      atime: { seconds: 77, nanoseconds: 1 },
      mtime: { seconds: 88, nanoseconds: 2 },
    });
    const system = mountOverlay(made);
    const before = system.stat('/d/f').ino;
    const parentTimes = base.stat('/l1/d').mtime;
    expect(base.list('/u')).toEqual([]);
    system.stat('/d/f').setAttributes({ mode: 0o4755 });
    expect(base.list('/u/d')).toEqual(['f']);
    const { uid, gid, mtime, atime, size, xattrs } = base.stat('/u/d/f');
    expect([uid, gid, size, base.stat('/u/d/f').mode & 0o7777]).toEqual([5, 6, 100_000, 0o4755]);
    expect([atime.seconds, mtime]).toEqual([77, { seconds: 88, nanoseconds: 2 }]);
    expect(Buffer.from(xattrs?.get('user.note') ?? []).toString()).toBe('kept');
    const folder = base.stat('/u/d');
    expect([folder.uid, folder.gid, folder.mode & 0o7777]).toEqual([7, 8, 0o2750]);
    expect(folder.mtime).toEqual(parentTimes);
    expect(system.stat('/d/f').ino).toBe(before);
    expect(system.stat('/d/f').xattrs?.names()).toEqual(['user.note']);
    expect(base.text('/l1/d/f').length).toBe(100_000);
    system.mounts.unmountAll();
    const again = new TestSystem(overlay.mount('overlay', LAYERS, false, context));
    expect(again.stat('/d/f').ino).toBe(before);
    release(made, again);
  });

  it('are written to by a file that was open before', () => {
    const made = makeBase();
    made.base.write('/l1/f', 'lower');
    const system = mountOverlay(made);
    const reader = system.open('/f', O_RDONLY);
    const writer = system.open('/f', O_RDWR);
    writer.write(new BytesBuffer(Buffer.from('UPPER')), 0);
    const bytes = new Uint8Array(5);
    reader.read(new BytesBuffer(bytes), 0);
    expect(Buffer.from(bytes).toString()).toBe('UPPER');
    expect(made.base.text('/l1/f')).toBe('lower');
    reader.release();
    writer.release();
    release(made, system);
  });

  it('hide what was removed, and nothing more', () => {
    const made = makeBase();
    const { base } = made;
    base.write('/l1/f', 'f');
    base.mkdir('/l1/d');
    base.write('/l1/d/x', 'x');
    const system = mountOverlay(made);
    system.unlink('/f');
    expect(isWhiteout(base, '/u/f')).toBe(true);
    expect(errnoOf(() => system.rmdir('/d'))).toBe('ENOTEMPTY');
    system.unlink('/d/x');
    expect(system.list('/d')).toEqual([]);
    system.rmdir('/d');
    expect(isWhiteout(base, '/u/d')).toBe(true);
    expect(system.list('/')).toEqual([]);
    system.write('/f', 'new');
    expect(base.text('/u/f')).toBe('new');
    system.mkdir('/d');
    expect(system.list('/d')).toEqual([]);
    expect(attribute(base, '/u/d', 'opaque')).toBe('y');
    // What no layer below has leaves nothing behind.
    system.write('/d/own', '');
    system.unlink('/d/own');
    expect(base.list('/u/d')).toEqual([]);
    release(made, system);
  });

  it('take an empty file with the attribute for a whiteout, where the folder says so', () => {
    const made = makeBase();
    const { base } = made;
    base.mkdir('/l1/d');
    base.mkdir('/l2/d');
    base.write('/l2/d/f', 'f');
    base.write('/l2/d/g', 'g');
    base.write('/l1/d/f', '');
    base.write('/l1/d/g', '');
    base.stat('/l1/d').xattrs?.set('trusted.overlay.opaque', Buffer.from('x'));
    base.stat('/l1/d/f').xattrs?.set('trusted.overlay.whiteout', Buffer.from('y'));
    const system = mountOverlay(made);
    expect(system.list('/d')).toEqual(['g']);
    release(made, system);
  });

  it('break hard links of a lower layer when one is changed', () => {
    const made = makeBase();
    const { base } = made;
    base.write('/l1/a', 'same');
    base.link('/l1/a', '/l1/b');
    const system = mountOverlay(made);
    expect(system.stat('/a').ino).toBe(system.stat('/b').ino);
    system.write('/a', 'changed');
    expect(system.text('/b')).toBe('same');
    expect(system.stat('/a').ino).not.toBe(system.stat('/b').ino);
    system.link('/a', '/c');
    expect(system.stat('/c')).toBe(system.stat('/a'));
    expect(system.stat('/c').nlink).toBe(2);
    release(made, system);
  });

  it('let no folder of a lower layer be renamed, unless by redirection', () => {
    const made = makeBase();
    const { base } = made;
    base.mkdir('/l1/d');
    base.mkdir('/l1/d/sub');
    base.write('/l1/d/sub/f', 'content');
    base.write('/l1/file', 'file');
    const system = mountOverlay(made);
    expect(errnoOf(() => system.rename('/d', '/e'))).toBe('EXDEV');
    system.rename('/file', '/moved');
    expect(isWhiteout(base, '/u/file')).toBe(true);
    expect(system.text('/moved')).toBe('file');
    system.mounts.unmountAll();
    const redirecting = mountOverlay(made, `${LAYERS},redirect_dir=on`);
    redirecting.rename('/d', '/e');
    expect(attribute(base, '/u/e', 'redirect')).toBe('d');
    redirecting.mkdir('/new');
    redirecting.rename('/e/sub', '/new/s');
    expect(attribute(base, '/u/new/s', 'redirect')).toBe('/d/sub');
    expect(redirecting.text('/new/s/f')).toBe('content');
    expect(redirecting.list('/e')).toEqual([]);
    redirecting.mounts.unmountAll();
    // What was redirected is followed later, too.
    const again = mountOverlay(made);
    expect(again.text('/new/s/f')).toBe('content');
    expect(again.list('/')).toEqual(['e', 'moved', 'new']);
    release(made, again);
  });

  it('are read-only without an upper one', () => {
    const made = makeBase();
    made.base.write('/l2/f', 'f');
    const system = mountOverlay(made, 'lowerdir=/l1:/l2');
    expect(system.text('/f')).toBe('f');
    expect(errnoOf(() => system.open('/f', O_WRONLY))).toBe('EROFS');
    expect(errnoOf(() => system.write('/g', ''))).toBe('EROFS');
    expect(errnoOf(() => system.unlink('/f'))).toBe('EROFS');
    expect(system.mounts.root.inode.fs.shownOptions?.()).toBe('lowerdir=/l1:/l2');
    system.mounts.unmountAll();
  });

  it('must be apart from each other, and the workdir beside the upper one', () => {
    const made = makeBase();
    const { context, base } = made;
    base.mkdir('/u/inner');
    const mount = (options: string): string =>
      errnoOf(() => overlay.mount('overlay', options, false, context));
    expect(mount('lowerdir=/l1,upperdir=/u')).toBe('EINVAL');
    expect(mount('upperdir=/u,workdir=/w')).toBe('EINVAL');
    expect(mount('lowerdir=/l1,upperdir=/u,workdir=/u/inner')).toBe('EINVAL');
    expect(mount('lowerdir=/l1:/l1,upperdir=/u,workdir=/w')).toBe('ELOOP');
    expect(mount('lowerdir=/u/inner,upperdir=/u,workdir=/w')).toBe('ELOOP');
    expect(mount('lowerdir=/none,upperdir=/u,workdir=/w')).toBe('ENOENT');
    expect(mount(`${LAYERS},index=on`)).toBe('EINVAL');
    expect(mount(`${LAYERS},strange`)).toBe('EINVAL');
    base.mounts.unmountAll();
    expect(context.frames.used).toBe(0);
  });

  it('keep the file systems of their layers when these are unmounted', () => {
    const made = makeBase();
    const { base, context } = made;
    base.mkdir('/m');
    base.mounts.mount(
      tmpfs.mount('none', '', false, context),
      'none',
      0,
      '',
      base.open('/m', O_RDONLY).dentry,
    );
    base.write('/m/f', 'from below');
    const system = mountOverlay(made, 'lowerdir=/m,upperdir=/u,workdir=/w');
    const mounted = base.mounts.mounts.find(({ mountpoint }) => mountpoint !== undefined);
    if (mounted) base.mounts.unmount(mounted);
    expect(base.list('/m')).toEqual([]);
    expect(system.text('/f')).toBe('from below');
    system.write('/f', 'above');
    expect(base.text('/u/f')).toBe('above');
    system.mounts.unmountAll();
  });

  it('says of a file where the layer that has it says it is', () => {
    const made = makeBase(true);
    made.base.write('/l1/file', new Uint8Array(5000).fill(7));
    made.base.mounts.syncAll();
    const system = mountOverlay(made);
    const below = made.base.stat('/l1/file').fileExtents?.(0, 2 ** 20) ?? [];
    expect(below.length).toBe(1);
    expect(system.stat('/file').fileExtents?.(0, 2 ** 20)).toEqual(below);
    expect(system.stat('/file').attributeExtents?.()).toEqual([]);
    release(made, system);
    const memory = makeBase();
    memory.base.write('/l1/file', new Uint8Array(10));
    const other = mountOverlay(memory);
    expect(other.stat('/file').fileExtents).toBeUndefined();
    release(memory, other);
  });
});
