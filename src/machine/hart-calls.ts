/** The engine's slow paths (engine.ts, EngineCalls): TLB misses, MMIO, page-crossing accesses, CSRs, trap returns. */
import { SOFT_FLOAT_OPERATIONS } from '../isa/softfloat.ts';
import { CAUSE } from '../isa/trap.ts';
import type { Bus } from './bus.ts';
import { DEBUG_CAUSE, DebugPoints, POINT } from './debug/points.ts';
import { BUS_ERROR } from './device.ts';
import type { EngineCalls } from './engine.ts';
import type { Hart } from './hart.ts';
import { HART, HART_BLOCKS_BASE, RAM_BASE } from './hart-layout.ts';
import { PAGE_BYTES, type PhysicalMemory } from './memory.ts';
import { ACCESS, ACCESS_FAULT, type Access, type Mmu } from './mmu.ts';

const PAGE_OFFSET = PAGE_BYTES - 1;
/** Word indices of SCRATCH[0] and SCRATCH[1] in a hart block. */
const FIRST = HART.SCRATCH >>> 2;
const SECOND = FIRST + 2;
const DONE = 0;
const TRAPPED = 1;
const HAS_ADDRESS = 1;
const HAS_ASID = 2;

export class HartCalls implements EngineCalls {
  private readonly memory: PhysicalMemory;
  private readonly words: Uint32Array;
  private readonly bus: Bus;
  private readonly mmu: Mmu;
  private readonly harts: readonly Hart[];
  private readonly tracksCode: boolean;
  /** What a debugger wants the harts to stop at. */
  readonly points = new DebugPoints();
  /** Accesses that reached a device. */
  mmioAccesses = 0;

  /** `tracksCode`: a store to code takes effect without fence.i (MachineOptions.tracksCode). */
  constructor(
    memory: PhysicalMemory,
    bus: Bus,
    mmu: Mmu,
    harts: readonly Hart[],
    tracksCode: boolean,
  ) {
    this.tracksCode = tracksCode;
    this.memory = memory;
    this.words = memory.words;
    this.bus = bus;
    this.mmu = mmu;
    this.harts = harts;
  }

  load(block: number, size: number): number {
    const hart = this.hart(block);
    const at = block >>> 2;
    const low = this.words[at + FIRST] as number;
    const high = this.words[at + FIRST + 1] as number;
    if ((low & PAGE_OFFSET) > PAGE_BYTES - size) return this.loadAcross(hart, low, high, size);
    const pa = this.mmu.translate(hart.data, low, high, ACCESS.LOAD);
    if (pa < 0) return raise(hart, -pa, low, high);
    if (this.isWatched(hart, low, high, size, ACCESS.LOAD)) return TRAPPED;
    const offset = pa - this.memory.base;
    if (offset < 0 || offset >= this.memory.size) return this.loadDevice(hart, pa, size);
    const page = offset - (offset % PAGE_BYTES) + RAM_BASE;
    if (this.mayFill(low, high)) hart.banks.fillRead(low, high, page, this.mmu.isSuperpage);
    this.readRam(offset, size, at + SECOND);
    return DONE;
  }

  store(block: number, size: number): number {
    const hart = this.hart(block);
    const at = block >>> 2;
    const low = this.words[at + FIRST] as number;
    const high = this.words[at + FIRST + 1] as number;
    if ((low & PAGE_OFFSET) > PAGE_BYTES - size) return this.storeAcross(hart, low, high, size);
    const pa = this.mmu.translate(hart.data, low, high, ACCESS.STORE);
    if (pa < 0) return raise(hart, -pa, low, high);
    if (this.isWatched(hart, low, high, size, ACCESS.STORE)) return TRAPPED;
    const offset = pa - this.memory.base;
    if (offset < 0 || offset >= this.memory.size) return this.storeDevice(hart, pa, size);
    const page = offset - (offset % PAGE_BYTES) + RAM_BASE;
    if (this.tracksCode) this.becomesData(pa);
    if (this.mayFill(low, high)) hart.banks.fillWrite(low, high, page, this.mmu.isSuperpage);
    this.writeRam(offset, size, at + SECOND);
    return DONE;
  }

