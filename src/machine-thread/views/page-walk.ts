/** The walk of a process's page tables for an address, as the MMU does it: privileged spec, section 10.3.2. Nothing is changed. */
import { PTE, PTE_BYTES, PTE_LEAF, PTE_PPN_SHIFT } from '../../isa/sv39.ts';
import type { PageWalkStep } from '../../protocol.ts';

const VPN_BITS = 9;
const PAGE_SHIFT = 12;
const PAGE_BYTES = 4096;
/** PPN bits in the lower word of an entry. */
const PPN_LOW_BITS = 32 - PTE_PPN_SHIFT;
const PPN_HIGH = 0x003f_ffff;

/**
 * `root`: physical address of the table of level `levels` - 1. `read` gives the 32-bit word at a physical address, undefined where
 * there is no memory. Ends at a leaf, or at an entry that is not valid.
 */
export function walkPageTables(
  root: number,
  levels: number,
  address: number,
  read: (physicalAddress: number) => number | undefined,
): PageWalkStep[] {
  const steps: PageWalkStep[] = [];
  let table = root;
  for (let level = levels - 1; level >= 0; level--) {
    const index = Math.floor(address / 2 ** (PAGE_SHIFT + VPN_BITS * level)) % 2 ** VPN_BITS;
    const entryAddress = table + index * PTE_BYTES;
    const low = read(entryAddress);
    const high = read(entryAddress + 4);
    if (low === undefined || high === undefined) return steps;
    steps.push({ level, index, entryAddress, low, high });
    if ((low & PTE.V) === 0 || (low & PTE_LEAF) !== 0) return steps;
    const ppn = (high & PPN_HIGH) * 2 ** PPN_LOW_BITS + (low >>> PTE_PPN_SHIFT);
    table = ppn * PAGE_BYTES;
  }
  return steps;
}
