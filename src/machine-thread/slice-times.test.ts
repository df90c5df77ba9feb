/** What is counted as a slice. */
import { expect, test } from 'vitest';
import { Exit } from '../machine/engine.ts';
import { processorMs } from './processor-time.ts';
import { SliceTimes } from './slice-times.ts';

/** At least this much of the clock and of the processor. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  const processorEnd = processorMs() + milliseconds;
  while (performance.now() < end || processorMs() < processorEnd);
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
  times.sleeps();
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

test('the engine is told apart from what else a slice does, in processor time', () => {
  let milliseconds = 4;
  const run = (): Exit => {
    work(milliseconds);
    return Exit.TRAP;
  };
  let retired = 0;
  const times = new SliceTimes({ run }, () => (retired += 100));
  times.run(0);
  work(4);
  times.sliceEnded();
  const { engineUs = 0, sliceProcessorUsMaximum = 0, firstInstructions } = times.measured();
  expect(firstInstructions).toBe(100);
  expect(engineUs).toBeGreaterThan(0);
  expect(engineUs).toBeLessThan(sliceProcessorUsMaximum);
  milliseconds = 100;
  times.run(0);
  times.sliceEnded();
  expect(times.measured()['firstInstructions']).toBe(100);
  expect(times.measured()['engineUs']).toBeGreaterThan(engineUs + 50_000);
});
