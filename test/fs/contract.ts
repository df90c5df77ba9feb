/** What every writable file system must do: POSIX.1 and the Linux manual pages named in the titles. */
import { expect, it } from 'vitest';
import {
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RENAME_WHITEOUT,
} from '../../src/abi/fcntl.ts';
import { makeDevice, S_IFBLK, S_IFCHR, S_IFIFO, S_IFMT } from '../../src/abi/stat.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';
import { errnoOf, type TestSystem } from './harness.ts';

export interface Abilities {
  /** Device nodes and FIFOs can be made. */
  readonly hasNodes: boolean;
  /** RENAME_EXCHANGE. */
  readonly hasExchange: boolean;
  /** RENAME_WHITEOUT. */
  readonly hasWhiteouts?: boolean;
  /** Owners can be changed and set-user-ID bits are kept: not on a host folder. */
  readonly hasOwners: boolean;
  /** Names are any bytes; else UTF-8. */
  readonly hasByteNames: boolean;
  /** Hard and symbolic links can be made. */
  readonly hasLinks: boolean;
  /** Permission bits are kept as they are set. */
  readonly hasModes: boolean;
  /** The root's link count tells its directories. */
  readonly countsRootLinks?: boolean;
  /** Timestamps reach beyond 2038 and have nanoseconds. */
  readonly hasFineTimes: boolean;
}

