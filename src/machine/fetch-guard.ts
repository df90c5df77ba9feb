/**
 * Pages that may be executed in part only: physical memory protection ends in them, or a trigger lies there. Their
 * instructions in question are marked (Engine.mark), so that the engine asks before it runs one; all others cost nothing.
 */
import { lengthOf } from '../isa/decode.ts';
import { CAUSE } from '../isa/trap.ts';
import type { DebugPoints } from './debug/points.ts';
import type { Hart } from './hart.ts';
import { HART } from './hart-layout.ts';
import { PAGE_BYTES, type PhysicalMemory } from './memory.ts';
import { ACCESS, type Mmu } from './mmu.ts';
import { COVER } from './pmp.ts';

const HALFWORD = 2;
const LONG = 4;

/** Why an instruction must not run. */
export interface Refusal {
  readonly cause: number;
  /** Bytes from the instruction's address to the one at fault. */
  readonly offset: number;
}

export class FetchGuard {
  private readonly memory: PhysicalMemory;
  private readonly mmu: Mmu;
  private readonly points: DebugPoints;
  /** Whether there are marks of this guard. */
  private hasMarks = false;

  constructor(memory: PhysicalMemory, mmu: Mmu, points: DebugPoints) {
    this.memory = memory;
    this.mmu = mmu;
    this.points = points;
  }

  /**
   * The page of virtual (low, high), `pa`, is about to be fetched from. Returns false where it must not enter the TLB.
   */
  fetched(hart: Hart, low: number, high: number, pa: number, isWhole: boolean): boolean {
    const page = pa - (pa % PAGE_BYTES);
    if (hart.triggers.hasCode) {
      for (const offset of hart.triggers.codeOffsets(low, high)) this.mark(page + offset);
    }
    if (isWhole) return true;
    const { pmp, code } = hart;
    for (let offset = 0; offset < PAGE_BYTES; offset += HALFWORD) {
      const size = offset + LONG > PAGE_BYTES ? HALFWORD : LONG;
      const cover = pmp.cover(page + offset, size, ACCESS.FETCH, code.privilege);
      if (cover === COVER.NONE) this.mark(page + offset);
    }
    // The second half of an instruction that begins in the page before is looked for in the TLB only.
    return pmp.cover(page, HALFWORD, ACCESS.FETCH, code.privilege) !== COVER.NONE;
  }

  private mark(pa: number): void {
    this.hasMarks = true;
    this.points.marker.mark(pa);
  }

  /** Protection or triggers of a hart have changed: the marks are made again, which all tables must let happen. */
  changed(harts: readonly Hart[]): void {
    if (!this.hasMarks) return;
    this.hasMarks = false;
    this.points.marker.clearMarks();
    for (const { banks } of harts) banks.forget();
  }

  /** A marked instruction is about to run: what speaks against it, if anything. */
  refusal(hart: Hart): Refusal | undefined {
    const { state, triggers, pmp, code } = hart;
    const low = state.word(HART.PC);
    const high = state.word(HART.PC + 4);
    if (triggers.hasCode && triggers.hitsCode(low, high)) {
      return { cause: CAUSE.BREAKPOINT, offset: 0 };
    }
    const pa = this.mmu.translate(code, low, high, ACCESS.FETCH);
    const host = pa < 0 ? -1 : this.memory.codeAt(pa);
    if (host < 0) return undefined;
    const halfword = this.memory.codeHalfword(host);
    // What lies in the next page is checked when that is translated.
    const length = pa % PAGE_BYTES === PAGE_BYTES - HALFWORD ? HALFWORD : lengthOf(halfword);
    for (let offset = 0; offset < length; offset += HALFWORD) {
      const cover = pmp.cover(pa + offset, HALFWORD, ACCESS.FETCH, code.privilege);
      if (cover === COVER.NONE) return { cause: CAUSE.INSTRUCTION_ACCESS_FAULT, offset };
    }
    return undefined;
  }
}
