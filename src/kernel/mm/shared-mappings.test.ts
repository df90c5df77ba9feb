/** Address spaces that share mappings since a fork, against a plain model of each: a map from page to what it holds. */
import { expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { Random } from '../random.ts';
import type { AddressSpace } from './address-space.ts';
import { forkAddressSpace } from './fork.ts';
import { forMappings, mapRegion, protect } from './mmap.ts';
import { VM_DONTCOPY } from './vma.ts';

const BASE = 0x10_0000;
/** Enough, as neighbours differ, for several chunks. */
const PAGES = 300;
const RW = PROT_READ | PROT_WRITE;

interface Page {
  protection: number;
  value: number;
  isCopied: boolean;
}
type Side = { space: AddressSpace; model: Map<number, Page> };

const addressOf = (page: number): number => BASE + page * PAGE_SIZE;

/** What a model and a space should agree about, as text. */
function wanted({ model }: Side): string {
  return [...model]
    .sort(([a], [b]) => a - b)
    .map(([page, { protection, isCopied }]) => `${page}:${protection}${isCopied}`)
    .join(' ');
}

function found({ space }: Side): string {
  const pages: string[] = [];
  for (const { start, end, protection, flags } of space.vmas)
    for (let at = start; at < end; at += PAGE_SIZE)
      pages.push(`${(at - BASE) / PAGE_SIZE}:${protection}${(flags & VM_DONTCOPY) === 0}`);
  return pages.join(' ');
}

function act({ space, model }: Side, random: Random, step: number): void {
  const page = random.below(PAGES);
  const count = 1 + random.below(Math.min(6, PAGES - page));
  const pages = Array.from({ length: count }, (_, i) => page + i);
  const [start, end] = [addressOf(page), addressOf(page + count)];
  const protection = random.below(2) === 0 ? PROT_READ : RW;
  const action = random.below(10);
  if (action < 3) {
    mapRegion(space, { address: start, length: end - start, protection, placement: 'fixed' });
    for (const each of pages) model.set(each, { protection, value: 0, isCopied: true });
  } else if (action === 3) {
    space.unmap(start, end);
    for (const each of pages) model.delete(each);
  } else if (action < 6) {
    if (!pages.every((each) => model.has(each))) return;
    forMappings(space, start, end, (vma, from, to) => protect(space, vma, from, to, protection));
    for (const each of pages) {
      const { value = 0, isCopied = true } = model.get(each) ?? {};
      model.set(each, { protection, value, isCopied });
    }
  } else if (action === 6) {
    if (!pages.every((each) => model.has(each)) || random.below(10) > 0) return;
    forMappings(space, start, end, (vma, from, to) => {
      const part = space.isolate(vma, from, to);
      part.flags |= VM_DONTCOPY;
      space.tryMerge(part);
    });
    for (const each of pages) model.set(each, { ...(model.get(each) as Page), isCopied: false });
  } else {
    const known = model.get(page);
    if (known?.protection !== RW) return;
    space.memory.writeU32(start, step);
    model.set(page, { ...known, value: step });
  }
}

function fork({ space, model }: Side): Side {
  const copied = [...model].filter(([, { isCopied }]) => isCopied);
  return {
    space: forkAddressSpace(space),
    model: new Map(copied.map(([page, it]) => [page, { ...it }])),
  };
}

it('agree with their models under random forks, changes, stores and ends', () => {
  const { kernel } = testKernel();
  const seed = 5;
  const random = new Random(new Uint8Array([seed]));
  const first = spaceOfTask(testTask(kernel));
  const before = kernel.overcommit.accounted;
  const freeBefore = kernel.frames.free;
  const sides: Side[] = [{ space: first, model: new Map() }];
  for (let page = 0; page < PAGES; page++) {
    const protection = page % 2 === 0 ? RW : PROT_READ;
    mapRegion(first, {
      address: addressOf(page),
      length: PAGE_SIZE,
      protection,
      placement: 'fixed',
    });
    sides[0]?.model.set(page, { protection, value: 0, isCopied: true });
  }
  for (let step = 0; step < 3000; step++) {
    const at = random.below(sides.length);
    const side = sides[at] as Side;
    const choice = random.below(50);
    if (choice === 0 && sides.length < 6) sides.push(fork(side));
    else if (choice === 1 && sides.length > 1) {
      side.space.release();
      sides.splice(at, 1);
    } else act(side, random, step);
    if (step % 10 > 0) continue;
    for (const each of sides) {
      expect(found(each) === wanted(each), `seed ${seed}, step ${step}`).toBe(true);
      const { counters, vmas, memory } = each.space;
      expect(counters.mappedPages).toBe(each.model.size);
      const data = [...each.model.values()].filter(({ protection }) => protection === RW).length;
      expect(counters.dataPages).toBe(data);
      expect([...vmas].length).toBe(vmas.count);
      const page = random.below(PAGES);
      const known = each.model.get(page);
      if (known) expect(memory.readU32(addressOf(page)), `step ${step}`).toBe(known.value);
    }
  }
  for (const { space, model } of sides)
    for (const [page, { value }] of model)
      expect(space.memory.readU32(addressOf(page))).toBe(value);
  for (const { space } of sides) if (space !== first) space.release();
  first.unmap(BASE, addressOf(PAGES));
  expect(kernel.overcommit.accounted).toBe(before);
  if (sides.some(({ space }) => space === first))
    expect(freeBefore - kernel.frames.free).toBe(first.pageTable.tablePages - 1);
});

it('a fork of five thousand mappings costs no memory for them, and a store divides one chunk', () => {
  const { kernel } = testKernel(64);
  const space = spaceOfTask(testTask(kernel));
  for (let page = 0; page < 5000; page++)
    mapRegion(space, {
      address: addressOf(page),
      length: PAGE_SIZE,
      protection: page % 2 === 0 ? RW : PROT_READ,
      placement: 'fixed',
    });
  const free = kernel.frames.free;
  const child = forkAddressSpace(space);
  expect(child.vmas.count).toBe(5000);
  expect(free - kernel.frames.free).toBe(1);
  child.unmap(addressOf(2500), addressOf(2501));
  // The root of its tables, and what a chunk of 64 costs: 192 bytes a mapping.
  expect(free - kernel.frames.free).toBe(1 + (64 * 192) / 4096);
  expect(space.vmas.find(addressOf(2500))?.protection).toBe(RW);
  expect(child.vmas.find(addressOf(2500))).toBeUndefined();
  child.release();
  expect(kernel.frames.free).toBe(free);
});
