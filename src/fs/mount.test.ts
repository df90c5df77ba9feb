/** The mount table: busy, bind, move, detach, read-only. */
import { beforeEach, describe, expect, it } from 'vitest';
import { errnoOf, TestContext, TestSystem } from '../../test/fs/harness.ts';
import { MS_RDONLY, MS_SHARED, MS_UNBINDABLE } from '../abi/mount.ts';
import type { Mount } from './mount.ts';
import { setPropagation } from './mount-propagation.ts';
import { pathOf, resolve } from './path.ts';
import { tmpfs } from './tmpfs/tmpfs.ts';

let system: TestSystem;
let context: TestContext;
let mounted: Mount;
const at = (path: string) => resolve(path, system.paths);

beforeEach(() => {
  context = new TestContext();
  system = new TestSystem(tmpfs.mount('', '', false, context));
  system.mkdir('/m');
  system.mkdir('/n');
  mounted = system.mounts.mount(tmpfs.mount('', '', false, context), 'src', 0, '', at('/m'));
  system.write('/m/f', 'inside');
});

describe('MountTable', () => {
  it('gives each instance a device number of its own', () => {
    const root = system.mounts.root.mount.fs;
    expect(root.device).not.toBe(0);
    expect(mounted.fs.device).not.toBe(root.device);
  });

  it('keeps the mount point from being removed or renamed', () => {
    expect(errnoOf(() => system.rmdir('/m'))).toBe('EBUSY');
    expect(errnoOf(() => system.rename('/m', '/x'))).toBe('EBUSY');
    expect(errnoOf(() => system.rename('/m/f', '/f'))).toBe('EXDEV');
    expect(errnoOf(() => system.link('/m/f', '/f'))).toBe('EXDEV');
  });

  it('shows the last of many mounts in one place, and lets go of all of them at once', () => {
    const { mounts } = system;
    const before = mounts.mounts.length;
    for (let n = 0; n < 20_000; n++) mounts.bind(at('/m'), at('/n'), false);
    expect(at('/n').mount).toBe(mounts.mounts.at(-1));
    expect(system.list('/n')).toEqual(['f']);
    mounts.unmount(at('/n').mount);
    expect(at('/n').mount).toBe(mounts.mounts.at(-1));
    expect(pathOf(at('/n/f'), mounts.root)).toBe('/n/f');
    const copy = mounts.bind(mounts.mounts[before]?.root ?? at('/'), at('/m'), true);
    expect(at('/m').mount).toBe(mounts.mounts.at(-1));
    expect(mounts.mounts.length).toBe(before + 2 * 19_999);
    mounts.detach(copy);
    expect(at('/m').mount).toBe(mounted);
    mounts.detach(mounts.mounts[before] as Mount);
    expect(mounts.mounts.length).toBe(before);
    system.rmdir('/n');
  });

  it('keeps no more mounts than it may', () => {
    const { mounts } = system;
    mounts.maximum = 9;
    system.mkdir('/all');
    for (const count of [4, 8]) {
      mounts.bind(at('/'), at('/all'), true);
      expect(mounts.mounts.length).toBe(count);
    }
    expect(errnoOf(() => mounts.bind(at('/'), at('/all'), true))).toBe('ENOSPC');
    expect(mounts.mounts.length).toBe(8);
    expect(mounts.floating.size).toBe(0);
  });

  it('lets a name go that only a mount which nobody attached had a mount on', () => {
    const { mounts } = system;
    mounts.dissolve(mounts.bindFloating(mounts.root, true));
    mounts.unmount(mounted);
    system.rmdir('/m');
  });

  it('makes another mount the root, with the former one inside', () => {
    system.mkdir('/m/old');
    const former = system.mounts.root.mount;
    system.mounts.pivot(mounted, former, at('/m/old'));
    expect(system.mounts.root.mount).toBe(mounted);
    expect(system.list('/').sort()).toEqual(['f', 'old']);
    expect(system.list('/old').sort()).toEqual(['m', 'n']);
    expect(system.list('/old/m')).toEqual([]);
    expect(errnoOf(() => system.mounts.unmount(mounted))).toBe('EBUSY');
    system.mounts.unmount(former);
    expect(system.list('/old')).toEqual([]);
  });

  it('unmounts when nothing is mounted inside, and frees the instance', () => {
    system.mkdir('/m/sub');
    const inner = system.mounts.mount(
      tmpfs.mount('', '', false, context),
      'x',
      0,
      '',
      at('/m/sub'),
    );
    expect(errnoOf(() => system.mounts.unmount(mounted))).toBe('EBUSY');
    system.mounts.unmount(inner);
    system.mounts.unmount(mounted);
    expect(system.list('/m')).toEqual([]);
    expect(system.mounts.letGoDetached(() => false)).toContain(mounted.fs);
    expect(context.frames.used).toBe(0);
    expect(errnoOf(() => system.mounts.unmount(system.mounts.root.mount))).toBe('EBUSY');
  });

  it('lets a new instance go that cannot be attached', () => {
    system.write('/file', '');
    let unmounts = 0;
    const fs = tmpfs.mount('', '', false, context);
    fs.unmount = () => void unmounts++;
    const attach = () => system.mounts.mount(fs, 'x', 0, '', at('/file'));
    expect(errnoOf(attach)).toBe('ENOTDIR');
    expect(unmounts).toBe(1);
    expect(system.mounts.isInUse(fs)).toBe(false);
  });

  it('binds a directory, which then is one file system with two places', () => {
    system.mkdir('/m/d');
    system.mounts.bind(at('/m/d'), at('/n'), false);
    system.write('/n/g', 'both');
    expect(system.text('/m/d/g')).toBe('both');
    system.rename('/m/d/g', '/m/d/h');
    expect(pathOf(at('/n/h'), system.mounts.root)).toBe('/n/h');
    expect(pathOf(at('/n/..'), system.mounts.root)).toBe('/');
    system.unlink('/n/h');
    expect(system.list('/m/d')).toEqual([]);
    expect(errnoOf(() => system.rename('/n', '/m/d'))).toBe('EXDEV');
  });

  it('moves a mount, but not below itself', () => {
    system.mkdir('/m/d');
    expect(errnoOf(() => system.mounts.move(mounted, at('/m/d')))).toBe('ELOOP');
    system.mounts.move(mounted, at('/n'));
    expect(system.text('/n/f')).toBe('inside');
    expect(system.list('/m')).toEqual([]);
  });

  it.each(['fsmount', 'bind', 'move'])('lists what a peer sees of a mount: %s', (way) => {
    const { mounts } = system;
    system.mkdir('/m/sub');
    setPropagation(mounts, mounted, MS_SHARED, false);
    mounts.bind(at('/m'), at('/n'), false);
    system.mkdir('/elsewhere');
    const fs = tmpfs.mount('', '', false, context);
    if (way === 'fsmount')
      mounts.attachFloating(mounts.mountFloating(fs, 'x', 0, ''), at('/m/sub'));
    else {
      const other = mounts.mount(fs, 'x', 0, '', at('/elsewhere'));
      if (way === 'move') mounts.move(other, at('/m/sub'));
      else mounts.bind(at('/elsewhere'), at('/m/sub'), false);
    }
    const places = (): string[] =>
      mounts.mounts.filter((mount) => mount.fs === fs).map(({ root }) => pathOf(root, mounts.root));
    expect(places()).toEqual(expect.arrayContaining(['/m/sub', '/n/sub']));
    mounts.unmount(at('/m/sub').mount);
    expect(places().filter((path) => path !== '/elsewhere')).toEqual([]);
  });

  it('makes no copy of an unbindable mount, attached or not: generic/410 of xfstests', () => {
    setPropagation(system.mounts, mounted, MS_UNBINDABLE, false);
    expect(errnoOf(() => system.mounts.bind(at('/m'), at('/n'), false))).toBe('EINVAL');
    expect(errnoOf(() => system.mounts.bindFloating(at('/m'), false))).toBe('EINVAL');
  });

  it('lets open files go on after a lazy unmount', () => {
    const file = system.open('/m/f', 0);
    system.mounts.detach(mounted);
    expect(system.list('/m')).toEqual([]);
    expect(file.inode.size).toBe(6);
    file.release();
  });

  it('unmounts what was lazily unmounted once nobody uses it', () => {
    let unmounts = 0;
    mounted.fs.unmount = () => void unmounts++;
    const file = system.open('/m/f', 0);
    system.mounts.detach(mounted);
    expect(system.mounts.letGoDetached(() => false)).toEqual([]);
    file.release();
    expect(system.mounts.letGoDetached(() => true)).toEqual([]);
    expect(system.mounts.letGoDetached(() => false)).toEqual([mounted.fs]);
    expect(unmounts).toBe(1);
    expect(system.mounts.hasDetached).toBe(false);
  });

  it('refuses changes on a read-only mount', () => {
    mounted.flags = MS_RDONLY;
    expect(errnoOf(() => system.write('/m/new', ''))).toBe('EROFS');
    expect(errnoOf(() => system.mkdir('/m/new'))).toBe('EROFS');
    expect(errnoOf(() => system.unlink('/m/f'))).toBe('EROFS');
    expect(errnoOf(() => system.rename('/m/f', '/m/g'))).toBe('EROFS');
    expect(errnoOf(() => system.mkdir('/m/f'))).toBe('EEXIST');
  });

  it('lists mounts in order', () => {
    expect(system.mounts.mounts.map(({ source }) => source)).toEqual(['test', 'src']);
  });
});
