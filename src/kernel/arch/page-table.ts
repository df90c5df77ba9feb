/**
 * Sv39 page tables in guest RAM: privileged spec 20240411, section 10.4.
 *
 *   virtual address   38..30 vpn[2] | 29..21 vpn[1] | 20..12 vpn[0] | 11..0 offset      (user half: bit 38 is 0)
 *   PTE               53..10 ppn | 9..8 software | 7 D | 6 A | 5 G | 4 U | 3 X | 2 W | 1 R | 0 V
 *
 * Guest RAM ends below 2^34, so a PTE fits its low word; the upper word stays 0. A leaf entry that is not 0 names a
 * frame, even when V is clear: that is a page without any permission (PROT_NONE). With V clear and G set it names a slot of a swap
 * area in the place of the ppn: a private page that is not in memory.
 *
 * A leaf at level 1 maps 2 MiB (a megapage) of 512 consecutive frames. A table for its small pages is put by, so that it can
 * be split at any time without memory: whoever asks for the entry of a small page (find, ensure) gets it split.
 */
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { type FrameSource, PAGE_SIZE, withinPage } from '../../fs/page-frames.ts';
import { panic } from '../../lib/panic.ts';
import type { Ram } from './memory.ts';

export const PTE_V = 1;
export const PTE_R = 2;
export const PTE_W = 4;
export const PTE_X = 8;
export const PTE_U = 16;
/** G, which no user page has: with V clear, an entry of a page in swap. */
const PTE_SWAP = 32;
export const PTE_A = 64;
export const PTE_D = 128;
/** Software bit: the frame is a private copy or zero page, not a page of a file. */
export const PTE_ANONYMOUS = 256;
/** Software bit of a leaf at level 1: a page of the huge page pool, which is never split. */
export const PTE_POOLED = 512;

/** End of user addresses. */
export const TASK_SIZE = 2 ** 38;

const TABLE_ENTRIES = 512;
const READABLE = PTE_V | PTE_R;
/** The kernel writes where the user could without a fault: writable and already dirty. */
const WRITABLE = PTE_V | PTE_W | PTE_D;
/** Bytes mapped by one leaf table, or by one leaf at level 1. */
export const HUGE_BYTES = TABLE_ENTRIES * PAGE_SIZE;
export const HUGE_PAGES = TABLE_ENTRIES;
const LEAF = PTE_V | PTE_R | PTE_W | PTE_X;

/** Physical address of the frame in a PTE. */
export function frameOf(pte: number): number {
  return (pte >>> 10) * PAGE_SIZE;
}

/** Whether an entry of level 1 that is not 0 maps memory itself; V alone is a table. */
function isLeaf(pte: number): boolean {
  return (pte & LEAF) !== PTE_V;
}

/** Whether a leaf entry names a slot of a swap area. */
export function isSwapEntry(pte: number): boolean {
  return (pte & (PTE_V | PTE_SWAP)) === PTE_SWAP;
}

/** Entry of a page in swap; it counts as anonymous. */
export function swapEntry(slot: number): number {
  return (slot << 10) | PTE_SWAP | PTE_ANONYMOUS;
}

export function slotOf(entry: number): number {
  return entry >>> 10;
}

/** PTE of a frame with permission and status bits. */
export function makePte(frame: number, bits: number): number {
  return ((frame / PAGE_SIZE) << 10) | bits;
}

/** Permission bits for a page of `vma` that is not (yet) writable. Write-only is mapped readable: W without R is reserved. */
export function readBits(protection: number): number {
  if ((protection & (PROT_READ | PROT_WRITE | PROT_EXEC)) === 0) return 0;
  let bits = PTE_V | PTE_U | PTE_A;
  if ((protection & (PROT_READ | PROT_WRITE)) !== 0) bits |= PTE_R;
  if ((protection & PROT_EXEC) !== 0) bits |= PTE_X;
  return bits;
}

/** A page-table entry and the physical address that it is at. */
interface WalkStep {
  readonly address: number;
  readonly low: number;
  readonly high: number;
}

export class PageTable {
  /** Physical address of the root table. */
  readonly root: number;
  readonly asid: number;
  /** Leaves at level 1, those of the pool left out: AnonHugePages. */
  hugePages = 0;
  /** Of them so many were split. */
  splits = 0;
  private readonly ram: Ram;
  private readonly frames: FrameSource;
  private readonly words: Uint32Array;
  private readonly rootIndex: number;
  /** All of them, the root included. */
  private readonly tables = new Set<number>();
  /** Tables for the small pages of megapages, by address / HUGE_BYTES. */
  private deposits: Map<number, number> | undefined;

