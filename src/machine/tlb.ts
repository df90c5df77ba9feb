/** Software TLB and jump cache banks of one hart (hart-layout.ts): selection, filling, clearing. */
import {
  CLEAR_WORD,
  GUARD_TAG,
  guardBank,
  guardJumps,
  guardTable,
  NOTED_WORD,
  TABLE_AT,
} from './empty-banks.ts';
import {
  BANK_BYTES,
  BANK_CLEAR_BYTE,
  BANK_NOTES,
  BANKS_BASE,
  BANKS_PER_HART,
  HART,
  JUMP_CACHE,
  TLB,
} from './hart-layout.ts';
import type { PhysicalMemory } from './memory.ts';

const { READ, WRITE, FETCH, JUMP } = TABLE_AT;
const JUMP_PARTS = JUMP_CACHE.PARTS;
const JUMP_BYTES_PER_PAGE = JUMP_CACHE.BANK_BYTES / JUMP_PARTS;
/** Key of a bank that is not in use yet, so that its memory is not touched either. */
const NEVER_USED = -1;
/** Asid of the banks for untranslated access; a real asid has 16 bits. */
export const BARE_ASID = 0x1_0000;

/** Word indices in a bank. */
const ENTERED = BANK_NOTES.ENTERED >>> 2;
const PARTS = BANK_NOTES.JUMP_PARTS >>> 2;
const FETCHED = BANK_NOTES.FETCHED >>> 2;
const NOTED = BANK_NOTES.NOTED >>> 2;

/** The tables in use for one (asid, privilege, SUM, MXR). What was entered is noted behind them (BANK_NOTES), since the engine enters pages, too. */
interface Bank {
  readonly address: number;
  /** Of the address, in words. */
  readonly at: number;
  /** bankKey(), or NEVER_USED. */
  key: number;
  lastUse: number;
  /** Its empty entries are such that no address matches. */
  isGuarded: boolean;
  /** Superpages are entered as 4 KiB pieces; with one present, flushing a page flushes the bank. */
  hasSuperpages: boolean;
}

/** privilege is 0, 1 or 3. */
export function bankKey(asid: number, privilege: number, sum: number, mxr: number): number {
  return asid * 16 + privilege * 4 + sum * 2 + mxr;
}

/** The part of the jump cache that has the pcs of the page of an address: jit/memory-forms.ts, jumpCacheOffset. */
function jumpPart(low: number): number {
  return ((low >>> 12) ^ (low >>> 24)) & (JUMP_PARTS - 1);
}

export class TranslationBanks {
  private readonly memory: PhysicalMemory;
  private readonly words: Uint32Array;
  private readonly block: number;
  private readonly banks: Bank[] = [];
  private data: Bank;
  private code: Bank;
  /** The hart block points at `data` and `code`. */
  private isSelected = false;
  private uses = 0;
  /** satp as it was last written with a mode. */
  private tables = { low: 0, high: 0, asid: -1 };

  constructor(memory: PhysicalMemory, hartId: number, block: number) {
    this.memory = memory;
    this.words = memory.words;
    this.block = block;
    for (let i = 0; i < BANKS_PER_HART; i++) {
      const address = BANKS_BASE + (hartId * BANKS_PER_HART + i) * BANK_BYTES;
      this.banks.push({
        address,
        at: address >>> 2,
        key: NEVER_USED,
        lastUse: 0,
        isGuarded: false,
        hasSuperpages: false,
      });
    }
    this.data = this.code = this.banks[0] as Bank;
  }

  /** Point the hart block at the bank for loads and stores, and at the one for instructions; they differ under MPRV. */
  select(dataKey: number, codeKey: number): void {
    if (!this.isSelected || this.code.key !== codeKey) {
      this.code = this.find(codeKey);
      this.words[(this.block + HART.TLB_FETCH) >>> 2] = this.code.address + FETCH;
      this.words[(this.block + HART.JUMP_CACHE) >>> 2] = this.code.address + JUMP;
    }
    if (!this.isSelected || this.data.key !== dataKey) {
      this.data = this.find(dataKey);
      this.words[(this.block + HART.TLB_READ) >>> 2] = this.data.address + READ;
      this.words[(this.block + HART.TLB_WRITE) >>> 2] = this.data.address + WRITE;
    }
    this.isSelected = true;
  }

  /** The hart block was cleared: its pointers are gone, and what the banks hold is of no use. */
  reset(): void {
    this.isSelected = false;
    this.forget();
  }

