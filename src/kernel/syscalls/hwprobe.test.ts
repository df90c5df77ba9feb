/** riscv_hwprobe, with the numbers of Linux 6.12's uapi header worked out by hand. */
import { describe, expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { KernelError } from '../../abi/errno.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { mapRegion } from '../mm/mmap.ts';
import type { Processor } from '../processor.ts';
import { hwprobeValue, riscvHwprobe } from './hwprobe.ts';

const processor = {
  isa: 'rv64imafdc_zba_zawrs',
  extensions: new Set(['i', 'm', 'a', 'f', 'd', 'c', 'zba', 'zawrs', 'svinval']),
  zeroBlockBytes: 64,
  timebaseHz: 10_000_000,
  hwcap: 0,
} satisfies Processor;
const AT = 0x10000;

function fixture() {
  const { kernel } = testKernel();
  const task = testTask(kernel);
  mapRegion(spaceOfTask(task), {
    address: AT,
    length: PAGE_SIZE,
    protection: PROT_READ | PROT_WRITE,
    placement: 'fixed',
  });
  return { task, memory: task.memory };
}

describe('values', () => {
  it('are those of the device tree', () => {
    // IMA; FD, C, ZBA, ZAWRS; fast; cboz; Sv39; time.
    expect(hwprobeValue(3, processor)).toBe(1);
    expect(hwprobeValue(4, processor)).toBe(1 + 2 + 8 + 2 ** 48);
    expect(hwprobeValue(5, processor)).toBe(3);
    expect(hwprobeValue(6, processor)).toBe(64);
    expect(hwprobeValue(7, processor)).toBe(0x40_0000_0000);
    expect(hwprobeValue(8, processor)).toBe(10_000_000);
    expect(hwprobeValue(9, processor)).toBe(3);
    expect(hwprobeValue(10, processor)).toBeUndefined();
    expect(hwprobeValue(-1, processor)).toBeUndefined();
  });
});

describe('the call', () => {
  it('answers pairs in place, unknown keys with -1', () => {
    const { task, memory } = fixture();
    memory.writeU64(AT, 7);
    memory.writeU64(AT + 16, 1000);
    memory.writeU64(AT + 24, 5);
    expect(riscvHwprobe(task, AT, 2, 0, 0, 0)).toBe(0);
    expect([0, 8, 16, 24].map((offset) => memory.readI64(AT + offset))).toEqual([
      7, 0x40_0000_0000, -1, 0,
    ]);
  });

  it('wants a processor that is there, and known flags', () => {
    const { task, memory } = fixture();
    memory.writeU64(AT + 64, 2);
    for (const [bytes, mask, flags] of [
      [8, AT + 64, 0],
      [0, 0, 1],
      [0, 0, 2],
    ] as const) {
      expect(() => riscvHwprobe(task, AT, 0, bytes, mask, flags)).toThrow(KernelError);
    }
  });

  it('finds the processors that have some values', () => {
    const { task, memory } = fixture();
    const which = (key: number, value: number): number => {
      memory.writeU64(AT, key);
      memory.writeU64(AT + 8, value);
      memory.writeU64(AT + 64, 0);
      expect(riscvHwprobe(task, AT, 1, 8, AT + 64, 1)).toBe(0);
      return memory.readI64(AT + 64);
    };
    expect(which(5, 2)).toBe(1);
    expect(which(5, 4)).toBe(0);
    expect(which(7, 2 ** 38)).toBe(1);
    expect(which(7, 1)).toBe(0);
    expect(which(99, 0)).toBe(0);
  });
});
