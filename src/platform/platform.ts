/**
 * The one door between the kernel and the hardware: types and layout constants only. The kernel is the supervisor: user
 * code runs by resume(), every trap from U-mode comes back as an event, devices are reached by MMIO and interrupts.
 */

/** A user context is a Uint32Array of CONTEXT_WORDS: 64-bit registers as little-endian pairs (low, high). */
export const CONTEXT = {
  /** Index of the low word of x0; xN is at X + 2 * N. */
  X: 0,
  F: 64,
  PC: 128,
  FFLAGS: 130,
  FRM: 131,
  WORDS: 132,
} as const;

/** Vector state of a user context: v0 to v31, then 64-bit CSRs as pairs of words. */
export const VECTOR_CONTEXT = {
  V: 0,
  VL: 128,
  VTYPE: 130,
  VSTART: 132,
  VCSR: 134,
  WORDS: 135,
} as const;

/** Vector registers of harts with the V extension. */
export interface VectorPlatform {
  /** Copy a hart's state in VECTOR_CONTEXT layout; false if it is the initial one: no vector instruction has run. */
  save(hart: number, to: Uint32Array): boolean;
  /** Load it, or the initial state. A vtype or vl that cannot be is replaced by one that can. */
  restore(hart: number, from: Uint32Array | undefined): void;
}

/** Branches of harts' user code. */
export interface BranchPlatform {
  /** They are counted from the hart's next resume on, or no more. Much slower than what is translated. */
  count(hart: number, isOn: boolean): void;
  /** While they were counted: branches, jumps, calls and returns. */
  passed(hart: number): number;
  /** Of them, conditional branches that the hart's model predicted wrong. */
  missed(hart: number): number;
}

export interface Trap {
  hart: number;
  isInterrupt: boolean;
  /** Exception or interrupt code as in scause (privileged spec, "scause"): interrupts 1 software, 5 timer, 9 external. */
  cause: number;
  /** stval as an unsigned number; exact below 2^53, which all user addresses are. */
  tval: number;
  /** From 2^53 on, stval itself. */
  exactTval?: bigint | undefined;
}

export interface PlatformMemory {
  /** Physical address of the first byte; index into the views is pa - base. */
  readonly base: number;
  readonly size: number;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  /** Physical addresses; bulk copies and fills run in wasm. */
  copy(destination: number, source: number, length: number): void;
  fill(destination: number, value: number, length: number): void;
}

/** What runs below the kernel, in the terms of the SBI (RISC-V SBI 2.0, chapter 4). */
export interface Firmware {
  readonly name: string;
  /** Major version in bits 30 to 24, minor in 23 to 0. */
  readonly specificationVersion: number;
  readonly implementationId: number;
  readonly implementationVersion: number;
}

export interface Platform {
  readonly harts: number;
  /** The hart that is in the kernel's own thread, where traps of the others must be handed to another; undefined when all are alike. */
  readonly nearHart?: number;
  /** This platform does for its kernel what firmware does by environment calls: timers, IPIs, fences, start and stop of harts. */
  readonly firmware: Firmware;
  readonly memory: PlatformMemory;
  /** Flattened device tree (bytes of the blob). */
  readonly deviceTree: Uint8Array;
  /** Ticks per second of time(), as timebase-frequency in the device tree. */
  readonly timebaseHz: number;

  /** The live registers of a hart in CONTEXT layout: the kernel reads arguments and writes results here. Valid for the machine's life. */
  registers(hart: number): Uint32Array;
  /** Absent on a machine without V. */
  readonly vector?: VectorPlatform | undefined;
  /** Point a hart at a root page table. Switching flushes nothing that belongs to another asid. */
  setAddressSpace(hart: number, rootPhysicalAddress: number, asid: number): void;
  /** sfence.vma on all harts: one page, or the whole asid when virtualAddress is undefined. */
  flushTlb(asid: number, virtualAddress?: number): void;
  /** Entries of the asid have lost W and nothing else: sfence.vma on all harts for its stores. */
  protectTlb(asid: number): void;
  /** The frame's content was replaced by the kernel or by DMA: forget translations of code in it. Cheap for frames that never held code. */
  invalidateCode(physicalAddress: number): void;
  /** User's fence.i (riscv_flush_icache). */
  fenceI(): void;

  /** Let the hart run user code from its registers at the next nextEvent(). */
  resume(hart: number): void;
  /** Nothing to run on this hart: it sleeps until an interrupt. */
  idle(hart: number): void;
  /**
   * Run the harts until one of them traps: an exception from user mode, a timer interrupt after setTimer, or an external
   * interrupt. The result is one object, overwritten by the next call. An idle machine sleeps here without using the host's CPU, or
   * gives undefined where the thread is not its own: it rests.
   */
  nextEvent(): Trap | undefined;

  /** Raise the software interrupt (cause 1) of a hart: an interprocessor interrupt. Any number before it is taken are one. */
  sendIpi(hart: number): void;

  /** Monotonic time in ticks since reset: mtime. */
  time(): number;
  /** Raise the timer interrupt of this hart when time() reaches `ticks`; Infinity disables it. */
  setTimer(hart: number, ticks: number): void;
  /** Nanoseconds since 1970 for the wall clock at reset come from the RTC device, not from here. */

  /** Retired instructions of a hart, and of all harts. */
  instret(hart: number): number;
  readonly branches: BranchPlatform;
  /** Let `ns` of virtual time pass (deterministic mode: cost of a system call); no effect in real time. */
  charge(ns: number): void;

  readMmio(physicalAddress: number, size: 1 | 2 | 4): number;
  writeMmio(physicalAddress: number, size: 1 | 2 | 4, value: number): void;

  /** Counters for /proc/jit, /proc/tlbstat. */
  statistics(): Record<string, number>;
  /** Stop the machine: the current nextEvent() caller must return after this. */
  powerOff(status: number): void;
}
