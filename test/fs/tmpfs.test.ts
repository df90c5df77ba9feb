/** tmpfs against the contract, and its limits. */
import { describe, expect, it } from 'vitest';
import { ramfs } from '../../src/fs/tmpfs/ramfs.ts';
import { tmpfs } from '../../src/fs/tmpfs/tmpfs.ts';
import { contract } from './contract.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

describe.each([tmpfs, ramfs])('$name', (type) => {
  let context: TestContext;
  contract(
    () => {
      context = new TestContext();
      return new TestSystem(type.mount('none', '', false, context));
    },
    {
      hasNodes: true,
      hasExchange: true,
      hasWhiteouts: type === tmpfs,
      hasOwners: true,
      hasByteNames: true,
      hasFineTimes: true,
      hasLinks: true,
      hasModes: true,
    },
    (system) => {
      system.mounts.unmountAll();
      expect(context.frames.used).toBe(0);
    },
  );
});

describe('tmpfs', () => {
  it('keeps to size= and gives the space back', () => {
    const system = new TestSystem(tmpfs.mount('tmpfs', 'size=64k', false, new TestContext()));
    expect(errnoOf(() => system.write('/a', new Uint8Array(65_537)))).toBe('ENOSPC');
    expect(system.stat('/a').size).toBe(65_536);
    expect(system.mounts.root.inode.fs.statistics().blocksFree).toBe(0);
    system.unlink('/a');
    expect(system.mounts.root.inode.fs.statistics().blocksFree).toBe(16);
    system.write('/b', new Uint8Array(65_536));
  });

  it('counts a further name as an inode, as Linux does: both stay in memory', () => {
    const system = new TestSystem(tmpfs.mount('tmpfs', 'nr_inodes=4', false, new TestContext()));
    const filesFree = (): number => system.mounts.root.inode.fs.statistics().filesFree;
    system.write('/a', '');
    system.link('/a', '/b');
    system.link('/a', '/c');
    expect(filesFree()).toBe(0);
    // /proc/slabinfo counts inodes, of which there are two.
    expect(system.mounts.root.inode.fs.cachedInodes).toBe(2);
    expect(errnoOf(() => system.link('/a', '/d'))).toBe('ENOSPC');
    system.unlink('/b');
    expect(filesFree()).toBe(1);
    system.unlink('/a');
    system.unlink('/c');
    expect(filesFree()).toBe(3);
  });

  it('gives the space of inodes to extended attributes: 1,024 bytes of nr_inodes= each', () => {
    const system = new TestSystem(tmpfs.mount('tmpfs', 'nr_inodes=100', false, new TestContext()));
    const filesFree = (): number => system.mounts.root.inode.fs.statistics().filesFree;
    system.write('/a', '');
    expect(filesFree()).toBe(98);
    const { xattrs } = system.stat('/a');
    xattrs?.set('trusted.t', new Uint8Array(4082));
    xattrs?.set('user.a', new Uint8Array(65_536));
    // Linux 6.6: 40 bytes, the name with its NUL, and the value.
    expect(filesFree()).toBe(Math.floor((98 * 1024 - (40 + 10 + 4082) - (40 + 7 + 65_536)) / 1024));
    expect(errnoOf(() => xattrs?.set('user.a', new Uint8Array(65_536)))).toBe('ENOSPC');
    expect(xattrs?.get('user.a')).toHaveLength(65_536);
    xattrs?.set('user.a', undefined);
    system.unlink('/a');
    expect(filesFree()).toBe(99);
  });

  it('refuses options that it does not know', () => {
    expect(errnoOf(() => tmpfs.mount('tmpfs', 'sise=1', false, new TestContext()))).toBe('EINVAL');
  });
});
