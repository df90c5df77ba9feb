/**
 * Anonymous pages leave memory: the clock goes round all address spaces, and pages without the A bit are written to swap. Linux:
 * mm/vmscan.c, and in 2.4, by page tables as here, swap_out.
 */
import { KernelError } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import {
  frameOf,
  HUGE_BYTES,
  isSwapEntry,
  PTE_A,
  PTE_ANONYMOUS,
  swapEntry,
  TASK_SIZE,
} from '../arch/page-table.ts';
import type { Kernel } from '../kernel.ts';
import { type AddressSpace, FLUSH_ALL_PAGES } from './address-space.ts';
import { VM_HUGETLB, VM_LOCKED } from './vma.ts';

/** A page that goes: its entry as it was, and where it is. */
interface Victim {
  readonly at: number;
  readonly index: number;
  readonly pte: number;
  slot: number;
  isStored: boolean;
}

/** Free about `count` frames; returns how many. `sparesUsed`: those that were used since the hand came by lose the A bit and stay. */
export function swapOutAnonymous(kernel: Kernel, count: number, sparesUsed: boolean): number {
  const { swap, frames } = kernel;
  const before = frames.free;
  for (const space of spacesFromHand(kernel)) {
    // Until enough is free, or the hand was everywhere.
    do {
      const wanted = count - (frames.free - before);
      swapOut(space, findVictims(space, wanted, sparesUsed));
    } while (swap.hasRoom && frames.free - before < count && space.reclaimHand > 0);
    if (frames.free - before >= count) break;
  }
  return frames.free - before;
}

/** All of them once, beginning with that of the process where the hand stands; it moves along. */
function* spacesFromHand({ swap, pids }: Kernel): Generator<AddressSpace> {
  const processes = [...pids.processes.values()];
  const start = Math.max(
    0,
    processes.findIndex(({ pid }) => pid >= swap.handPid),
  );
  for (const process of [...processes.slice(start), ...processes.slice(0, start)]) {
    if (!process.addressSpace) continue;
    swap.handPid = process.pid;
    yield process.addressSpace;
  }
  if (swap.forking) yield swap.forking;
}

/** Pages of [start, end) go, used or not: MADV_PAGEOUT. */
export function swapOutRange(space: AddressSpace, start: number, end: number): void {
  const victims: Victim[] = [];
  collect(space, start, end, { victims, most: Number.POSITIVE_INFINITY, sparesUsed: false });
  swapOut(space, victims);
}

interface Search {
  readonly victims: Victim[];
  readonly most: number;
  readonly sparesUsed: boolean;
}

/** From where the hand stands to the end, once; then it begins anew. */
function findVictims(space: AddressSpace, most: number, sparesUsed: boolean): Victim[] {
  const search = { victims: [], most, sparesUsed };
  for (const vma of [...space.vmas.overlapping(space.reclaimHand, TASK_SIZE)]) {
    if (vma.isShared || (vma.flags & (VM_LOCKED | VM_HUGETLB)) !== 0) continue;
    const next = collect(space, Math.max(vma.start, space.reclaimHand), vma.end, search);
    if (search.victims.length < most) continue;
    space.reclaimHand = next;
    break;
  }
  if (search.victims.length < most) space.reclaimHand = 0;
  if (sparesUsed) space.flushAll();
  return search.victims;
}

/** Returns where it stopped. */
function collect(space: AddressSpace, start: number, end: number, search: Search): number {
  const { pageTable, kernel } = space;
  const { account } = kernel.frames;
  const words = kernel.arch.ram.words();
  const { victims, most, sparesUsed } = search;
  let at = pageTable.nextPresent(start, end);
  for (; at < end && victims.length < most; at = pageTable.nextPresent(at + PAGE_SIZE, end)) {
    const huge = pageTable.huge(at);
    if (huge !== 0 && sparesUsed && (huge & PTE_A) !== 0) {
      pageTable.changeHuge(at, huge & ~PTE_A);
      at = (Math.floor(at / HUGE_BYTES) + 1) * HUGE_BYTES - PAGE_SIZE;
      continue;
    }
    const index = pageTable.find(at);
    const pte = words[index] as number;
    if (isSwapEntry(pte) || !isMovable(space, pte)) continue;
    account.scannedUnstored++;
    if (sparesUsed && (pte & PTE_A) !== 0) words[index] = pte & ~PTE_A;
    else victims.push({ at, index, pte, slot: 0, isStored: false });
  }
  return at;
}

function isMovable({ kernel: { swap, zeroFrame } }: AddressSpace, pte: number): boolean {
  const frame = frameOf(pte);
  if ((pte & PTE_ANONYMOUS) === 0 || frame === zeroFrame || frame === swap.pinned) return false;
  const slot = swap.slotFor(frame);
  return slot === undefined || !swap.areaOf(slot).isClosing;
}

/** The entries name slots from here on; then, with nobody writing to them any more, the pages are stored and given up. */
function swapOut(space: AddressSpace, found: readonly Victim[]): void {
  const { swap, arch } = space.kernel;
  const words = arch.ram.words();
  const victims: Victim[] = [];
  for (const victim of found) {
    const known = swap.slotFor(frameOf(victim.pte));
    if (known !== undefined) swap.retain(known);
    const slot = known ?? swap.take();
    // Others may have theirs still.
    if (slot === undefined) continue;
    victim.slot = slot;
    victim.isStored = known !== undefined;
    words[victim.index] = swapEntry(slot);
    victims.push(victim);
  }
  space.counters.anonymousPages -= victims.length;
  space.counters.swapPages += victims.length;
  if (victims.length > FLUSH_ALL_PAGES) space.flushAll();
  else for (const { at } of victims) space.flushPage(at);
  store(space, victims);
  for (const victim of victims) if (victim.isStored) letGo(space, victim);
}

/** What lies in consecutive slots is written together; what cannot be written stays in memory. */
function store(space: AddressSpace, victims: readonly Victim[]): void {
  const { swap } = space.kernel;
  const missing = victims.filter(({ isStored }) => !isStored);
  for (let from = 0; from < missing.length; ) {
    const first = missing[from] as Victim;
    const area = swap.areaOf(first.slot);
    let end = from + 1;
    while (missing[end]?.slot === first.slot + end - from && first.slot + end - from < area.end)
      end++;
    const run = missing.slice(from, end);
    from = end;
    try {
      swap.write(
        first.slot,
        run.map(({ pte }) => frameOf(pte)),
      );
      for (const victim of run) victim.isStored = true;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      space.kernel.printk(`Write-error on swap-device ${area.place.name}`, 3);
      for (const victim of run) restore(space, victim);
    }
  }
}

function restore(space: AddressSpace, { index, pte, slot }: Victim): void {
  space.kernel.arch.ram.words()[index] = pte;
  space.kernel.swap.free(slot);
  space.counters.anonymousPages++;
  space.counters.swapPages--;
}

/** Others who map the frame find the slot by it. */
function letGo({ kernel: { swap, frames } }: AddressSpace, { pte, slot }: Victim): void {
  const frame = frameOf(pte);
  if (frames.referencesOf(frame) > 1 && swap.slotFor(frame) === undefined) swap.cache(slot, frame);
  frames.release(frame);
  swap.noteReleased(frame);
}
