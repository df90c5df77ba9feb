/**
 * Layout of the one shared WebAssembly.Memory, in bytes. Everything that guest code touches lies in it. Translated code
 * addresses hart state through a base pointer (the hart block's address), never a constant, so that all harts share
 * translations. The order of X, F, PC, FFLAGS, FRM is also the layout of a user context (platform/platform.ts).
 */

/** Offsets in a hart block. x registers and f registers are 64-bit little-endian. */
export const HART = {
  X: 0 /* u64[32] */,
  F: 256 /* u64[32] */,
  PC: 512 /* u64 */,
  FFLAGS: 520 /* u32, accrued exceptions */,
  FRM: 524 /* u32 */,
  /** Exception of the last Exit.TRAP: cause as in mcause without the interrupt bit; pc is the faulting instruction's. */
  CAUSE: 528 /* u32 */,
  PRIVILEGE: 532 /* u32: 0 U, 1 S, 3 M */,
  TVAL: 536 /* u64 */,
  INSTRET: 544 /* u64, exact at every exit */,
  /** Instructions that may still retire in this slice; exit when it falls below ATTENTION. Signed. */
  BUDGET: 552 /* i32 */,
  /** 0, or a huge value that any thread may store to make this hart exit at its next budget check. */
  ATTENTION: 556 /* i32, atomic */,
  /** Pointers to the current banks (wasm addresses). */
  TLB_READ: 560 /* u32 */,
  TLB_WRITE: 564 /* u32 */,
  TLB_FETCH: 568 /* u32 */,
  JUMP_CACHE: 572 /* u32 */,
  /** LR reservation: physical address (wasm address of the bytes) and loaded value; address 0 means none. */
  RESERVATION: 576 /* u32 */,
  /** mstatus.FS != Off for the current mode. */
  FLOAT_ENABLED: 580 /* u32 */,
  RESERVED_VALUE: 584 /* u64 */,
  /** Arguments and results of calls between wasm and JavaScript that do not fit i32. */
  SCRATCH: 592 /* u64[8] */,
  HART_ID: 656 /* u32 */,
  /** CBO_ALLOWED bits of the cache-block instructions that the current privilege may execute. */
  CACHE_BLOCKS: 660 /* u32 */,
  /** What the engine looks up in page tables itself (machine/page-walks.ts): wasm address of an Sv39 root table; 0: it asks. */
  WALK_ROOT: 664 /* u32 */,
  /** PTE.U where leaves have to be user pages, else 0. */
  WALK_USER: 668 /* u32 */,
  /** Frames of RAM, which page tables and leaves lie in. */
  WALK_FRAMES: 672 /* u32 */,
  /** Not 0: for instructions, too. */
  WALK_FETCHES: 676 /* u32 */,
  /** Walks that it made. */
  WALKS: 680 /* u64 */,
  /** For the engine's own use (heat counters, current page, …). */
  ENGINE: 704 /* 320 bytes */,
  /** Pending interrupts, atomic. */
  MIP: 1024 /* u32 */,
  /** CSRs as 64-bit slots; indices are hart-state.ts's SLOT, at most 96. */
  CSR: 1032,
  /** Among them, how often each event of TOTAL has happened: u64[5]. */
  TOTALS: 1520,
  /** Not 0: branches are counted, by an interpreter that does (branch-counts.ts). */
  BRANCH_MODE: 1808 /* u32 */,
  BRANCHES: 1816 /* u64 */,
  BRANCH_MISSES: 1824 /* u64 */,
  /** BRANCH_PREDICTOR of record-layout.ts. */
  PREDICTOR: 1832 /* 512 bytes */,
  /** v registers (VLEN 128), vl, vtype, vstart, vcsr, and mstatus.VS != Off for the current mode. */
  V: 2560 /* u8[32][16] */,
  VL: 3072 /* u64 */,
  VTYPE: 3080 /* u64 */,
  VSTART: 3088 /* u64 */,
  VCSR: 3096 /* u32 */,
  VECTOR_ENABLED: 3100 /* u32 */,
  /** SBI hart state management: HART_STATE's words. */
  HART_STATE: 3200 /* 128 bytes */,
  /** What other threads ask of the one that runs this hart. */
  MAILBOX: 3328 /* 768 bytes */,
  SIZE: 4096,
} as const;

/** Index of an event in HART.TOTALS (counters.ts). */
export const TOTAL = {
  DTLB_READ_MISSES: 0,
  DTLB_WRITE_MISSES: 1,
  ITLB_MISSES: 2,
  EXCEPTIONS: 3,
  INTERRUPTS: 4,
} as const;

/** Bits of HART.CACHE_BLOCKS, as envcfg has them: of CBIE, the one that is set in both of its values that allow. */
export const CBO_ALLOWED = { inval: 1 << 4, clean: 1 << 6, flush: 1 << 6, zero: 1 << 7 } as const;
export const CACHE_BLOCK_BYTES = 64;

