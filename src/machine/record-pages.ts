/**
 * The record pages of an engine's area: which host page each belongs to. One that was never used is not the host's memory yet; those of code
 * that is no more are used again before that.
 */
import { type BulkMemory, bulkMemory } from './bulk-memory.ts';
import {
  type EngineArea,
  OPERATION,
  PAGE_END,
  RECORD,
  RECORD_PAGE_BYTES,
  SEEN_OFFSET,
  SIDE,
  SIDE_OFFSET,
  SLOTS_PER_PAGE,
  STRADDLE,
} from './record-layout.ts';

const PAGE_BYTES = 4096;
/** A part of 1 / EVICTED_SHARE of the record pages is taken back at a time. */
const EVICTED_SHARE = 8;

/** One decoded page of code. */
export interface CodePage {
  /** Its number among the record pages. */
  readonly number: number;
  /** Wasm address of the page / 4096. */
  readonly hostPage: number;
  /** The page itself, and as it was: what was decoded when that was done, the rest when the page was last compared or zero. Made when first compared. */
  views?: { readonly code: Uint8Array; readonly seen: Uint8Array };
}

export class RecordPages {
  readonly counters = { pagesDecoded: 0, pagesEvicted: 0 };
  private readonly area: EngineArea;
  private readonly bytes: Uint8Array;
  private readonly halfwords: Uint16Array;
  private readonly words: Uint32Array;
  private readonly bulk: BulkMemory;
  /** By number; number 0 means none. */
  private readonly pages: (CodePage | undefined)[] = [];
  private readonly freeNumbers: number[] = [];
  /** Numbers from here on were never used. */
  private unused = 1;
  private readonly byHostPage = new Map<number, CodePage>();
  /** Those that were forgotten, and not come to since. */
  private readonly emptied = new Set<CodePage>();
  /** Told when records were thrown away: the REGION records among them are gone. */
  onForgotten: (hostPage: number) => void = () => undefined;
  /** Whether the records of a page are worth more than others'. */
  isKept: (hostPage: number) => boolean = () => false;
  /** Whether each instruction of a page is to be asked for (PAGE_END.ASKS). */
  isAskedFor: (hostPage: number) => boolean = () => false;

  /** Over the whole memory that the area is in. */
  constructor(area: EngineArea, memory: WebAssembly.Memory) {
    this.area = area;
    this.bytes = new Uint8Array(memory.buffer);
    this.halfwords = new Uint16Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
    this.bulk = bulkMemory(memory);
  }

  get size(): number {
    return this.byHostPage.size;
  }

  all(): Iterable<CodePage> {
    return this.byHostPage.values();
  }

  of(hostPage: number): CodePage | undefined {
    return this.byHostPage.get(hostPage);
  }

  /** Wasm address of its first record. */
  addressOf({ number }: CodePage): number {
    return this.area.recordPages + number * RECORD_PAGE_BYTES;
  }

  /** The page whose first record is at `address`. */
  at(address: number): CodePage {
    const number = (address - this.area.recordPages) / RECORD_PAGE_BYTES;
    return this.pages[number] as CodePage;
  }

  /** Host page and slot of a record's address. */
  locate(record: number): { hostPage: number; slot: number } | undefined {
    const offset = record - this.area.recordPages;
    const number = Math.floor(offset / RECORD_PAGE_BYTES);
    const page = this.pages[number];
    if (page === undefined) return undefined;
    return { hostPage: page.hostPage, slot: (offset - number * RECORD_PAGE_BYTES) >>> 4 };
  }

  /** Records for a host page that has none; returns the number. */
  give(hostPage: number): number {
    const number = this.newNumber();
    const page: CodePage = { number, hostPage };
    const first = this.addressOf(page);
    const code = hostPage * PAGE_BYTES;
    this.words[(first + PAGE_END.CODE) >>> 2] = code;
    this.setAsks(page, this.isAskedFor(hostPage));
    this.pages[number] = page;
    this.byHostPage.set(hostPage, page);
    this.halfwords[(this.area.pageIndex >>> 1) + hostPage] = number;
    this.counters.pagesDecoded++;
    return number;
  }

  /** Forget the records of a host page. Operands stay: the instruction at hand may be a store to its own page, and still needs them. */
  forget(hostPage: number): void {
    const page = this.byHostPage.get(hostPage);
    if (page === undefined) return;
    const first = this.addressOf(page);
    for (let slot = 0; slot < SLOTS_PER_PAGE; slot++) {
      this.halfwords[(first + slot * RECORD.BYTES) >>> 1] = OPERATION.UNDECODED;
    }
    this.endRecords(first);
    this.bulk.fill(first + SIDE_OFFSET, 0, SEEN_OFFSET - SIDE_OFFSET);
    this.emptied.add(page);
    this.setAsks(page, true);
    this.onForgotten(hostPage);
  }

  /** A page is decoded: it is in use again, if it was forgotten. */
  uses(page: CodePage): void {
    if (this.emptied.delete(page)) this.setAsks(page, this.isAskedFor(page.hostPage));
  }

