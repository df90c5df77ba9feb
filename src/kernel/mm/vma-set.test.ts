/** The set of mappings against a plain list: places, order, and the free ranges that it finds. */
import { expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { Random } from '../random.ts';
import type { Vma } from './vma.ts';
import { VmaSet } from './vma-set.ts';

const LOW = PAGE_SIZE;
const HIGH = 400 * PAGE_SIZE;

/** Free ranges in [LOW, HIGH), by looking at every page. */
function holes(vmas: readonly Vma[]): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  let start = -1;
  for (let at = LOW; at <= HIGH; at += PAGE_SIZE) {
    const isFree = at < HIGH && !vmas.some((vma) => vma.start <= at && at < vma.end);
    if (isFree && start < 0) start = at;
    if (!isFree && start >= 0) {
      found.push({ start, end: at });
      start = -1;
    }
  }
  return found;
}

it('finds what a plain list finds, under random insertions and removals', () => {
  const space = spaceOfTask(testTask(testKernel().kernel));
  const seed = 7;
  const random = new Random(new Uint8Array([seed]));
  const set = new VmaSet(space, space.kernel.frames);
  let list: Vma[] = [];
  for (let step = 0; step < 3000; step++) {
    const bytes = (1 + random.below(12)) * PAGE_SIZE;
    const free = holes(list).filter((hole) => hole.end - hole.start >= bytes);
    const isBottomUp = random.below(8) === 0;
    const best = isBottomUp ? free[0] : free.at(-1);
    const wanted = best && (isBottomUp ? best.start : best.end - bytes);
    const found = isBottomUp
      ? set.findGapAbove(LOW, HIGH, bytes, () => 0)
      : set.findGapBelow(HIGH, LOW, bytes, () => 0);
    expect(found, `seed ${seed}, step ${step}`).toBe(wanted);
    if (found !== undefined && random.below(5) > 1) {
      // Not only where it was found: fixed mappings lie anywhere.
      const hole = free[random.below(free.length)];
      const start = random.below(3) === 0 && hole ? hole.start : found;
      const vma: Vma = {
        chunk: undefined,
        start,
        end: start + bytes,
        protection: 0,
        isShared: false,
        file: undefined,
        sharedMemory: undefined,
        offset: 0,
        name: '',
        growsDown: false,
        flags: 0,
      };
      set.insert(vma);
      list = [...list, vma].sort((a, b) => a.start - b.start);
    } else {
      const victim = list[random.below(Math.max(1, list.length))];
      if (victim) set.remove(victim);
      list = list.filter((vma) => vma !== victim);
    }
    const inSet = [...set];
    expect(inSet.length).toBe(list.length);
    expect(list.every((vma, i) => inSet[i] === vma)).toBe(true);
    const address = random.below(HIGH);
    expect(set.find(address)).toBe(list.find((vma) => vma.start <= address && address < vma.end));
  }
});
