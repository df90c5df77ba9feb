/** Promised memory by the rules of the kernel's Documentation/mm/overcommit-accounting.rst. */
import { expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { Credentials } from '../credentials.ts';
import { forkAddressSpace } from './fork.ts';
import { mapRegion, protect } from './mmap.ts';
import { VM_NORESERVE } from './vma.ts';

const RW = PROT_READ | PROT_WRITE;

function setUp() {
  const { kernel } = testKernel(8);
  const task = testTask(kernel);
  kernel.current = task;
  const space = spaceOfTask(task);
  const map = (pages: number, protection = RW, flags = 0): number =>
    mapRegion(space, { address: 0, length: pages * PAGE_SIZE, protection, flags });
  return { kernel, task, space, map, overcommit: kernel.overcommit };
}

it('counts private writable mappings only, and gives back what is unmapped', () => {
  const { map, space, overcommit } = setUp();
  const address = map(100);
  map(50, PROT_READ);
  map(30, RW, VM_NORESERVE);
  expect(overcommit.committed).toBe(100);
  space.unmap(address, address + 40 * PAGE_SIZE);
  expect(overcommit.committed).toBe(60);
});

it('counts what mprotect makes writable, and does not forget it when it is made read-only', () => {
  const { map, space, overcommit } = setUp();
  const address = map(10, PROT_READ);
  const end = address + 10 * PAGE_SIZE;
  for (const protection of [RW, PROT_READ, RW]) {
    for (const vma of space.vmas.overlapping(address, end))
      protect(space, vma, address, end, protection);
    expect(overcommit.committed).toBe(10);
  }
});

it('counts a child as much as its parent', () => {
  const { map, space, overcommit } = setUp();
  map(10);
  const child = forkAddressSpace(space);
  expect(overcommit.committed).toBe(20);
  child.release();
  expect(overcommit.committed).toBe(10);
});

it('refuses obvious overcommits of one mapping by default', () => {
  const { kernel, map } = setUp();
  expect(() => map(kernel.frames.total + 1)).toThrow('ENOMEM');
  map(kernel.frames.total);
  map(kernel.frames.total);
});

it('refuses nothing in mode 1', () => {
  const { kernel, map, overcommit } = setUp();
  overcommit.mode = 1;
  map(kernel.frames.total * 4);
});

it('refuses what passes the limit in mode 2, MAP_NORESERVE too', () => {
  const { kernel, map, overcommit } = setUp();
  overcommit.mode = 2;
  overcommit.kilobytes = 1000;
  // 250 pages, of which a process leaves 1/32 of its own size.
  map(200);
  expect(() => map(60, RW, VM_NORESERVE)).toThrow('ENOMEM');
  map(40, RW, VM_NORESERVE);
  expect(kernel.overcommit.committed).toBe(240);
});

it('keeps a reserve for the administrator in mode 2', () => {
  const { task, map, overcommit } = setUp();
  overcommit.mode = 2;
  overcommit.kilobytes = 1000;
  overcommit.adminReserveKilobytes = 400;
  task.credentials = Credentials.of(1000, 1000);
  expect(() => map(150)).toThrow('ENOMEM');
  map(149);
});
