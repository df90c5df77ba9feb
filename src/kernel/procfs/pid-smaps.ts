/** /proc/<pid>/smaps, smaps_rollup: proc_pid_smaps(5). */
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import {
  frameOf,
  HUGE_BYTES,
  isSwapEntry,
  PTE_A,
  PTE_ANONYMOUS,
  PTE_D,
  slotOf,
} from '../arch/page-table.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import * as vm from '../mm/vma.ts';
import type { Process } from '../process.ts';
import { mapLine, NAME_COLUMN } from './pid-maps.ts';

/** Bytes of mappings by what their present pages are. */
class Residence {
  rss = 0;
  /** Each page divided by how many map it; of which dirty, and by kind. */
  pss = 0;
  pssDirty = 0;
  pssAnonymous = 0;
  pssFile = 0;
  pssShmem = 0;
  sharedClean = 0;
  sharedDirty = 0;
  privateClean = 0;
  privateDirty = 0;
  referenced = 0;
  anonymous = 0;
  /** Of the anonymous, in megapages; and pages of the pool, which are not resident, by their users. */
  anonymousHuge = 0;
  sharedPooled = 0;
  privatePooled = 0;
  /** Not resident, but in swap; and divided by how many entries name each page. */
  swapped = 0;
  swappedShare = 0;
  /** Pss of locked mappings. */
  locked = 0;

  /** Count the present pages of a mapping. */
  addVma(space: AddressSpace, vma: vm.Vma): void {
    const { pageTable } = space;
    const before = this.pss;
    if ((vma.flags & vm.VM_HUGETLB) !== 0) {
      this.addPooled(space, vma);
      return;
    }
    for (
      let at = pageTable.nextPresent(vma.start, vma.end);
      at < vma.end;
      at = pageTable.nextPresent(at + PAGE_SIZE, vma.end)
    ) {
      this.addPage(space, vma, pageTable.get(at));
      if (pageTable.huge(at) !== 0) this.anonymousHuge += PAGE_SIZE;
    }
    if ((vma.flags & vm.VM_LOCKED) !== 0) this.locked += this.pss - before;
  }

  private addPooled({ pageTable, kernel }: AddressSpace, vma: vm.Vma): void {
    for (let at = vma.start; at < vma.end; at += HUGE_BYTES) {
      const pte = pageTable.huge(at);
      if (pte === 0) continue;
      const isAlone = kernel.hugePages.pool.usersOf(frameOf(pte)) === 1;
      this[isAlone ? 'privatePooled' : 'sharedPooled'] += HUGE_BYTES;
    }
  }

  private addPage({ kernel }: AddressSpace, vma: vm.Vma, pte: number): void {
    if (isSwapEntry(pte)) {
      this.swapped += PAGE_SIZE;
      this.swappedShare += PAGE_SIZE / kernel.swap.usesOf(slotOf(pte));
      return;
    }
    const frame = frameOf(pte);
    if (frame === kernel.zeroFrame) return;
    const isAnonymous = (pte & PTE_ANONYMOUS) !== 0;
    // A page of a file has one more reference: the page cache's.
    const users = Math.max(1, kernel.usersOf(frame) - (isAnonymous ? 0 : 1));
    const isDirty = isAnonymous || (pte & PTE_D) !== 0;
    const share = PAGE_SIZE / users;
    this.rss += PAGE_SIZE;
    this.pss += share;
    if (isDirty) this.pssDirty += share;
    if (isAnonymous) this.pssAnonymous += share;
    else this[vm.isShmem(vma) ? 'pssShmem' : 'pssFile'] += share;
    if ((pte & PTE_A) !== 0) this.referenced += PAGE_SIZE;
    if (isAnonymous) this.anonymous += PAGE_SIZE;
    if (users > 1) this[isDirty ? 'sharedDirty' : 'sharedClean'] += PAGE_SIZE;
    else this[isDirty ? 'privateDirty' : 'privateClean'] += PAGE_SIZE;
  }

