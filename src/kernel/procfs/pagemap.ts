/** /proc/<pid>/pagemap and clear_refs: proc_pid_pagemap(5), proc_pid_clear_refs(5). */
import { EINVAL, fail } from '../../abi/errno.ts';
import type { Inode } from '../../fs/inode.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import {
  frameOf,
  isSwapEntry,
  PTE_A,
  PTE_ANONYMOUS,
  slotOf,
  TASK_SIZE,
} from '../arch/page-table.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import type { Process } from '../process.ts';
import { RecordFile } from './record-file.ts';

const ENTRY_BYTES = 8;
/** Bits of an entry's upper word. */
const PRESENT = 1 << 31;
const SWAPPED = 1 << 30;
const FILE_OR_SHARED = 1 << 29;
const EXCLUSIVE = 1 << 24;
/** One 64-bit word per page of the address space: the frame's number for those who may know it, and what it is. */
export class PagemapFile extends RecordFile {
  protected readonly recordBytes = ENTRY_BYTES;
  private readonly process: Process;

  constructor(process: Process, inode: Inode, flags: number) {
    super(inode, flags);
    this.process = process;
  }

  protected get recordCount(): number {
    return this.process.addressSpace ? TASK_SIZE / PAGE_SIZE : 0;
  }

  protected records(first: number, end: number): Uint32Array {
    const space = this.process.addressSpace;
    return space ? entries(space, first, end, this.maySeeFrames) : new Uint32Array(0);
  }

  private get maySeeFrames(): boolean {
    const reader = this.process.kernel.current?.credentials;
    return reader?.hasCapability(CAP_SYS_ADMIN) === true;
  }
}

function entries(
  space: AddressSpace,
  first: number,
  end: number,
  showsFrames: boolean,
): Uint32Array {
  const words = new Uint32Array((end - first) * 2);
  const { pageTable, kernel } = space;
  const stop = end * PAGE_SIZE;
  for (
    let at = pageTable.nextPresent(first * PAGE_SIZE, stop);
    at < stop;
    at = pageTable.nextPresent(at + PAGE_SIZE, stop)
  ) {
    const pte = pageTable.get(at);
    if (isSwapEntry(pte)) {
      const { areas } = kernel.swap;
      const type = areas.indexOf(kernel.swap.areaOf(slotOf(pte)));
      const place = (at / PAGE_SIZE - first) * 2;
      if (showsFrames) words[place] = type | ((slotOf(pte) - (areas[type]?.first ?? 0)) << 5);
      words[place + 1] = SWAPPED;
      continue;
    }
    const frame = frameOf(pte);
    const isAnonymous = (pte & PTE_ANONYMOUS) !== 0;
    const users = kernel.usersOf(frame) - (isAnonymous ? 0 : 1);
    const isExclusive = users <= 1 && frame !== kernel.zeroFrame;
    const index = (at / PAGE_SIZE - first) * 2;
    if (showsFrames) words[index] = frame / PAGE_SIZE;
    words[index + 1] = PRESENT | (isAnonymous ? 0 : FILE_OR_SHARED) | (isExclusive ? EXCLUSIVE : 0);
  }
  return words;
}

/** 1: all pages, 2: anonymous ones, 3: those of files were not accessed; 4: not written (unknown here); 5: resets VmHWM. */
export function clearRefs({ addressSpace: space }: Process, text: string): void {
  const kind = /^\s*[1-5]\s*$/.test(text) ? Number(text) : 0;
  if (kind === 0) throw fail(EINVAL, 'clear_refs');
  if (!space) return;
  if (kind === 5) space.counters.peakRssPages = space.counters.rssPages;
  if (kind > 3) return;
  const { pageTable } = space;
  for (const vma of space.vmas) {
    if ((kind === 2 && vma.file) || (kind === 3 && !vma.file)) continue;
    pageTable.clearBits(vma.start, vma.end, PTE_A);
  }
  space.flushAll();
}
