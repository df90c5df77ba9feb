/** The event that a platform hands to the kernel: one object for all of them, filled from the block of the hart that stopped. */
import { MIP } from '../isa/csr.ts';
import { HART } from '../machine/hart-layout.ts';
import type { HartState } from '../machine/hart-state.ts';
import type { Trap } from './platform.ts';

/** Word indices in a hart block. */
const CAUSE_WORD = HART.CAUSE >>> 2;
const TVAL_WORD = HART.TVAL >>> 2;
const RESERVATION_WORD = HART.RESERVATION >>> 2;
const TWO_32 = 0x1_0000_0000;
/** Upper word of 2^53. */
const FIRST_INEXACT = 0x20_0000;
const CAUSE_SOFTWARE = 1;
const CAUSE_TIMER = 5;
const CAUSE_EXTERNAL = 9;

export class TrapRecord implements Trap {
  hart = 0;
  isInterrupt = false;
  cause = 0;
  tval = 0;
  exactTval: bigint | undefined = undefined;

  /** Of the hart whose block begins at word `base` of `words`. */
  exception(hart: number, words: Uint32Array, base: number): this {
    const high = words[base + TVAL_WORD + 1] as number;
    const low = words[base + TVAL_WORD] as number;
    this.hart = hart;
    this.isInterrupt = false;
    this.cause = words[base + CAUSE_WORD] as number;
    this.tval = high === 0 ? low : high * TWO_32 + low;
    this.exactTval = high < FIRST_INEXACT ? undefined : (BigInt(high) << 32n) | BigInt(low);
    words[base + RESERVATION_WORD] = 0;
    return this;
  }

  /**
   * The first of those that are `pending`. Timer and software interrupts are events: delivered once. The external one lasts until
   * the PLIC is served.
   */
  interrupt(hart: number, state: HartState, pending: number): this {
    this.hart = hart;
    this.isInterrupt = true;
    this.tval = 0;
    this.exactTval = undefined;
    if ((pending & MIP.SEIP) !== 0) {
      this.cause = CAUSE_EXTERNAL;
    } else if ((pending & MIP.SSIP) !== 0) {
      this.cause = CAUSE_SOFTWARE;
      state.setMip(MIP.SSIP, false);
    } else {
      this.cause = CAUSE_TIMER;
      state.setMip(MIP.STIP, false);
    }
    state.setWord(HART.RESERVATION, 0);
    return this;
  }
}
