/** Mappings against a plain model: a map from page to what was asked for it. */
import { describe, expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { KernelError } from '../../abi/errno.ts';
import { PROT_NONE, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { Random } from '../random.ts';
import type { AddressSpace } from './address-space.ts';
import { FaultResult, handleFault } from './fault.ts';
import { forkAddressSpace } from './fork.ts';
import { mapRegion, protect } from './mmap.ts';

const BASE = 0x10_0000;
const PAGES = 64;
const RW = PROT_READ | PROT_WRITE;

function map(space: AddressSpace, page: number, count: number, protection: number): void {
  mapRegion(space, {
    address: BASE + page * PAGE_SIZE,
    length: count * PAGE_SIZE,
    protection,
    placement: 'fixed',
  });
}

/** Protection of each page as the mappings have it. */
function pagesOf(space: AddressSpace): Map<number, number> {
  const pages = new Map<number, number>();
  let last = 0;
  for (const vma of space.vmas) {
    expect(vma.start).toBeGreaterThanOrEqual(last);
    last = vma.end;
    for (let at = vma.start; at < vma.end; at += PAGE_SIZE)
      pages.set((at - BASE) / PAGE_SIZE, vma.protection);
  }
  return pages;
}

describe('address space', () => {
  it('has nothing above user space, whatever lies behind its first table', () => {
    const { kernel } = testKernel();
    const { pageTable } = spaceOfTask(testTask(kernel));
    const { ram } = kernel.arch;
    const behind = ram.wordIndex(pageTable.root) + PAGE_SIZE / 4;
    ram.words().fill(0x0020_00df, behind, behind + (7 * PAGE_SIZE) / 4);
    for (const address of [2 ** 42 - PAGE_SIZE, 2 ** 41, 2 ** 52, 2 ** 39 + 2 ** 38]) {
      expect(pageTable.lookup(address, false)).toBe(-1);
      expect(pageTable.get(address)).toBe(0);
      expect(pageTable.find(address)).toBe(-1);
      expect(pageTable.huge(address)).toBe(0);
    }
  });

  it('agrees with a page map under random mmap, munmap, mprotect and stores', () => {
    const { kernel } = testKernel();
    const space = spaceOfTask(testTask(kernel));
    const random = new Random(new Uint8Array([42]));
    const protections = [PROT_NONE, PROT_READ, RW];
    const model = new Map<number, { protection: number; value: number }>();
    const free = kernel.frames.free;
    for (let step = 0; step < 3000; step++) {
      const page = random.below(PAGES);
      const count = 1 + random.below(Math.min(8, PAGES - page));
      const protection = protections[random.below(3)] as number;
      const action = random.below(4);
      if (action === 0) {
        map(space, page, count, protection);
        for (let i = page; i < page + count; i++) model.set(i, { protection, value: 0 });
      } else if (action === 1) {
        space.unmap(BASE + page * PAGE_SIZE, BASE + (page + count) * PAGE_SIZE);
        for (let i = page; i < page + count; i++) model.delete(i);
      } else if (action === 2) {
        const [start, end] = [BASE + page * PAGE_SIZE, BASE + (page + count) * PAGE_SIZE];
        for (const vma of space.vmas.overlapping(start, end))
          protect(space, vma, Math.max(start, vma.start), Math.min(end, vma.end), protection);
        for (let i = page; i < page + count; i++) {
          const known = model.get(i);
          if (known) known.protection = protection;
        }
      } else {
        const known = model.get(page);
        const address = BASE + page * PAGE_SIZE + 8;
        const isWritable = known?.protection === RW;
        try {
          space.memory.writeU32(address, step);
          expect(isWritable).toBe(true);
          if (known) known.value = step;
        } catch (error) {
          if (!(error instanceof KernelError)) throw error;
          expect(isWritable).toBe(false);
        }
        if (known && known.protection !== PROT_NONE)
          expect(space.memory.readU32(address)).toBe(known.value);
      }
    }
    const expected = new Map([...model].map(([page, { protection }]) => [page, protection]));
    expect(new Map([...pagesOf(space)].sort())).toEqual(new Map([...expected].sort()));
    expect(space.counters.mappedPages).toBe(model.size);
    space.unmap(BASE, BASE + PAGES * PAGE_SIZE);
    expect(space.counters.rssPages).toBe(0);
    expect(space.vmas.count).toBe(0);
    // What is left are page tables: two levels below the root.
    expect(free - kernel.frames.free).toBe(space.pageTable.tablePages - 1);
  });

  it('merges neighbours of equal kind and splits them again', () => {
    const { kernel } = testKernel();
    const space = spaceOfTask(testTask(kernel));
    map(space, 0, 2, RW);
    map(space, 4, 2, RW);
    expect(space.vmas.count).toBe(2);
    map(space, 2, 2, RW);
    expect(space.vmas.count).toBe(1);
    map(space, 3, 1, PROT_READ);
    expect(space.vmas.count).toBe(3);
    map(space, 3, 1, RW);
    expect(space.vmas.count).toBe(1);
  });

  it('counts faults as the course does: zero page, then copy; lazy after mprotect (E2-22)', () => {
    const { kernel } = testKernel();
    const task = testTask(kernel);
    const space = spaceOfTask(task);
    kernel.current = task;
    map(space, 0, 1, RW);
    expect(handleFault(space, BASE, 'read')).toBe(FaultResult.DONE);
    expect(space.pageTable.lookup(BASE, true)).toBe(-1);
    expect(space.counters.rssPages).toBe(0);
    expect(handleFault(space, BASE, 'write')).toBe(FaultResult.DONE);
    expect(space.counters.anonymousPages).toBe(1);
    const [vma] = space.vmas;
    if (!vma) throw new Error('no mapping');
    protect(space, vma, BASE, BASE + PAGE_SIZE, RW);
    expect(space.pageTable.lookup(BASE, true)).toBeGreaterThan(0);
    protect(space, vma, BASE, BASE + PAGE_SIZE, PROT_READ);
    protect(space, vma, BASE, BASE + PAGE_SIZE, RW);
    expect(space.pageTable.lookup(BASE, true)).toBe(-1);
    expect(handleFault(space, BASE, 'write')).toBe(FaultResult.DONE);
    expect(task.minorFaults).toBe(3);
  });

  it('shares pages after fork until one side writes; the writer gets the copy', () => {
    const { kernel } = testKernel();
    const parent = spaceOfTask(testTask(kernel));
    map(parent, 0, 4, RW);
    for (let i = 0; i < 4; i++) parent.memory.writeU32(BASE + i * PAGE_SIZE, 100 + i);
    const before = kernel.frames.free;
    const child = forkAddressSpace(parent);
    const tables = child.pageTable.tablePages;
    expect(before - kernel.frames.free).toBe(tables);
    child.memory.writeU32(BASE, 7);
    expect(before - kernel.frames.free).toBe(tables + 1);
    expect(parent.memory.readU32(BASE)).toBe(100);
    // Nobody shares the parent's frame any more: no copy.
    parent.memory.writeU32(BASE, 8);
    expect(before - kernel.frames.free).toBe(tables + 1);
    expect(child.memory.readU32(BASE)).toBe(7);
    expect(child.memory.readU32(BASE + PAGE_SIZE)).toBe(101);
    child.release();
    expect(kernel.frames.free).toBe(before);
    expect(parent.memory.readU32(BASE + 3 * PAGE_SIZE)).toBe(103);
  });

  it('says why an access fails', () => {
    const { kernel } = testKernel();
    const space = spaceOfTask(testTask(kernel));
    map(space, 0, 1, PROT_READ);
    expect(handleFault(space, BASE, 'write')).toBe(FaultResult.NOT_ALLOWED);
    expect(handleFault(space, BASE, 'execute')).toBe(FaultResult.NOT_ALLOWED);
    expect(handleFault(space, BASE + PAGE_SIZE, 'read')).toBe(FaultResult.NOT_MAPPED);
    expect(() => space.memory.readBytes(BASE + PAGE_SIZE - 4, 8)).toThrow(KernelError);
    expect(() => space.memory.readU32(2 ** 38)).toThrow(KernelError);
  });
});
