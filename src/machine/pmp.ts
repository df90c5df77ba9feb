/**
 * Physical memory protection of one hart: privileged spec 20240411, section 3.7, with mseccfg (Smepmp 1.0). 16 entries of a
 * granularity of 4 bytes. Asked when a page enters the TLB and for each access that does not come from there.
 */
import { MSECCFG, PMP_ENTRIES, PMPCFG, PRIVILEGE } from '../isa/csr.ts';
import { type HartState, SLOT } from './hart-state.ts';
import { ACCESS, type Access } from './mmu.ts';

/** How much of an access, or of the page around it, is allowed. */
export const COVER = {
  /** The access is not. */
  NONE: 0,
  /** The access is, but not all of its page. */
  PART: 1,
  /** All of its page is: the TLB may know it. */
  PAGE: 2,
} as const;
export type Cover = (typeof COVER)[keyof typeof COVER];

interface Range {
  /** Physical addresses [start, end); exact below LIMIT. */
  readonly start: number;
  readonly end: number;
  /** PMPCFG.R, W and X that M-mode has here, and S- and U-mode. */
  readonly machine: number;
  readonly other: number;
}

const TWO_32 = 0x1_0000_0000;
const PAGE_BYTES = 4096;
/** No memory lies beyond: ranges are cut here, so that numbers are exact. */
const LIMIT = 2 ** 50;
const ALL = PMPCFG.R | PMPCFG.W | PMPCFG.X;
const NEEDED: Readonly<Record<Access, number>> = {
  [ACCESS.FETCH]: PMPCFG.X,
  [ACCESS.LOAD]: PMPCFG.R,
  [ACCESS.STORE]: PMPCFG.W,
};

/** Smepmp's table for R=0 W=1 by L and X: what M-mode and the others have. */
const SHARED: Readonly<Record<number, readonly [number, number]>> = {
  [PMPCFG.W]: [PMPCFG.R | PMPCFG.W, PMPCFG.R],
  [PMPCFG.W | PMPCFG.X]: [PMPCFG.R | PMPCFG.W, PMPCFG.R | PMPCFG.W],
  [PMPCFG.L | PMPCFG.W]: [PMPCFG.X, PMPCFG.X],
  [PMPCFG.L | PMPCFG.W | PMPCFG.X]: [PMPCFG.R | PMPCFG.X, PMPCFG.X],
  [PMPCFG.L | ALL]: [PMPCFG.R, PMPCFG.R],
};

/** Permissions of [M-mode, the others] under an entry. */
function permissions(config: number, isLockdown: boolean): readonly [number, number] {
  const bits = config & ALL;
  const isLocked = (config & PMPCFG.L) !== 0;
  if (!isLockdown) return [isLocked ? bits : ALL, bits];
  return SHARED[config & (PMPCFG.L | ALL)] ?? (isLocked ? [bits, 0] : [0, bits]);
}

/** Whether an entry lets M-mode execute when mseccfg.MML is set. */
function isMachineCode(config: number): boolean {
  return (config & PMPCFG.L) !== 0 && (permissions(config, true)[0] & PMPCFG.X) !== 0;
}

export class Pmp {
  private readonly state: HartState;
  private ranges: readonly Range[] = [];
  /** The first entry permits everything: the usual case. */
  isOpen = false;

  constructor(state: HartState) {
    this.state = state;
  }

  /** pmpcfg of an entry. */
  config(entry: number): number {
    const slot = SLOT.pmpcfg + (entry >>> 3);
    const word = (entry & 4) === 0 ? this.state.low(slot) : this.state.high(slot);
    return (word >>> (8 * (entry & 3))) & 0xff;
  }

  /** Four entries from `first` on, as a write of half a pmpcfg register has them. */
  writeConfigs(first: number, word: number): void {
    let result = 0;
    for (let k = 0; k < 4; k++) {
      result |= this.legalConfig(first + k, (word >>> (8 * k)) & 0xff) << (8 * k);
    }
    const { state } = this;
    const slot = SLOT.pmpcfg + (first >>> 3);
    if ((first & 4) === 0) state.set(slot, result, state.high(slot));
    else state.set(slot, state.low(slot), result);
  }

  private legalConfig(entry: number, value: number): number {
    const old = this.config(entry);
    const security = this.state.low(SLOT.mseccfg);
    const bypasses = (security & MSECCFG.RLB) !== 0;
    if ((old & PMPCFG.L) !== 0 && !bypasses) return old;
    const config = value & (PMPCFG.L | PMPCFG.A | ALL);
    if ((security & MSECCFG.MML) !== 0) {
      return isMachineCode(config) && !bypasses ? old : config;
    }
    // Writable but not readable is reserved.
    return (config & (PMPCFG.R | PMPCFG.W)) === PMPCFG.W ? config & ~PMPCFG.W : config;
  }

