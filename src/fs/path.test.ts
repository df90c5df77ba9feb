/** Path walking: the cases of path_resolution(7), with mounts, chroot and removed places. */
import { beforeEach, describe, expect, it } from 'vitest';
import { errnoOf, TestContext, TestSystem } from '../../test/fs/harness.ts';
import { makeDirectory } from './directory-operations.ts';
import { type PathContext, pathOf, resolve, resolveNew, resolveParent } from './path.ts';
import { NO_POWERS, ROOT_IDENTITY } from './permission.ts';
import { tmpfs } from './tmpfs/tmpfs.ts';

let system: TestSystem;
const at = (path: string, follows = true) => resolve(path, system.paths, follows);
const shown = (path: string) => pathOf(at(path), system.mounts.root);

function newTmpfs() {
  return tmpfs.mount('tmpfs', '', false, new TestContext());
}

beforeEach(() => {
  system = new TestSystem(newTmpfs());
  for (const path of ['/a', '/a/b', '/a/b/c', '/m']) system.mkdir(path);
  system.write('/a/f', 'x');
});

describe('resolve', () => {
  it('takes dots, double slashes and the root', () => {
    expect(shown('/a//b/./c/../c/')).toBe('/a/b/c');
    expect(shown('/../..')).toBe('/');
    expect(shown('///')).toBe('/');
    expect(errnoOf(() => at(''))).toBe('ENOENT');
    expect(errnoOf(() => at('/a/f/.'))).toBe('ENOTDIR');
    expect(errnoOf(() => at('/a/f/..'))).toBe('ENOTDIR');
    expect(errnoOf(() => at('/a/none/..'))).toBe('ENOENT');
  });

  it('follows 40 symbolic links and no more', () => {
    system.symlink('a', '/l0');
    for (let i = 1; i <= 40; i++) system.symlink(`l${i - 1}`, `/l${i}`);
    expect(at('/l39')).toBe(at('/a'));
    expect(errnoOf(() => at('/l40'))).toBe('ELOOP');
  });

  it('follows the last link only if asked, or if a slash is behind it', () => {
    system.symlink('/a/b', '/link');
    expect(at('/link', false).name).toBe('link');
    expect(at('/link/', false)).toBe(at('/a/b'));
    expect(shown('/link/../f')).toBe('/a/f');
    system.symlink('/a/f', '/to-file');
    expect(errnoOf(() => at('/to-file/'))).toBe('ENOTDIR');
    system.symlink('/a/b/', '/slashed');
    expect(shown('/slashed')).toBe('/a/b');
  });

  it('limits names to 255 bytes and paths to 4095', () => {
    expect(errnoOf(() => at(`/${'n'.repeat(255)}`))).toBe('ENOENT');
    expect(errnoOf(() => at(`/${'n'.repeat(256)}`))).toBe('ENAMETOOLONG');
    expect(errnoOf(() => at('/'.repeat(4095)))).toBe('ok');
    expect(errnoOf(() => at('/'.repeat(4096)))).toBe('ENAMETOOLONG');
  });

  it('needs search permission on each directory', () => {
    system.stat('/a').setAttributes({ mode: 0o600, uid: 7 });
    system.identity = { uid: 7, gid: 7, groups: [], powers: NO_POWERS };
    expect(errnoOf(() => at('/a'))).toBe('ok');
    expect(errnoOf(() => at('/a/f'))).toBe('EACCES');
    expect(errnoOf(() => at('/a/none'))).toBe('EACCES');
  });

  it('crosses mounts both ways, also when one is on another', () => {
    system.mounts.mount(newTmpfs(), 'one', 0, '', at('/m'));
    system.mkdir('/m/inner');
    expect(shown('/m/inner/../..')).toBe('/');
    system.mounts.mount(newTmpfs(), 'two', 0, '', at('/m'));
    expect(system.list('/m')).toEqual([]);
    expect(shown('/m')).toBe('/m');
    expect(shown('/m/../a')).toBe('/a');
  });

  it('does not leave a chroot', () => {
    const jail: PathContext = { root: at('/a/b'), cwd: at('/a/b'), identity: ROOT_IDENTITY };
    expect(resolve('/../../c', jail)).toBe(at('/a/b/c'));
    expect(resolve('..', jail)).toBe(at('/a/b'));
    system.symlink('/c', '/a/b/absolute');
    expect(resolve('absolute', jail)).toBe(at('/a/b/c'));
    expect(pathOf(at('/a/b/c'), jail.root)).toBe('/c');
    expect(pathOf(at('/a/f'), jail.root)).toBe('(unreachable)/a/f');
  });
});

describe('pathOf', () => {
  it('follows renames of the place and of what is above it', () => {
    const place = at('/a/b/c');
    system.rename('/a/b', '/m/moved');
    expect(pathOf(place, system.mounts.root)).toBe('/m/moved/c');
    expect(at('/m/moved/c')).toBe(place);
  });

  it('marks what was removed', () => {
    const place = at('/a/b/c');
    system.rmdir('/a/b/c');
    expect(pathOf(place, system.mounts.root)).toBe('/a/b/c (deleted)');
    system.mkdir('/a/b/c');
    expect(at('/a/b/c')).not.toBe(place);
  });
});

describe('resolveParent and resolveNew', () => {
  it('tell what the last component is', () => {
    const last = (path: string) => resolveParent(path, system.paths);
    expect(last('/a/new')).toMatchObject({ name: 'new', kind: 'name', hasTrailingSlash: false });
    expect(last('/a/new//')).toMatchObject({ name: 'new', kind: 'name', hasTrailingSlash: true });
    expect(last('/a/.').kind).toBe('dot');
    expect(last('/a/..').kind).toBe('dotdot');
    expect(last('/').kind).toBe('root');
  });

  it('refuse names that cannot be made', () => {
    const make = (path: string, isDirectory: boolean) => () => {
      const { parent, name } = resolveNew(path, system.paths, isDirectory);
      makeDirectory(parent, name, 0o755, ROOT_IDENTITY);
    };
    expect(errnoOf(make('/a/.', true))).toBe('EEXIST');
    expect(errnoOf(make('/', true))).toBe('EEXIST');
    expect(errnoOf(make('/a/n/', false))).toBe('ENOENT');
    expect(errnoOf(make('/a/b/', false))).toBe('EEXIST');
    expect(errnoOf(make('/a/n/', true))).toBe('ok');
  });
});
