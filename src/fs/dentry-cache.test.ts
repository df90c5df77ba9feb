/** Trimming the dentry cache: what is in use stays, what is dropped is found again. */
import { expect, it } from 'vitest';
import { errnoOf, TestContext, TestSystem } from '../../test/fs/harness.ts';
import { attach } from './dentry-cache.ts';
import { format } from './ext4/format.ts';
import { ext2 } from './ext4/mount.ts';
import { MemoryDisk } from './memory-disk.ts';
import { NameCache } from './name-cache.ts';
import { drop, hold } from './references.ts';

it('drops unused names and their inodes, after one round of grace', () => {
  const context = new TestContext();
  const disk = new MemoryDisk('d', 2 ** 23, context.frames);
  format(disk, { uuid: new Uint8Array(16), seconds: 1 });
  context.devices.set('d', disk);
  const system = new TestSystem(ext2.mount('d', '', false, context));
  const root = system.mounts.root.node;
  system.mkdir('/d');
  system.write('/d/idle', 'content');
  system.write('/d/open', 'x');
  const file = system.open('/d/open', 0);
  expect(errnoOf(() => system.stat('/none'))).toBe('ENOENT');
  const idle = system.stat('/d/idle');
  const directory = system.stat('/d');
  system.mounts.syncAll();
  const trim = () => system.mounts.names.prune(Number.POSITIVE_INFINITY, true);
  trim();
  expect(system.stat('/d/idle')).toBe(idle);
  trim();
  trim();
  expect([...(root.children?.keys() ?? [])]).toEqual(['d']);
  expect(system.stat('/d')).toBe(directory);
  expect(system.stat('/d/open')).toBe(file.inode);
  expect(system.stat('/d/idle')).not.toBe(idle);
  expect(system.text('/d/idle')).toBe('content');
});

it('drops inodes that only watches hold that need not last, and tells them', () => {
  const context = new TestContext();
  const disk = new MemoryDisk('d', 2 ** 23, context.frames);
  format(disk, { uuid: new Uint8Array(16), seconds: 1 });
  context.devices.set('d', disk);
  const system = new TestSystem(ext2.mount('d', '', false, context));
  const gone: string[] = [];
  const watch = (path: string, isEvictable: boolean) => {
    const inode = system.stat(path);
    const one = {
      isEvictable,
      notify: () => undefined,
      nextCookie: () => 0,
      inodeGone: () => {
        gone.push(path);
        inode.watches?.delete(one);
        drop(inode);
      },
    };
    inode.watches ??= new Set();
    inode.watches.add(one);
    hold(inode);
  };
  system.mkdir('/directory');
  for (const name of ['/brief', '/open', '/twice', '/lasting', '/both']) system.write(name, 'x');
  system.link('/twice', '/directory/name');
  const file = system.open('/open', 0);
  for (const path of ['/brief', '/open', '/twice', '/both', '/directory']) watch(path, true);
  for (const path of ['/lasting', '/both']) watch(path, false);
  const brief = system.stat('/brief');
  system.mounts.syncAll();
  for (let i = 0; i < 3; i++) system.mounts.names.prune(Number.POSITIVE_INFINITY, true);
  expect(gone.sort()).toEqual(['/brief', '/directory', '/twice']);
  expect(system.stat('/brief')).not.toBe(brief);
  expect(system.stat('/open')).toBe(file.inode);
});

it('counts an inode once when its file system goes, whatever names it has', () => {
  const context = new TestContext();
  const disk = new MemoryDisk('d', 2 ** 23, context.frames);
  format(disk, { uuid: new Uint8Array(16), seconds: 1 });
  context.devices.set('d', disk);
  const system = new TestSystem(ext2.mount('d', '', false, context));
  system.write('/one', 'content');
  for (const name of ['/two', '/three', '/four']) system.link('/one', name);
  const { names, root } = system.mounts;
  expect(names.inodes).toBeGreaterThan(0);
  names.uproot(root.node);
  expect([names.names, names.inodes]).toEqual([0, 0]);
});

it('may trim the directory that a name is entered in', () => {
  const root = new NameCache().plant(undefined);
  const directory = attach(root, 'd', undefined);
  // At one of these names the cache is trimmed, and the directory has no child at that moment.
  for (let i = 0; i < 20_000; i++) {
    attach(directory, `none${i}`, undefined);
    directory.children?.clear();
  }
  expect(directory.children?.size).toBe(0);
});

it('counts the names that were known to be absent in a directory no more when it is removed', () => {
  const context = new TestContext();
  const disk = new MemoryDisk('d', 2 ** 23, context.frames);
  format(disk, { uuid: new Uint8Array(16), seconds: 1 });
  context.devices.set('d', disk);
  const system = new TestSystem(ext2.mount('d', '', false, context));
  const { names } = system.mounts;
  system.mkdir('/d');
  const before = names.names;
  for (let i = 0; i < 3; i++) expect(errnoOf(() => system.stat(`/d/none${i}`))).toBe('ENOENT');
  expect(names.names).toBe(before + 3);
  system.rmdir('/d');
  expect(names.names).toBe(before - 1);
});
