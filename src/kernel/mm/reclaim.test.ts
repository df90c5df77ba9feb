/** Pages of mapped files under memory pressure: what was used of late stays longer, what was written and what is locked stays. */

import { expect, it } from 'vitest';
import { StoredFile } from '../../../test/support/kernel/stored-file.ts';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { evictPages } from '../../fs/page-eviction.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { PTE_A } from '../arch/page-table.ts';
import { mapRegion } from './mmap.ts';
import { VM_LOCKED, VM_NORESERVE } from './vma.ts';

const BASE = 0x1000_0000;

function mapped(megabytes: number, pages: number, isShared: boolean, flags = 0) {
  const { kernel } = testKernel(megabytes);
  const task = testTask(kernel);
  kernel.current = task;
  const space = spaceOfTask(task);
  const file = new StoredFile(kernel, pages);
  const reclaimer = { reclaim: (count: number): number => evict(file, count) };
  kernel.frames.reclaimers.push(reclaimer);
  mapRegion(space, {
    address: BASE,
    length: pages * PAGE_SIZE,
    protection: PROT_READ | PROT_WRITE,
    isShared,
    file: { inode: file, dentry: undefined, isWritable: true },
    placement: 'fixed',
    flags,
  });
  return { kernel, space, file };
}

function evict({ pages }: StoredFile, count: number): number {
  return pages ? evictPages(pages, count) : 0;
}

it('a file larger than memory can be read through a mapping', () => {
  const pages = 1500;
  const { kernel, space, file } = mapped(4, pages, false, VM_NORESERVE);
  expect(kernel.frames.total).toBeLessThan(pages);
  for (let i = 0; i < pages; i++)
    expect(space.memory.readU8(BASE + i * PAGE_SIZE + 5)).toBe(i & 255);
  expect(space.memory.readU8(BASE)).toBe(0);
  expect(file.reads).toBeGreaterThan(pages);
  expect(kernel.frames.reclaimed).toBeGreaterThan(400);
});

it('private copies survive, and are made while memory is short', () => {
  const pages = 1500;
  const { space } = mapped(4, pages, false, VM_NORESERVE);
  for (let i = 0; i < 300; i++) space.memory.writeU8(BASE + i * PAGE_SIZE, 7);
  for (let i = 0; i < pages; i++) space.memory.readU8(BASE + i * PAGE_SIZE + 5);
  for (let i = 300; i < 400; i++) {
    space.memory.readU8(BASE + i * PAGE_SIZE);
    space.memory.writeU8(BASE + i * PAGE_SIZE, 9);
  }
  for (let i = 0; i < 400; i++) {
    expect(space.memory.readU8(BASE + i * PAGE_SIZE)).toBe(i < 300 ? 7 : 9);
    expect(space.memory.readU8(BASE + i * PAGE_SIZE + 1)).toBe(i & 255);
  }
});

it('what was used since the last time gets a second chance', () => {
  const { space, file } = mapped(8, 64, true);
  for (let i = 0; i < 64; i++) space.memory.readU8(BASE + i * PAGE_SIZE);
  // As the hardware has it when half of them were not used since the clock came by.
  const words = space.kernel.arch.ram.words();
  for (let i = 0; i < 64; i += 2) {
    const index = space.pageTable.find(BASE + i * PAGE_SIZE);
    words[index] = (words[index] as number) & ~PTE_A;
  }
  expect(evict(file, 32)).toBe(32);
  expect([...(file.pages?.pages.keys() ?? [])].every((index) => index % 2 === 1)).toBe(true);
  expect(space.counters.filePages).toBe(32);
});

it('written pages stay until they are stored, locked ones until they are unlocked', () => {
  const { space, file } = mapped(8, 8, true);
  space.memory.writeU8(BASE, 99);
  for (let i = 1; i < 8; i++) space.memory.readU8(BASE + i * PAGE_SIZE);
  expect(evict(file, 100)).toBe(7);
  expect(space.memory.readU8(BASE)).toBe(99);
  file.pages?.sync();
  expect(file.written.get(0)).toBe(99);
  expect(evict(file, 100)).toBe(1);
  expect(space.memory.readU8(BASE)).toBe(99);
  const locked = mapped(8, 8, true, VM_LOCKED);
  for (let i = 0; i < 8; i++) locked.space.memory.readU8(BASE + i * PAGE_SIZE);
  expect(evict(locked.file, 100)).toBe(0);
});
