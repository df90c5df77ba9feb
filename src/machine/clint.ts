/** Core-local interruptor: mtime, mtimecmp and msip of each hart. RISC-V ACLINT specification 1.0, in SiFive's layout. */
import { MIP } from '../isa/csr.ts';
import type { Clock } from './clock.ts';
import { BUS_ERROR, type Device } from './device.ts';
import type { StateValue } from './state.ts';
import { StateFields } from './state-fields.ts';

export const CLINT_BYTES = 0x1_0000;
const MTIMECMP = 0x4000;
const MTIME = 0xbff8;
const TWO_32 = 0x1_0000_0000;

/** Bytes of registers that the threads of a machine share: the offset of mtime, mtimecmp and msip of each hart. */
export function clintSharedBytes(harts: number): number {
  return 8 + 12 * harts;
}

/** What the CLINT does to a hart. */
export interface ClintTarget {
  setMip(bits: number, isPending: boolean): void;
}

export class Clint implements Device {
  readonly isWide = true;
  private readonly clock: Clock;
  private readonly harts: readonly ClintTarget[];
  private readonly onTimerChange: (hart?: number) => void;
  /** Pairs of words: low, high. */
  private readonly mtimecmp: Uint32Array;
  private readonly msip: Uint32Array;
  /** mtime minus the clock, in ticks: software may set mtime. */
  private readonly offsets: Float64Array;
  /** The harts whose MTIP this thread drives. */
  private own: readonly number[];
  readonly shared: SharedArrayBuffer;

  /**
   * `onTimerChange` is called when the deadline of a hart, or of all, may have moved. `sharing`: the registers of another
   * thread's CLINT, and the one hart that this thread runs.
   */
  constructor(
    clock: Clock,
    harts: readonly ClintTarget[],
    onTimerChange: (hart?: number) => void,
    sharing?: { readonly registers: SharedArrayBuffer; readonly hart: number },
  ) {
    this.clock = clock;
    this.harts = harts;
    this.onTimerChange = onTimerChange;
    this.shared = sharing?.registers ?? new SharedArrayBuffer(clintSharedBytes(harts.length));
    this.offsets = new Float64Array(this.shared, 0, 1);
    this.mtimecmp = new Uint32Array(this.shared, 8, 2 * harts.length);
    this.msip = new Uint32Array(this.shared, 8 + 8 * harts.length, harts.length);
    this.own = sharing ? [sharing.hart] : [...harts.keys()];
    if (!sharing) this.mtimecmp.fill(0xffff_ffff);
  }

  private get offset(): number {
    return this.offsets[0] as number;
  }

  private set offset(ticks: number) {
    this.offsets[0] = ticks;
  }

  /** From now on other threads drive the MTIP of all harts but `hart`. */
  driveOnly(hart: number): void {
    this.own = [hart];
  }

  reset(): void {
    this.mtimecmp.fill(0xffff_ffff);
    this.msip.fill(0);
    this.offset = 0;
    for (const hart of this.harts) hart.setMip(MIP.MSIP | MIP.MTIP, false);
  }

  save(): StateValue {
    return { mtimecmp: [...this.mtimecmp], msip: [...this.msip], offset: this.offset };
  }

  /** The clock is the machine's, and restored before. */
  restore(state: StateValue): void {
    const fields = new StateFields('clint', state);
    this.mtimecmp.set(fields.numbers('mtimecmp', this.mtimecmp.length));
    this.msip.set(fields.numbers('msip', this.msip.length));
    this.offset = fields.number('offset');
    for (const [id, hart] of this.harts.entries()) hart.setMip(MIP.MSIP, this.msip[id] === 1);
    this.update();
    this.onTimerChange();
  }

  /** Ticks of the clock at which the hart's mtimecmp is reached. */
  deadline(hart: number): number {
    const high = this.mtimecmp[2 * hart + 1] as number;
    return high * TWO_32 + (this.mtimecmp[2 * hart] as number) - this.offset;
  }

  /** MTIP is set exactly while mtime >= mtimecmp. */
  update(): void {
    const now = this.clock.now();
    for (const id of this.own) this.harts[id]?.setMip(MIP.MTIP, now >= this.deadline(id));
  }

  read(offset: number, size: number): number {
    if (size !== 4) return BUS_ERROR;
    if (offset < MTIMECMP) return this.msip[offset >>> 2] ?? 0;
    if (offset < MTIME) return this.mtimecmp[(offset - MTIMECMP) >>> 2] ?? 0;
    if (offset > MTIME + 4) return 0;
    const mtime = this.clock.now() + this.offset;
    return offset === MTIME ? mtime % TWO_32 : Math.floor(mtime / TWO_32);
  }

  write(offset: number, size: number, value: number): number {
    if (size !== 4) return BUS_ERROR;
    if (offset < MTIMECMP) this.setMsip(offset >>> 2, value & 1);
    else if (offset < MTIME) this.setMtimecmp((offset - MTIMECMP) >>> 2, value);
    else if (offset <= MTIME + 4) this.setMtime(offset === MTIME, value);
    return 0;
  }

  private setMsip(hart: number, value: number): void {
    if (hart >= this.harts.length) return;
    this.msip[hart] = value;
    this.harts[hart]?.setMip(MIP.MSIP, value === 1);
  }

  private setMtimecmp(word: number, value: number): void {
    if (word >= this.mtimecmp.length) return;
    this.mtimecmp[word] = value;
    this.update();
    this.onTimerChange(word >>> 1);
  }

  private setMtime(isLow: boolean, value: number): void {
    const mtime = this.clock.now() + this.offset;
    const low = mtime % TWO_32;
    const next = isLow ? mtime - low + value : value * TWO_32 + low;
    this.offset += next - mtime;
    this.update();
    this.onTimerChange();
  }
}
