/** /proc/<pid>/maps: proc_pid_maps(5). */
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { deviceMajor, deviceMinor } from '../../abi/stat.ts';
import type { Dentry } from '../../fs/dentry.ts';
import { pathOf } from '../../fs/path.ts';
import type { Vma } from '../mm/vma.ts';
import type { Process } from '../process.ts';
import { escapePath } from './format.ts';

/** Column at which names start: 25 + 6 * sizeof(void *) - 1 characters of padding and a space. */
export const NAME_COLUMN = 73;

export function showMaps(process: Process): string {
  let text = '';
  for (const vma of process.addressSpace?.vmas ?? []) text += mapLine(vma, process.root);
  return text;
}

export function mapLine(vma: Vma, root: Dentry): string {
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