  translateWrite(block: number, size: number): number {
    return this.translateAtomic(block, size, ACCESS.STORE);
  }

  translateRead(block: number, size: number): number {
    return this.translateAtomic(block, size, ACCESS.LOAD);
  }

  translateFetch(block: number): number {
    const hart = this.hart(block);
    const at = block >>> 2;
    const low = this.words[at + FIRST] as number;
    const high = this.words[at + FIRST + 1] as number;
    const pa = this.mmu.translate(hart.code, low, high, ACCESS.FETCH);
    if (pa < 0) return raise(hart, -pa, low, high);
    if (!this.memory.contains(pa, 1)) return raise(hart, CAUSE.INSTRUCTION_ACCESS_FAULT, low, high);
    const page = pa - (pa % PAGE_BYTES) - this.memory.base + RAM_BASE;
    if (this.memory.markCode(pa) && this.tracksCode) {
      for (const { banks } of this.harts) banks.clearWrites();
    }
    if (this.points.hasCode) this.points.fetched(low, high, pa);
    hart.banks.fillFetch(low, high, page, this.mmu.isSuperpage);
    this.words[at + SECOND] = page;
    this.words[at + SECOND + 1] = 0;
    return DONE;
  }

  readCsr(block: number, csr: number): number {
    const hart = this.hart(block);
    if (!hart.readCsr(csr)) return raise(hart, CAUSE.ILLEGAL_INSTRUCTION, 0, 0);
    this.words[(block >>> 2) + FIRST] = hart.low;
    this.words[(block >>> 2) + FIRST + 1] = hart.high;
    return DONE;
  }

  writeCsr(block: number, csr: number): number {
    const hart = this.hart(block);
    hart.low = this.words[(block >>> 2) + FIRST] as number;
    hart.high = this.words[(block >>> 2) + FIRST + 1] as number;
    return hart.writeCsr(csr) ? DONE : raise(hart, CAUSE.ILLEGAL_INSTRUCTION, 0, 0);
  }

  trapReturn(block: number, from: number): number {
    const hart = this.hart(block);
    return hart.trapReturn(from) ? DONE : raise(hart, CAUSE.ILLEGAL_INSTRUCTION, 0, 0);
  }

  sfenceVma(block: number, flags: number): number {
    const hart = this.hart(block);
    const at = (block >>> 2) + FIRST;
    const address =
      (flags & HAS_ADDRESS) === 0
        ? undefined
        : { low: this.words[at] as number, high: this.words[at + 1] as number };
    const asid = (flags & HAS_ASID) === 0 ? undefined : (this.words[at + 2] as number) & 0xffff;
    return hart.fence(address, asid) ? DONE : raise(hart, CAUSE.ILLEGAL_INSTRUCTION, 0, 0);
  }

  waitForInterrupt(block: number): number {
    const hart = this.hart(block);
    return hart.mayWait() ? DONE : raise(hart, CAUSE.ILLEGAL_INSTRUCTION, 0, 0);
  }

  breakpoint(block: number): number {
    const { state } = this.hart(block);
    const low = state.word(HART.PC);
    const high = state.word(HART.PC + 4);
    if (!this.points.hitsCode(low, high)) return DONE;
    return raise(this.hart(block), DEBUG_CAUSE + POINT.CODE, low, high);
  }

  softFloat(block: number, operation: number, rm: number): number {
    const row = SOFT_FLOAT_OPERATIONS[operation];
    if (!row) throw new RangeError(`no floating-point operation ${operation}`);
    const { quads } = this.memory;
    const at = (block + HART.SCRATCH) >>> 3;
    const [a, b, c] = [quads[at] as bigint, quads[at + 1] as bigint, quads[at + 2] as bigint];
    const { bits, flags } = row.compute(a, b, c, rm);
    quads[at] = bits;
    const fflags = (block + HART.FFLAGS) >>> 2;
    this.words[fflags] = (this.words[fflags] as number) | flags;
    return DONE;
  }

