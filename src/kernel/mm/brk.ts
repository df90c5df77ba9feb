/** The heap's end: brk(2). */
import { KernelError } from '../../abi/errno.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { RLIMIT_DATA } from '../../abi/resource.ts';
import type { AddressSpace } from './address-space.ts';
import { mapRegion, pageUp } from './mmap.ts';

/** Move the break to `address`; returns where it is now, which is where it was when that is not possible. */
export function setBreak(space: AddressSpace, address: number): number {
  const { layout } = space;
  if (address < layout.brkStart) return layout.brk;
  const limit = space.kernel.current?.process.limit(RLIMIT_DATA) ?? Number.POSITIVE_INFINITY;
  const dataBytes = layout.endData - layout.startData;
  if (address - layout.brkStart + dataBytes > limit) return layout.brk;
  const before = pageUp(layout.brk);
  const after = pageUp(address);
  if (after < before) space.unmap(after, before);
  if (after > before) {
    try {
      mapRegion(space, {
        address: before,
        length: after - before,
        protection: PROT_READ | PROT_WRITE,
        placement: 'fixed-noreplace',
        name: '[heap]',
      });
    } catch (error) {
      if (error instanceof KernelError) return layout.brk;
      throw error;
    }
  }
  layout.brk = address;
  return address;
}
