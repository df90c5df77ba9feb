/** FS_IOC_FIEMAP in the layout of linux/fiemap.h, whose offsets are written out here, and its errors. */
import { expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { EBADR, EINVAL, EOPNOTSUPP, KernelError } from '../../abi/errno.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { S_IFREG } from '../../abi/stat.ts';
import type { FileExtent } from '../../fs/inode.ts';
import { mapRegion } from '../mm/mmap.ts';
import { blockMap } from './fibmap.ts';
import { fiemap } from './fiemap.ts';

const AT = 0x1000_0000;
const EXTENTS: readonly FileExtent[] = [
  { logical: 0, physical: 2 ** 33, length: 4096, kind: 'data' },
  { logical: 8192, physical: 12288, length: 4096, kind: 'unwritten' },
];

const { kernel } = testKernel(8);
const task = testTask(kernel);
kernel.current = task;
const { memory } = spaceOfTask(task);
mapRegion(spaceOfTask(task), {
  address: AT,
  length: 4096,
  protection: PROT_READ | PROT_WRITE,
  placement: 'fixed',
});

function ask(flags: number, room: number, length = 1 << 20, hasExtents = true): number {
  const { inode } = kernel.vfs.createUnnamed('file', S_IFREG | 0o600, 0, 0);
  if (hasExtents) inode.fileExtents = () => [...EXTENTS];
  const words = [0, 0, length, 0, flags, 77, room, 0];
  words.forEach((word, i) => {
    memory.writeU32(AT + 4 * i, word);
  });
  try {
    fiemap(task, inode.open(0), AT);
    return 0;
  } catch (error) {
    if (error instanceof KernelError) return error.errno;
    throw error;
  }
}

const word = (offset: number): number => memory.readU32(AT + offset);

it('gives as many extents as there is room for, and marks the last one', () => {
  expect(ask(0, 5)).toBe(0);
  expect(word(20)).toBe(2);
  const first = [0, 4, 8, 12, 16, 20, 40].map((offset) => word(32 + offset));
  expect(first).toEqual([0, 0, 0, 2, 4096, 0, 0]);
  const second = [0, 8, 16, 40].map((offset) => word(88 + offset));
  // FIEMAP_EXTENT_UNWRITTEN and FIEMAP_EXTENT_LAST.
  expect(second).toEqual([8192, 12288, 4096, 0x801]);
  expect(ask(0, 1)).toBe(0);
  expect([word(20), word(32 + 40)]).toEqual([1, 0]);
});

it('counts them where there is no room', () => {
  expect(ask(1, 0)).toBe(0);
  expect([word(16), word(20)]).toEqual([1, 2]);
});

it('says which flags it does not know, and where there is nothing to ask', () => {
  expect(ask(3, 1)).toBe(EBADR);
  expect(word(16)).toBe(2);
  expect(ask(0, 1, 0)).toBe(EINVAL);
  expect(ask(0, 2 ** 31)).toBe(EINVAL);
  expect(ask(0, 1, 4096, false)).toBe(EOPNOTSUPP);
});

it('finds blocks one by one for FIBMAP, and none in what was not written', () => {
  const { inode } = kernel.vfs.createUnnamed('file', S_IFREG | 0o600, 0, 0);
  inode.fileExtents = (start, end) =>
    EXTENTS.filter(({ logical, length }) => logical < end && start < logical + length);
  const blockOf = (block: number): number => {
    memory.writeU32(AT, block);
    blockMap(task, inode.open(0), AT);
    return word(0);
  };
  expect([0, 1, 2, 3].map(blockOf)).toEqual([2 ** 33 / 4096, 0, 0, 0]);
});
