/** mremap(2): grow, shrink or move a mapping with its pages. Linux: mm/mremap.c. */
import { EAGAIN, EFAULT, EINVAL, ENOMEM, fail } from '../../abi/errno.ts';
import { MREMAP_DONTUNMAP, MREMAP_FIXED, MREMAP_MAYMOVE, PROT_WRITE } from '../../abi/mman.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { HUGE_BYTES, TASK_SIZE } from '../arch/page-table.ts';
import { spaceOf } from '../futex.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import {
  checkGrowth,
  checkMayMapAt,
  findRange,
  hugeUp,
  mayLock,
  pageUp,
  populate,
} from '../mm/mmap.ts';
import {
  VM_ACCOUNT,
  VM_HUGETLB,
  VM_LOCKED,
  VM_LOCKONFAULT,
  type Vma,
  withBounds,
} from '../mm/vma.ts';
import type { Task } from '../task.ts';

/** Page-aligned. */
interface Move {
  readonly address: number;
  readonly oldBytes: number;
  readonly newBytes: number;
  readonly flags: number;
  readonly target: number;
}

const MOST_NEW_MAPPINGS = 3;

/** mremap(2). Errors: EAGAIN, EFAULT, EINVAL, ENOMEM, EPERM. */
export function mremap(
  task: Task,
  address: number,
  oldLength: number,
  newLength: number,
  flags: number,
  target: number,
): number {
  const space = spaceOf(task);
  const [vma] = space.vmas.owned(address, address + 1);
  const isHuge = vma !== undefined && (vma.flags & VM_HUGETLB) !== 0;
  const request: Move = {
    address,
    oldBytes: isHuge ? hugeUp(oldLength) : pageUp(oldLength),
    newBytes: isHuge ? hugeUp(newLength) : pageUp(newLength),
    flags,
    target,
  };
  checkArguments(request);
  if (!vma) throw fail(EFAULT, 'nothing is mapped');
  if (isHuge) checkHuge(request);
  if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0) return moveTo(space, vma, request);
  const { oldBytes, newBytes } = request;
  if (oldBytes !== 0 && newBytes <= oldBytes) {
    if (newBytes < oldBytes) space.unmap(address + newBytes, address + oldBytes);
    return address;
  }
  checkResize(space, vma, address, oldBytes, newBytes);
  if (oldBytes !== 0 && growInPlace(space, vma, address + oldBytes, newBytes - oldBytes))
    return address;
  if ((flags & MREMAP_MAYMOVE) === 0) throw fail(ENOMEM, 'no room to grow in place');
  return move(space, vma, request, findRange(space, newBytes));
}

/** Pages of the pool move by 2 MiB, and their mappings do not grow. */
function checkHuge({ address, oldBytes, newBytes, target, flags }: Move): void {
  const places = (flags & MREMAP_FIXED) !== 0 ? [address, target] : [address];
  if (places.some((place) => place % HUGE_BYTES !== 0)) throw fail(EINVAL, 'not 2 MiB aligned');
  if (newBytes > oldBytes) throw fail(EINVAL, 'huge pages do not grow');
}

function checkArguments({ address, oldBytes, newBytes, flags, target }: Move): void {
  const isFixed = (flags & MREMAP_FIXED) !== 0;
  const keeps = (flags & MREMAP_DONTUNMAP) !== 0;
  const known = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
  if ((flags & ~known) !== 0) throw fail(EINVAL, 'flags');
  if ((isFixed || keeps) && (flags & MREMAP_MAYMOVE) === 0) throw fail(EINVAL, 'not MAYMOVE');
  if (keeps && oldBytes !== newBytes) throw fail(EINVAL, 'DONTUNMAP with another length');
  if (address % PAGE_SIZE !== 0 || newBytes === 0 || newBytes > TASK_SIZE)
    throw fail(EINVAL, 'address or length');
  if (!isFixed) return;
  if (target % PAGE_SIZE !== 0 || target + newBytes > TASK_SIZE) throw fail(EINVAL, 'target');
  if (target < address + oldBytes && address < target + newBytes)
    throw fail(EINVAL, 'ranges overlap');
}