  private setAsks(page: CodePage, asks: boolean): void {
    this.bytes[this.addressOf(page) + PAGE_END.ASKS] = asks ? 1 : 0;
  }

  /** A halfword is decoded. */
  sees(page: CodePage, slot: number, halfword: number): void {
    this.halfwords[this.seenAt(page, slot)] = halfword;
  }

  private seenAt(page: CodePage, slot: number): number {
    return ((this.addressOf(page) + SEEN_OFFSET) >>> 1) + slot;
  }

  /** Of a record page that is blank: all zero but for its last records. */
  private newNumber(): number {
    if (this.freeNumbers.length === 0) this.takeBackEmptied();
    if (this.freeNumbers.length === 0 && this.unused === this.area.recordPageCount) this.evict();
    const number = this.freeNumbers.pop() ?? this.unused++;
    const first = this.area.recordPages + number * RECORD_PAGE_BYTES;
    // Also one that was never used: memory that is read and then written faults twice, and the second fault interrupts all processors that run
    // this process, since the host's page of zeros is taken from it.
    this.bulk.fill(first, 0, RECORD_PAGE_BYTES);
    this.endRecords(first);
    return number;
  }

  /** Record pages of code that is no more: none is in use between two pages. */
  private takeBackEmptied(): void {
    for (const page of this.emptied) this.takeBack(page);
    this.emptied.clear();
  }

  private takeBack({ hostPage, number }: CodePage): void {
    this.halfwords[(this.area.pageIndex >>> 1) + hostPage] = 0;
    this.byHostPage.delete(hostPage);
    this.pages[number] = undefined;
    this.freeNumbers.push(number);
  }

  /** Out of record pages: take back the oldest that hold no region, or all. None is in use between two pages. */
  private evict(): void {
    const wanted = Math.ceil(this.area.recordPageCount / EVICTED_SHARE);
    const cold = [...this.byHostPage.values()].filter((page) => !this.isKept(page.hostPage));
    const victims = cold.length > 0 ? cold.slice(0, wanted) : [...this.byHostPage.values()];
    for (const page of victims) {
      this.takeBack(page);
      this.onForgotten(page.hostPage);
    }
    this.counters.pagesEvicted += victims.length;
  }

  /** The records behind the page's last one: nothing is known of what straddles. `first`: the record page's address. */
  private endRecords(first: number): void {
    for (let slot = SLOTS_PER_PAGE; slot < SLOTS_PER_PAGE + 2; slot++) {
      this.halfwords[(first + slot * RECORD.BYTES) >>> 1] = OPERATION.PAGE_END;
    }
    const known = first + SLOTS_PER_PAGE * RECORD.BYTES + STRADDLE.OPERATION;
    this.halfwords[known >>> 1] = OPERATION.UNDECODED;
  }

  /**
   * Whether bytes that were decoded are others now. A compiler in the guest asks for each piece of code that it makes, of all pages: 0.3 us
   * for one that is as it was (2 when its halfwords were gone through; memory's compare in the host's C is worth its call).
   */
  hasChanged(page: CodePage): boolean {
    page.views ??= this.viewsOf(page);
    if (Buffer.compare(page.views.code, page.views.seen) === 0) return false;
    const code = page.hostPage * SLOTS_PER_PAGE;
    for (let slot = 0; slot < SLOTS_PER_PAGE; slot++) {
      const now = this.halfwords[code + slot] as number;
      if (now === this.halfwords[this.seenAt(page, slot)]) continue;
      if (this.isDecoded(page, slot)) return true;
      this.sees(page, slot, now);
    }
    return false;
  }

  private viewsOf(page: CodePage): { code: Uint8Array; seen: Uint8Array } {
    const view = (address: number) => new Uint8Array(this.bytes.buffer, address, PAGE_BYTES);
    return {
      code: view(page.hostPage * PAGE_BYTES),
      seen: view(this.addressOf(page) + SEEN_OFFSET),
    };
  }

  /** An instruction that was decoded begins at this halfword or, being long, at the one before. */
  private isDecoded(page: CodePage, slot: number): boolean {
    const record = this.addressOf(page) + slot * RECORD.BYTES;
    if (this.halfwords[record >>> 1] !== OPERATION.UNDECODED) return true;
    const before = record - RECORD.BYTES;
    return (
      slot > 0 &&
      this.halfwords[before >>> 1] !== OPERATION.UNDECODED &&
      this.bytes[before + RECORD.ADVANCE] === 2 * RECORD.BYTES
    );
  }

  /** Wasm address of the record of a page's slot (its halfword's number); 0 where the page has none. */
  recordAt(hostPage: number, slot: number): number {
    const page = this.byHostPage.get(hostPage);
    return page === undefined ? 0 : this.addressOf(page) + slot * RECORD.BYTES;
  }

  /** Wasm address of the side entry of a slot; 0 where the page has none. */
  sideAt(hostPage: number, slot: number): number {
    const page = this.byHostPage.get(hostPage);
    return page === undefined ? 0 : this.addressOf(page) + SIDE_OFFSET + slot * SIDE.BYTES;
  }
}
