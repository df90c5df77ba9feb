/** /proc/<pid>/numa_maps: numa(7). There is one node, 0. */
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { pathOf } from '../../fs/path.ts';
import { frameOf, HUGE_BYTES, isSwapEntry, PTE_ANONYMOUS, PTE_D } from '../arch/page-table.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import { policyText } from '../mm/memory-policy.ts';
import { VM_HUGETLB, type Vma } from '../mm/vma.ts';
import type { Process } from '../process.ts';

export function showNumaMaps(process: Process): string {
  const space = process.addressSpace;
  if (!space) return '';
  let text = '';
  for (const vma of space.vmas) {
    const policy = policyText(vma.policy ?? process.leader.memoryPolicy);
    const start = vma.start.toString(16).padStart(8, '0');
    text += `${start} ${policy}${placeOf(vma, process)}${countsOf(space, vma)}\n`;
  }
  return text;
}

function placeOf({ file, name }: Vma, { root }: Process): string {
  if (file?.dentry) return ` file=${pathOf(file.dentry, root)}`;
  if (name === '[heap]') return ' heap';
  return name === '[stack]' ? ' stack' : '';
}

/** Pages by kind, in units of the mapping's page size. */
function countsOf(space: AddressSpace, vma: Vma): string {
  const { pageTable, kernel } = space;
  const isPooled = (vma.flags & VM_HUGETLB) !== 0;
  const unit = isPooled ? HUGE_BYTES : PAGE_SIZE;
  let anonymous = 0;
  let dirty = 0;
  let pages = 0;
  let most = 0;
  for (
    let at = pageTable.nextPresent(vma.start, vma.end);
    at < vma.end;
    at = pageTable.nextPresent(at + unit, vma.end)
  ) {
    const pte = pageTable.get(at);
    const frame = frameOf(pte);
    if (frame === kernel.zeroFrame || isSwapEntry(pte)) continue;
    const isAnonymous = (pte & PTE_ANONYMOUS) !== 0;
    pages++;
    if (isAnonymous) anonymous++;
    if (isAnonymous || (pte & PTE_D) !== 0) dirty++;
    const references = kernel.usersOf(frame) - (isAnonymous || isPooled ? 0 : 1);
    most = Math.max(most, isPooled ? kernel.hugePages.pool.usersOf(frame) : references);
  }
  if (pages === 0) return isPooled ? ' huge' : '';
  const parts = [
    isPooled ? 'huge' : '',
    anonymous > 0 ? `anon=${anonymous}` : '',
    dirty > 0 ? `dirty=${dirty}` : '',
    pages !== anonymous && pages !== dirty ? `mapped=${pages}` : '',
    most > 1 ? `mapmax=${most}` : '',
    `N0=${pages}`,
    `kernelpagesize_kB=${unit / 1024}`,
  ];
  return ` ${parts.filter((part) => part !== '').join(' ')}`;
}
