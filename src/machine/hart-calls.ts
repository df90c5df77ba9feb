/** The engine's slow paths (engine.ts, EngineCalls): TLB misses, MMIO, page-crossing accesses, CSRs, trap returns. */
import { SOFT_FLOAT_OPERATIONS } from '../isa/softfloat.ts';
import { CAUSE } from '../isa/trap.ts';
import type { BusPort } from './bus.ts';
import { countEvent } from './counters.ts';
import { DataGuard, raise } from './data-guard.ts';
import { DEBUG_CAUSE, DebugPoints, POINT } from './debug/points.ts';
import { BUS_ERROR } from './device.ts';
import { type EngineCalls, ORDER_ONLY } from './engine.ts';
import { FetchGuard } from './fetch-guard.ts';
import type { FrameUse } from './frame-use.ts';
import type { Hart } from './hart.ts';
import { CACHE_BLOCK_BYTES, HART, HART_BLOCKS_BASE, RAM_BASE, TOTAL } from './hart-layout.ts';
import { PAGE_BYTES, type PhysicalMemory } from './memory.ts';
import { ACCESS, ACCESS_FAULT, type Access, type Mmu } from './mmu.ts';
import { COVER } from './pmp.ts';

const PAGE_OFFSET = PAGE_BYTES - 1;
const HALFWORD = 2;
/** Word indices of SCRATCH[0] and SCRATCH[1] in a hart block. */
const FIRST = HART.SCRATCH >>> 2;
const SECOND = FIRST + 2;
const TWO_32 = 0x1_0000_0000;
const DONE = 0;
const TRAPPED = 1;
const HAS_ADDRESS = 1;
const HAS_ASID = 2;

export class HartCalls implements EngineCalls {
  private readonly memory: PhysicalMemory;
  private readonly words: Uint32Array;
  private readonly bus: BusPort;
  private readonly mmu: Mmu;
  private readonly harts: readonly Hart[];
  private readonly byNumber: Hart[] = [];
  private readonly frames: FrameUse;
  /** What a debugger wants the harts to stop at. */
  readonly points = new DebugPoints();
  private readonly guard: DataGuard;
  private readonly fetchGuard: FetchGuard;
  /** Accesses that reached a device. */
  mmioAccesses = 0;

  /** `harts`: those that this thread runs. */
  constructor(
    memory: PhysicalMemory,
    bus: BusPort,
    mmu: Mmu,
    harts: readonly Hart[],
    frames: FrameUse,
  ) {
    this.frames = frames;
    this.memory = memory;
    this.words = memory.words;
    this.bus = bus;
    this.mmu = mmu;
    this.harts = harts;
    for (const hart of harts) this.byNumber[hart.state.id] = hart;
    this.guard = new DataGuard(mmu, this.points);
    this.fetchGuard = new FetchGuard(memory, mmu, this.points);
  }

  load(block: number, size: number): number {
    const hart = this.hart(block);
    const at = block >>> 2;
    const low = this.words[at + FIRST] as number;
    const high = this.words[at + FIRST + 1] as number;
    if ((low & PAGE_OFFSET) > PAGE_BYTES - size) return this.loadAcross(hart, low, high, size);
    const pa = this.guard.physical(hart, low, high, size, ACCESS.LOAD);
    if (pa < 0) return TRAPPED;
    countEvent(hart.state, TOTAL.DTLB_READ_MISSES);
    const offset = pa - this.memory.base;
    if (offset < 0 || offset >= this.memory.size) return this.loadDevice(hart, pa, size);
    const page = offset - (offset % PAGE_BYTES) + RAM_BASE;
    if (this.guard.mayFill(hart, low, high))
      hart.banks.fillRead(low, high, page, this.mmu.isSuperpage);
    this.readRam(offset, size, at + SECOND);
    return DONE;
  }

  store(block: number, size: number): number {
    const hart = this.hart(block);
    const at = block >>> 2;
    const low = this.words[at + FIRST] as number;
    const high = this.words[at + FIRST + 1] as number;
    if ((low & PAGE_OFFSET) > PAGE_BYTES - size) return this.storeAcross(hart, low, high, size);
    const pa = this.guard.physical(hart, low, high, size, ACCESS.STORE);
    if (pa < 0) return TRAPPED;
    const offset = pa - this.memory.base;
    const isRam = offset >= 0 && offset < this.memory.size;
    if (isRam && !this.frames.store(pa)) return this.store(block, size);
    countEvent(hart.state, TOTAL.DTLB_WRITE_MISSES);
    if (!isRam) return this.storeDevice(hart, pa, size);
    const page = offset - (offset % PAGE_BYTES) + RAM_BASE;
    if (this.guard.mayFill(hart, low, high))
      hart.banks.fillWrite(low, high, page, this.mmu.isSuperpage);
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
    const cover = hart.pmp.cover(pa, HALFWORD, ACCESS.FETCH, hart.code.privilege);
    const host = this.memory.codeAt(pa);
    if (host < 0 || cover === COVER.NONE) {
      return raise(hart, CAUSE.INSTRUCTION_ACCESS_FAULT, low, high);
    }
    // Nobody stores to the ROM.
    if (pa >= this.memory.base && !this.frames.fetch(pa)) return this.translateFetch(block);
    countEvent(hart.state, TOTAL.ITLB_MISSES);
    const page = host - (host % PAGE_BYTES);
    if (this.points.hasCode) this.points.fetched(low, high, pa);
    const { isSuperpage } = this.mmu;
    if (
      (cover === COVER.PAGE && !hart.triggers.hasCode) ||
      this.fetchGuard.fetched(hart, low, high, pa, cover === COVER.PAGE)
    ) {
      hart.banks.fillFetch(low, high, page, isSuperpage);
    }
    this.words[at + SECOND] = page;
    this.words[at + SECOND + 1] = 0;
    return DONE;
  }

