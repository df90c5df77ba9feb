/** Names take frames (slab), and are forgotten when memory is short: absent ones here, of 192 bytes each, as struct dentry of Linux. */
import { expect, it } from 'vitest';
import { testKernel } from '../../../test/support/kernel/test-kernel.ts';
import { attach, lookup } from '../../fs/dentry-cache.ts';
import type { Kernel } from '../kernel.ts';

const NAMES = 2100;
/** Charged 64 at a time. */
const PAGES = Math.floor((NAMES * 192) / 4096);

function withNames(): Kernel {
  const { kernel } = testKernel();
  const { node } = kernel.vfs.mounts.root;
  for (let i = 0; i < NAMES; i++) attach(node, `none${i}`, undefined);
  return kernel;
}

it('charges them', () => {
  const kernel = withNames();
  expect(kernel.nameSlab.pages).toBeGreaterThanOrEqual(PAGES);
  expect(kernel.nameSlab.pages).toBeLessThan(PAGES + 8);
  expect(kernel.vfs.mounts.names.count()).toEqual({
    all: NAMES + 1,
    unused: NAMES,
    negative: NAMES,
  });
});

it('forgets them in the background, those first that nobody has looked up again', () => {
  const kernel = withNames();
  const { reclaim, vfs, nameSlab, frames } = kernel;
  const { free } = frames;
  expect(reclaim.inBackground(10)).toBe(true);
  expect(frames.free).toBeGreaterThanOrEqual(free + 10);
  const left = vfs.mounts.names.names;
  expect(left).toBeLessThan(NAMES);
  // Both: names that stay are marked again when they are looked up.
  const { node } = vfs.mounts.root;
  vfs.mounts.names.prune(Number.POSITIVE_INFINITY, true);
  const kept = [...(node.children?.keys() ?? [])].slice(0, 50);
  for (const name of kept) lookup(vfs.mounts.root, name);
  vfs.mounts.names.prune(Number.POSITIVE_INFINITY, true);
  expect([...(node.children?.keys() ?? [])]).toEqual(kept);
  nameSlab.giveBack(vfs.mounts.names);
  expect(nameSlab.pages).toBeLessThan(24);
});

it('spares what a system call has looked up, when it is the one that needs memory', () => {
  const kernel = withNames();
  const { reclaim, vfs } = kernel;
  const { names } = vfs.mounts;
  expect(reclaim.reclaim(32)).toBe(0);
  expect(names.names).toBe(NAMES + 1);
  // kswapd has come by, and taken what was to be had first.
  reclaim.inBackground(1);
  const { names: left } = names;
  const [name = ''] = [...(vfs.mounts.root.node.children?.keys() ?? [])];
  lookup(vfs.mounts.root, name);
  expect(reclaim.reclaim(2)).toBeGreaterThan(0);
  expect(names.names).toBeLessThan(left);
  expect(vfs.mounts.root.node.children?.has(name)).toBe(true);
  // Marks that a system call took away may be those of its own names.
  names.prune(1, true);
  expect(reclaim.reclaim(2)).toBe(0);
});

it('leaves them alone with a pressure of 0', () => {
  const kernel = withNames();
  kernel.reclaim.cachePressure = 0;
  expect(kernel.reclaim.inBackground(10)).toBe(false);
  expect(kernel.vfs.mounts.names.names).toBe(NAMES + 1);
});