/** Defines the tests; `make` gives a fresh, empty, writable system, `finish` checks it afterwards. */
export function contract(
  make: () => TestSystem,
  abilities: Abilities,
  finish: (system: TestSystem) => void,
): void {
  const { countsRootLinks = true } = abilities;
  const test = (title: string, body: (system: TestSystem) => void): void => {
    it(title, () => {
      const system = make();
      body(system);
      finish(system);
    });
  };

  test('creates, writes, reads, truncates: open(2), write(2), ftruncate(2)', (s) => {
    s.write('/a', 'hello');
    expect(s.text('/a')).toBe('hello');
    expect(s.stat('/a').size).toBe(5);
    if (abilities.hasModes) expect(s.stat('/a').mode & 0o7777).toBe(0o644);
    s.stat('/a').setAttributes({ size: 2 });
    expect(s.text('/a')).toBe('he');
    s.stat('/a').setAttributes({ size: 4 });
    expect(s.text('/a')).toBe('he\0\0');
    expect(errnoOf(() => s.open('/a', O_CREAT | O_EXCL))).toBe('EEXIST');
    expect(errnoOf(() => s.open('/b', O_RDONLY))).toBe('ENOENT');
    expect(errnoOf(() => s.open('/new/', O_CREAT | O_WRONLY))).toBe('EISDIR');
    expect(errnoOf(() => s.open('/a/', O_RDONLY))).toBe('ENOTDIR');
    expect(errnoOf(() => s.open('/a/b', O_RDONLY))).toBe('ENOTDIR');
  });

  test('appends: open(2) O_APPEND', (s) => {
    s.write('/a', 'one');
    const file = s.open('/a', O_WRONLY | O_APPEND);
    expect(file.write(new BytesBuffer(Buffer.from('two')), 0)).toBe(3);
    file.release();
    expect(s.text('/a')).toBe('onetwo');
  });

  test('keeps holes empty: lseek(2)', (s) => {
    const file = s.open('/sparse', O_CREAT | O_RDWR);
    const far = 5 * 2 ** 20 + 123;
    file.write(new BytesBuffer(Buffer.from('end')), far);
    expect(file.inode.size).toBe(far + 3);
    const bytes = new Uint8Array(200);
    expect(file.read(new BytesBuffer(bytes), far - 197)).toBe(200);
    expect(Buffer.from(bytes.subarray(190)).toString('latin1')).toBe('\0\0\0\0\0\0\0end');
    expect(file.read(new BytesBuffer(bytes), far + 3)).toBe(0);
    expect(file.read(new BytesBuffer(bytes), far + 1000)).toBe(0);
    file.release();
  });

  test('writes over page and block borders', (s) => {
    const bytes = new Uint8Array(300_000);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 31) >>> 3;
    s.write('/big', bytes);
    const file = s.open('/big', O_RDWR);
    const patch = new Uint8Array(5000).fill(0xee);
    expect(file.write(new BytesBuffer(patch), 4090)).toBe(5000);
    bytes.set(patch, 4090);
    file.inode.sync(false);
    file.release();
    expect(Buffer.compare(s.read('/big'), bytes)).toBe(0);
  });

  test('shows no old bytes after shrinking and growing: truncate(2)', (s) => {
    s.write('/t', 'x'.repeat(10_000));
    s.stat('/t').setAttributes({ size: 4100 });
    s.stat('/t').setAttributes({ size: 9000 });
    expect(s.text('/t')).toBe('x'.repeat(4100) + '\0'.repeat(4900));
  });

  test('makes and removes directories: mkdir(2), rmdir(2)', (s) => {
    const links = s.stat('/').nlink;
    s.mkdir('/d');
    s.mkdir('/d/e/');
    if (countsRootLinks) expect(s.stat('/').nlink).toBe(links + 1);
    expect(s.stat('/d').nlink).toBe(3);
    expect(s.list('/d')).toEqual(['e']);
    expect(errnoOf(() => s.mkdir('/d'))).toBe('EEXIST');
    expect(errnoOf(() => s.mkdir('/'))).toBe('EEXIST');
    expect(errnoOf(() => s.mkdir('/no/such'))).toBe('ENOENT');
    expect(errnoOf(() => s.rmdir('/d'))).toBe('ENOTEMPTY');
    expect(errnoOf(() => s.unlink('/d'))).toBe('EISDIR');
    s.rmdir('/d/e');
    expect(s.stat('/d').nlink).toBe(2);
    s.rmdir('/d');
    expect(errnoOf(() => s.stat('/d'))).toBe('ENOENT');
    s.write('/f', '');
    expect(errnoOf(() => s.rmdir('/f'))).toBe('ENOTDIR');
  });

  test('lists "." and ".." with the right inode numbers: getdents(2)', (s) => {
    s.mkdir('/d');
    s.mkdir('/d/e');
    const numbers = new Map(
      s
        .stat('/d/e')
        .readdir(0, 10)
        .map(({ name, ino }) => [name, ino]),
    );
    expect(numbers.get('.')).toBe(s.stat('/d/e').ino);
    expect(numbers.get('..')).toBe(s.stat('/d').ino);
  });

  test('lists each of many names once, while names go: readdir(3)', (s) => {
    s.mkdir('/d');
    const names = Array.from({ length: 300 }, (_, i) => `name-${i}-${'x'.repeat(i % 60)}`);
    for (const name of names) s.write(`/d/${name}`, name);
    expect(s.list('/d')).toEqual([...names].sort());
    const seen: string[] = [];
    let from = 0;
    for (;;) {
      const entries = s.stat('/d').readdir(from, 10);
      for (const { name, next } of entries) {
        from = next;
        if (name === '.' || name === '..') continue;
        seen.push(name);
        s.unlink(`/d/${name}`);
      }
      if (entries.length === 0) break;
    }
    expect(seen.sort()).toEqual([...names].sort());
    s.rmdir('/d');
  });

  if (abilities.hasLinks) linkContract(test);
  else {
    test('refuses links: link(2), symlink(2) EPERM', (s) => {
      s.write('/a', 'data');
      expect(errnoOf(() => s.link('/a', '/b'))).toBe('EPERM');
      expect(errnoOf(() => s.symlink('a', '/b'))).toBe('EPERM');
      expect(s.list('/').filter((name) => name.length === 1)).toEqual(['a']);
    });
  }

  test('keeps an unlinked open file: unlink(2)', (s) => {
    s.write('/a', 'still here');
    const file = s.open('/a', O_RDWR);
    s.unlink('/a');
    expect(errnoOf(() => s.stat('/a'))).toBe('ENOENT');
    const bytes = new Uint8Array(5);
    expect(file.read(new BytesBuffer(bytes), 0)).toBe(5);
    expect(file.inode.nlink).toBe(0);
    file.write(new BytesBuffer(new Uint8Array(20_000)), 0);
    s.write('/a', 'new');
    file.release();
    expect(s.text('/a')).toBe('new');
  });

  test('renames by the rules: rename(2)', (s) => {
    s.write('/a', 'a');
    s.write('/b', 'b');
    s.rename('/a', '/b');
    expect(s.list('/').filter((name) => name.length === 1)).toEqual(['b']);
    expect(s.text('/b')).toBe('a');
    s.mkdir('/d');
    s.mkdir('/d/e');
    s.mkdir('/f');
    const links = s.stat('/').nlink;
    s.rename('/d/e', '/f/g');
    expect(s.stat('/d').nlink).toBe(2);
    expect(s.stat('/f').nlink).toBe(3);
    expect(s.stat('/f/g/..')).toBe(s.stat('/f'));
    expect(s.stat('/').nlink).toBe(links);
    expect(errnoOf(() => s.rename('/f', '/f/g/h'))).toBe('EINVAL');
    expect(errnoOf(() => s.rename('/d', '/f'))).toBe('ENOTEMPTY');
    expect(errnoOf(() => s.rename('/b', '/d'))).toBe('EISDIR');
    expect(errnoOf(() => s.rename('/d', '/b'))).toBe('ENOTDIR');
    expect(errnoOf(() => s.rename('/none', '/b'))).toBe('ENOENT');
    s.rename('/d', '/f/g');
    expect(s.list('/f')).toEqual(['g']);
    s.write('/c', 'c');
    expect(errnoOf(() => s.rename('/b', '/c', RENAME_NOREPLACE))).toBe('EEXIST');
    expect(errnoOf(() => s.rename('/f/g', '/x/', 0))).toBe('ok');
    expect(errnoOf(() => s.rename('/b', '/y/', 0))).toBe('ENOTDIR');
  });

  if (abilities.hasExchange) {
    test('exchanges names: renameat2(2) RENAME_EXCHANGE', (s) => {
      s.mkdir('/d');
      s.mkdir('/d/sub');
      s.write('/d/sub/x', '1');
      s.write('/f', '2');
      s.rename('/d/sub', '/f', RENAME_EXCHANGE);
      expect(s.text('/f/x')).toBe('1');
      expect(s.text('/d/sub')).toBe('2');
      expect(s.stat('/d').nlink).toBe(2);
      expect(s.stat('/f/..')).toBe(s.stat('/'));
    });
  }

  if (abilities.hasWhiteouts) {
    test('leaves a whiteout in the place of what it renames: renameat2(2) RENAME_WHITEOUT', (s) => {
      s.mkdir('/d');
      s.mkdir('/full');
      s.mkdir('/full/x');
      s.mkdir('/sub');
      s.write('/a', '1');
      s.write('/b', '2');
      s.rename('/a', '/b', RENAME_WHITEOUT);
      s.rename('/sub', '/d/sub', RENAME_WHITEOUT);
      expect(s.text('/b')).toBe('1');
      for (const path of ['/a', '/sub'])
        expect(s.stat(path)).toMatchObject({ mode: S_IFCHR, rdev: 0, nlink: 1 });
      expect(s.stat('/d').nlink).toBe(3);
      expect(errnoOf(() => s.rename('/d/sub', '/full', RENAME_WHITEOUT))).toBe('ENOTEMPTY');
      expect(s.list('/d')).toEqual(['sub']);
      s.unlink('/a');
      s.unlink('/sub');
    });
  } else {
    test('refuses to leave whiteouts', (s) => {
      s.write('/a', '1');
      expect(errnoOf(() => s.rename('/a', '/b', RENAME_WHITEOUT))).toBe('EINVAL');
    });
  }

  test('keeps attributes and timestamps: chmod(2), chown(2), utimensat(2)', (s) => {
    s.write('/a', 'x');
    const inode = s.stat('/a');
    const { hasOwners, hasModes } = abilities;
    if (hasModes) inode.setAttributes({ mode: hasOwners ? 0o4751 : 0o751 });
    if (hasOwners) inode.setAttributes({ uid: 70_000, gid: 80_000 });
    const isFine = abilities.hasFineTimes;
    const time = isFine
      ? { seconds: 5_000_000_000, nanoseconds: 987_654_321 }
      : { seconds: 1_500_000_000, nanoseconds: 0 };
    inode.setAttributes({ atime: time, mtime: time });
    const again = s.stat('/a');
    if (hasModes) expect(again.mode & 0o7777).toBe(hasOwners ? 0o4751 : 0o751);
    if (hasOwners) expect([again.uid, again.gid]).toEqual([70_000, 80_000]);
    expect(again.mtime.seconds).toBe(time.seconds);
    // Node sets times in microseconds at best.
    expect(Math.abs(again.mtime.nanoseconds - time.nanoseconds)).toBeLessThan(1000);
    const before = s.stat('/a').mtime.seconds;
    s.write('/a', 'y');
    expect(s.stat('/a').mtime.seconds).not.toBe(before);
  });

  test('takes any byte in names up to 255: path_resolution(7)', (s) => {
    const odd = abilities.hasByteNames
      ? Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1))
          .filter((char) => char !== '/')
          .join('')
      : '\xc3\xbc'.repeat(127);
    s.write(`/${odd}`, 'odd');
    expect(s.list('/')).toContain(odd);
    expect(s.text(`/${odd}`)).toBe('odd');
    expect(errnoOf(() => s.write(`/${'n'.repeat(256)}`, ''))).toBe('ENAMETOOLONG');
    s.unlink(`/${odd}`);
  });

  test('leaves no name in a removed directory: rmdir(2)', (s) => {
    s.mkdir('/d');
    const directory = s.open('/d', O_RDONLY);
    s.cwd = directory.dentry ?? s.cwd;
    s.rmdir('/d');
    expect(errnoOf(() => s.write('x', ''))).toBe('ENOENT');
    expect(errnoOf(() => s.mkdir('x'))).toBe('ENOENT');
    expect(errnoOf(() => s.stat('x'))).toBe('ENOENT');
    expect(directory.readdir(0, 10)).toEqual([]);
    s.cwd = s.mounts.root;
    directory.release();
  });

  if (abilities.hasNodes) {
    test('stores devices and FIFOs: mknod(2)', (s) => {
      s.mknod('/null', S_IFCHR | 0o666, makeDevice(1, 3));
      s.mknod('/big', S_IFBLK | 0o600, makeDevice(259, 70_000));
      s.mknod('/fifo', S_IFIFO | 0o644);
      expect(s.stat('/null').rdev).toBe(makeDevice(1, 3));
      expect(s.stat('/big').rdev).toBe(makeDevice(259, 70_000));
      expect(s.stat('/big').mode & S_IFMT).toBe(S_IFBLK);
      const reader = s.open('/fifo', O_RDONLY);
      const writer = s.open('/fifo', O_WRONLY);
      writer.write(new BytesBuffer(Buffer.from('through')), 0);
      const bytes = new Uint8Array(7);
      expect(reader.read(new BytesBuffer(bytes), 0)).toBe(7);
      expect(Buffer.from(bytes).toString()).toBe('through');
      reader.release();
      writer.release();
      expect(errnoOf(() => s.open('/null', O_RDONLY))).toBe('ENXIO');
    });
  }
}

