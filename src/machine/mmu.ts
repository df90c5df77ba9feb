/** Address translation: privileged spec 20240411, section 10.3.2. Sv48 and Sv57 are Sv39 with one and two levels more. */
import { PRIVILEGE } from '../isa/csr.ts';
import {
  LEVEL_SIZE,
  NAPOT_64K,
  PTE,
  PTE_BYTES,
  PTE_HIGH,
  PTE_LEAF,
  PTE_PPN_SHIFT,
} from '../isa/sv39.ts';
import { CAUSE, causeName } from '../isa/trap.ts';
import { log } from '../lib/log.ts';
import { PAGE_BYTES, type PhysicalMemory } from './memory.ts';

export const ACCESS = { FETCH: 0, LOAD: 1, STORE: 2 } as const;
export type Access = (typeof ACCESS)[keyof typeof ACCESS];

/** Physical memory protection of a hart (pmp.ts), as far as walks ask it: 0 is no. */
interface Protection {
  cover(pa: number, size: number, access: Access, privilege: number): number;
}

/** How a hart's addresses are translated for one kind of access. */
export interface Translation {
  /** Levels of page tables; 0 for none: the address is physical. */
  levels: number;
  /** Physical address of the root table. */
  root: number;
  privilege: number;
  /** mstatus.SUM: S-mode may load from and store to U pages. */
  sum: boolean;
  /** mstatus.MXR: executable pages can be loaded from. */
  mxr: boolean;
  /** menvcfg.ADUE (Svadu): A and D are set by walks. Otherwise their lack is a page fault (Svade). */
  updates: boolean;
  /** menvcfg.PBMTE (Svpbmt): leaves have a memory type, which makes no difference here. */
  pbmt: boolean;
  /** Svnapot: leaves of 64 KiB. */
  napot: boolean;
  readonly protection: Protection;
}

/** Of M-mode, before anything is known. */
export function untranslated(protection: Protection, napot: boolean): Translation {
  return {
    levels: 0,
    root: 0,
    privilege: PRIVILEGE.MACHINE,
    sum: false,
    mxr: false,
    updates: false,
    pbmt: false,
    napot,
    protection,
  };
}

const PAGE_FAULT: readonly number[] = [
  CAUSE.INSTRUCTION_PAGE_FAULT,
  CAUSE.LOAD_PAGE_FAULT,
  CAUSE.STORE_PAGE_FAULT,
];
export const ACCESS_FAULT: readonly number[] = [
  CAUSE.INSTRUCTION_ACCESS_FAULT,
  CAUSE.LOAD_ACCESS_FAULT,
  CAUSE.STORE_ACCESS_FAULT,
];

const TWO_32 = 0x1_0000_0000;
const RESERVED_IN_POINTER = PTE.A | PTE.D | PTE.U;

/** Shift that brings the sign bit of a canonical address to bit 31 of its upper word, by number of levels. */
const CANONICAL_SHIFT: readonly number[] = [0, 0, 0, 25, 16, 7];

/** VPN[level] of the virtual address (high, low). */
function vpn(level: number, low: number, high: number): number {
  switch (level) {
    case 0:
      return (low >>> 12) & 511;
    case 1:
      return (low >>> 21) & 511;
    case 2:
      return ((high << 2) | (low >>> 30)) & 511;
    case 3:
      return (high >>> 7) & 511;
    default:
      return (high >>> 16) & 511;
  }
}

/** --trace page of machines: each walk. */
const channel = log.channel('walk');
const ACCESS_NAMES: readonly string[] = ['fetch', 'load', 'store'];

/** Whether each walk is to be shown. */
export function areWalksTraced(): boolean {
  return channel.isOn;
}

function traceWalk(t: Translation, low: number, high: number, access: Access, pa: number): void {
  const va = ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString(16).padStart(16, '0');
  const result = pa < 0 ? causeName(-pa) : `pa ${pa.toString(16)}`;
  channel.write(`${ACCESS_NAMES[access] ?? ''} ${va} root ${t.root.toString(16)}: ${result}`);
}

export class Mmu {
  private readonly memory: PhysicalMemory;
  /** Whether the last translation went through a leaf above level 0. */
  isSuperpage = false;
  /** Page-table walks since the start. */
  walks = 0;

  constructor(memory: PhysicalMemory) {
    this.memory = memory;
  }

  /** Physical address of virtual (high, low), or minus the exception's cause. Sets A, and D for a store, as hardware does. */
  translate(t: Translation, low: number, high: number, access: Access): number {
    this.isSuperpage = false;
    if (t.levels === 0) return (high >>> 0) * TWO_32 + (low >>> 0);
    const shift = CANONICAL_SHIFT[t.levels] as number;
    if ((high << shift) >> shift !== (high | 0)) return -(PAGE_FAULT[access] as number);
    this.walks++;
    const pa = this.walk(t, low, high, access);
    if (channel.isOn) traceWalk(t, low, high, access, pa);
    return pa;
  }

