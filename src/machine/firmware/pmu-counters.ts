/**
 * The counters of a hart as SBI numbers them: 0 and 2 to 18 are the hart's own, the ones behind them firmware's. What firmware
 * keeps of them lies in HART.HART_STATE, behind the words of hart state management.
 */
import { HPM } from '../../isa/csr.ts';
import { COUNTER, inhibit, setEvent, writeCounter } from '../counters.ts';
import { HART } from '../hart-layout.ts';
import { type HartState, SLOT } from '../hart-state.ts';

const HARDWARE_COUNTERS = HPM.FIRST_COUNTER + HPM.IMPLEMENTED;
/** What there is room for in HART_STATE; each is u32 event, u32 unused, u64 value. */
const FIRMWARE_COUNTERS = 6;
export const PMU_COUNTERS = HARDWARE_COUNTERS + FIRMWARE_COUNTERS;

/** Words of HART.HART_STATE. */
const PMU_WORD = {
  /** Bit n: counter n has an event. */
  USED: 24,
  /** Bit n: firmware's counter n counts. A hart's own does unless mcountinhibit stops it. */
  STARTED: 28,
  COUNTERS: 32,
} as const;
const COUNTER_BYTES = 16;
const VALUE = 8;

/** Events of firmware that happen on the calling hart: SBI 2.0, section 11.5. */
export const FIRMWARE_EVENT = {
  SET_TIMER: 5,
  IPI_SENT: 6,
  FENCE_I_SENT: 8,
  SFENCE_VMA_SENT: 10,
  SFENCE_VMA_ASID_SENT: 12,
} as const;
export type FirmwareEvent = (typeof FIRMWARE_EVENT)[keyof typeof FIRMWARE_EVENT];
const FIRMWARE_EVENTS: ReadonlySet<number> = new Set(Object.values(FIRMWARE_EVENT));

/** Types of events, bits 19:16 of an event's index: SBI 2.0, sections 11.1 to 11.5. */
const EVENT_TYPE = { HARDWARE: 0, CACHE: 1, RAW: 2, FIRMWARE: 15 } as const;
const TYPE_SHIFT = 16;
const CODE_MASK = 0xffff;
const TWO_32 = 0x1_0000_0000;

export function exists(counter: number): boolean {
  return counter >= 0 && counter < PMU_COUNTERS && counter !== 1;
}

export function isFirmwareCounter(counter: number): boolean {
  return counter >= HARDWARE_COUNTERS && counter < PMU_COUNTERS;
}

/** Offset in the hart block of a firmware counter. */
function offsetOf(counter: number): number {
  return HART.HART_STATE + PMU_WORD.COUNTERS + COUNTER_BYTES * (counter - HARDWARE_COUNTERS);
}

function setBit(state: HartState, word: number, counter: number, isSet: boolean): void {
  const bits = state.word(HART.HART_STATE + word);
  const bit = 1 << counter;
  state.setWord(HART.HART_STATE + word, isSet ? bits | bit : bits & ~bit);
}

function hasBit(bits: number, counter: number): boolean {
  return ((bits >>> counter) & 1) === 1;
}

export function isUsed(state: HartState, counter: number): boolean {
  return hasBit(state.word(HART.HART_STATE + PMU_WORD.USED), counter);
}

export function isStarted(state: HartState, counter: number): boolean {
  return isFirmwareCounter(counter)
    ? hasBit(state.word(HART.HART_STATE + PMU_WORD.STARTED), counter)
    : !hasBit(state.low(SLOT.mcountinhibit), counter);
}

export function setStarted(state: HartState, counter: number, isOn: boolean): void {
  if (isFirmwareCounter(counter)) {
    setBit(state, PMU_WORD.STARTED, counter, isOn);
    return;
  }
  const bits = state.low(SLOT.mcountinhibit);
  inhibit(state, isOn ? bits & ~(1 << counter) : bits | (1 << counter));
}

export function setValue(state: HartState, counter: number, low: number, high: number): void {
  if (isFirmwareCounter(counter)) {
    state.setWord(offsetOf(counter) + VALUE, low);
    state.setWord(offsetOf(counter) + VALUE + 4, high);
  } else writeCounter(state, counter, low, high);
}

/** Value of a firmware counter. */
export function firmwareValue(state: HartState, counter: number): [low: number, high: number] {
  const at = offsetOf(counter) + VALUE;
  return [state.word(at), state.word(at + 4)];
}

/**
 * mhpmevent of an event's index; 0 for firmware's events and those that no hart has. A raw event is named by its data.
 */
function hardwareEvent(index: number, data: number): number {
  const type = index >>> TYPE_SHIFT;
  if (type === EVENT_TYPE.HARDWARE || type === EVENT_TYPE.CACHE) return index;
  const isRaw = type === EVENT_TYPE.RAW && (index & CODE_MASK) === 0 && data <= CODE_MASK;
  return isRaw ? (EVENT_TYPE.RAW << TYPE_SHIFT) + data : 0;
}

function isFixed(counter: number): boolean {
  return counter === COUNTER.CYCLE || counter === COUNTER.INSTRET;
}

/** Have the counter count an event from now on. Returns whether it can. */
export function assign(state: HartState, counter: number, index: number, data: number): boolean {
  if (isFirmwareCounter(counter)) {
    const code = index & CODE_MASK;
    if (index >>> TYPE_SHIFT !== EVENT_TYPE.FIRMWARE || !FIRMWARE_EVENTS.has(code)) return false;
    state.setWord(offsetOf(counter), code);
  } else {
    const event = hardwareEvent(index, data);
    if (event === 0) return false;
    // The codes of the two fixed events are the numbers that SBI gives cycles and instructions: 1 and 2.
    if (isFixed(counter)) {
      if (event !== (counter === COUNTER.CYCLE ? 1 : 2)) return false;
    } else {
      setEvent(state, counter, event);
      if (state.low(SLOT.events + counter) !== event) return false;
    }
  }
  setBit(state, PMU_WORD.USED, counter, true);
  return true;
}

/** The counter counts nothing any more. */
export function unassign(state: HartState, counter: number): void {
  setBit(state, PMU_WORD.USED, counter, false);
  if (!isFirmwareCounter(counter) && !isFixed(counter)) setEvent(state, counter, 0);
}

/** All counters are free; after a start of the hart. */
export function forgetCounters(state: HartState): void {
  for (let counter = 0; counter < PMU_COUNTERS; counter++) {
    if (isUsed(state, counter)) unassign(state, counter);
  }
  state.setWord(HART.HART_STATE + PMU_WORD.STARTED, 0);
}

/** Firmware did something for this hart. */
export function countFirmwareEvent(state: HartState, event: FirmwareEvent): void {
  const started = state.word(HART.HART_STATE + PMU_WORD.STARTED);
  if (started === 0) return;
  for (let counter = HARDWARE_COUNTERS; counter < PMU_COUNTERS; counter++) {
    if (!hasBit(started, counter) || state.word(offsetOf(counter)) !== event) continue;
    const [low, high] = firmwareValue(state, counter);
    setValue(state, counter, (low + 1) % TWO_32, low === TWO_32 - 1 ? high + 1 : high);
  }
}