  /** Enter the translation of the page of virtual address (high, low) to the page at wasm address `target`. */
  fillRead(low: number, high: number, target: number, isSuperpage: boolean): void {
    this.fill(this.data, READ, low, high, target, isSuperpage);
  }

  /** Only for pages whose D bit is set. */
  fillWrite(low: number, high: number, target: number, isSuperpage: boolean): void {
    this.fill(this.data, WRITE, low, high, target, isSuperpage);
  }

  fillFetch(low: number, high: number, target: number, isSuperpage: boolean): void {
    this.fill(this.code, FETCH, low, high, target, isSuperpage);
    const index = (low >>> 12) & (TLB.ENTRIES - 1);
    const { words } = this;
    const { at } = this.code;
    const part = 1 << jumpPart(low);
    words[at + PARTS] = (words[at + PARTS] as number) | part;
    const fetched = at + FETCHED + (index >>> 5);
    words[fetched] = (words[fetched] as number) | (1 << (index & 31));
  }

  /** All banks but those of untranslated access, which no page table describes. */
  clearAll(): void {
    for (const bank of this.banks) if (bank.key >>> 4 !== BARE_ASID) this.clear(bank);
  }

  /** All banks, those of untranslated access too: a debugger wants to see accesses that they hide. */
  forget(): void {
    for (const bank of this.banks) this.clear(bank);
  }

  /**
   * satp was written. Other page tables under the same address space number need an sfence.vma (privileged spec, section
   * 10.1.11), but QEMU empties its TLB when satp changes, and kernels that never saw anything else rely on it.
   */
  tablesChosen(asid: number, low: number, high: number): void {
    if (high === 0) return;
    const { tables } = this;
    if (tables.asid === asid && (tables.low !== low || tables.high !== high)) this.clearAsid(asid);
    this.tables = { low, high, asid };
  }

  /** The write tables of all banks: a frame that they may name becomes code. */
  clearWrites(): void {
    for (const bank of this.banks) {
      if (!this.isEmpty(bank)) this.emptyTable(bank, WRITE);
    }
  }

  /** All that leads to code: a frame of code is written to. */
  clearFetches(): void {
    for (const bank of this.banks) {
      if (this.isEmpty(bank)) continue;
      this.emptyTable(bank, FETCH);
      this.emptyJumps(bank);
    }
  }

  clearAsid(asid: number): void {
    for (const bank of this.banks) if (bank.key >>> 4 === asid) this.clear(bank);
  }

  /** Pages of the address space have lost the permission to be written: what is known for reading and of code stays. */
  clearWritesOf(asid: number): void {
    for (const bank of this.banks) {
      if (bank.key >>> 4 === asid && !this.isEmpty(bank)) this.emptyTable(bank, WRITE);
    }
  }

  /** Forget one page in the banks of `asid`, or in all banks when it is undefined. */
  clearPage(low: number, high: number, asid: number | undefined): void {
    for (const bank of this.banks) {
      if ((asid !== undefined && bank.key >>> 4 !== asid) || this.isEmpty(bank)) continue;
      if (bank.hasSuperpages) this.clear(bank);
      else this.clearPageIn(bank, low, high);
    }
  }

  private find(key: number): Bank {
    let oldest: Bank | undefined;
    for (const bank of this.banks) {
      if (bank.key === key) {
        bank.lastUse = ++this.uses;
        return bank;
      }
      // The bank in use for instructions must survive the search for the data bank.
      if (bank !== this.code && (!oldest || bank.lastUse < oldest.lastUse)) oldest = bank;
    }
    if (!oldest) throw new Error('a hart needs two banks');
    oldest.key = key;
    this.clear(oldest);
    oldest.lastUse = ++this.uses;
    return oldest;
  }

  private fill(
    bank: Bank,
    table: number,
    low: number,
    high: number,
    target: number,
    isSuperpage: boolean,
  ): void {
    const entry =
      (bank.address + table + ((low >>> 12) & (TLB.ENTRIES - 1)) * TLB.ENTRY_BYTES) >>> 2;
    this.words[entry] = low & ~0xfff;
    this.words[entry + 1] = high;
    this.words[entry + (TLB.ADDEND >>> 2)] = target - (low & ~0xfff);
    if (this.words[entry + NOTED_WORD] === 0) this.note(bank, entry);
    if (isSuperpage) bank.hasSuperpages = true;
  }

  private note({ at }: Bank, entry: number): void {
    const { words } = this;
    const entered = words[at + ENTERED] as number;
    if (entered < BANK_NOTES.MAX) {
      words[at + NOTED + entered] = entry;
      words[entry + NOTED_WORD] = 1;
    }
    words[at + ENTERED] = entered + 1;
  }

