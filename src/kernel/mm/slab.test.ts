/** Charges against counted frames. */
import { expect, it } from 'vitest';
import { testKernel } from '../../../test/support/kernel/test-kernel.ts';
import { Slab } from './slab.ts';

it('holds as many frames as the bytes that are charged fill, and gives them back', () => {
  const { kernel } = testKernel();
  const slab = new Slab(kernel.frames);
  const { free } = kernel.frames;
  slab.charge(1);
  slab.charge(4095);
  expect(free - kernel.frames.free).toBe(1);
  slab.charge(1);
  expect(free - kernel.frames.free).toBe(2);
  slab.discharge(2);
  expect(free - kernel.frames.free).toBe(1);
  slab.discharge(4095);
  expect(kernel.frames.free).toBe(free);
});

it('refuses what does not fit, and then holds what it held before', () => {
  const { kernel } = testKernel();
  const slab = new Slab(kernel.frames);
  slab.charge(5000);
  const { free } = kernel.frames;
  expect(() => slab.charge((free + 1) * 4096)).toThrow('ENOMEM');
  expect(kernel.frames.free).toBe(free);
  expect(slab.pages).toBe(2);
});

it('leaves to others what it is to keep free', () => {
  const { kernel } = testKernel();
  const slab = new Slab(kernel.frames);
  const { free } = kernel.frames;
  slab.charge(4096, free);
  expect(() => slab.charge(4096, free)).toThrow('ENOMEM');
  expect(slab.pages).toBe(1);
  slab.charge(4096, free - 1);
  expect(slab.pages).toBe(2);
});
