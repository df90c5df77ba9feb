/**
 * The seam between the hart (CSRs, MMU, traps, devices: this folder) and what executes instructions (the generated wasm
 * interpreter and the translator: jit/, and the interpreter's loader beside this file). All numbers are i32.
 */

/** Why Engine.run returned. State (pc, x, f, instret) is exact in every case. */
export const Exit = {
  /** The budget is spent or attention was raised. */
  BUDGET: 0,
  /** A synchronous exception: HART.CAUSE, HART.TVAL; PC is the instruction that trapped and has not retired. */
  TRAP: 1,
  /** wfi retired; PC is the next instruction. */
  WFI: 2,
  /** fence.i retired. */
  FENCE_I: 3,
  /** Privilege, satp or interrupt enables changed (csr write, mret, sret, sfence.vma): look for interrupts, run again. */
  SYSTEM: 4,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

/** Flags of EngineCalls.sfenceVma for sfence.w.inval and sfence.inval.ir. */
export const ORDER_ONLY = 4;

/** Translated code that is in place, or was. */
export interface InstalledRegion {
  /** Of its first instruction. */
  readonly physicalAddress: number;
  /** The halfwords of the page that it was made from. */
  readonly covered: Uint16Array;
  /** The page's halfwords. */
  readonly code: Uint16Array;
  /** Of its module. */
  readonly wasm: Uint8Array;
  /** Of its export. */
  readonly name: string;
}

/** Executes guest code on one hart block. */
export interface Engine {
  /** Run the hart whose block is at `hart` (wasm address) until one of the exits. */
  run(hart: number): Exit;
  /** As run, for exactly `count` instructions (one), whatever HART.BUDGET is. */
  step(hart: number, count?: number): Exit;
  /** The budget is spent: HART.BUDGET becomes the instructions that the slice is stretched by. run() does it by itself. */
  stretch(hart: number): void;
  /** Ask EngineCalls.breakpoint before the instruction at this physical address, from now on. */
  mark(physicalAddress: number): void;
  /** Forget the marks. */
  clearMarks(): void;
  /** The content of a physical page that may hold code changed (frame reuse, DMA, a store seen through CODE_PAGES), or all of them (fence.i). Forget its records and translations. */
  invalidatePage(physicalPage: number): void;
  invalidateAll(): void;
  /** Take in finished translations; called at slice ends. Must be cheap when there is nothing. */
  poll(): void;
  /** Counters for /proc/jit, by name. */
  statistics(): Record<string, number>;
  /** What was translated, where the translator keeps it to be shown. */
  regions?(): InstalledRegion[];
  close(): void;
}

/**
 * Slow paths that the engine's wasm imports, implemented by the hart. `hart` is the hart block's address. Each returns 0
 * when done, or 1 when it recorded an exception (CAUSE, TVAL) that the engine must leave with as Exit.TRAP.
 */
export interface EngineCalls {
  /** Load `size` bytes at virtual SCRATCH[0]; the zero-extended value goes to SCRATCH[1]. Walks, fills the read TLB, does MMIO and page-crossing accesses. */
  load(hart: number, size: number): number;
  /** Store the low `size` bytes of SCRATCH[1] at virtual SCRATCH[0]. */
  store(hart: number, size: number): number;
  /** For AMO, SC: translate virtual SCRATCH[0] (aligned) for writing; the wasm address goes to SCRATCH[1]. MMIO is an access fault. */
  translateWrite(hart: number, size: number): number;
  /** For LR. As translateWrite, for reading. */
  translateRead(hart: number, size: number): number;
  /** For instruction fetch: translate the page of virtual SCRATCH[0]; the wasm address of the page goes to SCRATCH[1]; fills the fetch TLB. */
  translateFetch(hart: number): number;
  /** CSR number `csr`; value in SCRATCH[0]. Read before write is guaranteed by the rows. Both may change privilege state. */
  readCsr(hart: number, csr: number): number;
  writeCsr(hart: number, csr: number): number;
  /** The time CSR, to SCRATCH[0]; 1 where the interpreter must read it: it is not allowed, or depends on the instructions retired. */
  readTime(hart: number): number;
  /** mret (3) or sret (1): sets PC and privilege. */
  trapReturn(hart: number, from: number): number;
  /** sfence.vma: SCRATCH[0] address, SCRATCH[1] asid; flags bit 0: has address, bit 1: has asid. ORDER_ONLY: no invalidation. */
  sfenceVma(hart: number, flags: number): number;
  /** wfi: 1 with an illegal instruction recorded where TW or U-mode forbids it. */
  waitForInterrupt(hart: number): number;
  /** A marked instruction is about to run; pc is its address. 1 where it must not: CAUSE is the debugger's. */
  breakpoint(hart: number): number;
  /** cbo.inval, cbo.clean, cbo.flush, which are allowed: whether the block at SCRATCH[0] can be accessed at all. */
  manageBlock(hart: number): number;
  /** Exact floating point in software. operation: index in isa/softfloat.ts; operands SCRATCH[0..2]; result SCRATCH[0]; ORs FFLAGS. rm is resolved (0-4). */
  softFloat(hart: number, operation: number, rm: number): number;
}