/** TLB entry: direct-mapped by virtual page number, TLB_ENTRIES entries of 16 bytes. */
export const TLB = {
  ENTRIES: 16384,
  ENTRY_BYTES: 16,
  /**
   * u64: virtual address of the page, so that tag ^ address is the offset in it, and beyond 4095 for other pages; in an empty entry
   * what no address that is looked for there matches (empty-banks.ts).
   */
  TAG: 0,
  /** u32: wasm address of the byte = (low 32 bits of va) + addend, modulo 2^32. */
  ADDEND: 8,
  /** Some lines of the host's caches more than the entries take, so that what belongs to one page in all tables and banks does not share their sets. */
  BANK_BYTES: 256 * 1024 + 1024,
} as const;

/**
 * A bank is cleared by one memory.fill of this byte: what is fresh memory already is an empty TLB entry, and one of the jump cache.
 * empty-banks.ts sees to the few addresses that zeros would name.
 */
export const BANK_CLEAR_BYTE = 0;

/** Jump cache entry: {u64 pc, u32 table slot, u32 unused}, at ((pc ^ pc >> 12) >> 1) & (ENTRIES - 1). */
export const JUMP_CACHE = {
  ENTRIES: 16384,
  ENTRY_BYTES: 16,
  PC: 0,
  SLOT: 8,
  BANK_BYTES: 256 * 1024,
  /** Each page has all of its 2048 possible pcs in one of these (jit/memory-forms.ts: jumpCacheOffset). */
  PARTS: 8,
  /** Low word of the pc in the first entry when it is empty: pc 0 is looked for there. Odd, so no pc equals it. */
  GUARD_PC: 1,
} as const;

/** Banks of {read TLB, write TLB, fetch TLB, jump cache} per hart; one per recently used (ASID, mode, SUM/MXR). */
export const BANKS_PER_HART = 8;
const TABLE_BYTES = 3 * TLB.BANK_BYTES + JUMP_CACHE.BANK_BYTES;

/** Behind a bank's tables: what was entered since they were emptied (tlb.ts). */
export const BANK_NOTES = {
  /** Entries that came into use. */
  ENTERED: TABLE_BYTES /* u32 */,
  /** Bit per part of the jump cache: a page that has its pcs there was fetched from. */
  JUMP_PARTS: TABLE_BYTES + 4 /* u32 */,
  /** Not 0 when the bank was ever in use, by whatever thread. */
  TOUCHED: TABLE_BYTES + 8 /* u32 */,
  /** Bit per entry of the fetch table from whose pages instructions were fetched. */
  FETCHED: TABLE_BYTES + 64 /* u32[ENTRIES / 32] */,
  /** Wasm addresses / 4 of the first MAX entries that came into use, each once. */
  NOTED: TABLE_BYTES + 64 + TLB.ENTRIES / 8 /* u32[MAX] */,
  /** Most processes enter fewer translations: their tables are emptied entry by entry, which leaves the host's caches alone. */
  MAX: 1024,
  BYTES: 10 * 1024,
} as const;

export const BANK_BYTES = TABLE_BYTES + BANK_NOTES.BYTES;
export const MAX_HARTS = 8;

export const HART_BLOCKS_BASE = 0x1_0000;
/** Word that the hart holds at 1 which compares and swaps 16 bytes: wasm has no such instruction. */
export const PAIR_LOCK = HART_BLOCKS_BASE - 8;
/** Word that is 1 while one thread runs all guest code. */
export const ALONE = HART_BLOCKS_BASE - 16;
export const BANKS_BASE = 0x2_0000;
/** Engine area: predecoded records and tables of the interpreter; the engine lays it out. */
export const ENGINE_BASE = BANKS_BASE + MAX_HARTS * BANKS_PER_HART * BANK_BYTES;
export const ENGINE_BYTES = 192 * 1024 * 1024;
/** Guest RAM begins here; physical RAM_PHYSICAL_BASE is wasm address RAM_BASE. */
export const RAM_BASE = ENGINE_BASE + ENGINE_BYTES;
export const RAM_PHYSICAL_BASE = 0x8000_0000;

/** The boot ROM: its first byte is at wasm address 0, its last page ends before the locks. */
export const ROM_BASE = 0x1000;
export const ROM_BYTES = 0xf000;

/** Wasm address of a physical address in ROM or RAM; other physical addresses have none. */
export function hostOf(pa: number): number {
  return pa < ROM_BASE + ROM_BYTES ? pa - ROM_BASE : pa - RAM_PHYSICAL_BASE + RAM_BASE;
}

export function physicalOf(host: number): number {
  return host < ROM_BYTES ? host + ROM_BASE : host - RAM_BASE + RAM_PHYSICAL_BASE;
}
