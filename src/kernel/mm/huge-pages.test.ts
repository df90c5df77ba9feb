/** Megapages against a plain model: a map from page to value, through stores, partial unmapping, protection, moves and forks. */
import { describe, expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { KernelError } from '../../abi/errno.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { HUGE_BYTES, HUGE_PAGES } from '../arch/page-table.ts';
import { Random } from '../random.ts';
import type { AddressSpace } from './address-space.ts';
import { forkAddressSpace } from './fork.ts';
import { collapse } from './huge-fault.ts';
import { mapRegion, protect } from './mmap.ts';

const BASE = 0x4000_0000;
const PAGES = 3 * HUGE_PAGES;
const END = BASE + PAGES * PAGE_SIZE;
const RW = PROT_READ | PROT_WRITE;

type Model = Map<number, { protection: number; value: number }>;

function check(space: AddressSpace, model: Model, step: number): void {
  const wrong = [...model].filter(
    ([page, { protection, value }]) =>
      protection !== 0 && space.memory.readU32(BASE + page * PAGE_SIZE + 8) !== value,
  );
  expect(wrong, `step ${step}`).toEqual([]);
}

function store(space: AddressSpace, model: Model, page: number, value: number): void {
  const known = model.get(page);
  const isWritable = known?.protection === RW;
  try {
    space.memory.writeU32(BASE + page * PAGE_SIZE + 8, value);
    expect(isWritable).toBe(true);
    if (known) known.value = value;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    expect(isWritable).toBe(false);
  }
}

function changeAtRandom(space: AddressSpace, model: Model, random: Random, step: number): void {
  const page = random.below(PAGES);
  const isWhole = random.below(3) === 0;
  const first = isWhole ? page - (page % HUGE_PAGES) : page;
  const count = isWhole ? HUGE_PAGES : 1 + random.below(Math.min(700, PAGES - page));
  const [start, end] = [BASE + first * PAGE_SIZE, BASE + (first + count) * PAGE_SIZE];
  const action = random.below(12);
  if (action === 0) {
    mapRegion(space, { address: start, length: end - start, protection: RW, placement: 'fixed' });
    for (let i = first; i < first + count; i++) model.set(i, { protection: RW, value: 0 });
  } else if (action === 1) {
    space.unmap(start, end);
    for (let i = first; i < first + count; i++) model.delete(i);
  } else if (action === 2) {
    const protection = [0, PROT_READ, RW][random.below(3)] as number;
    for (const vma of space.vmas.overlapping(start, end))
      protect(space, vma, Math.max(start, vma.start), Math.min(end, vma.end), protection);
    for (let i = first; i < first + count; i++) {
      const known = model.get(i);
      if (known) known.protection = protection;
    }
  } else if (action === 3 && isWhole) {
    const vma = space.vmas.find(start);
    const isOne = vma !== undefined && vma.start <= start && vma.end >= end;
    if (isOne && space.pageTable.nextPresent(start, end) < end) collapse(space, vma, start, end);
  } else store(space, model, page, step + 1);
}

describe('megapages', () => {
  it('agree with a page map, in a parent and its children, and leave nothing behind', () => {
    const seed = 7;
    const { kernel } = testKernel(48);
    kernel.hugePages.mode = 'always';
    const random = new Random(new Uint8Array([seed]));
    const space = spaceOfTask(testTask(kernel));
    const model: Model = new Map();
    const before = kernel.frames.free;
    let huge = 0;
    for (let step = 0; step < 600; step++) {
      changeAtRandom(space, model, random, step);
      huge = Math.max(huge, space.pageTable.hugePages);
      if (step % 60 !== 59) continue;
      const child = forkAddressSpace(space);
      const childModel: Model = new Map([...model].map(([page, state]) => [page, { ...state }]));
      for (let i = 0; i < 40; i++) {
        changeAtRandom(child, childModel, random, 10_000 + step + i);
        changeAtRandom(space, model, random, 20_000 + step + i);
      }
      check(child, childModel, step);
      check(space, model, step);
      child.release();
    }
    check(space, model, 600);
    expect(huge).toBeGreaterThan(1);
    expect(space.pageTable.splits).toBeGreaterThan(5);
    space.unmap(BASE, END);
    expect(space.counters.rssPages).toBe(0);
    expect(space.pageTable.hugePages).toBe(0);
    expect(before - kernel.frames.free).toBe(space.pageTable.tablePages - 1);
  });

  it('maps 2 MiB with one fault, and small pages where no block is free', () => {
    const { kernel } = testKernel(8);
    kernel.hugePages.mode = 'always';
    const task = testTask(kernel);
    kernel.current = task;
    const space = spaceOfTask(task);
    mapRegion(space, { address: BASE, length: 2 * HUGE_BYTES, protection: RW, placement: 'fixed' });
    space.memory.writeU32(BASE, 1);
    expect(space.counters.anonymousPages).toBe(HUGE_PAGES);
    expect(task.minorFaults).toBe(1);
    const blocks: number[] = [];
    while (kernel.frames.free > HUGE_PAGES + 300) blocks.push(kernel.frames.allocate());
    const scattered = blocks.filter((_, i) => i % 100 === 0);
    for (const frame of blocks) if (!scattered.includes(frame)) kernel.frames.release(frame);
    space.memory.writeU32(BASE + HUGE_BYTES, 1);
    expect(space.memory.readU32(BASE + HUGE_BYTES)).toBe(1);
    expect(kernel.hugePages.faultAllocations + kernel.hugePages.faultFallbacks).toBe(2);
  });

  it('splits into what it mapped, without memory', () => {
    const { kernel } = testKernel(8);
    kernel.hugePages.mode = 'always';
    const space = spaceOfTask(testTask(kernel));
    mapRegion(space, { address: BASE, length: HUGE_BYTES, protection: RW, placement: 'fixed' });
    for (let page = 0; page < HUGE_PAGES; page++) space.memory.writeU32(BASE + page * 4096, page);
    const places = Array.from({ length: HUGE_PAGES }, (_, page) =>
      space.pageTable.lookup(BASE + page * 4096, true),
    );
    const free = kernel.frames.free;
    space.pageTable.split(BASE + 4096);
    expect(kernel.frames.free).toBe(free);
    expect(space.pageTable.hugePages).toBe(0);
    for (let page = 0; page < HUGE_PAGES; page++)
      expect(space.pageTable.lookup(BASE + page * 4096, true)).toBe(places[page]);
  });
});