  readCsr(block: number, csr: number): number {
    const hart = this.hart(block);
    if (!hart.readCsr(csr)) return this.raiseIllegal(hart);
    this.words[(block >>> 2) + FIRST] = hart.low;
    this.words[(block >>> 2) + FIRST + 1] = hart.high;
    return DONE;
  }

  readTime(block: number): number {
    const ticks = this.hart(block).readableTime;
    if (ticks < 0) return TRAPPED;
    this.words[(block >>> 2) + FIRST] = ticks;
    this.words[(block >>> 2) + FIRST + 1] = Math.floor(ticks / TWO_32);
    return DONE;
  }

  writeCsr(block: number, csr: number): number {
    const hart = this.hart(block);
    hart.low = this.words[(block >>> 2) + FIRST] as number;
    hart.high = this.words[(block >>> 2) + FIRST + 1] as number;
    if (!hart.writeCsr(csr)) return this.raiseIllegal(hart);
    if (hart.guardsChanged) {
      hart.guardsChanged = false;
      this.fetchGuard.changed(this.harts);
    }
    return DONE;
  }

  trapReturn(block: number, from: number): number {
    const hart = this.hart(block);
    return hart.trapReturn(from) ? DONE : this.raiseIllegal(hart);
  }

  sfenceVma(block: number, flags: number): number {
    const hart = this.hart(block);
    if (flags === ORDER_ONLY) return hart.mayOrderTranslations() ? DONE : this.raiseIllegal(hart);
    const at = (block >>> 2) + FIRST;
    const address =
      (flags & HAS_ADDRESS) === 0
        ? undefined
        : { low: this.words[at] as number, high: this.words[at + 1] as number };
    const asid = (flags & HAS_ASID) === 0 ? undefined : (this.words[at + 2] as number) & 0xffff;
    return hart.fence(address, asid) ? DONE : this.raiseIllegal(hart);
  }

  waitForInterrupt(block: number): number {
    const hart = this.hart(block);
    return hart.mayWait() ? DONE : this.raiseIllegal(hart);
  }

  breakpoint(block: number): number {
    const hart = this.hart(block);
    const low = hart.state.word(HART.PC);
    const high = hart.state.word(HART.PC + 4);
    if (this.points.hitsCode(low, high)) return raise(hart, DEBUG_CAUSE + POINT.CODE, low, high);
    const refusal = this.fetchGuard.refusal(hart);
    if (refusal === undefined) return DONE;
    // Both lie in one page.
    return raise(hart, refusal.cause, low + refusal.offset, high);
  }

  manageBlock(block: number): number {
    const loads = this.translateAtomic(block, CACHE_BLOCK_BYTES, ACCESS.LOAD);
    return loads === DONE ? DONE : this.translateAtomic(block, CACHE_BLOCK_BYTES, ACCESS.STORE);
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
    return this.byNumber[(block - HART_BLOCKS_BASE) / HART.SIZE] as Hart;
  }

  /** AMO, LR and SC work on RAM only; the address is aligned. */
  private translateAtomic(block: number, size: number, access: Access): number {
    const hart = this.hart(block);
    const at = block >>> 2;
    const low = this.words[at + FIRST] as number;
    const high = this.words[at + FIRST + 1] as number;
    const pa = this.guard.physical(hart, low, high, size, access, true);
    if (pa < 0) return TRAPPED;
    if (!this.memory.contains(pa, 1)) return raise(hart, ACCESS_FAULT[access] as number, low, high);
    if (access === ACCESS.STORE && !this.frames.store(pa)) {
      return this.translateAtomic(block, size, access);
    }
    countEvent(
      hart.state,
      access === ACCESS.STORE ? TOTAL.DTLB_WRITE_MISSES : TOTAL.DTLB_READ_MISSES,
    );
    const address = pa - this.memory.base + RAM_BASE;
    const page = address - (address % PAGE_BYTES);
    if (this.guard.mayFill(hart, low, high)) {
      if (access === ACCESS.STORE) hart.banks.fillWrite(low, high, page, this.mmu.isSuperpage);
      else hart.banks.fillRead(low, high, page, this.mmu.isSuperpage);
    }
    this.words[at + SECOND] = address;
    this.words[at + SECOND + 1] = 0;
    return DONE;
  }

