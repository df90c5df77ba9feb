/** mremap(2): grow, shrink or move a mapping with its pages. */
import { EFAULT, EINVAL, ENOMEM, fail } from '../../abi/errno.ts';
import { MREMAP_FIXED, MREMAP_MAYMOVE } from '../../abi/mman.ts';
import { RLIMIT_AS } from '../../abi/resource.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { TASK_SIZE } from '../arch/page-table.ts';
import { spaceOf } from '../futex.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import { mapRegion, pageUp } from '../mm/mmap.ts';
import { type Vma, withBounds } from '../mm/vma.ts';
import type { Task } from '../task.ts';

const MREMAP_DONTUNMAP = 4;

/** mremap(2). Errors: EFAULT, EINVAL, ENOMEM. */
export function mremap(
  task: Task,
  address: number,
  oldLength: number,
  newLength: number,
  flags: number,
  target: number,
): number {
  const space = spaceOf(task);
  const oldBytes = pageUp(oldLength);
  const newBytes = pageUp(newLength);
  checkArguments(address, newBytes, flags, target);
  const isFixed = (flags & MREMAP_FIXED) !== 0;
  if (isFixed && target < address + oldBytes && address < target + newBytes)
    throw fail(EINVAL, 'ranges overlap');
  const vma = space.vmas.find(address);
  if (!vma) throw fail(EFAULT, 'nothing is mapped');
  // Length 0 means: another mapping of the same shared pages.
  if (oldBytes === 0) {
    if (!vma.isShared) throw fail(EINVAL, 'old length 0 of a private mapping');
    return place(
      space,
      { ...vma, start: address, end: address },
      address,
      newBytes,
      isFixed,
      target,
    );
  }
  if (address + oldBytes > vma.end) throw fail(EFAULT, 'range spans mappings');
  if (newBytes > oldBytes) checkGrowth(task, space, newBytes - oldBytes);
  if (!isFixed) {
    if (newBytes <= oldBytes) {
      space.unmap(address + newBytes, address + oldBytes);
      return address;
    }
    if (growInPlace(space, vma, address + oldBytes, newBytes - oldBytes)) return address;
    if ((flags & MREMAP_MAYMOVE) === 0) throw fail(ENOMEM, 'no room to grow in place');
  }
  const part = space.isolate(vma, address, address + oldBytes);
  return move(space, part, newBytes, isFixed, target);
}

function checkArguments(address: number, newBytes: number, flags: number, target: number): void {
  if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) !== 0)
    throw fail(EINVAL, (flags & MREMAP_DONTUNMAP) === 0 ? 'flags' : 'MREMAP_DONTUNMAP');
  if (address % PAGE_SIZE !== 0 || newBytes === 0) throw fail(EINVAL, 'address or length');
  if ((flags & MREMAP_FIXED) === 0) return;
  const isBad =
    (flags & MREMAP_MAYMOVE) === 0 || target % PAGE_SIZE !== 0 || target + newBytes > TASK_SIZE;
  if (isBad) throw fail(EINVAL, 'target');
}

function checkGrowth(task: Task, space: AddressSpace, bytes: number): void {
  if (space.counters.mappedPages * PAGE_SIZE + bytes > task.process.limit(RLIMIT_AS))
    throw fail(ENOMEM, 'RLIMIT_AS');
}

function growInPlace(space: AddressSpace, vma: Vma, end: number, bytes: number): boolean {
  if (vma.end !== end || end + bytes > TASK_SIZE) return false;
  if (space.vmas.overlapping(end, end + bytes).length > 0) return false;
  space.addVma(withBounds(vma, end, end + bytes));
  return true;
}

/** A mapping like `like`, of another length, in another place. */
function place(
  space: AddressSpace,
  like: Vma,
  source: number,
  bytes: number,
  isFixed: boolean,
  target: number,
): number {
  return mapRegion(space, {
    address: isFixed ? target : 0,
    length: bytes,
    protection: like.protection,
    isShared: like.isShared,
    file: like.file,
    sharedMemory: like.sharedMemory,
    offset: like.offset + source - like.start,
    name: like.name === '[heap]' ? '' : like.name,
    placement: isFixed ? 'fixed' : 'anywhere',
    isLocked: like.isLocked,
  });
}

function move(
  space: AddressSpace,
  part: Vma,
  newBytes: number,
  isFixed: boolean,
  target: number,
): number {
  const { start, end } = part;
  const to = place(space, part, start, newBytes, isFixed, target);
  const destination = space.vmas.find(to) as Vma;
  const words = space.kernel.arch.ram.words();
  const { pageTable } = space;
  const stop = Math.min(end, start + newBytes);
  for (
    let at = pageTable.nextPresent(start, stop);
    at < stop;
    at = pageTable.nextPresent(at + PAGE_SIZE, stop)
  ) {
    const target = pageTable.ensure(to + at - start);
    const from = pageTable.find(at);
    words[target] = words[from] as number;
    words[from] = 0;
  }
  space.flushAll();
  destination.isWipeOnFork = part.isWipeOnFork;
  destination.isDontFork = part.isDontFork;
  space.unmap(start, end);
  return to;
}
