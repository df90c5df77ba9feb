/** Typed access to one hart block (hart-layout.ts): 64-bit state as pairs of 32-bit words, never BigInt. */
import { MIP } from '../isa/csr.ts';
import { HART, HART_BLOCKS_BASE } from './hart-layout.ts';
import type { PhysicalMemory } from './memory.ts';

/** Index of each stored CSR in the CSR area of a hart block; 64 bits each. */
export const SLOT = {
  mstatus: 0,
  medeleg: 1,
  mideleg: 2,
  mie: 3,
  mtvec: 4,
  mcounteren: 5,
  menvcfg: 6,
  mscratch: 7,
  mepc: 8,
  mcause: 9,
  mtval: 10,
  stvec: 11,
  scounteren: 12,
  senvcfg: 13,
  sscratch: 14,
  sepc: 15,
  scause: 16,
  stval: 17,
  stimecmp: 18,
  satp: 19,
  mcountinhibit: 20,
  mseccfg: 21,
  /** Who raises SEIP: SEIP_SOFTWARE, SEIP_LINE. */
  seipSources: 22,
  /** Counters 0 to 18 (counters.ts): what each is ahead of its event's total, or its value while it stands still. */
  counters: 23,
  /** mhpmevent of each of them. */
  events: 42,
  /** HART.TOTALS. */
  totals: (HART.TOTALS - HART.CSR) / 8,
  /** pmpcfg0 and pmpcfg2, pmpaddr0 to pmpaddr15. */
  pmpcfg: 70,
  pmpaddr: 72,
  /** tselect; tdata1 and tdata2 of four triggers. */
  tselect: 88,
  tdata1: 89,
  tdata2: 93,
} as const;
/** One of SLOT, or of a series that begins there. */
export type Slot = number;

/** The two sources that mip.SEIP is the OR of (privileged spec, section 3.1.9). */
export const SEIP_SOFTWARE = 1;
export const SEIP_LINE = 2;

const TWO_32 = 0x1_0000_0000;

export class HartState {
  readonly id: number;
  /** Wasm address of the block. */
  readonly block: number;
  /** The whole wasm memory; the block's words begin at `base`. */
  readonly words: Uint32Array;
  readonly base: number;

  constructor(memory: PhysicalMemory, id: number) {
    this.id = id;
    this.block = HART_BLOCKS_BASE + id * HART.SIZE;
    this.words = memory.words;
    this.base = this.block >>> 2;
  }

  /** Word at a byte offset in the block. */
  word(offset: number): number {
    return this.words[this.base + (offset >>> 2)] as number;
  }

  setWord(offset: number, value: number): void {
    this.words[this.base + (offset >>> 2)] = value;
  }

  /** 64-bit field as a number; exact below 2^53. */
  number(offset: number): number {
    const at = this.base + (offset >>> 2);
    const high = this.words[at + 1] as number;
    const low = this.words[at] as number;
    // Mostly small: then no floating point, and no number on the heap.
    return high === 0 ? low : high * TWO_32 + low;
  }

  low(slot: Slot): number {
    return this.word(HART.CSR + slot * 8);
  }

  high(slot: Slot): number {
    return this.word(HART.CSR + slot * 8 + 4);
  }

  set(slot: Slot, low: number, high: number): void {
    this.setWord(HART.CSR + slot * 8, low);
    this.setWord(HART.CSR + slot * 8 + 4, high);
  }

  get privilege(): number {
    return this.word(HART.PRIVILEGE);
  }

  /** Pending interrupts; devices of other threads change them, hence atomic. */
  get mip(): number {
    return this.word(HART.MIP);
  }

  setMip(bits: number, isPending: boolean): void {
    const at = this.base + (HART.MIP >>> 2);
    if (isPending) Atomics.or(this.words, at, bits);
    else Atomics.and(this.words, at, ~bits);
  }

  /** One of the sources that mip.SEIP is the OR of. Software of the hart and the PLIC's thread may change theirs at once. */
  setSeipSource(source: number, isHigh: boolean): void {
    const at = this.base + ((HART.CSR + SLOT.seipSources * 8) >>> 2);
    if (isHigh) Atomics.or(this.words, at, source);
    else Atomics.and(this.words, at, ~source);
    let sources: number;
    do {
      sources = Atomics.load(this.words, at);
      this.setMip(MIP.SEIP, sources !== 0);
    } while (Atomics.load(this.words, at) !== sources);
  }

  /** All but the mailbox, which belongs to the threads of the host. */
  clear(): void {
    this.words.fill(0, this.base, this.base + (HART.MAILBOX >>> 2));
    this.setWord(HART.HART_ID, this.id);
  }
}
