/** Anonymous memory and tmpfs larger than the memory of the machine: what was written is read back, whoever shares it, and nothing is left behind. */
import { beforeEach, describe, expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { Random } from '../../../test/support/random.ts';
import { EIO, fail } from '../../abi/errno.ts';
import { O_RDWR } from '../../abi/fcntl.ts';
import { MADV_PAGEOUT, MADV_WILLNEED, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { S_IFREG } from '../../abi/stat.ts';
import { MemoryDisk } from '../../fs/memory-disk.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Kernel } from '../kernel.ts';
import { adviseRange } from '../syscalls/madvise.ts';
import type { AddressSpace } from './address-space.ts';
import { forkAddressSpace } from './fork.ts';
import { mapRegion } from './mmap.ts';
import { DiskSwapStore, readHeader, SwapArea } from './swap-area.ts';
import { emptyArea } from './swap-in.ts';
import { VM_LOCKED, VM_NORESERVE } from './vma.ts';

const BASE = 0x1000_0000;
const SEED = Number(process.env['HARTIX_SWAP_SEED'] ?? 1);

class CountingDisk extends MemoryDisk {
  written = 0;
  isBroken = false;
  override writeFrames(sector: number, frames: readonly number[]): void {
    if (this.isBroken) throw fail(EIO, 'test');
    this.written += frames.length;
    super.writeFrames(sector, frames);
  }
}

let kernel: Kernel;
let space: AddressSpace;
let disk: CountingDisk;

beforeEach(() => {
  ({ kernel } = testKernel(8));
  const task = testTask(kernel);
  kernel.current = task;
  space = spaceOfTask(task);
  disk = new CountingDisk('swap', 16 * 2 ** 20, kernel.frames);
});

function swapOn(pages = 4096, priority = -2): SwapArea {
  const place = kernel.vfs.createUnnamed('swap', S_IFREG | 0o600, 0, 0);
  const file = place.inode.open(O_RDWR);
  const first = kernel.swap.firstFor(pages) ?? -1;
  const area = new SwapArea(
    file,
    place,
    new DiskSwapStore(disk),
    { pages, bad: [3] },
    { first, priority },
  );
  kernel.swap.add(area);
  return area;
}

function map(pages: number, flags = VM_NORESERVE, isShared = false): void {
  const inode = isShared ? kernel.vfs.createUnnamed('shm', S_IFREG | 0o600, 0, 0).inode : undefined;
  if (inode) inode.size = pages * PAGE_SIZE;
  mapRegion(space, {
    address: BASE,
    length: pages * PAGE_SIZE,
    protection: PROT_READ | PROT_WRITE,
    isShared,
    ...(inode && { file: { inode, dentry: undefined, isWritable: true } }),
    placement: 'fixed',
    flags,
  });
}

const write = (page: number, value: number, to = space): void =>
  to.memory.writeU32(BASE + page * PAGE_SIZE + 8, value);
const read = (page: number, from = space): number =>
  from.memory.readU32(BASE + page * PAGE_SIZE + 8);

describe.each([
  ['anonymous memory', false],
  ['shared memory', true],
])('%s', (_, isShared) => {
  it('may be larger than the machine has', () => {
    const area = swapOn();
    const pages = 3000;
    expect(kernel.frames.total).toBeLessThan(pages);
    map(pages, VM_NORESERVE, isShared);
    for (let i = 0; i < pages; i++) write(i, i * 7 + 1);
    for (let i = 0; i < pages; i++) expect(read(i)).toBe(i * 7 + 1);
    expect(area.used).toBeGreaterThan(pages - kernel.frames.total);
    expect(kernel.swap.pagesOut).toBeGreaterThan(area.used);
    if (!isShared) {
      const { anonymousPages, swapPages } = space.counters;
      expect(anonymousPages + swapPages).toBe(pages);
    }
    space.unmap(BASE, BASE + pages * PAGE_SIZE);
    expect([area.used, kernel.swap.cachedPages]).toEqual([0, 0]);
  });

  it('comes back when the area is given up', () => {
    const area = swapOn();
    map(3000, VM_NORESERVE, isShared);
    for (let i = 0; i < 3000; i++) write(i, i);
    space.unmap(BASE + 600 * PAGE_SIZE, BASE + 3000 * PAGE_SIZE);
    if (isShared) space.vmas.find(BASE)?.file?.inode.setAttributes({ size: 600 * PAGE_SIZE });
    area.isClosing = true;
    emptyArea(kernel, area);
    expect([area.used, space.counters.swapPages]).toEqual([0, 0]);
    for (let i = 0; i < 600; i++) expect(read(i)).toBe(i);
  });
});

it('is written once while it is only read', () => {
  swapOn();
  map(8);
  for (let i = 0; i < 8; i++) write(i, i + 1);
  adviseRange(space, BASE, 8 * PAGE_SIZE, MADV_PAGEOUT);
  expect([disk.written, space.counters.swapPages, space.counters.anonymousPages]).toEqual([
    8, 8, 0,
  ]);
  for (let i = 0; i < 8; i++) expect(read(i)).toBe(i + 1);
  expect([kernel.swap.cachedPages, kernel.swap.pagesIn]).toEqual([8, 8]);
  write(3, 99);
  expect(kernel.swap.cachedPages).toBe(7);
  adviseRange(space, BASE, 8 * PAGE_SIZE, MADV_PAGEOUT);
  expect(disk.written).toBe(9);
  adviseRange(space, BASE, 8 * PAGE_SIZE, MADV_WILLNEED);
  expect(space.counters.swapPages).toBe(0);
  for (let i = 0; i < 8; i++) expect(read(i)).toBe(i === 3 ? 99 : i + 1);
});

it('stays where it is when it is locked, or cannot be written', () => {
  swapOn();
  map(200, VM_LOCKED);
  for (let i = 0; i < 200; i++) write(i, i);
  kernel.reclaim.reclaim(50);
  expect(space.counters.swapPages).toBe(0);
  space.unmap(BASE, BASE + 200 * PAGE_SIZE);
  disk.isBroken = true;
  map(200);
  for (let i = 0; i < 200; i++) write(i, i);
  expect(kernel.reclaim.reclaim(50)).toBe(0);
  expect([space.counters.swapPages, kernel.swap.freePages]).toEqual([0, kernel.swap.total]);
  for (let i = 0; i < 200; i++) expect(read(i)).toBe(i);
});

it('goes to the area with the highest priority first, and to equals alike', () => {
  const [low, high, equal] = [swapOn(20, 1), swapOn(12, 5), swapOn(12, 5)];
  map(30);
  for (let i = 0; i < 30; i++) write(i, i);
  adviseRange(space, BASE, 16 * PAGE_SIZE, MADV_PAGEOUT);
  expect([low.used, high.used, equal.used]).toEqual([0, 8, 8]);
  adviseRange(space, BASE, 30 * PAGE_SIZE, MADV_PAGEOUT);
  // The header, and one page that is bad.
  expect([low.used, high.used, equal.used]).toEqual([10, 10, 10]);
});

it('agrees with a model while processes fork, write, read, exit and memory is short', () => {
  const random = new Random(SEED);
  const area = swapOn();
  const pages = 900;
  map(pages);
  const spaces = [{ space, model: new Uint32Array(pages) }];
  for (let step = 0; step < 30_000; step++) {
    const one = spaces[random.below(spaces.length)] ?? spaces[0];
    if (!one) throw new Error('no process');
    const page = random.below(pages);
    if (random.chance(0.5)) {
      one.model[page] = step;
      write(page, step, one.space);
    } else expect(read(page, one.space), `seed ${SEED} step ${step}`).toBe(one.model[page]);
    if (random.chance(0.001)) kernel.reclaim.reclaim(200);
    if (spaces.length < 4 && random.chance(0.001)) {
      const child = testTask(kernel);
      child.process.addressSpace?.release();
      child.process.addressSpace = forkAddressSpace(one.space);
      spaces.push({ space: child.process.addressSpace, model: one.model.slice() });
    } else if (spaces.length > 1 && random.chance(0.0008)) {
      const [gone] = spaces.splice(random.below(spaces.length), 1);
      for (const { addressSpace, pid } of [...kernel.pids.processes.values()])
        if (addressSpace === gone?.space) kernel.pids.processes.delete(pid);
      gone?.space.release();
    }
  }
  expect(kernel.swap.pagesIn).toBeGreaterThan(1000);
  for (const { space: left } of spaces) left.release();
  expect([area.used, kernel.swap.cachedPages]).toEqual([0, 0]);
});

it('refuses headers that cannot be: swapon(2) EINVAL', () => {
  const page = new Uint8Array(PAGE_SIZE);
  const view = new DataView(page.buffer);
  page.set(new TextEncoder().encode('SWAPSPACE2'), PAGE_SIZE - 10);
  view.setUint32(1024, 1, true);
  view.setUint32(1028, 99, true);
  expect(readHeader(page, 100)).toEqual({ pages: 100, bad: [] });
  expect(() => readHeader(page, 99)).toThrow('EINVAL');
  view.setUint32(1032, 0xffff_ffff, true);
  expect(() => readHeader(page, 100)).toThrow('EINVAL');
  view.setUint32(1032, 1, true);
  view.setUint32(1536, 100, true);
  expect(() => readHeader(page, 100)).toThrow('EINVAL');
  view.setUint32(1024, 2, true);
  expect(() => readHeader(page, 100)).toThrow('EINVAL');
});
