/** When dirty pages are stored: by age, by number, and by whom. The times are those of Documentation/admin-guide/sysctl/vm.rst. */
import { beforeEach, expect, it } from 'vitest';
import { StoredFile } from '../../../test/support/kernel/stored-file.ts';
import { testKernel } from '../../../test/support/kernel/test-kernel.ts';
import type { FileSystem } from '../../fs/filesystem.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import type { Kernel } from '../kernel.ts';

const SECOND = 1e9;
const PAGE = new BytesBuffer(new Uint8Array(PAGE_SIZE).fill(7));

let kernel: Kernel;
let nowNs = 0;

beforeEach(() => {
  kernel = testKernel(16).kernel;
  nowNs = SECOND;
  kernel.clock.monotonicNs = () => nowNs;
});

function dirty(file: StoredFile, from: number, count: number): void {
  for (let i = from; i < from + count; i++) file.pages?.write(PAGE, i * PAGE_SIZE);
}

/** Let time pass as timers and threads do. */
function pass(seconds: number): void {
  const end = nowNs + seconds * SECOND;
  for (;;) {
    nowNs = Math.min(end, Math.max(nowNs, kernel.timers.nextDeadlineNs));
    kernel.timers.run(nowNs);
    kernel.scheduler.serve(0);
    if (kernel.scheduler.choose(0) !== undefined)
      throw new Error('only threads of the kernel run here');
    if (nowNs === end) return;
  }
}

const threads = (): string[] => [...kernel.pids.tasks.values()].map(({ name }) => name);

it('stores pages that have been dirty for 30 s, and is asleep afterwards', () => {
  const [old, young] = [new StoredFile(kernel, 8), new StoredFile(kernel, 8)];
  dirty(old, 0, 3);
  pass(10);
  dirty(young, 0, 2);
  expect(kernel.frames.account).toMatchObject({ dirty: 5, dirtied: 5, written: 0 });
  expect(threads()).toEqual([]);
  pass(19);
  expect(old.written.size).toBe(0);
  pass(6);
  expect([old.written.size, young.written.size]).toEqual([3, 0]);
  expect(threads()).toEqual(['kworker/u2:0-flush-0:1']);
  pass(10);
  expect(young.written.size).toBe(2);
  expect(kernel.frames.account).toMatchObject({ dirty: 0, written: 5 });
  expect(kernel.timers.nextDeadlineNs).toBe(Number.POSITIVE_INFINITY);
});

it('begins in the background from a tenth of the memory on, and has writers wait from a fifth on', () => {
  const { writeBack, frames } = kernel;
  const file = new StoredFile(kernel, frames.total);
  const { backgroundPages, limitPages } = writeBack;
  expect(Math.abs(backgroundPages - frames.free / 10)).toBeLessThan(2);
  expect(Math.abs(limitPages - frames.free / 5)).toBeLessThan(2);
  dirty(file, 0, backgroundPages + 2);
  expect(file.written.size).toBe(0);
  pass(0);
  expect(file.written.size).toBe(backgroundPages + 2);
  // Nobody lets the thread run.
  dirty(file, 0, limitPages + 2);
  expect(frames.account.dirty).toBeLessThan(limitPages);
});

it('takes the limits in bytes: vm.dirty_bytes, vm.dirty_background_bytes', () => {
  Object.assign(kernel.writeBack, { backgroundBytes: 40 * PAGE_SIZE, bytes: 60 * PAGE_SIZE });
  const file = new StoredFile(kernel, 100);
  dirty(file, 0, 60);
  expect(file.written.size).toBe(0);
  dirty(file, 60, 1);
  expect(file.written.size).toBe(61);
});

it('leaves old pages alone with a period of 0: vm.dirty_writeback_centisecs', () => {
  kernel.writeBack.periodCentiseconds = 0;
  const file = new StoredFile(kernel, 8);
  dirty(file, 0, 3);
  pass(3600);
  expect(file.written.size).toBe(0);
});

it('has metadata committed in time', () => {
  const times: number[] = [];
  const fs: FileSystem = Object.assign(Object.create(kernel.vfs.mounts.root.inode.fs), {
    writeBack: () => times.push(nowNs / SECOND),
  });
  kernel.writeBack.metadataChanged(fs, 5);
  pass(3);
  kernel.writeBack.metadataChanged(fs, 5);
  pass(60);
  kernel.writeBack.metadataChanged(fs, undefined);
  pass(60);
  expect(times).toEqual([6, 94]);
});

it('goes on after a file that cannot be stored, whose pages then count as clean', () => {
  const [broken, whole] = [new StoredFile(kernel, 8), new StoredFile(kernel, 8)];
  broken.isBroken = true;
  const before = broken.pages?.errors.sample() ?? -1;
  dirty(broken, 0, 3);
  dirty(whole, 0, 3);
  pass(40);
  expect(whole.written.size).toBe(3);
  expect(kernel.frames.account.dirty).toBe(0);
  expect(broken.pages?.errors.since(before)?.message).toMatch(/^EIO/);
});
