/** The options of prctl(2) on memory: names of mappings, the places of arguments and environment, the auxiliary vector. */
import { EBADF, EINVAL, ENOMEM, EPERM, fail } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { CAP_SYS_RESOURCE } from '../credentials.ts';
import { spaceOf } from '../futex.ts';
import { pageUp } from '../mm/mmap.ts';
import type { Task } from '../task.ts';
import type { PrctlOption } from './prctl.ts';

/** ANON_VMA_NAME_MAX_LEN, its NUL included. */
const NAME_BYTES = 80;
/** Printable, and none of what would confuse readers of maps. */
const NAME = /^[^\x00-\x1f\x7f-\xff\\`$[\]]*$/;

/** PR_SET_VMA with PR_SET_VMA_ANON_NAME: the name that maps shows as [anon:name]. Errors: EBADF, EFAULT, EINVAL, ENOMEM. */
function nameMapping(
  task: Task,
  attribute: number,
  start: number,
  length: number,
  address: number,
): number {
  if (attribute !== 0) throw fail(EINVAL, 'PR_SET_VMA');
  const name = address === 0 ? undefined : task.memory.readString(address, NAME_BYTES, EINVAL);
  if (name !== undefined && !NAME.test(name)) throw fail(EINVAL, 'name');
  if (start % PAGE_SIZE !== 0) throw fail(EINVAL, 'address');
  const end = start + pageUp(length);
  const space = spaceOf(task);
  const vmas = space.vmas.owned(start, end);
  let covered = start;
  let hasGap = false;
  for (const vma of vmas) {
    hasGap ||= vma.start > covered;
    covered = vma.end;
    if (vma.file) throw fail(EBADF, 'mapping of a file');
    const isNamedByKernel = vma.name !== '' && !vma.name.startsWith('[anon');
    if (isNamedByKernel) continue;
    const part = space.isolate(vma, Math.max(start, vma.start), Math.min(end, vma.end));
    const kind = part.isShared ? 'anon_shmem' : 'anon';
    part.name = name === undefined ? '' : `[${kind}:${name}]`;
    space.tryMerge(part);
  }
  if (hasGap || covered < end) throw fail(ENOMEM, 'gap in the range');
  return 0;
}

/** PR_SET_MM_* that a program uses to show another command line or environment. */
const FIELDS = {
  1: 'startCode',
  2: 'endCode',
  3: 'startData',
  4: 'endData',
  5: 'startStack',
  8: 'argumentStart',
  9: 'argumentEnd',
  10: 'environmentStart',
  11: 'environmentEnd',
} as const;

/** PR_SET_MM. Errors: EINVAL, EPERM. */
function moveField(task: Task, field: number, address: number, fourth: number, fifth: number) {
  if (fourth !== 0 || fifth !== 0) throw fail(EINVAL, 'unused argument');
  if (!task.credentials.hasCapability(CAP_SYS_RESOURCE)) throw fail(EPERM, 'CAP_SYS_RESOURCE');
  const name = FIELDS[field as keyof typeof FIELDS];
  const space = spaceOf(task);
  if (name === undefined || !space.vmas.find(address)) throw fail(EINVAL, 'PR_SET_MM');
  space.layout[name] = address;
  return 0;
}

/** PR_GET_AUXV: its size; as much as fits is written. */
function readAuxiliaryVector(task: Task, address: number, size: number, ...rest: number[]) {
  if (rest.some((value) => value !== 0)) throw fail(EINVAL, 'unused argument');
  const { auxv } = spaceOf(task).layout;
  task.memory.writeBytes(address, auxv.subarray(0, Math.min(size, auxv.length)));
  return auxv.length;
}

export const MEMORY_OPTIONS: Readonly<Record<number, PrctlOption>> = {
  35: moveField,
  1398164801: nameMapping,
  1096112214: readAuxiliaryVector,
};
