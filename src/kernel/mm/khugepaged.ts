/**
 * khugepaged: a thread of the kernel that brings the small pages of 2 MiB into a megapage where mappings may have them, a few at
 * a time. It sleeps while nobody may. Linux: mm/khugepaged.c.
 */
import { KernelError } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { frameOf, HUGE_BYTES, HUGE_PAGES, isSwapEntry } from '../arch/page-table.ts';
import type { Kernel } from '../kernel.ts';
import { createKernelThread, type KernelWork } from '../kernel-thread.ts';
import type { Process } from '../process.ts';
import type { Task } from '../task.ts';
import { Timer, type TimerTarget } from '../timer.ts';
import type { AddressSpace } from './address-space.ts';
import { collapse } from './huge-fault.ts';
import type { Vma } from './vma.ts';

const NS_PER_MILLISECOND = 1e6;
/** Almost everybody goes first. */
const NICE = 19;

/** What is left of its pages; it ends early when memory is short. */
interface Round {
  pages: number;
  isShort: boolean;
}

export class Khugepaged implements KernelWork, TimerTarget {
  /** /sys/kernel/mm/transparent_hugepage/khugepaged. */
  pagesToScan = 4096;
  scanSleepMs = 10_000;
  allocSleepMs = 60_000;
  /** Of a megapage, how many pages may be missing, in swap, or shared with others. */
  maxMissing = HUGE_PAGES - 1;
  maxSwapped = HUGE_PAGES / 8;
  maxShared = HUGE_PAGES / 2;
  pagesCollapsed = 0;
  fullScans = 0;
  private readonly kernel: Kernel;
  private readonly timer: Timer = new Timer(this, 'khugepaged');
  private thread: Task | undefined = undefined;
  /** Where the next round goes on: processes up to this one have been seen, and of the next this much. */
  private seenPid = 0;
  private place = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** Somebody may have megapages from now on. */
  noteWish(): void {
    if (this.timer.isArmed || this.kernel.hugePages.mode === 'never') return;
    this.arm(this.scanSleepMs);
  }

  /** A setting was changed. */
  retime(): void {
    if (this.timer.isArmed) this.arm(this.scanSleepMs);
  }

  expire(): void {
    if (!this.thread) {
      this.thread = createKernelThread(this.kernel, 'khugepaged', this);
      this.thread.scheduling.nice = NICE;
    }
    this.kernel.scheduler.wake(this.thread);
  }

  /** One round; then it sleeps, unless nobody could have a megapage. */
  run(): void {
    const round: Round = { pages: this.pagesToScan, isShort: false };
    const { mode } = this.kernel.hugePages;
    if (mode === 'never') return;
    let hasWish = mode === 'always' || this.seenPid > 0 || this.place > 0;
    for (const process of this.processes()) {
      hasWish = this.scan(process, round) || hasWish;
      if (round.pages <= 0 || round.isShort) break;
      this.seenPid = process.pid;
      this.place = 0;
    }
    if (round.pages > 0 && !round.isShort) {
      this.fullScans++;
      this.seenPid = 0;
    }
    if (hasWish) this.arm(round.isShort ? this.allocSleepMs : this.scanSleepMs);
  }

  /** Those that this pass has not seen, in order. */
  private processes(): Process[] {
    return [...this.kernel.pids.processes.values()]
      .filter(({ pid, addressSpace }) => pid > this.seenPid && addressSpace !== undefined)
      .sort((a, b) => a.pid - b.pid);
  }

  /** Returns whether the process has memory that may be in megapages. */
  private scan({ addressSpace: space }: Process, round: Round): boolean {
    if (!space) return false;
    let hasWish = false;
    for (const vma of [...space.vmas]) {
      if (vma.protection === 0 || !this.kernel.hugePages.isEligible(space, vma)) continue;
      hasWish = true;
      const first = Math.ceil(Math.max(vma.start, this.place) / HUGE_BYTES) * HUGE_BYTES;
      for (let at = first; at + HUGE_BYTES <= vma.end; at += HUGE_BYTES) {
        if (round.pages <= 0) {
          this.place = at;
          return true;
        }
        round.pages -= HUGE_PAGES;
        this.tryCollapse(space, vma, at, round);
        if (round.isShort) return true;
      }
    }
    return hasWish;
  }

  private tryCollapse(space: AddressSpace, vma: Vma, base: number, round: Round): void {
    if (!this.isWorthIt(space, base)) return;
    try {
      collapse(space, vma, base, base + HUGE_BYTES);
      this.pagesCollapsed++;
    } catch (error) {
      // No block of 2 MiB is free, or a page could not be read: the small pages do.
      if (!(error instanceof KernelError)) throw error;
      round.isShort = true;
    }
  }

  private isWorthIt({ pageTable, kernel }: AddressSpace, base: number): boolean {
    if (pageTable.huge(base) !== 0) return false;
    let present = 0;
    let swapped = 0;
    let shared = 0;
    const end = base + HUGE_BYTES;
    for (
      let at = pageTable.nextPresent(base, end);
      at < end;
      at = pageTable.nextPresent(at + PAGE_SIZE, end)
    ) {
      const pte = pageTable.get(at);
      if (isSwapEntry(pte)) swapped++;
      else if (frameOf(pte) === kernel.zeroFrame) continue;
      else if (kernel.usersOf(frameOf(pte)) > 1) shared++;
      present++;
    }
    const missing = HUGE_PAGES - present;
    return (
      present > 0 &&
      missing <= this.maxMissing &&
      swapped <= this.maxSwapped &&
      shared <= this.maxShared
    );
  }

  private arm(milliseconds: number): void {
    const { clock, timers } = this.kernel;
    timers.arm(this.timer, clock.monotonicNs() + milliseconds * NS_PER_MILLISECOND);
  }
}
