/** Charges against counted frames. */
import { expect, it } from 'vitest';
import { testKernel } from '../../../test/support/kernel/test-kernel.ts';

it('holds as many frames as the bytes that are charged fill, and gives them back', () => {
  const { kernel } = testKernel();
  const { free } = kernel.frames;
  kernel.slab.charge(1);
  kernel.slab.charge(4095);
  expect(free - kernel.frames.free).toBe(1);
  kernel.slab.charge(1);
  expect(free - kernel.frames.free).toBe(2);
  kernel.slab.discharge(2);
  expect(free - kernel.frames.free).toBe(1);
  kernel.slab.discharge(4095);
  expect(kernel.frames.free).toBe(free);
});

it('refuses what does not fit, and then holds what it held before', () => {
  const { kernel } = testKernel();
  kernel.slab.charge(5000);
  const { free } = kernel.frames;
  expect(() => kernel.slab.charge((free + 1) * 4096)).toThrow('ENOMEM');
  expect(kernel.frames.free).toBe(free);
  expect(kernel.slab.pages).toBe(2);
});
