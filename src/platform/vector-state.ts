/** The vector part of Platform: state is dirty from a task's first vector instruction on, as mstatus.VS says. */
import { MSTATUS } from '../isa/csr.ts';
import { legalConfiguration } from '../isa/vector/vtype.ts';
import type { Hart } from '../machine/hart.ts';
import { HART } from '../machine/hart-layout.ts';
import { SLOT } from '../machine/hart-state.ts';
import { VECTOR_CONTEXT, type VectorPlatform } from './platform.ts';

const VS_INITIAL = 1 << 9;
const VSTART_MASK = 127;
const VCSR_MASK = 7;

export class VectorState implements VectorPlatform {
  private readonly harts: readonly Hart[];
  private readonly views: readonly Uint32Array[];

  constructor(harts: readonly Hart[], memory: WebAssembly.Memory) {
    this.harts = harts;
    this.views = harts.map(
      ({ state }) => new Uint32Array(memory.buffer, state.block + HART.V, VECTOR_CONTEXT.WORDS),
    );
    for (const hart of harts.keys()) this.setInitial(hart);
  }

  save(hart: number, to: Uint32Array): boolean {
    if (!this.isDirty(hart)) return false;
    to.set(this.views[hart] as Uint32Array);
    return true;
  }

  restore(hart: number, from: Uint32Array | undefined): void {
    if (from === undefined) {
      if (this.isDirty(hart)) this.setInitial(hart);
      return;
    }
    const view = this.views[hart] as Uint32Array;
    view.set(from);
    const { VL, VTYPE, VSTART, VCSR } = VECTOR_CONTEXT;
    const legal = legalConfiguration(from, VTYPE, VL);
    view.set(legal.vtype, VTYPE);
    view.set([legal.vl, 0], VL);
    view.set([(from[VSTART] as number) & VSTART_MASK, 0], VSTART);
    view[VCSR] = (from[VCSR] as number) & VCSR_MASK;
    this.setStatus(hart, MSTATUS.VS);
  }

  private isDirty(hart: number): boolean {
    const status = this.harts[hart]?.state.low(SLOT.mstatus) ?? 0;
    return (status & MSTATUS.VS) === MSTATUS.VS;
  }

  /** All registers 0, and vl and vtype, as Linux restores it; the first vector instruction traps and makes it dirty. */
  private setInitial(hart: number): void {
    (this.views[hart] as Uint32Array).fill(0);
    this.setStatus(hart, VS_INITIAL);
  }

  private setStatus(hart: number, vs: number): void {
    const h = this.harts[hart] as Hart;
    const others = h.state.low(SLOT.mstatus) & ~MSTATUS.VS;
    h.state.set(SLOT.mstatus, others | vs, 0);
    h.state.setWord(HART.VECTOR_ENABLED, vs === MSTATUS.VS ? 1 : 0);
  }
}