  private hart(block: number): Hart {
    return this.harts[(block - HART_BLOCKS_BASE) / HART.SIZE] as Hart;
  }

  /** AMO, LR and SC work on RAM only; the address is aligned. */
  private translateAtomic(block: number, size: number, access: Access): number {
    const hart = this.hart(block);
    const at = block >>> 2;
    const low = this.words[at + FIRST] as number;
    const high = this.words[at + FIRST + 1] as number;
    const pa = this.mmu.translate(hart.data, low, high, access);
    if (pa < 0) return raise(hart, -pa, low, high);
    if (!this.memory.contains(pa, 1)) return raise(hart, ACCESS_FAULT[access] as number, low, high);
    if (this.isWatched(hart, low, high, size, access, true)) return TRAPPED;
    const address = pa - this.memory.base + RAM_BASE;
    const page = address - (address % PAGE_BYTES);
    if (access === ACCESS.STORE && this.tracksCode) this.becomesData(pa);
    if (this.mayFill(low, high)) {
      if (access === ACCESS.STORE) hart.banks.fillWrite(low, high, page, this.mmu.isSuperpage);
      else hart.banks.fillRead(low, high, page, this.mmu.isSuperpage);
    }
    this.words[at + SECOND] = address;
    this.words[at + SECOND + 1] = 0;
    return DONE;
  }

  /** Whether a page may enter the tables: watched ones never do, so that every access to them comes here. */
  private mayFill(low: number, high: number): boolean {
    return !this.points.hasData || !this.points.watchesPage(low, high);
  }

  /** Whether an access touches a watchpoint; then the debugger's exit is recorded. Atomic stores also load. */
  private isWatched(
    hart: Hart,
    low: number,
    high: number,
    size: number,
    access: Access,
    isAtomic = false,
  ): boolean {
    if (!this.points.hasData) return false;
    const isStore = access === ACCESS.STORE;
    const point = this.points.hitsData(low, high, size, isAtomic || !isStore, isStore);
    if (point === undefined) return false;
    const isInside = point.high === high && point.low > low;
    raise(hart, DEBUG_CAUSE + point.kind, isInside ? point.low : low, high);
    return true;
  }

  /** A page is stored to: if it held code, that is forgotten, and the next fetch from it comes here again. */
  private becomesData(pa: number): void {
    if (!this.memory.isCode(pa)) return;
    this.memory.unmarkCode(pa);
    for (const { banks } of this.harts) banks.clearFetches();
  }

  private loadDevice(hart: Hart, pa: number, size: number): number {
    const at = (hart.state.block >>> 2) + SECOND;
    this.mmioAccesses++;
    if (size === 8) {
      if (this.bus.readWide(pa, this.words, at) !== BUS_ERROR) return DONE;
    } else {
      const value = this.bus.read(pa, size);
      if (value !== BUS_ERROR) {
        this.words[at] = value;
        this.words[at + 1] = 0;
        return DONE;
      }
    }
    return this.raiseAtScratch(hart, CAUSE.LOAD_ACCESS_FAULT);
  }

  private storeDevice(hart: Hart, pa: number, size: number): number {
    const at = (hart.state.block >>> 2) + SECOND;
    const low = this.words[at] as number;
    this.mmioAccesses++;
    const result =
      size === 8
        ? this.bus.writeWide(pa, low, this.words[at + 1] as number)
        : this.bus.write(pa, size, size === 4 ? low : low & (2 ** (8 * size) - 1));
    return result === BUS_ERROR ? this.raiseAtScratch(hart, CAUSE.STORE_ACCESS_FAULT) : DONE;
  }

  private raiseAtScratch(hart: Hart, cause: number): number {
    return raise(hart, cause, hart.state.word(HART.SCRATCH), hart.state.word(HART.SCRATCH + 4));
  }