  /** What smaps and its rollup have in common; the rollup also tells the kinds apart. */
  show(isRollup: boolean): string {
    const kinds =
      line('Pss_Anon', this.pssAnonymous) +
      line('Pss_File', this.pssFile) +
      line('Pss_Shmem', this.pssShmem);
    return (
      line('Rss', this.rss) +
      line('Pss', this.pss) +
      line('Pss_Dirty', this.pssDirty) +
      (isRollup ? kinds : '') +
      line('Shared_Clean', this.sharedClean) +
      line('Shared_Dirty', this.sharedDirty) +
      line('Private_Clean', this.privateClean) +
      line('Private_Dirty', this.privateDirty) +
      line('Referenced', this.referenced) +
      line('Anonymous', this.anonymous) +
      line('LazyFree', 0) +
      line('AnonHugePages', this.anonymousHuge) +
      line('ShmemPmdMapped', 0) +
      line('FilePmdMapped', 0) +
      line('Shared_Hugetlb', this.sharedPooled) +
      line('Private_Hugetlb', this.privatePooled) +
      line('Swap', this.swapped) +
      line('SwapPss', this.swappedShare) +
      line('Locked', this.locked)
    );
  }
}

function line(name: string, bytes: number): string {
  return `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB\n`;
}

/** Two letters for each attribute: Linux's show_smap_vma_flags. */
function flagsOf({ protection, isShared, growsDown, flags, file }: vm.Vma): string {
  const mayWrite = !isShared || !file || file.isWritable;
  const letters: readonly (readonly [boolean, string])[] = [
    [(protection & PROT_READ) !== 0, 'rd'],
    [(protection & PROT_WRITE) !== 0, 'wr'],
    [(protection & PROT_EXEC) !== 0, 'ex'],
    [isShared && mayWrite, 'sh'],
    [true, 'mr'],
    [mayWrite, 'mw'],
    [true, 'me'],
    [isShared, 'ms'],
    [growsDown, 'gd'],
    [(flags & vm.VM_LOCKED) !== 0, 'lo'],
    [(flags & vm.VM_SEQ_READ) !== 0, 'sr'],
    [(flags & vm.VM_RAND_READ) !== 0, 'rr'],
    [(flags & vm.VM_DONTCOPY) !== 0, 'dc'],
    [(flags & vm.VM_ACCOUNT) !== 0, 'ac'],
    [(flags & vm.VM_NORESERVE) !== 0, 'nr'],
    [(flags & vm.VM_HUGETLB) !== 0, 'ht'],
    [(flags & vm.VM_WIPEONFORK) !== 0, 'wf'],
    [(flags & vm.VM_DONTDUMP) !== 0, 'dd'],
    [(flags & vm.VM_HUGEPAGE) !== 0, 'hg'],
    [(flags & vm.VM_NOHUGEPAGE) !== 0, 'nh'],
  ];
  return letters.map(([isSet, name]) => (isSet ? `${name} ` : '')).join('');
}

export function showSmaps(process: Process): string {
  const space = process.addressSpace;
  if (!space) return '';
  const { hugePages } = space.kernel;
  let text = '';
  for (const vma of space.vmas) {
    const residence = new Residence();
    residence.addVma(space, vma);
    text += mapLine(vma, process.root);
    text += line('Size', vma.end - vma.start);
    const unit = (vma.flags & vm.VM_HUGETLB) === 0 ? PAGE_SIZE : HUGE_BYTES;
    text += line('KernelPageSize', unit) + line('MMUPageSize', unit);
    const isEligible = hugePages.isEligible(space, vma) ? 1 : 0;
    text += `${residence.show(false)}THPeligible:           ${isEligible}\nVmFlags: ${flagsOf(vma)}\n`;
  }
  return text;
}

export function showSmapsRollup(process: Process): string {
  const space = process.addressSpace;
  if (!space) return '';
  const residence = new Residence();
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const vma of space.vmas) {
    residence.addVma(space, vma);
    first = Math.min(first, vma.start);
    last = vma.end;
  }
  const range = `${first.toString(16).padStart(8, '0')}-${last.toString(16).padStart(8, '0')}`;
  const head = `${range} ---p 00000000 00:00 0 `.padEnd(NAME_COLUMN);
  return `${head}[rollup]\n${residence.show(true)}`;
}
