/** Memory in which every second frame is free comes together, and everybody finds what he had. */
import { expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { S_IFREG } from '../../abi/stat.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Kernel } from '../kernel.ts';
import type { AddressSpace } from './address-space.ts';
import { forkAddressSpace } from './fork.ts';
import { mapRegion } from './mmap.ts';

const BASE = 0x1000_0000;
const SHARED = 0x2000_0000;
const PAGES = 1200;

function map(space: AddressSpace, address: number, pages: number, isShared: boolean): void {
  const { kernel } = space;
  const dentry = isShared ? kernel.vfs.createUnnamed('shm', S_IFREG | 0o600, 0, 0) : undefined;
  if (dentry) dentry.inode.size = pages * PAGE_SIZE;
  mapRegion(space, {
    address,
    length: pages * PAGE_SIZE,
    protection: PROT_READ | PROT_WRITE,
    isShared,
    file: dentry && { inode: dentry.inode, dentry, isWritable: true },
    placement: 'fixed',
    flags: 0,
  });
}

/** A task with holes in its memory: pages that are not a multiple of 2 are gone. */
function scattered(): { kernel: Kernel; space: AddressSpace; child: AddressSpace } {
  const { kernel } = testKernel(8);
  const task = testTask(kernel);
  const twin = testTask(kernel, 'child');
  kernel.current = task;
  const space = spaceOfTask(task);
  map(space, BASE, PAGES, false);
  map(space, SHARED, 200, true);
  for (let i = 0; i < PAGES; i++) {
    space.memory.writeU32(BASE + i * PAGE_SIZE, i * 7 + 1);
    if (i % 6 === 0) space.memory.writeU32(SHARED + (i / 6) * PAGE_SIZE, i);
  }
  for (let i = 1; i < PAGES; i += 2) space.unmap(BASE + i * PAGE_SIZE, BASE + (i + 1) * PAGE_SIZE);
  const child = forkAddressSpace(space);
  twin.process.addressSpace = child;
  return { kernel, space, child };
}

const largest = (kernel: Kernel): number =>
  kernel.frames.gather().reduce((most, count, order) => (count > 0 ? order : most), 0);

it('puts what is free together; pages, shared ones and those of forks too, stay what they were', () => {
  const { kernel, space, child } = scattered();
  const { frames, compaction } = kernel;
  const { free } = frames;
  const before = frames.gather();
  compaction.compact();
  expect(frames.free).toBe(free);
  const after = frames.gather();
  expect(after.reduce((sum, count, order) => sum + count * 2 ** order, 0)).toBe(free);
  expect(after[0]).toBeLessThan((before[0] ?? 0) / 10);
  expect(compaction.migrated).toBeGreaterThan(200);
  expect(compaction.freeScanned).toBeGreaterThan(0);
  for (const { memory } of [space, child]) {
    for (let i = 0; i < PAGES; i += 2) expect(memory.readU32(BASE + i * PAGE_SIZE)).toBe(i * 7 + 1);
    for (let i = 0; i < 200; i++) expect(memory.readU32(SHARED + i * PAGE_SIZE)).toBe(i * 6);
  }
  // Who writes copies what a fork shares; what is shared on purpose stays shared.
  space.memory.writeU32(BASE, 99);
  space.memory.writeU32(SHARED, 98);
  expect(child.memory.readU32(BASE)).toBe(1);
  expect(child.memory.readU32(SHARED)).toBe(98);
});

it('leaves frames alone that somebody else refers to', () => {
  const { kernel, space } = scattered();
  const frame = space.faultIn(BASE, false);
  const held = frame - (frame % PAGE_SIZE);
  kernel.frames.retain(held);
  kernel.compaction.compact();
  expect(space.faultIn(BASE, false)).toBe(frame);
  kernel.frames.release(held);
});

it('makes the block that is asked for, if enough is free for it', () => {
  const { kernel } = scattered();
  const { compaction, frames } = kernel;
  while (largest(kernel) >= 4) frames.allocateBlock(largest(kernel));
  expect(() => frames.allocateBlock(4)).toThrow('ENOMEM');
  expect(frames.allocateBlockByMoving(4) % (16 * PAGE_SIZE)).toBe(0);
  expect([compaction.stalls, compaction.successes, compaction.failures]).toEqual([1, 1, 0]);
});
