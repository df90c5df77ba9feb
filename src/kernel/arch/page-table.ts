/**
 * Sv39 page tables in guest RAM: privileged spec 20240411, section 10.4.
 *
 *   virtual address   38..30 vpn[2] | 29..21 vpn[1] | 20..12 vpn[0] | 11..0 offset      (user half: bit 38 is 0)
 *   PTE               53..10 ppn | 9..8 software | 7 D | 6 A | 5 G | 4 U | 3 X | 2 W | 1 R | 0 V
 *
 * Guest RAM ends below 2^34, so a PTE fits its low word; the upper word stays 0. A leaf entry that is not 0 names a
 * frame, even when V is clear: that is a page without any permission (PROT_NONE).
 */
import { type FrameSource, PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Ram } from './memory.ts';

export const PTE_V = 1;
export const PTE_R = 2;
export const PTE_W = 4;
export const PTE_X = 8;
export const PTE_U = 16;
export const PTE_A = 64;
export const PTE_D = 128;
/** Software bit: the frame is a private copy or zero page, not a page of a file. */
export const PTE_ANONYMOUS = 256;

/** End of user addresses. */
export const TASK_SIZE = 2 ** 38;

const TABLE_ENTRIES = 512;
const READABLE = PTE_V | PTE_R;
/** The kernel writes where the user could without a fault: writable and already dirty. */
const WRITABLE = PTE_V | PTE_W | PTE_D;
/** Bytes mapped by one leaf table. */
const LEAF_SPAN = TABLE_ENTRIES * PAGE_SIZE;

/** Physical address of the frame in a PTE. */
export function frameOf(pte: number): number {
  return (pte >>> 10) * PAGE_SIZE;
}

/** PTE of a frame with permission and status bits. */
export function makePte(frame: number, bits: number): number {
  return ((frame / PAGE_SIZE) << 10) | bits;
}

export class PageTable {
  /** Physical address of the root table. */
  readonly root: number;
  readonly asid: number;
  /** Frames that hold tables, the root included: VmPTE. */
  tablePages = 1;
  private readonly ram: Ram;
  private readonly frames: FrameSource;
  private readonly words: Uint32Array;
  private readonly rootIndex: number;

  /** Throws ENOMEM. */
  constructor(ram: Ram, frames: FrameSource, asid: number) {
    this.ram = ram;
    this.frames = frames;
    this.asid = asid;
    this.root = frames.allocate();
    this.words = ram.words();
    this.rootIndex = ram.wordIndex(this.root);
  }

  /** Index in ram.words() of the leaf entry; -1 when there is no leaf table. */
  find(address: number): number {
    const page = Math.floor(address / PAGE_SIZE);
    const upper = this.words[this.rootIndex + ((page >>> 18) << 1)] as number;
    if (upper === 0) return -1;
    const middle = this.words[
      this.ram.wordIndex(frameOf(upper)) + (((page >>> 9) & 511) << 1)
    ] as number;
    if (middle === 0) return -1;
    return this.ram.wordIndex(frameOf(middle)) + ((page & 511) << 1);
  }

  /** As find, but makes the tables. Throws ENOMEM. */
  ensure(address: number): number {
    const page = Math.floor(address / PAGE_SIZE);
    const middle = this.step(this.rootIndex + ((page >>> 18) << 1));
    const leaf = this.step(middle + (((page >>> 9) & 511) << 1));
    return leaf + ((page & 511) << 1);
  }

  /** Leaf entry of a page; 0 when nothing is there. */
  get(address: number): number {
    const index = this.find(address);
    return index < 0 ? 0 : (this.words[index] as number);
  }

  /** Physical address for an access that the entry allows as it stands; -1 otherwise. */
  lookup(address: number, isWrite: boolean): number {
    const index = this.find(address);
    if (index < 0) return -1;
    const pte = this.words[index] as number;
    const needed = isWrite ? WRITABLE : READABLE;
    if ((pte & needed) !== needed) return -1;
    return frameOf(pte) + (address % PAGE_SIZE);
  }

  /**
   * First address at or after `from` and below `end` whose leaf entry is not 0, skipping absent tables; `end` if none.
   */
  nextPresent(from: number, end: number): number {
    let at = from;
    while (at < end) {
      let index = this.find(at);
      const tableEnd = (Math.floor(at / LEAF_SPAN) + 1) * LEAF_SPAN;
      if (index >= 0) {
        const stop = Math.min(end, tableEnd);
        for (; at < stop; at += PAGE_SIZE, index += 2) if (this.words[index] !== 0) return at;
      }
      at = tableEnd;
    }
    return end;
  }

  /** Give the table frames back. The leaf entries' frames must have been released. */
  free(): void {
    this.freeTable(this.root, 2);
    this.tablePages = 0;
  }

  private freeTable(table: number, level: number): void {
    if (level > 0) {
      const index = this.ram.wordIndex(table);
      for (let i = 0; i < TABLE_ENTRIES; i++) {
        const pte = this.words[index + 2 * i] as number;
        if (pte !== 0) this.freeTable(frameOf(pte), level - 1);
      }
    }
    this.frames.release(table);
  }

  /** Word index of the table that a non-leaf entry points to. */
  private step(index: number): number {
    const pte = this.words[index] as number;
    if (pte !== 0) return this.ram.wordIndex(frameOf(pte));
    const table = this.frames.allocate();
    this.tablePages++;
    this.words[index] = makePte(table, PTE_V);
    return this.ram.wordIndex(table);
  }
}
