/** Page faults: from an access to a frame, by zero page, file page, shared page or copy. Linux: mm/memory.c. */
import { ENOMEM, KernelError } from '../../abi/errno.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { RLIMIT_AS, RLIMIT_STACK } from '../../abi/resource.ts';
import type { Inode } from '../../fs/inode.ts';
import { MustWait } from '../../fs/must-wait.ts';
import { FAULT_PAGES } from '../../fs/page-cache.ts';
import { PAGE_SIZE, withinPage } from '../../fs/page-frames.ts';
import { beginFault } from '../../fs/page-in.ts';
import { log } from '../../lib/log.ts';
import {
  frameOf,
  isSwapEntry,
  makePte,
  PTE_A,
  PTE_ANONYMOUS,
  PTE_D,
  PTE_R,
  PTE_V,
  PTE_W,
  PTE_X,
  readBits,
  slotOf,
  TASK_SIZE,
} from '../arch/page-table.ts';
import { sleepForDisk } from '../block.ts';
import { whileFaulting } from '../structure-waits.ts';
import type { Task } from '../task.ts';
import type { AddressSpace } from './address-space.ts';
import { hugeFault } from './huge-fault.ts';
import { pooledFault } from './hugetlb-fault.ts';
import { SwapArrival } from './swap-arrival.ts';
import { swapIn } from './swap-in.ts';
import { VM_HUGETLB, type Vma } from './vma.ts';

/** How a fault ended. */
export const FaultResult = {
  DONE: 0,
  /** SIGSEGV, SEGV_MAPERR: nothing is mapped there. */
  NOT_MAPPED: 1,
  /** SIGSEGV, SEGV_ACCERR: the mapping does not allow it. */
  NOT_ALLOWED: 2,
  /** SIGBUS, BUS_ADRERR: behind the end of the file, or it cannot be read, or is a swap area that is written. */
  BUS: 3,
  OUT_OF_MEMORY: 4,
  /** The page is on its way from a slow disk: the task that may sleep does, and tries again. */
  ASLEEP: 5,
} as const;
export type FaultResult = (typeof FaultResult)[keyof typeof FaultResult];

export type Access = 'read' | 'write' | 'execute';

/** Distance that a growing stack keeps from the mapping below it: stack_guard_gap. */
export const STACK_GUARD_BYTES = 256 * PAGE_SIZE;

/** Pages that one fault on a file maps, if they are in memory: fault_around_bytes. */
const AROUND_BYTES = 16 * PAGE_SIZE;

const channel = log.channel('page');

/** Make the page of `address` accessible for `access`, or say why not. `sleeper` is a task in user mode: it may be put to sleep. */
export function handleFault(
  space: AddressSpace,
  address: number,
  access: Access,
  sleeper?: Task,
): FaultResult {
  const vma = space.vmas.find(address) ?? growStack(space, address);
  if (!vma) return FaultResult.NOT_MAPPED;
  if (!isAllowed(vma, access)) return FaultResult.NOT_ALLOWED;
  const page = address - withinPage(address);
  if (channel.isOn) channel.write(`${access} fault at 0x${address.toString(16)} ${vma.name}`);
  try {
    return resolve(space, vma, page, access, sleeper);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    if (sleeper && error instanceof MustWait) {
      sleepForDisk(sleeper, error.queue);
      return FaultResult.ASLEEP;
    }
    return error.errno === ENOMEM ? FaultResult.OUT_OF_MEMORY : FaultResult.BUS;
  }
}

/** A fault of somebody who may do more than the process: a debugger. */
export function faultIgnoringProtection(
  space: AddressSpace,
  vma: Vma,
  page: number,
  access: Access,
): FaultResult {
  try {
    return resolve(space, vma, page, access);
  } catch (error) {
    if (error instanceof KernelError) return FaultResult.OUT_OF_MEMORY;
    throw error;
  }
}

/** Writable pages are readable too; executable ones only if they are PROT_READ. */
function isAllowed(vma: Vma, access: Access): boolean {
  if (access === 'write') return (vma.protection & PROT_WRITE) !== 0;
  if (access === 'execute') return (vma.protection & PROT_EXEC) !== 0;
  return (vma.protection & (PROT_READ | PROT_WRITE)) !== 0;
}

/** The bits that an entry must have for an access not to fault. */
const NEEDED_BITS: Readonly<Record<Access, number>> = {
  read: PTE_V | PTE_R | PTE_A,
  write: PTE_V | PTE_W | PTE_A | PTE_D,
  execute: PTE_V | PTE_X | PTE_A,
};