  /** pmpaddr is locked with its entry, and with the next one where that takes it as its start. */
  isAddressLocked(entry: number): boolean {
    if ((this.state.low(SLOT.mseccfg) & MSECCFG.RLB) !== 0) return false;
    if ((this.config(entry) & PMPCFG.L) !== 0) return true;
    const next = entry + 1 < PMP_ENTRIES ? this.config(entry + 1) : 0;
    return (next & PMPCFG.L) !== 0 && (next & PMPCFG.A) === PMPCFG.TOR;
  }

  /** MML and MMWP stay set; RLB cannot be set any more once an entry is locked. */
  writeSecurity(value: number): void {
    const { state } = this;
    const old = state.low(SLOT.mseccfg);
    const hasLocked = Array.from({ length: PMP_ENTRIES }, (_, k) => this.config(k)).some(
      (config) => (config & PMPCFG.L) !== 0,
    );
    const sticky = old & (MSECCFG.MML | MSECCFG.MMWP);
    const bypass = hasLocked && (old & MSECCFG.RLB) === 0 ? 0 : value & MSECCFG.RLB;
    state.set(SLOT.mseccfg, sticky | (value & (MSECCFG.MML | MSECCFG.MMWP)) | bypass, 0);
  }

  /** Follow a change of the registers. */
  update(): void {
    const ranges: Range[] = [];
    const isLockdown = (this.state.low(SLOT.mseccfg) & MSECCFG.MML) !== 0;
    for (let entry = 0; entry < PMP_ENTRIES; entry++) {
      const config = this.config(entry);
      const [start, end] = this.bounds(entry, config & PMPCFG.A);
      if (start >= end) continue;
      const [machine, other] = permissions(config, isLockdown);
      ranges.push({ start, end, machine, other });
    }
    this.ranges = ranges;
    const [first] = ranges;
    this.isOpen =
      first?.start === 0 && first.end === LIMIT && first.machine === ALL && first.other === ALL;
  }

  /** Physical address in pmpaddr of an entry; -1 stands for 0 (the start of a first entry of kind TOR). */
  private address(entry: number): number {
    if (entry < 0) return 0;
    const slot = SLOT.pmpaddr + entry;
    return Math.min(LIMIT, 4 * (this.state.high(slot) * TWO_32 + this.state.low(slot)));
  }

  private bounds(entry: number, kind: number): readonly [start: number, end: number] {
    const at = this.address(entry);
    if (kind === PMPCFG.OFF) return [0, 0];
    if (kind === PMPCFG.TOR) return [this.address(entry - 1), at];
    if (kind === PMPCFG.NA4) return [at, at + 4];
    const bytes = this.napotBytes(entry);
    // Larger than what there is: then it begins at 0.
    if (bytes >= LIMIT) return [0, LIMIT];
    const start = at - (at % bytes);
    return [start, start + bytes];
  }

  /** Eight bytes, doubled for each one at the end of pmpaddr. */
  private napotBytes(entry: number): number {
    const slot = SLOT.pmpaddr + entry;
    const low = this.state.low(slot);
    const ones = (word: number): number =>
      word === 0xffff_ffff ? 32 : 31 - Math.clz32(~word & (word + 1));
    const count = ones(low);
    return 8 * 2 ** (count < 32 ? count : 32 + ones(this.state.high(slot)));
  }

  /**
   * The entry of the lowest number that touches an access decides, and must hold all of it. `privilege` is the effective
   * one. The access lies in one page, below LIMIT.
   */
  cover(pa: number, size: number, access: Access, privilege: number): Cover {
    if (this.isOpen) return COVER.PAGE;
    const page = pa - (pa % PAGE_BYTES);
    const isMachine = privilege === PRIVILEGE.MACHINE;
    const needed = NEEDED[access];
    let decided: boolean | undefined;
    let isMixed = false;
    for (const { start, end, machine, other } of this.ranges) {
      if (end <= page || start >= page + PAGE_BYTES) continue;
      const isGranted = ((isMachine ? machine : other) & needed) !== 0;
      const isWhole = start <= page && end >= page + PAGE_BYTES;
      if (decided === undefined && pa < end && pa + size > start) {
        decided = isGranted && start <= pa && end >= pa + size;
      }
      if (isWhole) {
        if (isMixed) return decided === true ? COVER.PART : COVER.NONE;
        return isGranted ? COVER.PAGE : COVER.NONE;
      }
      isMixed = true;
    }
    decided ??= this.isGrantedByDefault(isMachine, needed);
    if (!decided) return COVER.NONE;
    return isMixed ? COVER.PART : COVER.PAGE;
  }

  /** Section 3.7.1: what no entry matches is M-mode's only; mseccfg takes it from that, too, or the code there. */
  private isGrantedByDefault(isMachine: boolean, needed: number): boolean {
    const security = this.state.low(SLOT.mseccfg);
    if (!isMachine || (security & MSECCFG.MMWP) !== 0) return false;
    return (security & MSECCFG.MML) === 0 || needed !== PMPCFG.X;
  }
}
