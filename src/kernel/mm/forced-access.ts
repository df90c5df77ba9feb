/** A debugger's access to memory, which the mapping's protection does not stop. Linux: FOLL_FORCE of mm/gup.c. */
import { EFAULT, fail } from '../../abi/errno.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { frameOf, PTE_D, PTE_W } from '../arch/page-table.ts';
import type { AddressSpace } from './address-space.ts';
import { FaultResult, faultIgnoringProtection } from './fault.ts';
import { VM_HUGETLB } from './vma.ts';

/**
 * Hand the bytes from `address` to the end of its page to `use`. Pages of private mappings are copied for a write that the process
 * could not do itself; those of shared ones cannot be written then. Throws EFAULT, ENOMEM.
 */
export function forcedAccess(
  space: AddressSpace,
  address: number,
  isWrite: boolean,
  use: (bytes: Uint8Array) => void,
): void {
  const { frames, arch } = space.kernel;
  const within = address % PAGE_SIZE;
  const allowed = PROT_WRITE | (isWrite ? 0 : PROT_READ);
  const vma = space.vmas.find(address);
  const isAllowed = vma !== undefined && (vma.protection & allowed) !== 0;
  if (!vma || isAllowed || (vma.flags & VM_HUGETLB) !== 0) {
    const physical = space.memory.translate(address, isWrite);
    use(arch.ram.bytes(physical, PAGE_SIZE - within));
    frames.changed(physical - within);
    return;
  }
  if (isWrite && vma.isShared) throw fail(EFAULT, 'a shared mapping that is not writable');
  const page = address - within;
  if (faultIgnoringProtection(space, vma, page, isWrite ? 'write' : 'read') !== FaultResult.DONE)
    throw fail(EFAULT, `address 0x${address.toString(16)}`);
  const words = arch.ram.words();
  const index = space.pageTable.find(page);
  const pte = words[index] as number;
  // The process itself may write no more than before.
  words[index] = pte & ~(PTE_W | PTE_D);
  space.flushPage(page);
  use(frames.bytes(frameOf(pte), within, PAGE_SIZE - within));
  if (isWrite) frames.changed(frameOf(pte));
}