  /** The instruction at pc, four bytes long, is illegal: tval has its bits. */
  private raiseIllegal(hart: Hart): number {
    const { state } = hart;
    const low = state.word(HART.PC);
    const high = state.word(HART.PC + 4);
    const first = this.codeHalfword(hart, low, high);
    const nextLow = (low + HALFWORD) >>> 0;
    const second = this.codeHalfword(hart, nextLow, nextLow === 0 ? (high + 1) >>> 0 : high);
    return raise(hart, CAUSE.ILLEGAL_INSTRUCTION, ((second << 16) | first) >>> 0, 0);
  }

  /** What was fetched just now; 0 where another hart has unmapped it since. */
  private codeHalfword(hart: Hart, low: number, high: number): number {
    const pa = this.mmu.translate(hart.code, low, high, ACCESS.FETCH);
    const host = pa < 0 ? -1 : this.memory.codeAt(pa);
    return host < 0 ? 0 : this.memory.codeHalfword(host);
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
    const inFirst = PAGE_BYTES - (low & PAGE_OFFSET);
    const first = this.ramOffset(hart, low, high, inFirst, ACCESS.LOAD);
    if (first < 0) return TRAPPED;
    const second = this.nextPage(hart, low, high, size - inFirst, ACCESS.LOAD);
    if (second < 0) return TRAPPED;
    const at = (hart.state.block >>> 2) + SECOND;
    this.words[at] = 0;
    this.words[at + 1] = 0;
    for (let i = 0; i < size; i++) {
      const byte = this.memory.u8[i < inFirst ? first + i : second + i - inFirst] as number;
      this.words[at + (i >>> 2)] = (this.words[at + (i >>> 2)] as number) | (byte << (8 * (i & 3)));
    }
    return DONE;
  }

  private storeAcross(hart: Hart, low: number, high: number, size: number): number {
    const inFirst = PAGE_BYTES - (low & PAGE_OFFSET);
    const first = this.ramOffset(hart, low, high, inFirst, ACCESS.STORE);
    if (first < 0) return TRAPPED;
    const second = this.nextPage(hart, low, high, size - inFirst, ACCESS.STORE);
    if (second < 0) return TRAPPED;
    const at = (hart.state.block >>> 2) + SECOND;
    const { base } = this.memory;
    if (!this.frames.store(first + base) || !this.frames.store(second + base)) {
      return this.storeAcross(hart, low, high, size);
    }
    for (let i = 0; i < size; i++) {
      const byte = ((this.words[at + (i >>> 2)] as number) >>> (8 * (i & 3))) & 0xff;
      this.memory.u8[i < inFirst ? first + i : second + i - inFirst] = byte;
    }
    return DONE;
  }

  /** Offset in RAM of a virtual address, or -1 with the exception recorded. Devices do not take misaligned accesses. */
  private ramOffset(hart: Hart, low: number, high: number, size: number, access: Access): number {
    const pa = this.guard.physical(hart, low, high, size, access);
    if (pa < 0) return -1;
    if (this.memory.contains(pa, size)) return pa - this.memory.base;
    raise(hart, ACCESS_FAULT[access] as number, low, high);
    return -1;
  }

  /** ramOffset of the start of the page after that of (high, low). */
  private nextPage(hart: Hart, low: number, high: number, size: number, access: Access): number {
    const nextLow = ((low | PAGE_OFFSET) + 1) >>> 0;
    return this.ramOffset(hart, nextLow, nextLow === 0 ? (high + 1) >>> 0 : high, size, access);
  }

  /** An aligned access is one access: other harts see all of a store or nothing. */
  private readRam(offset: number, size: number, at: number): void {
    const { words } = this;
    const { u8, u16, u32 } = this.memory;
    words[at + 1] = 0;
    if (offset % size !== 0) {
      words[at] = 0;
      for (let i = 0; i < size; i++) {
        const word = at + (i >>> 2);
        words[word] = (words[word] as number) | ((u8[offset + i] as number) << (8 * (i & 3)));
      }
    } else if (size === 8) this.memory.moveQuad(at << 2, offset + RAM_BASE);
    else if (size === 4) words[at] = u32[offset >>> 2] as number;
    else words[at] = (size === 2 ? u16[offset >>> 1] : u8[offset]) as number;
  }

  private writeRam(offset: number, size: number, at: number): void {
    const { words } = this;
    const { u8, u16, u32 } = this.memory;
    if (offset % size !== 0) {
      for (let i = 0; i < size; i++) {
        u8[offset + i] = (words[at + (i >>> 2)] as number) >>> (8 * (i & 3));
      }
    } else if (size === 8) this.memory.moveQuad(offset + RAM_BASE, at << 2);
    else if (size === 4) u32[offset >>> 2] = words[at] as number;
    else if (size === 2) u16[offset >>> 1] = words[at] as number;
    else u8[offset] = words[at] as number;
  }
}