  /** A load over a page boundary, byte by byte; both pages are translated before anything is read. */
  private loadAcross(hart: Hart, low: number, high: number, size: number): number {
    const first = this.ramOffset(hart, low, high, ACCESS.LOAD);
    if (first < 0) return TRAPPED;
    const second = this.nextPage(hart, low, high, ACCESS.LOAD);
    if (second < 0 || this.isWatched(hart, low, high, size, ACCESS.LOAD)) return TRAPPED;
    const at = (hart.state.block >>> 2) + SECOND;
    const inFirst = PAGE_BYTES - (low & PAGE_OFFSET);
    this.words[at] = 0;
    this.words[at + 1] = 0;
    for (let i = 0; i < size; i++) {
      const byte = this.memory.u8[i < inFirst ? first + i : second + i - inFirst] as number;
      this.words[at + (i >>> 2)] = (this.words[at + (i >>> 2)] as number) | (byte << (8 * (i & 3)));
    }
    return DONE;
  }

  private storeAcross(hart: Hart, low: number, high: number, size: number): number {
    const first = this.ramOffset(hart, low, high, ACCESS.STORE);
    if (first < 0) return TRAPPED;
    const second = this.nextPage(hart, low, high, ACCESS.STORE);
    if (second < 0 || this.isWatched(hart, low, high, size, ACCESS.STORE)) return TRAPPED;
    const at = (hart.state.block >>> 2) + SECOND;
    if (this.tracksCode) {
      this.becomesData(first + this.memory.base);
      this.becomesData(second + this.memory.base);
    }
    const inFirst = PAGE_BYTES - (low & PAGE_OFFSET);
    for (let i = 0; i < size; i++) {
      const byte = ((this.words[at + (i >>> 2)] as number) >>> (8 * (i & 3))) & 0xff;
      this.memory.u8[i < inFirst ? first + i : second + i - inFirst] = byte;
    }
    return DONE;
  }

  /** Offset in RAM of a virtual address, or -1 with the exception recorded. Devices do not take misaligned accesses. */
  private ramOffset(hart: Hart, low: number, high: number, access: Access): number {
    const pa = this.mmu.translate(hart.data, low, high, access);
    if (pa >= 0 && this.memory.contains(pa, 1)) return pa - this.memory.base;
    raise(hart, pa < 0 ? -pa : (ACCESS_FAULT[access] as number), low, high);
    return -1;
  }

  /** ramOffset of the start of the page after that of (high, low). */
  private nextPage(hart: Hart, low: number, high: number, access: Access): number {
    const nextLow = ((low | PAGE_OFFSET) + 1) >>> 0;
    return this.ramOffset(hart, nextLow, nextLow === 0 ? (high + 1) >>> 0 : high, access);
  }

  private readRam(offset: number, size: number, at: number): void {
    const { u8, u32 } = this.memory;
    this.words[at + 1] = 0;
    if (size >= 4 && (offset & 3) === 0) {
      this.words[at] = u32[offset >>> 2] as number;
      if (size === 8) this.words[at + 1] = u32[(offset >>> 2) + 1] as number;
      return;
    }
    this.words[at] = 0;
    for (let i = 0; i < size; i++) {
      const word = at + (i >>> 2);
      this.words[word] =
        (this.words[word] as number) | ((u8[offset + i] as number) << (8 * (i & 3)));
    }
  }

  private writeRam(offset: number, size: number, at: number): void {
    const { u8, u32 } = this.memory;
    if (size >= 4 && (offset & 3) === 0) {
      u32[offset >>> 2] = this.words[at] as number;
      if (size === 8) u32[(offset >>> 2) + 1] = this.words[at + 1] as number;
      return;
    }
    for (let i = 0; i < size; i++) {
      u8[offset + i] = (this.words[at + (i >>> 2)] as number) >>> (8 * (i & 3));
    }
  }
}

/** Record an exception for Exit.TRAP. */
function raise(hart: Hart, cause: number, tvalLow: number, tvalHigh: number): number {
  const { state } = hart;
  state.setWord(HART.CAUSE, cause);
  state.setWord(HART.TVAL, tvalLow);
  state.setWord(HART.TVAL + 4, tvalHigh);
  return TRAPPED;
}
