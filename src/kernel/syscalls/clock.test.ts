/** settimeofday(2) with a zone, which a native run cannot show: it would set the host's clock. Linux: do_sys_settimeofday64. */
import { expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { mapRegion } from '../mm/mmap.ts';
import { gettimeofday, settimeofday } from './clock.ts';

const TIME = 0x10000;
const ZONE = TIME + 16;

function fixture() {
  const { kernel } = testKernel();
  const task = testTask(kernel);
  mapRegion(spaceOfTask(task), {
    address: TIME,
    length: PAGE_SIZE,
    protection: PROT_READ | PROT_WRITE,
    placement: 'fixed',
  });
  kernel.setRealtime({ seconds: 1_700_000_000, nanoseconds: 0 });
  const { memory } = task;
  const west = (minutes: number) => memory.writeU32(ZONE, minutes);
  const seconds = () => kernel.clock.realtime().seconds;
  return { task, memory, west, seconds };
}

it('a first zone alone moves the wall clock, which was set by a clock of local time; the next ones do not', () => {
  const { task, memory, west, seconds } = fixture();
  west(-60);
  expect(settimeofday(task, 0, ZONE)).toBe(0);
  expect(seconds()).toBe(1_700_000_000 - 3600);
  west(300);
  expect(settimeofday(task, 0, ZONE)).toBe(0);
  expect(seconds()).toBe(1_700_000_000 - 3600);
  memory.writeU64(ZONE, 0);
  expect(gettimeofday(task, 0, ZONE)).toBe(0);
  expect(memory.readI32(ZONE)).toBe(300);
});

it('a first zone beside a time moves nothing, and no later one does', () => {
  const { task, memory, west, seconds } = fixture();
  memory.writeU64(TIME, 1_600_000_000);
  memory.writeU64(TIME + 8, 0);
  west(900);
  expect(settimeofday(task, TIME, ZONE)).toBe(0);
  expect(seconds()).toBe(1_600_000_000);
  west(-900);
  expect(settimeofday(task, 0, ZONE)).toBe(0);
  expect(seconds()).toBe(1_600_000_000);
});