  /** Nothing was entered since the last clear; jump cache entries come after a fetch from their page. */
  private isEmpty({ key, at }: Bank): boolean {
    return key === NEVER_USED || this.words[at + ENTERED] === 0;
  }

  private clear(bank: Bank): void {
    if (bank.key === NEVER_USED || (bank.isGuarded && this.isEmpty(bank))) return;
    const { at } = bank;
    if ((this.words[at + ENTERED] as number) > BANK_NOTES.MAX) {
      this.memory.fillTables(bank.address, BANK_CLEAR_BYTE, BANK_BYTES);
    } else {
      this.emptyEntries(bank, READ, JUMP);
      this.emptyJumps(bank);
    }
    guardBank(this.words, bank.address);
    bank.isGuarded = true;
    bank.hasSuperpages = false;
  }

  /** One of the three tables of entries. */
  private emptyTable(bank: Bank, table: number): void {
    this.emptyEntries(bank, table, table + TLB.BANK_BYTES);
    guardTable(this.words, bank.address + table);
  }

  /** Between two byte offsets in the bank. */
  private emptyEntries(bank: Bank, from: number, to: number): void {
    const { words } = this;
    const { address, at } = bank;
    const entered = words[at + ENTERED] as number;
    if (entered > BANK_NOTES.MAX) {
      this.memory.fillTables(address + from, BANK_CLEAR_BYTE, to - from);
      return;
    }
    const first = (address + from) >>> 2;
    const end = (address + to) >>> 2;
    let left = 0;
    for (let i = 0; i < entered; i++) {
      const entry = words[at + NOTED + i] as number;
      if (entry >= first && entry < end) {
        words[entry] = CLEAR_WORD;
        words[entry + 1] = CLEAR_WORD;
        words[entry + NOTED_WORD] = 0;
      } else {
        words[at + NOTED + left++] = entry;
      }
    }
    words[at + ENTERED] = left;
  }

  /** The parts of the jump cache in which pages that were fetched from have their pcs. */
  private emptyJumps({ address, at }: Bank): void {
    const { words } = this;
    const parts = words[at + PARTS] as number;
    if (parts === 0) return;
    for (let part = 0; part < JUMP_PARTS; part++) {
      if (((parts >>> part) & 1) === 0) continue;
      const start = address + JUMP + part * JUMP_BYTES_PER_PAGE;
      this.memory.fillTables(start, BANK_CLEAR_BYTE, JUMP_BYTES_PER_PAGE);
    }
    guardJumps(words, address);
    words.fill(0, at + FETCHED, at + FETCHED + TLB.ENTRIES / 32);
    words[at + PARTS] = 0;
  }

  private clearPageIn(bank: Bank, low: number, high: number): void {
    const index = (low >>> 12) & (TLB.ENTRIES - 1);
    const tagLow = (low & ~0xfff) >>> 0;
    for (let table = READ; table < JUMP; table += TLB.BANK_BYTES) {
      const entry = (bank.address + table + index * TLB.ENTRY_BYTES) >>> 2;
      if (this.words[entry] !== tagLow || this.words[entry + 1] !== high >>> 0) continue;
      this.words[entry] = CLEAR_WORD;
      this.words[entry + 1] = CLEAR_WORD;
      if (index === 0) this.words[entry] = GUARD_TAG;
    }
    // Pages that were never fetched from have no pc in the jump cache.
    const fetched = this.words[bank.at + FETCHED + (index >>> 5)] as number;
    if (((fetched >>> (index & 31)) & 1) === 0) return;
    this.clearJumps(bank, low, high);
  }

  /** Jump cache entries of one page. Of its part of the cache other pages, which may be hot, keep theirs. */
  private clearJumps(bank: Bank, low: number, high: number): void {
    const { words } = this;
    const first = (bank.address + JUMP + jumpPart(low) * JUMP_BYTES_PER_PAGE) >>> 2;
    const end = first + (JUMP_BYTES_PER_PAGE >>> 2);
    for (let entry = first; entry < end; entry += JUMP_CACHE.ENTRY_BYTES >>> 2) {
      const isOther = (words[entry] as number) >>> 12 !== low >>> 12;
      if (isOther || words[entry + 1] !== high >>> 0) continue;
      words[entry] = CLEAR_WORD;
      words[entry + 1] = CLEAR_WORD;
    }
    if (words[(bank.address + JUMP) >>> 2] === CLEAR_WORD) guardJumps(words, bank.address);
  }
}
