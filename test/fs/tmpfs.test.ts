/** tmpfs against the contract, and its limits. */
import { describe, expect, it } from 'vitest';
import { tmpfs } from '../../src/fs/tmpfs/tmpfs.ts';
import { contract } from './contract.ts';
import { errnoOf, TestContext, TestSystem } from './harness.ts';

describe('tmpfs', () => {
  let context: TestContext;
  contract(
    () => {
      context = new TestContext();
      return new TestSystem(tmpfs.mount('tmpfs', '', false, context));
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
    },
  );

  it('keeps to size= and gives the space back', () => {
    const system = new TestSystem(tmpfs.mount('tmpfs', 'size=64k', false, new TestContext()));
    expect(errnoOf(() => system.write('/a', new Uint8Array(65_537)))).toBe('ENOSPC');
    expect(system.stat('/a').size).toBe(65_536);
    expect(system.mounts.root.inode.fs.statistics().blocksFree).toBe(0);
    system.unlink('/a');
    expect(system.mounts.root.inode.fs.statistics().blocksFree).toBe(16);
    system.write('/b', new Uint8Array(65_536));
  });

  it('refuses options that it does not know', () => {
    expect(errnoOf(() => tmpfs.mount('tmpfs', 'sise=1', false, new TestContext()))).toBe('EINVAL');
  });
});
