/**
 * Loads the generated interpreter (tools/gen-interpreter.ts) over a machine's memory, and decodes code pages into records
 * for it as they are executed. README.md in jit/ tells how.
 */
import { lengthOf } from '../isa/decode.ts';
import type { Isa } from '../isa/extensions.ts';
import { INSTRUCTIONS } from '../isa/instructions.ts';
import { CAUSE } from '../isa/trap.ts';
import { CodeMarks } from './code-marks.ts';
import type { EngineCalls, Exit } from './engine.ts';
import { HART, hostOf } from './hart-layout.ts';
import {
  type EngineArea,
  engineArea,
  HART_ENGINE,
  OPERATION,
  RECORD,
  RECORD_PAGE_BYTES,
  SIDE,
  SIDE_OFFSET,
  SLOTS_PER_PAGE,
  STRADDLE,
  TARGET_LOG,
} from './record-layout.ts';
import { RecordWriter } from './record-writer.ts';

const PAGE_BYTES = 4096;
/** At least as many as there are meanings of vector instructions. */
const VECTOR_TABLE_SLOTS = 1024;
const NO_HEAT = 0xffff_ffff;
/** V8 lets a function execute some 13 MB of code first, and takes each return for as much as lies before it: 80 KB. */
const WARM_UP_RUNS = 400;
/** Upper half of an address that an empty TLB does not know. */
const NO_TLB_HAS = 0x100;
/** What translateFetch returns where it recorded an exception. */
const FAILED = 1;
/** A part of 1 / EVICTED_SHARE of the record pages is taken back at a time. */
const EVICTED_SHARE = 8;
export interface InterpreterOptions {
  readonly memory: WebAssembly.Memory;
  readonly calls: EngineCalls;
  /** The generated interpreter. */
  readonly module: WebAssembly.Module;
  /** Instructions beyond it are illegal. */
  readonly isa: Isa;
  /** build/vector.wasm, needed where the ISA has V. */
  readonly vectorModule?: WebAssembly.Module;
  /** This engine's number, and how many share the memory (one per hart thread). */
  readonly index?: number;
  readonly engines?: number;
  /** A block entry was executed this often: `onHot` is told. Absent: never. */
  readonly heatThreshold?: number;
  /** `record` is the block's first record, in the record page of host page `hostPage`. */
  readonly onHot?: (hostPage: number, slot: number) => void;
}

/** One decoded page of code. */
interface CodePage {
  /** Its number among the record pages. */
  readonly number: number;
  /** Wasm address of the page / 4096. */
  readonly hostPage: number;
  /** The bytes that were decoded, as halfwords. */
  readonly seen: Uint16Array;
}

type WebAssemblyImports = Record<
  string,
  WebAssembly.Memory | WebAssembly.Table | ((...operands: number[]) => number | undefined)
>;

export class Interpreter {
  readonly table: WebAssembly.Table;
  readonly instance: WebAssembly.Instance;
  /** The functions of vector instructions, if the ISA has V. */
  readonly vector: WebAssembly.Instance | undefined;
  /** The export `run`: to look it up costs a quarter of a short system call. */
  private readonly execute: (hart: number) => Exit;
  readonly area: EngineArea;
  readonly words: Uint32Array;
  readonly halfwords: Uint16Array;
  readonly marks = new CodeMarks();
  readonly counters = { pagesDecoded: 0, blocksDecoded: 0, pagesEvicted: 0 };
  private readonly bytes: Uint8Array;
  private readonly calls: EngineCalls;
  private readonly records: RecordWriter;
  private readonly heatThreshold: number;
  private readonly onHot: (hostPage: number, slot: number) => void;
  /** By number; number 0 means none. */
  private readonly pages: (CodePage | undefined)[] = [];
  private readonly freeNumbers: number[] = [];
  /** Numbers from here on were never used: their memory is zero, and not the host's yet. */
  private unused = 1;
  private readonly byHostPage = new Map<number, CodePage>();
  /** Those that were forgotten, and not come to since. */
  private readonly emptied = new Set<CodePage>();
  /** EngineCalls.readTime, as regions import it. */
  readonly readTime: (hart: number) => number;
  /** Told when records were thrown away: the REGION records among them are gone. */
  onForgotten: (hostPage: number) => void = () => undefined;
  /** Whether the records of a page are worth more than others'. */
  isKept: (hostPage: number) => boolean = () => false;