function linkContract(test: (title: string, body: (system: TestSystem) => void) => void): void {
  test('counts hard links: link(2), unlink(2)', (s) => {
    s.write('/a', 'data');
    s.link('/a', '/b');
    expect(s.stat('/b')).toBe(s.stat('/a'));
    expect(s.stat('/a').nlink).toBe(2);
    s.rename('/a', '/b');
    expect(s.list('/').filter((name) => name.length === 1)).toEqual(['a', 'b']);
    s.unlink('/a');
    expect(s.stat('/b').nlink).toBe(1);
    expect(s.text('/b')).toBe('data');
    s.mkdir('/d');
    expect(errnoOf(() => s.link('/d', '/e'))).toBe('EPERM');
    expect(errnoOf(() => s.link('/b', '/d'))).toBe('EEXIST');
    expect(errnoOf(() => s.link('/b', '/new/'))).toBe('ENOENT');
  });

  test('follows symlinks, short and long: symlink(2), path_resolution(7)', (s) => {
    s.mkdir('/d');
    s.write('/d/f', 'target');
    s.symlink('d/f', '/short');
    const long = `${'./'.repeat(100)}d`;
    s.symlink(long, '/long');
    expect(s.lstat('/long').readlink()).toBe(long);
    expect(s.lstat('/long').size).toBe(long.length);
    expect(s.text('/short')).toBe('target');
    expect(s.text('/long/f')).toBe('target');
    s.symlink('loop', '/loop');
    expect(errnoOf(() => s.stat('/loop'))).toBe('ELOOP');
    expect(errnoOf(() => s.stat('/short/x'))).toBe('ENOTDIR');
    s.symlink('/created', '/dangling');
    s.write('/dangling', 'made');
    expect(s.text('/created')).toBe('made');
    expect(errnoOf(() => s.symlink('x', '/short'))).toBe('EEXIST');
    s.unlink('/long');
    s.unlink('/short');
    expect(s.text('/d/f')).toBe('target');
  });
}