function resolve(
  space: AddressSpace,
  vma: Vma,
  page: number,
  access: Access,
  sleeper?: Task,
): FaultResult {
  const isWrite = access === 'write';
  const needed = NEEDED_BITS[access];
  if ((vma.flags & VM_HUGETLB) !== 0) return resolvePooled(space, vma, page, needed);
  // Mapped before swapon(2), which made its pages clean. Linux: do_page_mkwrite.
  if (isWrite && vma.isShared && vma.file?.inode.isSwapFile) return FaultResult.BUS;
  const { hugePages } = space.kernel;
  const mayBeHuge = space.pageTable.hugePages > 0 || hugePages.mayBeHuge(space, vma);
  if (mayBeHuge && hugeFault(space, vma, page, needed)) {
    countFault(space, false);
    return FaultResult.DONE;
  }
  const words = space.kernel.arch.ram.words();
  const index = space.pageTable.ensure(page);
  const pte = words[index] as number;
  let isMajor = false;
  if (pte === 0) {
    isMajor = sleeper ? whileFaulting(sleeper, () => isOnDisk(vma, page)) : isOnDisk(vma, page);
    if (isBehindEnd(vma, page)) return FaultResult.BUS;
    if (isMajor && sleeper && sleepsForPage(sleeper, vma, page)) return FaultResult.ASLEEP;
    words[index] = newPage(space, vma, page, isWrite);
    if (!isWrite && vma.file) mapAround(space, vma, page, index);
  } else if (isSwapEntry(pte)) {
    if (sleeper && sleepsForSwap(sleeper, slotOf(pte))) return FaultResult.ASLEEP;
    isMajor = swapIn(space, vma, index);
    if (isWrite) words[index] = writablePte(space, vma, page, words[index] as number);
  } else if ((pte & needed) === needed) {
    // Another hart's fault on the page was handled meanwhile: copying it now would lose what is being written to it.
    space.flushPage(page);
  } else {
    words[index] = isWrite ? writablePte(space, vma, page, pte) : readablePte(vma, pte);
    space.flushPage(page);
  }
  countFault(space, isMajor);
  return FaultResult.DONE;
}

function resolvePooled(space: AddressSpace, vma: Vma, page: number, needed: number): FaultResult {
  if (!pooledFault(space, vma, page, needed)) return FaultResult.BUS;
  countFault(space, false);
  return FaultResult.DONE;
}

function countFault({ kernel: { current: task } }: AddressSpace, isMajor: boolean): void {
  if (!task) return;
  if (isMajor || task.hasTriedFault) task.majorFaults++;
  else task.minorFaults++;
  task.hasTriedFault = false;
}

/** Nothing is mapped yet: the instruction faults again when the page is there. Throws EIO. */
function sleepsForPage(task: Task, vma: Vma, page: number): boolean {
  const cache = vma.file?.inode.pages;
  if (cache?.owner.lateDevice?.isSlow !== true) return false;
  const index = (vma.offset + page - vma.start) / PAGE_SIZE;
  const pages = whileFaulting(task, () => beginFault(cache, index, FAULT_PAGES));
  if (pages === undefined) return false;
  task.hasTriedFault = true;
  sleepForDisk(task, pages.queue);
  return true;
}

/** As sleepsForPage, for a page in a swap area; once for a fault: memory may be so short that what arrived is gone again. */
function sleepsForSwap(task: Task, slot: number): boolean {
  const { swap, frames } = task.kernel;
  if (task.hasTriedFault) return false;
  const arrival = SwapArrival.of(swap, frames, slot);
  if (arrival === undefined) return false;
  task.hasTriedFault = true;
  sleepForDisk(task, arrival.queue);
  return true;
}

/**
 * Map what the page cache has of the file around a page that was read, as Linux does: a program then faults once for 16
 * pages of its code. `index` is the page's entry; the window is aligned, and so lies in one table.
 */
function mapAround(space: AddressSpace, vma: Vma, page: number, index: number): void {
  const { arch, frames } = space.kernel;
  const words = arch.ram.words();
  const cache = vma.file?.inode.pages;
  if (cache === undefined) return;
  const window = page - (page % AROUND_BYTES);
  const first = Math.max(vma.start, window);
  const fileEnd = vma.start + cache.owner.size - vma.offset;
  const end = Math.min(vma.end, window + AROUND_BYTES, fileEnd);
  const bits = readBits(vma.protection);
  for (let at = first; at < end; at += PAGE_SIZE) {
    const entry = index + ((at - page) / PAGE_SIZE) * 2;
    if (words[entry] !== 0) continue;
    const frame = cache.pages.get((vma.offset + at - vma.start) / PAGE_SIZE);
    if (frame === undefined) continue;
    frames.retain(frame);
    if ((bits & PTE_X) !== 0) frames.markCode(frame);
    space.counters.addResident(vma, false, false);
    words[entry] = makePte(frame, bits);
  }
}