  constructor(options: InterpreterOptions) {
    const { memory } = options;
    this.calls = options.calls;
    this.readTime = (hart) => options.calls.readTime(hart);
    this.records = new RecordWriter(memory, options.isa);
    this.heatThreshold = options.heatThreshold ?? NO_HEAT;
    this.onHot = options.onHot ?? (() => undefined);
    this.words = new Uint32Array(memory.buffer);
    this.halfwords = new Uint16Array(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    this.area = engineArea(options.index ?? 0, options.engines ?? 1, memory.buffer.byteLength);
    this.table = new WebAssembly.Table({ element: 'anyfunc', initial: 64 });
    const vector = new WebAssembly.Table({ element: 'anyfunc', initial: VECTOR_TABLE_SLOTS });
    const env = { memory, regions: this.table, vector, ...this.imports() };
    this.instance = new WebAssembly.Instance(options.module, { env });
    this.vector = this.createVector(options, env);
    this.execute = this.instance.exports['run'] as (hart: number) => Exit;
    this.warmUp();
  }

  /**
   * Engines optimise a function when it has run for a while, in a thread of their own: `run` takes V8 70 ms and more. So it starts now,
   * beside the boot, by runs that end at their first fetch: of a hart whose block is for the moment in the log of jumps.
   */
  private warmUp(): void {
    const hart = this.area.targetLog;
    for (let runs = 0; runs < WARM_UP_RUNS; runs++) {
      this.words[(hart + HART.PC + 4) >>> 2] = NO_TLB_HAS;
      this.execute(hart);
    }
    this.words.fill(0, hart >>> 2, (hart + TARGET_LOG.BYTES * TARGET_LOG.ENTRIES) >>> 2);
  }

  private createVector(
    { isa, vectorModule }: InterpreterOptions,
    env: WebAssemblyImports,
  ): WebAssembly.Instance | undefined {
    if (!isa.has('v')) return undefined;
    if (vectorModule === undefined) throw new Error('the vector extension needs its module');
    return new WebAssembly.Instance(vectorModule, { env, helpers: this.instance.exports });
  }

  /** Run the hart whose block is at `hart` (machine/engine.ts). */
  run(hart: number): Exit {
    if (this.words[(hart + HART_ENGINE.PAGE_INDEX) >>> 2] === 0) this.attach(hart);
    return this.execute(hart);
  }

  /** Forget the records of a host page (wasm address / 4096). */
  forgetPage(hostPage: number): void {
    const page = this.byHostPage.get(hostPage);
    if (page === undefined) return;
    this.clearRecords(page.number);
    this.emptied.add(page);
    this.onForgotten(hostPage);
  }

  /** Ask EngineCalls.breakpoint before the instruction at a slot, wherever it is or will be decoded. */
  mark(hostPage: number, slot: number): void {
    if (this.marks.add(hostPage, slot)) this.forgetPage(hostPage);
  }

  clearMarks(): void {
    for (const hostPage of this.marks.clear()) this.forgetPage(hostPage);
  }

  /** Forget the pages whose decoded bytes have changed since; all others keep their records. */
  forgetChanged(): void {
    for (const page of this.byHostPage.values()) {
      if (this.hasChanged(page)) this.forgetPage(page.hostPage);
    }
  }

  /** The halfwords of a decoded page as they are in memory now. */
  codeOf(hostPage: number): Uint16Array {
    const first = hostPage * (PAGE_BYTES / 2);
    return this.halfwords.subarray(first, first + SLOTS_PER_PAGE);
  }

  /** Wasm address of the record of a page's slot (its halfword's number); 0 where the page has none. */
  recordAt(hostPage: number, slot: number): number {
    const page = this.byHostPage.get(hostPage);
    return page === undefined ? 0 : this.recordPage(page.number) + slot * RECORD.BYTES;
  }

  /** Wasm address of the side entry of a slot. */
  sideAt(hostPage: number, slot: number): number {
    const page = this.byHostPage.get(hostPage);
    if (page === undefined) return 0;
    return this.recordPage(page.number) + SIDE_OFFSET + slot * SIDE.BYTES;
  }

  /** Host page and slot of a record's address. */
  locate(record: number): { hostPage: number; slot: number } | undefined {
    const offset = record - this.area.recordPages;
    const number = Math.floor(offset / RECORD_PAGE_BYTES);
    const page = this.pages[number];
    if (page === undefined) return undefined;
    return { hostPage: page.hostPage, slot: (offset - number * RECORD_PAGE_BYTES) >>> 4 };
  }

  get codePages(): number {
    return this.byHostPage.size;
  }

  static hostPageOf(physicalPage: number): number {
    return hostOf(physicalPage * PAGE_BYTES) / PAGE_BYTES;
  }

  private attach(hart: number): void {
    const set = (field: number, value: number): void => {
      this.words[(hart + field) >>> 2] = value;
    };
    set(HART_ENGINE.PAGE_INDEX, this.area.pageIndex);
    set(HART_ENGINE.RECORD_PAGES, this.area.recordPages);
    set(HART_ENGINE.REGIONS, this.area.regions);
    set(HART_ENGINE.TARGET_LOG, this.area.targetLog);
    set(HART_ENGINE.HOT, this.heatThreshold);
  }

  private imports(): Record<string, (...operands: number[]) => number | undefined> {
    const { calls } = this;
    return {
      load: (hart, size) => calls.load(hart as number, size as number),
      store: (hart, size) => calls.store(hart as number, size as number),
      translateWrite: (hart, size) => calls.translateWrite(hart as number, size as number),
      translateRead: (hart, size) => calls.translateRead(hart as number, size as number),
      translateFetch: (hart) =>
        hart === this.area.targetLog ? FAILED : calls.translateFetch(hart as number),
      readCsr: (hart, csr) => calls.readCsr(hart as number, csr as number),
      writeCsr: (hart, csr) => calls.writeCsr(hart as number, csr as number),
      trapReturn: (hart, from) => calls.trapReturn(hart as number, from as number),
      sfenceVma: (hart, flags) => calls.sfenceVma(hart as number, flags as number),
      waitForInterrupt: (hart) => calls.waitForInterrupt(hart as number),
      manageBlock: (hart) => calls.manageBlock(hart as number),
      softFloat: (hart, operation, rm) =>
        calls.softFloat(hart as number, operation as number, rm as number),
      decode: (page, record) => this.decodeBlock(page as number, record as number),
      straddle: (hart, page, record) =>
        this.straddle(hart as number, page as number, record as number),
      illegal: (hart, page, record) =>
        this.illegal(hart as number, page as number, record as number),
      marked: (hart, page, record) => this.marked(hart as number, page as number, record as number),
      newPage: (hostPage) => this.newPage(hostPage as number),
      hot: (page, record) => this.hot(page as number, record as number),
    };
  }

  private recordPage(number: number): number {
    return this.area.recordPages + number * RECORD_PAGE_BYTES;
  }

  private pageOf(address: number): CodePage {
    const number = (address - this.area.recordPages) / RECORD_PAGE_BYTES;
    return this.pages[number] as CodePage;
  }

  /** A code page without records is entered: give it a record page. */
  private newPage(hostPage: number): number {
    const number = this.newNumber();
    const page = { number, hostPage, seen: new Uint16Array(SLOTS_PER_PAGE) };
    this.pages[number] = page;
    this.byHostPage.set(hostPage, page);
    this.halfwords[(this.area.pageIndex >>> 1) + hostPage] = number;
    this.counters.pagesDecoded++;
    return number;
  }

  /** Of a record page that is blank: all zero but for its last records. */
  private newNumber(): number {
    if (this.freeNumbers.length === 0) this.takeBackEmptied();
    if (this.freeNumbers.length === 0 && this.unused === this.area.recordPageCount)
      this.evictPages();
    const used = this.freeNumbers.pop();
    const number = used ?? this.unused++;
    const first = this.recordPage(number);
    if (used !== undefined) this.bytes.fill(0, first, first + RECORD_PAGE_BYTES);
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
  private evictPages(): void {
    const wanted = Math.ceil(this.area.recordPageCount / EVICTED_SHARE);
    const cold = [...this.byHostPage.values()].filter((page) => !this.isKept(page.hostPage));
    const victims = cold.length > 0 ? cold.slice(0, wanted) : [...this.byHostPage.values()];
    for (const page of victims) {
      this.takeBack(page);
      this.onForgotten(page.hostPage);
    }
    this.counters.pagesEvicted += victims.length;
  }

  /** Operands stay: the instruction at hand may be a store to its own page, and still needs them. */
  private clearRecords(number: number): void {
    const first = this.recordPage(number);
    for (let slot = 0; slot < SLOTS_PER_PAGE; slot++) {
      this.halfwords[(first + slot * RECORD.BYTES) >>> 1] = OPERATION.UNDECODED;
    }
    this.endRecords(first);
    this.words.fill(0, (first + SIDE_OFFSET) >>> 2, (first + RECORD_PAGE_BYTES) >>> 2);
  }

  /** Those behind the page's last one, of a record page at `first`: nothing is known of what straddles. */
  private endRecords(first: number): void {
    for (let slot = SLOTS_PER_PAGE; slot < SLOTS_PER_PAGE + 2; slot++) {
      this.halfwords[(first + slot * RECORD.BYTES) >>> 1] = OPERATION.PAGE_END;
    }
    const known = first + SLOTS_PER_PAGE * RECORD.BYTES + STRADDLE.OPERATION;
    this.halfwords[known >>> 1] = OPERATION.UNDECODED;
  }

  private hasChanged(page: CodePage): boolean {
    const first = page.hostPage * (PAGE_BYTES / 2);
    for (let slot = 0; slot < SLOTS_PER_PAGE; slot++) {
      if (this.halfwords[first + slot] === page.seen[slot]) continue;
      if (this.isDecoded(page.number, slot)) return true;
    }
    return false;
  }

  /** An instruction that was decoded begins at this halfword or, being long, at the one before. */
  private isDecoded(number: number, slot: number): boolean {
    const record = this.recordPage(number) + slot * RECORD.BYTES;
    if (this.halfwords[record >>> 1] !== OPERATION.UNDECODED) return true;
    const before = record - RECORD.BYTES;
    return (
      slot > 0 &&
      this.halfwords[before >>> 1] !== OPERATION.UNDECODED &&
      this.bytes[before + RECORD.ADVANCE] === 2 * RECORD.BYTES
    );
  }

  /** Decode from `record` to the end of its basic block, or to what is decoded already. */
  private decodeBlock(address: number, record: number): undefined {
    const page = this.pageOf(address);
    if (this.emptied.size > 0) this.emptied.delete(page);
    const code = page.hostPage * (PAGE_BYTES / 2);
    let slot = (record - address) / RECORD.BYTES;
    if (this.halfwords[record >>> 1] === OPERATION.UNDECODED) this.counters.blocksDecoded++;
    while (slot < SLOTS_PER_PAGE) {
      const at = address + slot * RECORD.BYTES;
      if (this.halfwords[at >>> 1] !== OPERATION.UNDECODED) return;
      const low = this.halfwords[code + slot] as number;
      page.seen[slot] = low;
      const length = lengthOf(low);
      if (length === 4 && slot === SLOTS_PER_PAGE - 1) {
        this.setOperation(page, slot, at, OPERATION.STRADDLE);
        return;
      }
      const high = length === 4 ? (this.halfwords[code + slot + 1] as number) : 0;
      if (length === 4) page.seen[slot + 1] = high;
      const row = this.records.write(at, low, high);
      this.setOperation(page, slot, at, row < 0 ? OPERATION.ILLEGAL : row + OPERATION.FIRST_ROW);
      if (row < 0 || INSTRUCTIONS[row]?.ends !== undefined) return;
      slot += length / 2;
    }
  }

  private setOperation(page: CodePage, slot: number, at: number, operation: number): void {
    const isMarked = this.marks.decoded(page.hostPage, slot, operation);
    this.halfwords[at >>> 1] = isMarked ? OPERATION.MARKED : operation;
  }

  /** Returns the operation of a marked record, or 0: it must not run. */
  private marked(hart: number, address: number, record: number): number {
    if (this.calls.breakpoint(hart) !== 0) return 0;
    const slot = (record - address) / RECORD.BYTES;
    return this.marks.slotsOf(this.pageOf(address).hostPage)?.get(slot) ?? OPERATION.ILLEGAL;
  }

  /**
   * A long instruction begins in the last halfword of its page: fetch its second half, for which the next page's
   * translation counts. Returns its operation, or 0 after a fetch exception.
   */
  private straddle(hart: number, address: number, record: number): number {
    const page = this.pageOf(address);
    const pc = hart + HART.PC;
    const scratch = (hart + HART.SCRATCH) >>> 2;
    const low = this.words[pc >>> 2] as number;
    const carry = low + 2 > 0xffff_ffff ? 1 : 0;
    this.words[scratch] = low + 2;
    this.words[scratch + 1] = (this.words[(pc >>> 2) + 1] as number) + carry;
    if (this.calls.translateFetch(hart) !== 0) return 0;
    const first = this.halfwords[page.hostPage * (PAGE_BYTES / 2) + SLOTS_PER_PAGE - 1] as number;
    const nextPage = (this.words[scratch + 2] as number) & ~(PAGE_BYTES - 1);
    const second = this.halfwords[(nextPage >>> 0) >>> 1] as number;
    const row = this.records.write(record, first, second);
    const operation = row < 0 ? OPERATION.ILLEGAL : row + OPERATION.FIRST_ROW;
    const known = (address + SLOTS_PER_PAGE * RECORD.BYTES) >>> 1;
    this.halfwords[known + STRADDLE.OPERATION / 2] = operation;
    this.halfwords[known + STRADDLE.HALFWORD / 2] = second;
    return operation;
  }

  /** Illegal in the present state (floating point off, reserved dynamic rounding mode): record the exception. */
  private illegal(hart: number, address: number, record: number): undefined {
    const page = this.pageOf(address);
    const slot = (record - address) / RECORD.BYTES;
    const at = page.hostPage * (PAGE_BYTES / 2) + slot;
    const low = this.halfwords[at] as number;
    const isLast = slot === SLOTS_PER_PAGE - 1;
    // The second half of one that straddles two pages was kept when it was decoded.
    const kept = (address + SLOTS_PER_PAGE * RECORD.BYTES + STRADDLE.HALFWORD) >>> 1;
    const high = lengthOf(low) === 4 ? (this.halfwords[isLast ? kept : at + 1] as number) : 0;
    this.words[(hart + HART.CAUSE) >>> 2] = CAUSE.ILLEGAL_INSTRUCTION;
    this.words[(hart + HART.TVAL) >>> 2] = (high << 16) | low;
    this.words[((hart + HART.TVAL) >>> 2) + 1] = 0;
  }

  private hot(address: number, record: number): undefined {
    const page = this.pageOf(address);
    // A threshold of 1 reports blocks before they are decoded.
    this.decodeBlock(address, record);
    this.onHot(page.hostPage, (record - address) / RECORD.BYTES);
  }
}
