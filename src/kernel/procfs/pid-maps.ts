/** /proc/<pid>/maps, smaps, smaps_rollup: proc_pid_maps(5), proc_pid_smaps(5). */
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { deviceMajor, deviceMinor } from '../../abi/stat.ts';
import type { Dentry } from '../../fs/dentry.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { pathOf } from '../../fs/path.ts';
import { frameOf, PTE_A, PTE_ANONYMOUS, PTE_D } from '../arch/page-table.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import {
  VM_ACCOUNT,
  VM_DONTCOPY,
  VM_DONTDUMP,
  VM_HUGEPAGE,
  VM_LOCKED,
  VM_NOHUGEPAGE,
  VM_NORESERVE,
  VM_RAND_READ,
  VM_SEQ_READ,
  VM_WIPEONFORK,
  type Vma,
} from '../mm/vma.ts';
import type { Process } from '../process.ts';
import { escapePath } from './format.ts';

/** Column at which names start: 25 + 6 * sizeof(void *) - 1 characters of padding and a space. */
const NAME_COLUMN = 73;

export function showMaps(process: Process): string {
  let text = '';
  for (const vma of process.addressSpace?.vmas ?? []) text += mapLine(vma, process.root);
  return text;
}

function mapLine(vma: Vma, root: Dentry): string {
  const { start, end, protection, isShared, offset, file } = vma;
  const flag = (bit: number, letter: string): string => ((protection & bit) !== 0 ? letter : '-');
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0');
  const access =
    flag(PROT_READ, 'r') + flag(PROT_WRITE, 'w') + flag(PROT_EXEC, 'x') + (isShared ? 's' : 'p');
  const device = file?.inode.fs.device ?? 0;
  const ino = file?.inode.ino ?? 0;
  const place = file ? offset : 0;
  const head =
    `${hex(start, 8)}-${hex(end, 8)} ${access} ${hex(place, 8)} ` +
    `${hex(deviceMajor(device), 2)}:${hex(deviceMinor(device), 2)} ${ino} `;
  const name = nameOf(vma, root);
  return name === '' ? `${head}\n` : `${head.padEnd(NAME_COLUMN)}${name}\n`;
}

function nameOf(vma: Vma, root: Dentry): string {
  if (vma.name !== '') return vma.name;
  if (vma.file?.dentry) return escapePath(pathOf(vma.file.dentry, root), /\n/g);
  return '';
}

/** Bytes of a mapping by what its present pages are. */
class Residence {
  rss = 0;
  pss = 0;
  sharedClean = 0;
  sharedDirty = 0;
  privateClean = 0;
  privateDirty = 0;
  referenced = 0;
  anonymous = 0;

  /** Count the present pages of a mapping. */
  addVma(space: AddressSpace, vma: Vma): void {
    const { frames, zeroFrame } = space.kernel;
    const { pageTable } = space;
    for (
      let at = pageTable.nextPresent(vma.start, vma.end);
      at < vma.end;
      at = pageTable.nextPresent(at + PAGE_SIZE, vma.end)
    ) {
      const pte = pageTable.get(at);
      const frame = frameOf(pte);
      if (frame === zeroFrame) continue;
      const isAnonymous = (pte & PTE_ANONYMOUS) !== 0;
      // A page of a file has one more reference: the page cache's.
      const users = Math.max(1, frames.referencesOf(frame) - (isAnonymous ? 0 : 1));
      const isDirty = isAnonymous || (pte & PTE_D) !== 0;
      this.rss += PAGE_SIZE;
      this.pss += PAGE_SIZE / users;
      if ((pte & PTE_A) !== 0) this.referenced += PAGE_SIZE;
      if (isAnonymous) this.anonymous += PAGE_SIZE;
      if (users > 1) this[isDirty ? 'sharedDirty' : 'sharedClean'] += PAGE_SIZE;
      else this[isDirty ? 'privateDirty' : 'privateClean'] += PAGE_SIZE;
    }
  }

  show(): string {
    return (
      line('Rss', this.rss) +
      line('Pss', this.pss) +
      line('Shared_Clean', this.sharedClean) +
      line('Shared_Dirty', this.sharedDirty) +
      line('Private_Clean', this.privateClean) +
      line('Private_Dirty', this.privateDirty) +
      line('Referenced', this.referenced) +
      line('Anonymous', this.anonymous) +
      line('Swap', 0)
    );
  }
}

function line(name: string, bytes: number): string {
  return `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB\n`;
}

function flagsOf({ protection, isShared, growsDown, flags: attributes }: Vma): string {
  const has = (bit: number): boolean => (attributes & bit) !== 0;
  const flags: readonly (readonly [boolean, string])[] = [
    [(protection & PROT_READ) !== 0, 'rd'],
    [(protection & PROT_WRITE) !== 0, 'wr'],
    [(protection & PROT_EXEC) !== 0, 'ex'],
    [isShared, 'sh'],
    [true, 'mr'],
    [true, 'mw'],
    [true, 'me'],
    [isShared, 'ms'],
    [growsDown, 'gd'],
    [has(VM_LOCKED), 'lo'],
    [has(VM_SEQ_READ), 'sr'],
    [has(VM_RAND_READ), 'rr'],
    [has(VM_DONTCOPY), 'dc'],
    [has(VM_ACCOUNT), 'ac'],
    [has(VM_NORESERVE), 'nr'],
    [has(VM_WIPEONFORK), 'wf'],
    [has(VM_DONTDUMP), 'dd'],
    [has(VM_HUGEPAGE), 'hg'],
    [has(VM_NOHUGEPAGE), 'nh'],
  ];
  return flags.map(([isSet, name]) => (isSet ? `${name} ` : '')).join('');
}

export function showSmaps(process: Process): string {
  const space = process.addressSpace;
  if (!space) return '';
  let text = '';
  for (const vma of space.vmas) {
    const residence = new Residence();
    residence.addVma(space, vma);
    text += mapLine(vma, process.root);
    text += line('Size', vma.end - vma.start);
    text += line('KernelPageSize', PAGE_SIZE) + line('MMUPageSize', PAGE_SIZE);
    text += `${residence.show()}VmFlags: ${flagsOf(vma)}\n`;
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
  return `${head}[rollup]\n${residence.show()}`;
}