function newPage(space: AddressSpace, vma: Vma, page: number, isWrite: boolean): number {
  const { frames: memory, zeroFrame, arch } = space.kernel;
  const offset = (vma.offset + page - vma.start) / PAGE_SIZE;
  const bits = readBits(vma.protection);
  let frame: number;
  let status = 0;
  if (vma.isShared) {
    frame = vma.file
      ? (sharedPage(vma.file.inode, offset, isWrite) ?? zeroFrame)
      : (vma.sharedMemory?.getPage(offset) ?? zeroFrame);
    memory.retain(frame);
    if (isWrite) status = PTE_W | PTE_D;
  } else if (vma.file || vma.sharedMemory) {
    const source = vma.file
      ? (vma.file.inode.pages?.getPage(offset, false) ?? zeroFrame)
      : (vma.sharedMemory?.getPage(offset) ?? zeroFrame);
    if (isWrite) {
      // The copy may need memory, whose reclaim must not take the page that is being copied.
      memory.retain(source);
      try {
        frame = memory.allocateUncleared();
        arch.ram.copyFrame(frame, source);
      } finally {
        memory.release(source);
      }
      status = PTE_W | PTE_D | PTE_ANONYMOUS;
    } else {
      frame = source;
      memory.retain(frame);
    }
  } else if (isWrite) {
    frame = memory.allocate();
    status = PTE_W | PTE_D | PTE_ANONYMOUS;
  } else {
    frame = zeroFrame;
    memory.retain(frame);
    status = PTE_ANONYMOUS;
  }
  if ((bits & PTE_X) !== 0) memory.markCode(frame);
  space.counters.addResident(vma, (status & PTE_ANONYMOUS) !== 0, frame === zeroFrame);
  return makePte(frame, bits | status);
}

/** The first write since a page was stored changes the file's times. Linux: file_update_time. Throws ENOMEM, ENOSPC, EIO. */
function sharedPage({ pages }: Inode, index: number, isWrite: boolean): number | undefined {
  const frame = pages?.getPage(index, isWrite);
  if (isWrite) pages?.owner.contentChanged();
  return frame;
}

/** The entry has a frame but not the permission bits of its mapping: after mprotect. */
function readablePte(vma: Vma, pte: number): number {
  const kept = pte & (PTE_D | PTE_ANONYMOUS | PTE_W);
  return makePte(frameOf(pte), readBits(vma.protection) | kept);
}

/** First write to a page that is present: shared ones become dirty, private ones are copied unless nobody else has them. */
function writablePte(space: AddressSpace, vma: Vma, page: number, pte: number): number {
  const { frames: memory, zeroFrame, arch } = space.kernel;
  const bits = readBits(vma.protection) | PTE_W | PTE_D;
  const frame = frameOf(pte);
  if (vma.isShared) {
    const pages = vma.file?.inode.pages;
    pages?.getPage((vma.offset + page - vma.start) / PAGE_SIZE, true);
    // A page that is not stored is writable on Linux once it was read: nothing tells of the write.
    if (pages?.owner.isStored === true) pages.owner.contentChanged();
    return makePte(frame, bits);
  }
  const isAnonymous = (pte & PTE_ANONYMOUS) !== 0;
  const { swap } = space.kernel;
  if (isAnonymous && frame !== zeroFrame && (memory.referencesOf(frame) === 1 || swap.claim(frame)))
    return makePte(frame, bits | PTE_ANONYMOUS);
  let copy: number;
  if (frame === zeroFrame) copy = memory.allocate();
  else {
    memory.retain(frame);
    swap.pinned = frame;
    try {
      copy = memory.allocateUncleared();
      arch.ram.copyFrame(copy, frame);
    } finally {
      swap.pinned = 0;
      memory.release(frame);
    }
  }
  // A page of a file may have been reclaimed for the copy: then its mapping has let go already.
  if (space.pageTable.get(page) !== 0) {
    memory.release(frame);
    space.counters.removeResident(vma, isAnonymous, frame === zeroFrame);
    swap.noteReleased(frame);
  }
  if ((bits & PTE_X) !== 0) memory.markCode(copy);
  space.counters.addResident(vma, true, false);
  return makePte(copy, bits | PTE_ANONYMOUS);
}

function isBehindEnd(vma: Vma, page: number): boolean {
  if (!vma.file) return false;
  return vma.offset + page - vma.start >= vma.file.inode.size;
}

/** The page must come from a device: a major fault. */
function isOnDisk(vma: Vma, page: number): boolean {
  const pages = vma.file?.inode.pages;
  if (!pages || isBehindEnd(vma, page)) return false;
  const index = (vma.offset + page - vma.start) / PAGE_SIZE;
  return !pages.pages.has(index) && !pages.owner.isHole(index);
}

/** Extend the stack down to `address` if that is where a stack may grow: getrlimit(2), RLIMIT_STACK. */
function growStack(space: AddressSpace, address: number): Vma | undefined {
  if (address < 0 || address >= TASK_SIZE) return undefined;
  const index = space.vmas.indexAt(address);
  const stack = space.vmas.at(index);
  if (!stack?.growsDown) return undefined;
  const start = address - withinPage(address);
  const below = space.vmas.at(space.vmas.before(index));
  if (below && !below.growsDown && start - below.end < STACK_GUARD_BYTES && below.protection !== 0)
    return undefined;
  const limits = space.kernel.current?.process;
  if (limits && stack.end - start > limits.limit(RLIMIT_STACK)) return undefined;
  const pages = (stack.start - start) / PAGE_SIZE;
  if (limits && (space.counters.mappedPages + pages) * PAGE_SIZE > limits.limit(RLIMIT_AS))
    return undefined;
  const own = space.vmas.own(stack);
  space.counters.addPages(own, pages);
  own.start = start;
  return own;
}
