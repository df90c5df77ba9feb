/** A row of the table of CSRs (csr-table.ts), and rows of common kinds. */
import { PRIVILEGE } from '../isa/csr.ts';
import type { Isa } from '../isa/extensions.ts';
import { type HartState, SLOT, type Slot } from './hart-state.ts';
import type { Pmp } from './pmp.ts';

/** What a write may have changed beyond the register. */
export type Effect =
  | 'none'
  | 'status'
  | 'satp'
  | 'timer'
  | 'float'
  | 'vector'
  | 'environment'
  | 'pmp'
  | 'trigger';

/** The state that rows read and write, and the value on its way: 64 bits in two words. */
export interface CsrPort {
  readonly state: HartState;
  low: number;
  high: number;
  /** mtime now, in ticks. */
  now(): number;
  /** Highest satp mode that is implemented. */
  readonly maxSatpMode: number;
  readonly isa: Isa;
  readonly pmp: Pmp;
}

export interface CsrRow {
  readonly number: number;
  /** Put the value into port.low and port.high. */
  readonly read: (port: CsrPort) => void;
  /** Take the value from there. Absent: writes are ignored. */
  readonly write?: (port: CsrPort) => void;
  /** A further condition beside the privilege in the number. */
  readonly isAllowed?: (state: HartState, isa: Isa) => boolean;
  readonly effect?: Effect;
}

const ALL = 0xffff_ffff;

export function give(port: CsrPort, low: number, high: number): void {
  port.low = low;
  port.high = high;
}

/** A stored register in which the bits of the masks can be written. */
export function stored(
  number: number,
  slot: Slot,
  maskLow = ALL,
  maskHigh = ALL,
  effect: Effect = 'none',
): CsrRow {
  return {
    number,
    read: (port) => give(port, port.state.low(slot), port.state.high(slot)),
    write: ({ state, low, high }) => state.set(slot, low & maskLow, high & maskHigh),
    effect,
  };
}

export function constant(number: number, low: number, high = 0): CsrRow {
  return { number, read: (port) => give(port, low, high) };
}

/** An unprivileged counter: mcounteren opens it to S, and with scounteren to U (sections 3.1.11 and 10.1.5). */
export function counterAllowed(bit: number): (state: HartState) => boolean {
  return (state) => {
    if (state.privilege === PRIVILEGE.MACHINE) return true;
    if ((state.low(SLOT.mcounteren) & bit) === 0) return false;
    return state.privilege === PRIVILEGE.SUPERVISOR || (state.low(SLOT.scounteren) & bit) !== 0;
  };
}