  /** Throws ENOMEM. */
  constructor(ram: Ram, frames: FrameSource, asid: number) {
    this.ram = ram;
    this.frames = frames;
    this.asid = asid;
    this.root = frames.allocate();
    this.tables.add(this.root);
    this.words = ram.words();
    this.rootIndex = ram.wordIndex(this.root);
  }

  /** Frames that hold tables, the root included: VmPTE. */
  get tablePages(): number {
    return this.tables.size;
  }

  tableFrames(): Iterable<number> {
    return this.tables;
  }

  /** Index in ram.words() of the small page's entry, a megapage over it split; -1 when there is no leaf table. */
  find(address: number): number {
    if (address >= TASK_SIZE) return -1;
    const page = Math.floor(address / PAGE_SIZE);
    const upper = this.words[this.rootIndex + ((page >>> 18) << 1)] as number;
    if (upper === 0) return -1;
    const at = this.ram.wordIndex(frameOf(upper)) + (((page >>> 9) & 511) << 1);
    let middle = this.words[at] as number;
    if (middle === 0) return -1;
    if (isLeaf(middle)) middle = this.splitEntry(at, address);
    return this.ram.wordIndex(frameOf(middle)) + ((page & 511) << 1);
  }

  /** As find, but makes the tables. Throws ENOMEM. */
  ensure(address: number): number {
    const page = Math.floor(address / PAGE_SIZE);
    const at = this.step(this.rootIndex + ((page >>> 18) << 1)) + (((page >>> 9) & 511) << 1);
    const middle = this.words[at] as number;
    if (middle !== 0 && isLeaf(middle)) this.splitEntry(at, address);
    return this.step(at) + ((page & 511) << 1);
  }

  /** Entry of a page, as it would be were a megapage split; 0 when nothing is there. */
  get(address: number): number {
    const middle = this.middle(address);
    if (middle === 0) return 0;
    const page = Math.floor(address / PAGE_SIZE) & (TABLE_ENTRIES - 1);
    if (isLeaf(middle)) return middle + (page << 10);
    return this.words[this.ram.wordIndex(frameOf(middle)) + (page << 1)] as number;
  }

  /** The entries that the MMU meets on its way to an address, from the root on: up to a leaf, or one that leads nowhere. */
  walk(address: number): WalkStep[] {
    const steps: WalkStep[] = [];
    let table = this.root;
    for (let shift = 30; shift >= 12; shift -= 9) {
      const entry = table + 8 * (Math.floor(address / 2 ** shift) % TABLE_ENTRIES);
      const at = this.ram.wordIndex(entry);
      const low = this.words[at] as number;
      steps.push({ address: entry, low, high: this.words[at + 1] as number });
      if ((low & PTE_V) === 0 || isLeaf(low)) break;
      table = frameOf(low);
    }
    return steps;
  }

  /** Physical address for an access that the entry allows as it stands; -1 otherwise. */
  lookup(address: number, isWrite: boolean): number {
    const pte = this.get(address);
    const needed = isWrite ? WRITABLE : READABLE;
    if ((pte & needed) !== needed) return -1;
    return frameOf(pte) + withinPage(address);
  }

  /**
   * First address at or after `from` and below `end` whose leaf entry is not 0, skipping absent tables; `end` if none.
   */
  nextPresent(from: number, end: number): number {
    let at = from;
    while (at < end) {
      const middle = this.middle(at);
      const tableEnd = (Math.floor(at / HUGE_BYTES) + 1) * HUGE_BYTES;
      if (middle !== 0) {
        if (isLeaf(middle)) return at;
        const page = Math.floor(at / PAGE_SIZE) & (TABLE_ENTRIES - 1);
        let index = this.ram.wordIndex(frameOf(middle)) + (page << 1);
        const stop = Math.min(end, tableEnd);
        for (; at < stop; at += PAGE_SIZE, index += 2) if (this.words[index] !== 0) return at;
      }
      at = tableEnd;
    }
    return end;
  }

  /** The level 1 leaf that maps an address; 0 when none does. */
  huge(address: number): number {
    const middle = this.middle(address);
    return middle !== 0 && isLeaf(middle) ? middle : 0;
  }

  /**
   * Map 2 MiB at `address`, aligned, by one leaf. The table there, if any, has no entries (any more): it is put by. Pages of the
   * pool need none. Throws ENOMEM.
   */
  setHuge(address: number, pte: number): void {
    const index = this.middleIndex(address);
    const table = this.words[index] as number;
    const slot = address / HUGE_BYTES;
    if ((pte & PTE_POOLED) === 0) {
      this.deposits ??= new Map();
      this.deposits.set(slot, table === 0 ? this.newTable() : frameOf(table));
      this.hugePages++;
    } else if (table !== 0) this.freeTable(frameOf(table));
    this.words[index] = pte;
  }

