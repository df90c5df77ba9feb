/**
 * Where the engine keeps its tables inside ENGINE_BASE, and the layout of the interpreter's predecoded records. One share
 * per hart: engines of different threads touch only their own.
 */
import { ENGINE_BASE, ENGINE_BYTES, HART } from './hart-layout.ts';

/** A predecoded instruction; one slot per halfword of a code page. */
export const RECORD = {
  BYTES: 16,
  /** u16: operation, see OPERATION; the row's position in INSTRUCTIONS plus OPERATION.FIRST_ROW. */
  OPERATION: 0,
  /** u16 each: byte offset of the register (8 * number) in its file. */
  RD: 2,
  RS1: 4,
  RS2: 6,
  /** i32; for an illegal instruction its bits. */
  IMM: 8,
  /** u16: register offset, or CSR number. */
  RS3: 12,
  CSR: 12,
  /** u8 */
  RM: 14,
  /** u8: distance to the next record, 16 for a compressed instruction, 32 for a long one. */
  ADVANCE: 15,
} as const;

/** Operations that are no row of the instruction table. */
export const OPERATION = {
  /** Decode this record and what follows it. */
  UNDECODED: 0,
  /** The record after a page's last one: go on in the next page. */
  PAGE_END: 1,
  /** A long instruction whose second half lies in the next page. */
  STRADDLE: 2,
  ILLEGAL: 3,
  /** A translated region starts here; its number is in the slot's side entry. */
  REGION: 4,
  /** A debugger wants to be asked before this instruction. */
  MARKED: 5,
  FIRST_ROW: 6,
} as const;

/** What a page's first PAGE_END record knows about the instruction that straddles its end: u16 each, operation 0 if nothing. */
export const STRADDLE = { OPERATION: 2, HALFWORD: 4 } as const;

export const SLOTS_PER_PAGE = 2048;
/** What the same record knows about the page, from the record page's beginning. */
export const PAGE_END = {
  /** u32: wasm address of the code. */
  CODE: SLOTS_PER_PAGE * RECORD.BYTES + 8,
  /** u8: not 0 where `decode` is asked for each instruction. */
  ASKS: SLOTS_PER_PAGE * RECORD.BYTES + 12,
} as const;
/**
 * One record page: the slots, two PAGE_END records, then the side entries {u16 heat, u16 region} of all slots, then the halfwords of code as they
 * were when they were decoded.
 */
export const SIDE_OFFSET = (SLOTS_PER_PAGE + 2) * RECORD.BYTES;
export const SIDE = { BYTES: 4, HEAT: 0, REGION: 2 } as const;
export const SEEN_OFFSET = SIDE_OFFSET + (SLOTS_PER_PAGE + 2) * SIDE.BYTES;
export const RECORD_PAGE_BYTES = SEEN_OFFSET + SLOTS_PER_PAGE * 2;

/** Region descriptor: {u32 table slot, u16 operation that the REGION record replaced, u16 set where the interpreter enters it}. */
export const REGION = { BYTES: 8, SLOT: 0, OPERATION: 4, USED: 6, MAX: 16384 } as const;

/** Ring of recently taken indirect jumps inside a page: {u32 record of the jump, u32 record of the target}. */
export const TARGET_LOG = { BYTES: 8, ENTRIES: 4096 } as const;

/** Engine fields of a hart block. */
export const HART_ENGINE = {
  /** Writes to x0 go here. */
  SINK: HART.ENGINE,
  /** u32: table of u16 by host page, the number of its record page or 0. */
  PAGE_INDEX: HART.ENGINE + 8,
  /** u32: record page 0 (never used). */
  RECORD_PAGES: HART.ENGINE + 12,
  REGIONS: HART.ENGINE + 16,
  TARGET_LOG: HART.ENGINE + 20,
  /** u32: a block entry whose heat reaches it is reported. */
  HOT: HART.ENGINE + 24,
  /** u64: state of the generator that spreads preemption points. */
  RANDOM: HART.ENGINE + 32,
  /** u32 each: how often translated code was left, by REGION_EXIT. */
  EXITS: HART.ENGINE + 40,
  /** u64: retired in translated code. */
  TRANSLATED: HART.ENGINE + 64,
  /** u32: ENTRY. */
  ENTRY: HART.ENGINE + 72,
} as const;

/** How a hart is let into the interpreter. */
export const ENTRY = {
  /** It must be looked at first: it is new, or its branches are counted. */
  SLOW: 0,
  FAST: 1,
} as const;

/**
 * A two-bit counter for each of 2048 branch addresses modulo 4 KiB, four to a byte, at HART.PREDICTOR: 0 and 1 predict that
 * the branch is not taken, 2 and 3 that it is (J. E. Smith, A Study of Branch Prediction Strategies, 1981, strategy 7).
 */
export const BRANCH_PREDICTOR = { COUNTERS: 2048 } as const;

/** Result of a region's function, and why it was left. */
export const REGION_EXIT = {
  /** Go on at HART.PC: no region is known there. */
  UNKNOWN_TARGET: 0,
  /** All others: interpret the instruction at HART.PC before a region is entered. The budget ends, or attention is wanted. */
  BUDGET: 1,
  /** A TLB miss, or a rare operand. */
  OPERAND: 2,
  /** An instruction that regions do not hold. */
  INSTRUCTION: 3,
  /** Floating point is off. */
  FLOAT: 4,
} as const;

/** Result of a vector instruction's function. */
export const VECTOR_STATUS = {
  DONE: 0,
  ILLEGAL: 1,
  /** CAUSE and TVAL are recorded, and vstart. */
  TRAP: 2,
  /** Memory needs the interpreter's slow path, which a region must not take. Nothing has happened that it may not repeat. */
  MISS: 3,
} as const;

export interface EngineArea {
  readonly pageIndex: number;
  readonly regions: number;
  readonly targetLog: number;
  readonly recordPages: number;
  readonly recordPageCount: number;
}

const align = (address: number, to: number): number => Math.ceil(address / to) * to;

/** The share of engine `index` out of `engines`; `memoryBytes` is the size of the whole memory. */
export function engineArea(index: number, engines: number, memoryBytes: number): EngineArea {
  const share = Math.floor(ENGINE_BYTES / engines / 4096) * 4096;
  const pageIndex = ENGINE_BASE + index * share;
  const regions = align(pageIndex + (memoryBytes / 4096) * 2, 16);
  const targetLog = regions + REGION.MAX * REGION.BYTES;
  const recordPages = targetLog + TARGET_LOG.ENTRIES * TARGET_LOG.BYTES;
  const free = ENGINE_BASE + (index + 1) * share - recordPages;
  const recordPageCount = Math.min(0xffff, Math.floor(free / RECORD_PAGE_BYTES));
  return { pageIndex, regions, targetLog, recordPages, recordPageCount };
}
