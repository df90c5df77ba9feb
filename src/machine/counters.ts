/**
 * Performance counters of one hart: privileged spec 20240411, sections 3.1.10 to 3.1.12. Counter 0 is mcycle, 2 is minstret,
 * from 3 on mhpmcounters with an event each. An event's total is never written; a counter is ahead of it by its slot.
 */
import { COUNTEREN, HPM } from '../isa/csr.ts';
import { HART, TOTAL } from './hart-layout.ts';
import { type HartState, SLOT } from './hart-state.ts';

export const COUNTER = { CYCLE: 0, INSTRET: 2 } as const;

type Total = (typeof TOTAL)[keyof typeof TOTAL];

/** What mhpmevent selects: the codes of SBI's performance monitoring (SBI 2.0, section 11), so that firmware needs no map. */
export const EVENT = {
  CYCLES: 1,
  INSTRUCTIONS: 2,
  DTLB_READ_MISSES: 0x1_0019,
  DTLB_WRITE_MISSES: 0x1_001b,
  ITLB_MISSES: 0x1_0021,
  /** Raw events, of this machine. */
  EXCEPTIONS: 0x2_0001,
  INTERRUPTS: 0x2_0002,
} as const;

const TOTAL_OF: Readonly<Record<number, Total>> = {
  [EVENT.DTLB_READ_MISSES]: TOTAL.DTLB_READ_MISSES,
  [EVENT.DTLB_WRITE_MISSES]: TOTAL.DTLB_WRITE_MISSES,
  [EVENT.ITLB_MISSES]: TOTAL.ITLB_MISSES,
  [EVENT.EXCEPTIONS]: TOTAL.EXCEPTIONS,
  [EVENT.INTERRUPTS]: TOTAL.INTERRUPTS,
};
const CODES: ReadonlySet<number> = new Set(Object.values(EVENT));

/** Bits of mcountinhibit that can be set: time does not stand still. */
const INHIBITABLE = COUNTEREN.CY | COUNTEREN.IR | COUNTEREN.HPM;
const COUNTERS = HPM.FIRST_COUNTER + HPM.IMPLEMENTED;
const TWO_32 = 0x1_0000_0000;

/** 64 bits as [low, high], unsigned words. */
type Wide = readonly [low: number, high: number];
const ZERO: Wide = [0, 0];

function sum(a: Wide, b: Wide): Wide {
  const low = a[0] + b[0];
  return [low >>> 0, (a[1] + b[1] + (low >= TWO_32 ? 1 : 0)) >>> 0];
}

function difference(a: Wide, b: Wide): Wide {
  const low = a[0] - b[0];
  return [low >>> 0, (a[1] - b[1] - (low < 0 ? 1 : 0)) >>> 0];
}

/** An event of TOTAL has happened once more. */
export function countEvent(state: HartState, total: Total): void {
  const slot = SLOT.totals + total;
  const low = (state.low(slot) + 1) >>> 0;
  state.set(slot, low, state.high(slot) + (low === 0 ? 1 : 0));
}

function stored(state: HartState, slot: number): Wide {
  return [state.low(slot), state.high(slot)];
}

function codeOf(state: HartState, counter: number): number {
  if (counter === COUNTER.CYCLE) return EVENT.CYCLES;
  return counter === COUNTER.INSTRET ? EVENT.INSTRUCTIONS : state.low(SLOT.events + counter);
}

/** A cycle is an instruction. */
const isInstructions = (code: number): boolean =>
  code === EVENT.CYCLES || code === EVENT.INSTRUCTIONS;

function totalOf(state: HartState, code: number): Wide {
  if (isInstructions(code)) return [state.word(HART.INSTRET), state.word(HART.INSTRET + 4)];
  const total = TOTAL_OF[code];
  return total === undefined ? ZERO : stored(state, SLOT.totals + total);
}

function isInhibited(state: HartState, counter: number): boolean {
  return ((state.low(SLOT.mcountinhibit) >>> counter) & 1) === 1;
}

export function readCounter(state: HartState, counter: number): Wide {
  const ahead = stored(state, SLOT.counters + counter);
  if (isInhibited(state, counter)) return ahead;
  return sum(totalOf(state, codeOf(state, counter)), ahead);
}

/**
 * The write takes the place of this instruction's own increment (section 3.1.11), so that the next one reads what was
 * written.
 */
export function writeCounter(state: HartState, counter: number, low: number, high: number): void {
  const code = codeOf(state, counter);
  let ahead: Wide = [low >>> 0, high >>> 0];
  if (!isInhibited(state, counter)) {
    ahead = difference(ahead, totalOf(state, code));
    if (isInstructions(code)) ahead = difference(ahead, [1, 0]);
  }
  state.set(SLOT.counters + counter, ...ahead);
}

/** mhpmevent of a counter; what is no event of this machine selects none. */
export function setEvent(state: HartState, counter: number, code: number): void {
  const value = readCounter(state, counter);
  state.set(SLOT.events + counter, CODES.has(code) ? code : 0, 0);
  const total = isInhibited(state, counter) ? ZERO : totalOf(state, codeOf(state, counter));
  state.set(SLOT.counters + counter, ...difference(value, total));
}

/** mcountinhibit: counters keep their values, those of bits that are set stand still. */
export function inhibit(state: HartState, bits: number): void {
  const values = Array.from({ length: COUNTERS }, (_, counter) => readCounter(state, counter));
  state.set(SLOT.mcountinhibit, bits & INHIBITABLE, 0);
  for (const [counter, value] of values.entries()) {
    const total = isInhibited(state, counter) ? ZERO : totalOf(state, codeOf(state, counter));
    state.set(SLOT.counters + counter, ...difference(value, total));
  }
}
