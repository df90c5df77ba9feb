/**
 * Loads the generated interpreter (tools/gen-interpreter.ts) over a machine's memory, and decodes code pages into records
 * for it as they are executed. README.md in jit/ tells how.
 */
import { lengthOf } from '../isa/decode.ts';
import type { Isa } from '../isa/extensions.ts';
import { INSTRUCTIONS, rowsOf } from '../isa/instructions.ts';
import { RVC } from '../isa/rvc.ts';
import { CAUSE } from '../isa/trap.ts';
import { branchMode } from './branch-counts.ts';
import { CodeMarks } from './code-marks.ts';
import { DECODED, DECODER } from './decoder-layout.ts';
import type { EngineCalls, Exit } from './engine.ts';
import { HART, hostOf } from './hart-layout.ts';
import {
  ENTRY,
  type EngineArea,
  engineArea,
  HART_ENGINE,
  OPERATION,
  RECORD,
  SLOTS_PER_PAGE,
  STRADDLE,
  TARGET_LOG,
} from './record-layout.ts';
import { type CodePage, RecordPages } from './record-pages.ts';
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
  /** The same, but branches are counted and no region is entered. */
  private readonly count: (hart: number) => Exit;
  private readonly decodeBlock: (page: number, record: number) => void;
  private readonly decodeWord: (record: number, word: number, advance: number) => number;
  private readonly blocksDecoded: { readonly value: number };
  readonly area: EngineArea;
  readonly words: Uint32Array;
  readonly halfwords: Uint16Array;
  readonly marks = new CodeMarks();
  readonly pages: RecordPages;
  private readonly calls: EngineCalls;
  private readonly records: RecordWriter;
  private readonly heatThreshold: number;
  private readonly onHot: (hostPage: number, slot: number) => void;
  /** EngineCalls.readTime, as regions import it. */
  readonly readTime: (hart: number) => number;
  constructor(options: InterpreterOptions) {
    const { memory } = options;
    this.calls = options.calls;
    this.readTime = (hart) => options.calls.readTime(hart);
    this.records = new RecordWriter(memory, options.isa);
    this.heatThreshold = options.heatThreshold ?? NO_HEAT;
    this.onHot = options.onHot ?? (() => undefined);
    this.words = new Uint32Array(memory.buffer);
    this.halfwords = new Uint16Array(memory.buffer);
    this.area = engineArea(options.index ?? 0, options.engines ?? 1, memory.buffer.byteLength);
    this.pages = new RecordPages(this.area, memory);
    this.pages.isAskedFor = (hostPage) => this.marks.slotsOf(hostPage) !== undefined;
    this.table = new WebAssembly.Table({ element: 'anyfunc', initial: 64 });
    const vector = new WebAssembly.Table({ element: 'anyfunc', initial: VECTOR_TABLE_SLOTS });
    const env = { memory, regions: this.table, vector, ...this.imports() };
    this.instance = new WebAssembly.Instance(options.module, { env });
    this.vector = this.createVector(options, env);
    this.execute = this.instance.exports['run'] as (hart: number) => Exit;
    this.count = this.instance.exports['count'] as (hart: number) => Exit;
    const { decodeBlock, decodeWord, blocksDecoded } = this.instance.exports;
    this.decodeBlock = decodeBlock as typeof this.decodeBlock;
    this.decodeWord = decodeWord as typeof this.decodeWord;
    this.blocksDecoded = blocksDecoded as unknown as typeof this.blocksDecoded;
    this.enableRows(options.isa);
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

  /** What the decoder does without asking. */
  private enableRows(isa: Isa): void {
    const bytes = new Uint8Array(this.words.buffer);
    bytes.set(rowsOf(isa), DECODER.ROWS + OPERATION.FIRST_ROW);
    for (const [index, { extension }] of RVC.entries())
      bytes[DECODER.FORMS + index] = isa.has(extension) ? 1 : 0;
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
    if (this.words[(hart + HART_ENGINE.ENTRY) >>> 2] === ENTRY.FAST) return this.execute(hart);
    return this.enterSlowly(hart);
  }

  /** Another thread may ask for branches to be counted meanwhile: it sets the mode first, then ENTRY.SLOW. */
  private enterSlowly(hart: number): Exit {
    const { words } = this;
    const entry = (hart + HART_ENGINE.ENTRY) >>> 2;
    if (words[(hart + HART_ENGINE.PAGE_INDEX) >>> 2] === 0) this.attach(hart);
    Atomics.store(words, entry, ENTRY.FAST);
    if (Atomics.load(words, branchMode(hart)) === 0) return this.execute(hart);
    Atomics.store(words, entry, ENTRY.SLOW);
    return this.count(hart);
  }

  /** Forget the records of a host page (wasm address / 4096). */
  forgetPage(hostPage: number): void {
    this.pages.forget(hostPage);
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
    for (const page of this.pages.all()) {
      if (this.pages.hasChanged(page)) this.forgetPage(page.hostPage);
    }
  }

  /** The halfwords of a decoded page as they are in memory now. */
  codeOf(hostPage: number): Uint16Array {
    const first = hostPage * (PAGE_BYTES / 2);
    return this.halfwords.subarray(first, first + SLOTS_PER_PAGE);
  }

  get counters(): Record<string, number> {
    return { ...this.pages.counters, blocksDecoded: this.blocksDecoded.value };
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
      decode: (page, record) => this.decode(page as number, record as number),
      straddle: (hart, page, record) =>
        this.straddle(hart as number, page as number, record as number),
      illegal: (hart, page, record) =>
        this.illegal(hart as number, page as number, record as number),
      marked: (hart, page, record) => this.marked(hart as number, page as number, record as number),
      newPage: (hostPage) => this.pages.give(hostPage as number),
      hot: (page, record) => this.hot(page as number, record as number),
    };
  }

  /** Decode the instruction of one record, for decodeBlock; returns whether it ends its block: 1 or 0. */
  private decode(address: number, record: number): number {
    const page = this.pages.at(address);
    this.pages.uses(page);
    const slot = (record - address) / RECORD.BYTES;
    const code = page.hostPage * (PAGE_BYTES / 2) + slot;
    const low = this.halfwords[code] as number;
    this.pages.sees(page, slot, low);
    const isLong = lengthOf(low) === 4;
    if (isLong && slot === SLOTS_PER_PAGE - 1) {
      this.setOperation(page, slot, record, OPERATION.STRADDLE);
      return 1;
    }
    const high = isLong ? (this.halfwords[code + 1] as number) : 0;
    if (isLong) this.pages.sees(page, slot + 1, high);
    const operation = this.write(record, low, high);
    this.setOperation(page, slot, record, operation);
    const isIllegal = operation === OPERATION.ILLEGAL;
    return isIllegal || INSTRUCTIONS[operation - OPERATION.FIRST_ROW]?.ends !== undefined ? 1 : 0;
  }

  /** The operands of an instruction; returns its operation. */
  private write(record: number, low: number, high: number): number {
    const row = this.records.write(record, low, high);
    return row < 0 ? OPERATION.ILLEGAL : row + OPERATION.FIRST_ROW;
  }

  private setOperation(page: CodePage, slot: number, at: number, operation: number): void {
    const isMarked = this.marks.decoded(page.hostPage, slot, operation);
    this.halfwords[at >>> 1] = isMarked ? OPERATION.MARKED : operation;
  }

  /** Returns the operation of a marked record, or 0: it must not run. */
  private marked(hart: number, address: number, record: number): number {
    if (this.calls.breakpoint(hart) !== 0) return 0;
    const slot = (record - address) / RECORD.BYTES;
    return this.marks.slotsOf(this.pages.at(address).hostPage)?.get(slot) ?? OPERATION.ILLEGAL;
  }

  /**
   * A long instruction begins in the last halfword of its page: fetch its second half, for which the next page's
   * translation counts. Returns its operation, or 0 after a fetch exception.
   */
  private straddle(hart: number, address: number, record: number): number {
    const page = this.pages.at(address);
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
    const decoded = this.decodeWord(record, (second << 16) | first, 2 * RECORD.BYTES);
    const operation = DECODED.operation(decoded) || this.write(record, first, second);
    const known = (address + SLOTS_PER_PAGE * RECORD.BYTES) >>> 1;
    this.halfwords[known + STRADDLE.OPERATION / 2] = operation;
    this.halfwords[known + STRADDLE.HALFWORD / 2] = second;
    return operation;
  }

  /** Illegal in the present state (floating point off, reserved dynamic rounding mode): record the exception. */
  private illegal(hart: number, address: number, record: number): undefined {
    const page = this.pages.at(address);
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
    const page = this.pages.at(address);
    // A threshold of 1 reports blocks before they are decoded.
    this.decodeBlock(address, record);
    this.onHot(page.hostPage, (record - address) / RECORD.BYTES);
  }
}
