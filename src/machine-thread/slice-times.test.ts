/** What is counted as a slice. */
import { expect, test } from 'vitest';
import { Exit } from '../machine/engine.ts';
import { SliceTimes } from './slice-times.ts';

/** At least this much of the clock and of the processor. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test('slices last from one end to the next, the engine and what is between its runs; sleep is none', () => {
  let retired = 0;
  const run = (): Exit => {
    retired += 1000;
    return Exit.TRAP;
  };
  const times = new SliceTimes({ run }, () => retired);
  expect(times.measured()['sliceUsMaximum']).toBe(0);
  times.run(0);
  expect(times.measured()).toMatchObject({ sliceUsMaximum: 0, firstInstructions: 1000 });
  work(20);
  times.slept();
  times.sliceEnded();
  const { sliceUsMaximum: short = 0 } = times.measured();
  work(5);
  times.sliceEnded();
  const { sliceUsMaximum = 0, sliceUsMedian = 0 } = times.measured();
  expect(sliceUsMaximum).toBeGreaterThanOrEqual(5000);
  expect(sliceUsMaximum).toBeGreaterThan(short);
  expect(sliceUsMedian).toBeGreaterThanOrEqual(0);
});