  /** Other permission and status bits for a level 1 leaf. */
  changeHuge(address: number, pte: number): void {
    this.words[this.middleIndex(address)] = pte;
  }

  /** Nothing is mapped there any more; the leaf that was. */
  takeHuge(address: number): number {
    const index = this.middleIndex(address);
    const pte = this.words[index] as number;
    this.words[index] = 0;
    if ((pte & PTE_POOLED) === 0) this.freeTable(this.takeDeposit(address));
    return pte;
  }

  /** Map by small pages what a level 1 leaf maps around an address, if one does that begins below. */
  split(address: number): void {
    if ((address & (HUGE_BYTES - 1)) !== 0 && this.huge(address) !== 0) this.find(address);
  }

  /**
   * Whether 2 MiB at `address` hold nothing but the frame `zero`, which a fresh megapage may replace: every entry is cleared then
   * and `drop` was called for each that there was.
   */
  clearOfZeros(address: number, zero: number, drop: () => void): boolean {
    const middle = this.middle(address);
    if (middle === 0) return true;
    if (isLeaf(middle)) return false;
    const first = this.ram.wordIndex(frameOf(middle));
    for (let index = first; index < first + 2 * TABLE_ENTRIES; index += 2) {
      const pte = this.words[index] as number;
      if (pte !== 0 && (isSwapEntry(pte) || frameOf(pte) !== zero)) return false;
    }
    for (let index = first; index < first + 2 * TABLE_ENTRIES; index += 2) {
      if (this.words[index] === 0) continue;
      this.words[index] = 0;
      drop();
    }
    return true;
  }

  /** The entries of [from, end), megapages as a whole where they lie in it, lose the bits. */
  clearBits(from: number, end: number, bits: number): void {
    for (let at = this.nextPresent(from, end); at < end; at = this.nextPresent(at, end)) {
      const isHuge = this.isWholeHuge(at, end);
      const index = isHuge ? this.middleIndex(at) : this.find(at);
      this.words[index] = (this.words[index] as number) & ~bits;
      at += isHuge ? HUGE_BYTES : PAGE_SIZE;
    }
  }

  /** Whether a megapage begins at `address` and ends at `end` at the latest. */
  isWholeHuge(address: number, end: number): boolean {
    return (
      (address & (HUGE_BYTES - 1)) === 0 && address + HUGE_BYTES <= end && this.huge(address) !== 0
    );
  }

  /** Give the table frames back. The leaf entries' frames must have been released. */
  free(): void {
    for (const table of this.tables) this.frames.release(table);
    this.tables.clear();
  }

  private freeTable(table: number): void {
    this.tables.delete(table);
    this.frames.release(table);
  }

  /** Word index of the table that a non-leaf entry points to. */
  private step(index: number): number {
    const pte = this.words[index] as number;
    if (pte !== 0) return this.ram.wordIndex(frameOf(pte));
    const table = this.newTable();
    this.words[index] = makePte(table, PTE_V);
    return this.ram.wordIndex(table);
  }

  private newTable(): number {
    const table = this.frames.allocate();
    this.tables.add(table);
    return table;
  }

  /** Entry of level 1; 0 when there is none. */
  private middle(address: number): number {
    // Offsets of files are addresses, too: /proc/<pid>/mem, pagemap.
    if (address >= TASK_SIZE) return 0;
    const page = Math.floor(address / PAGE_SIZE);
    const upper = this.words[this.rootIndex + ((page >>> 18) << 1)] as number;
    if (upper === 0) return 0;
    return this.words[this.ram.wordIndex(frameOf(upper)) + (((page >>> 9) & 511) << 1)] as number;
  }

  /** Its word index, the table it is in made if need be. Throws ENOMEM. */
  private middleIndex(address: number): number {
    const page = Math.floor(address / PAGE_SIZE);
    return this.step(this.rootIndex + ((page >>> 18) << 1)) + (((page >>> 9) & 511) << 1);
  }

  private takeDeposit(address: number): number {
    const slot = Math.floor(address / HUGE_BYTES);
    const table = this.deposits?.get(slot);
    if (table === undefined) panic(`no table for the megapage at 0x${address.toString(16)}`);
    this.deposits?.delete(slot);
    this.hugePages--;
    return table;
  }

  /** The entry at a word index becomes the table that was put by, filled; returns it. Nothing changes for who translates. */
  private splitEntry(at: number, address: number): number {
    const pte = this.words[at] as number;
    const table = this.takeDeposit(address);
    const first = this.ram.wordIndex(table);
    for (let i = 0; i < TABLE_ENTRIES; i++) this.words[first + 2 * i] = pte + (i << 10);
    this.splits++;
    return (this.words[at] = makePte(table, PTE_V));
  }
}