  private walk(t: Translation, low: number, high: number, access: Access): number {
    const { u32, base, size } = this.memory;
    let table = t.root;
    for (let level = t.levels - 1; level >= 0; level--) {
      const at = table - base + vpn(level, low, high) * PTE_BYTES;
      if (at < 0 || at >= size || !mayWalk(t, at + base, ACCESS.LOAD)) {
        return -(ACCESS_FAULT[access] as number);
      }
      const pte = u32[at >>> 2] as number;
      const upper = u32[(at >>> 2) + 1] as number;
      if (
        (pte & PTE.V) === 0 ||
        (pte & (PTE.R | PTE.W)) === PTE.W ||
        (upper & PTE_HIGH.RESERVED) !== 0
      ) {
        return -(PAGE_FAULT[access] as number);
      }
      if ((pte & PTE_LEAF) !== 0) return this.leaf(t, low, high, access, level, at);
      if ((pte & RESERVED_IN_POINTER) !== 0 || (upper & ~PTE_HIGH.PPN) !== 0) {
        return -(PAGE_FAULT[access] as number);
      }
      table = targetOf(pte, upper);
    }
    return -(PAGE_FAULT[access] as number);
  }

  private leaf(
    t: Translation,
    low: number,
    high: number,
    access: Access,
    level: number,
    at: number,
  ): number {
    const index = at >>> 2;
    const pte = this.memory.u32[index] as number;
    const upper = this.memory.u32[index + 1] as number;
    const target = targetOf(pte, upper);
    const span = LEVEL_SIZE[level] as number;
    // A remainder takes longer than the rest of the walk.
    const isAligned = level === 0 || target % span === 0;
    if (!isPermitted(pte, t, access) || !isAligned || !isLegalKind(t, level, pte, upper)) {
      return -(PAGE_FAULT[access] as number);
    }
    const wanted = access === ACCESS.STORE ? PTE.A | PTE.D : PTE.A;
    if ((pte & wanted) !== wanted) {
      if (!t.updates) return -(PAGE_FAULT[access] as number);
      if (!mayWalk(t, at + this.memory.base, ACCESS.STORE)) {
        return -(ACCESS_FAULT[access] as number);
      }
      // Another hart may be changing the entry: set the bits only if it is still the one that was checked.
      if (Atomics.compareExchange(this.memory.u32, index, pte, pte | wanted) !== pte) {
        return this.walk(t, low, high, access);
      }
    }
    if (upper >>> 31 !== 0) {
      // One page of sixteen: the four low bits of the PPN are the address's. As with superpages, a fence names any of them.
      this.isSuperpage = true;
      return target - NAPOT_64K * PAGE_BYTES + (low & 0xffff);
    }
    if (level === 0) return target + (low & 0xfff);
    this.isSuperpage = true;
    // A whole address of the upper half is not exact as a number: its words are cut to the span first.
    if (span <= TWO_32) return target + ((low >>> 0) % span);
    return target + ((high >>> 0) % (span / TWO_32)) * TWO_32 + (low >>> 0);
  }
}

/** Physical address that an entry points to. */
function targetOf(pte: number, upper: number): number {
  return (upper & PTE_HIGH.PPN) * (TWO_32 * 4) + (pte >>> PTE_PPN_SHIFT) * PAGE_BYTES;
}

/** Accesses of walks have the privilege S, and obey physical memory protection. */
function mayWalk(t: Translation, pa: number, access: Access): boolean {
  return t.protection.cover(pa, PTE_BYTES, access, PRIVILEGE.SUPERVISOR) !== 0;
}

/** Bits N and PBMT of a leaf. */
function isLegalKind(t: Translation, level: number, pte: number, upper: number): boolean {
  const type = upper & PTE_HIGH.PBMT;
  if (type !== 0 && (!t.pbmt || type === PTE_HIGH.PBMT)) return false;
  if (upper >>> 31 === 0) return true;
  return t.napot && level === 0 && ((pte >>> PTE_PPN_SHIFT) & 15) === NAPOT_64K;
}

function isPermitted(pte: number, t: Translation, access: Access): boolean {
  if ((pte & PTE.U) !== 0) {
    if (t.privilege !== PRIVILEGE.USER && (access === ACCESS.FETCH || !t.sum)) return false;
  } else if (t.privilege === PRIVILEGE.USER) {
    return false;
  }
  if (access === ACCESS.FETCH) return (pte & PTE.X) !== 0;
  if (access === ACCESS.STORE) return (pte & PTE.W) !== 0;
  return (pte & PTE.R) !== 0 || (t.mxr && (pte & PTE.X) !== 0);
}
