/** Mappings that are refused leave nothing behind. */
import { expect, test } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { MAP_ANONYMOUS, MAP_FIXED, MAP_SHARED, PROT_READ } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { inodeNumbers } from '../procfs/object-caches.ts';
import { mmap, munmap } from './mmap.ts';

test('the file behind shared anonymous memory goes with the mapping, and with one that is refused', () => {
  const { kernel } = testKernel(8);
  const task = testTask(kernel);
  kernel.current = task;
  spaceOfTask(task);
  const map = (address: number, flags: number): number =>
    mmap(task, address, PAGE_SIZE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | flags, -1, 0);
  // The instance for such files is there from now on.
  const first = map(0, 0);
  const before = inodeNumbers(kernel);
  expect(() => map(PAGE_SIZE + 1, MAP_FIXED)).toThrow('EINVAL');
  expect(inodeNumbers(kernel)).toBe(before);
  const second = map(0, 0);
  expect(inodeNumbers(kernel)).not.toBe(before);
  munmap(task, second, PAGE_SIZE);
  expect(inodeNumbers(kernel)).toBe(before);
  munmap(task, first, PAGE_SIZE);
});
