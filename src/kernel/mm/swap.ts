/**
 * Swap: slots of all areas in one numbering, and the frames whose content a slot has as well. Linux: mm/swapfile.c, mm/swap_state.c.
 *
 * A slot is named by page-table entries (PTE_SWAP) and by pages of tmpfs, and counts them; it is free when nobody names it and no
 * frame is cached for it. The cache holds a reference to its frames: a page that several processes share is written once, and one that was
 * only read since it came back is not written again.
 */
import { KernelError } from '../../abi/errno.ts';
import type { SwapSpace } from '../../fs/swap-space.ts';
import { panic } from '../../lib/panic.ts';
import type { AddressSpace } from './address-space.ts';
import type { FrameAllocator } from './frame-allocator.ts';
import type { SwapArea } from './swap-area.ts';
import type { SwapArrival } from './swap-arrival.ts';

/** Slots that an entry can name. */
export const MAX_SLOTS = 2 ** 22;

export class Swap implements SwapSpace {
  /** Those with the highest priority first. */
  readonly areas: SwapArea[] = [];
  /** Pages read and written since boot: pswpin, pswpout. */
  pagesIn = 0;
  pagesOut = 0;
  /** vm.swappiness: 0 leaves anonymous memory alone, above 100 it goes before the pages of files. */
  swappiness = 60;
  /** A frame that is being copied: it stays. */
  pinned = 0;
  /** A fork's child that no process has yet: its pages go, too, or none that it shares would. */
  forking: AddressSpace | undefined = undefined;
  /** Where the clock stands: a process. */
  handPid = 0;
  private readonly frames: FrameAllocator;
  /** Pages on their way, by slot; a slot that nobody names any more is not waited for. Whether the last did not arrive. */
  readonly arriving = new Map<number, SwapArrival>();
  arrivalFailed = false;
  private readonly frameBySlot = new Map<number, number>();
  private readonly slotByFrame = new Map<number, number>();

  constructor(frames: FrameAllocator) {
    this.frames = frames;
  }

  /** Pages of all areas, and those that are free. */
  get total(): number {
    return this.areas.reduce((sum, area) => sum + area.usable, 0);
  }

  get freePages(): number {
    return this.areas.reduce((sum, area) => sum + area.usable - area.used, 0);
  }

  /** SwapCached. */
  get cachedPages(): number {
    return this.frameBySlot.size;
  }

  /** Some page can leave memory: there is a free slot, or one that has what a frame has. */
  get hasRoom(): boolean {
    return this.cachedPages > 0 || this.areas.some((area) => !area.isFull);
  }

  /** Slots become scarce: what is in memory again gives its slot up. Linux: vm_swap_full. */
  get isHalfFull(): boolean {
    return this.freePages * 2 < this.total;
  }

  /** The lowest number from which on so many slots are free; undefined if there is none. */
  firstFor(pages: number): number | undefined {
    let first = 0;
    for (const { first: start, end } of [...this.areas].sort((a, b) => a.first - b.first)) {
      if (start - first >= pages) break;
      first = end;
    }
    return first + pages <= MAX_SLOTS ? first : undefined;
  }

  add(area: SwapArea): void {
    this.areas.push(area);
    this.areas.sort((a, b) => b.priority - a.priority);
  }

  remove(area: SwapArea): void {
    this.areas.splice(this.areas.indexOf(area), 1);
  }

  areaOf(slot: number): SwapArea {
    const area = this.areas.find(({ first, end }) => slot >= first && slot < end);
    return area ?? panic(`swap slot ${slot} lies in no area`);
  }

  /** A slot with one use, of the area with the highest priority; those that have the same fill alike. */
  take(): number | undefined {
    let best: SwapArea | undefined;
    for (const area of this.areas) {
      if (area.isFull) continue;
      if (best && area.priority < best.priority) break;
      if (!best || area.used < best.used) best = area;
    }
    return best?.take();
  }

  store(frame: number): number | undefined {
    const slot = this.take();
    if (slot === undefined) return undefined;
    try {
      this.write(slot, [frame]);
    } catch (error) {
      this.free(slot);
      if (error instanceof KernelError) return undefined;
      throw error;
    }
    return slot;
  }

  /** Consecutive slots of one area. Throws EIO. */
  write(slot: number, frames: readonly number[]): void {
    const area = this.areaOf(slot);
    area.store.write(slot - area.first, frames);
    this.pagesOut += frames.length;
  }

  load(slot: number, frame: number): void {
    const area = this.areaOf(slot);
    area.store.read(slot - area.first, [frame]);
    this.pagesIn++;
  }

  /** One more entry names the slot. */
  retain(slot: number): void {
    this.areaOf(slot).retain(slot);
  }

  free(slot: number): void {
    const left = this.areaOf(slot).release(slot);
    if (left === 0) this.arriving.delete(slot);
    const frame = left === 1 ? this.frameBySlot.get(slot) : undefined;
    if (frame !== undefined) this.noteReleased(frame);
  }

  /** Entries that name the slot. */
  usesOf(slot: number): number {
    return this.areaOf(slot).usesOf(slot) - (this.frameBySlot.has(slot) ? 1 : 0);
  }

  frameFor(slot: number): number | undefined {
    return this.frameBySlot.get(slot);
  }

  /** The slot that has the frame's content, too. */
  slotFor(frame: number): number | undefined {
    return this.slotByFrame.get(frame);
  }

  /** The slot has what the frame has, which nobody may write to from here on. */
  cache(slot: number, frame: number): void {
    this.frames.retain(frame);
    this.retain(slot);
    this.frameBySlot.set(slot, frame);
    this.slotByFrame.set(frame, slot);
  }

  uncache(frame: number): void {
    const slot = this.slotByFrame.get(frame);
    if (slot === undefined) panic('the frame is not in the swap cache');
    this.slotByFrame.delete(frame);
    this.frameBySlot.delete(slot);
    this.frames.release(frame);
    if (this.areaOf(slot).release(slot) === 0) this.arriving.delete(slot);
  }

  /** The area is given up, and nobody names a slot of it. */
  forgetCached(area: SwapArea): void {
    for (const [slot, frame] of [...this.frameBySlot])
      if (slot >= area.first && slot < area.end) this.uncache(frame);
  }

  /** Whoever had it mapped is gone: if only the cache has it, it is needed no longer. */
  noteReleased(frame: number): void {
    if (this.slotByFrame.has(frame) && this.frames.referencesOf(frame) === 1) this.uncache(frame);
  }

  /** The only one who maps the frame is about to write to it: it leaves the cache. False if there are others. */
  claim(frame: number): boolean {
    if (!this.slotByFrame.has(frame) || this.frames.referencesOf(frame) !== 2) return false;
    this.uncache(frame);
    return true;
  }
}