/** Whether [address, address + oldBytes) of `vma` may become newBytes long. Linux: vma_to_resize. */
function checkResize(
  space: AddressSpace,
  vma: Vma,
  address: number,
  oldBytes: number,
  newBytes: number,
): void {
  // Length 0 means: another mapping of the same shared pages.
  if (oldBytes === 0 && !vma.isShared) throw fail(EINVAL, 'old length 0 of a private mapping');
  if (address + oldBytes > vma.end) throw fail(EFAULT, 'range spans mappings');
  if (newBytes <= oldBytes) return;
  const bytes = newBytes - oldBytes;
  if ((vma.flags & VM_LOCKED) !== 0 && !mayLock(space, bytes)) throw fail(EAGAIN, 'RLIMIT_MEMLOCK');
  const isData = !vma.isShared && (vma.protection & PROT_WRITE) !== 0;
  checkGrowth(space, bytes, isData ? bytes : 0);
  if ((vma.flags & VM_ACCOUNT) !== 0) space.kernel.overcommit.check(space, bytes / PAGE_SIZE);
}

function moveTo(space: AddressSpace, vma: Vma, request: Move): number {
  const { address, oldBytes, newBytes, flags, target } = request;
  const isFixed = (flags & MREMAP_FIXED) !== 0;
  if (isFixed) {
    checkMayMapAt(space, target);
    space.unmap(target, target + newBytes);
  }
  let bytes = oldBytes;
  if (isFixed && newBytes < oldBytes) {
    space.unmap(address + newBytes, address + oldBytes);
    bytes = newBytes;
  }
  const source = space.vmas.find(address) ?? vma;
  checkResize(space, source, address, bytes, newBytes);
  if ((flags & MREMAP_DONTUNMAP) !== 0) checkGrowth(space, newBytes, 0);
  const to = isFixed ? target : findRange(space, newBytes, target);
  return move(space, source, { ...request, oldBytes: bytes }, to);
}

function growInPlace(space: AddressSpace, vma: Vma, end: number, bytes: number): boolean {
  if (vma.end !== end || end + bytes > TASK_SIZE) return false;
  if (space.vmas.overlapping(end, end + bytes).length > 0) return false;
  space.addVma(withBounds(vma, end, end + bytes));
  if ((vma.flags & (VM_LOCKED | VM_LOCKONFAULT)) === VM_LOCKED) populate(space, end, end + bytes);
  return true;
}

/** A mapping like `vma` at the free range `to`, with the pages of the old one; that goes, unless DONTUNMAP keeps it. */
function move(space: AddressSpace, vma: Vma, request: Move, to: number): number {
  const { address, oldBytes, newBytes, flags } = request;
  // Room for what a move takes at most on its way. Linux: move_vma.
  if (space.vmas.count >= space.kernel.maxMapCount - MOST_NEW_MAPPINGS)
    throw fail(ENOMEM, 'vm.max_map_count');
  const start = address;
  const end = address + oldBytes;
  const part = oldBytes === 0 ? vma : space.isolate(vma, start, end);
  const copy = { ...withBounds(part, start, start + newBytes), start: to, end: to + newBytes };
  space.addVma(copy.name === '[heap]' ? { ...copy, name: '' } : copy);
  const stop = Math.min(end, start + newBytes);
  const words = space.kernel.arch.ram.words();
  const { pageTable } = space;
  for (
    let at = pageTable.nextPresent(start, stop);
    at < stop;
    at = pageTable.nextPresent(at + PAGE_SIZE, stop)
  ) {
    if (pageTable.isWholeHuge(at, stop) && (to + at - start) % HUGE_BYTES === 0) {
      pageTable.setHuge(to + at - start, pageTable.huge(at));
      pageTable.takeHuge(at);
      at += HUGE_BYTES - PAGE_SIZE;
      continue;
    }
    const target = pageTable.ensure(to + at - start);
    const from = pageTable.find(at);
    words[target] = words[from] as number;
    words[from] = 0;
  }
  space.flushAll();
  space.movePromises(start, stop, to);
  if ((flags & MREMAP_DONTUNMAP) !== 0)
    for (const rest of space.vmas.owned(start, end)) unlock(space, space.isolate(rest, start, end));
  else if (oldBytes > 0) space.unmap(start, end);
  if ((copy.flags & (VM_LOCKED | VM_LOCKONFAULT)) === VM_LOCKED) populate(space, to, to + newBytes);
  return to;
}

/** The emptied mapping that DONTUNMAP leaves is not locked. */
function unlock(space: AddressSpace, vma: Vma): void {
  if ((vma.flags & VM_LOCKED) === 0) return;
  vma.flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
  space.counters.lockedPages -= (vma.end - vma.start) / PAGE_SIZE;
}
