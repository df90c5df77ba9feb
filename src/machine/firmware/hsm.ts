/** Hart state management: SBI 2.0, chapter 9. The states lie in the hart blocks, so that every thread and a snapshot has them. */
import type { Hart } from '../hart.ts';
import { HART, HART_BLOCKS_BASE } from '../hart-layout.ts';
import type { PhysicalMemory } from '../memory.ts';
import type { SbiCall, SbiExtension } from './call.ts';
import { SBI_ERROR, SBI_EXTENSION, type SbiError } from './sbi.ts';
import { enterSupervisor } from './supervisor-entry.ts';

/** Section 9, table of states. Zero is also the state of harts that no firmware manages. */
export const HSM_STATE = {
  STARTED: 0,
  STOPPED: 1,
  START_PENDING: 2,
  STOP_PENDING: 3,
  SUSPENDED: 4,
} as const;

/** Words of HART.HART_STATE. */
export const HSM_WORD = {
  STATE: 0,
  /** 1 if a suspended hart goes on at START instead of after its call. */
  IS_RESTARTED: 4,
  /** u64: where a started hart begins, or a suspended one that lost its state. */
  START: 8,
  /** u64: its a1. */
  OPAQUE: 16,
} as const;

const FUNCTION = { START: 0, STOP: 1, STATUS: 2, SUSPEND: 3 } as const;
/** Suspend types: bit 31 set: the hart's state is lost; from PLATFORM on, types of platforms. */
const NON_RETENTIVE = 0x8000_0000;
const FIRST_PLATFORM_TYPE = 0x1000_0000;
const TWO_32 = 0x1_0000_0000;

/** Word index in the shared memory, of a field of a hart's state. */
function wordOf(hart: number, field: number): number {
  return (HART_BLOCKS_BASE + hart * HART.SIZE + HART.HART_STATE + field) >>> 2;
}

/** State of any hart. */
export function hsmState(memory: PhysicalMemory, hart: number): number {
  return Atomics.load(memory.words, wordOf(hart, HSM_WORD.STATE));
}

export function setHsmState(memory: PhysicalMemory, hart: number, state: number): void {
  Atomics.store(memory.words, wordOf(hart, HSM_WORD.STATE), state);
}

/**
 * Whether the hart executes instructions; asked by whoever runs it before each slice, its timers being up to date. A start that
 * was asked for, or the end of a suspension, takes effect here.
 */
export function admitHart(hart: Hart): boolean {
  const { state } = hart;
  switch (state.word(HART.HART_STATE + HSM_WORD.STATE)) {
    case HSM_STATE.STARTED:
      return true;
    case HSM_STATE.START_PENDING:
      begin(hart);
      return true;
    case HSM_STATE.SUSPENDED:
      if (!hart.hasWakeup()) return false;
      if (state.word(HART.HART_STATE + HSM_WORD.IS_RESTARTED) === 1) begin(hart);
      else state.setWord(HART.HART_STATE + HSM_WORD.STATE, HSM_STATE.STARTED);
      return true;
    default:
      return false;
  }
}

function begin(hart: Hart): void {
  const { state } = hart;
  const opaque = HART.HART_STATE + HSM_WORD.OPAQUE;
  enterSupervisor(hart, state.number(HART.HART_STATE + HSM_WORD.START), [
    state.word(opaque),
    state.word(opaque + 4),
  ]);
  Atomics.store(state.words, wordOf(state.id, HSM_WORD.STATE), HSM_STATE.STARTED);
}

/** Write where a hart shall begin: arguments a<at> and a<at + 1> of the call. */
function setStart(call: SbiCall, hart: number, startAt: number, opaqueAt: number): void {
  const { words } = call.board.memory;
  for (const [field, at] of [
    [HSM_WORD.START, startAt],
    [HSM_WORD.OPAQUE, opaqueAt],
  ] as const) {
    words[wordOf(hart, field)] = call.low(at);
    words[wordOf(hart, field + 4)] = call.high(at);
  }
}

function start(call: SbiCall): SbiError {
  const { memory, fabric } = call.board;
  const hart = call.number(0);
  if (hart >= fabric.harts) return SBI_ERROR.INVALID_PARAM;
  if (!memory.contains(call.number(1), 1)) return SBI_ERROR.INVALID_ADDRESS;
  const word = wordOf(hart, HSM_WORD.STATE);
  // Of two harts that start a third one, one wins: the state in between is nobody's to start.
  const { STOPPED, STOP_PENDING, START_PENDING, STARTED } = HSM_STATE;
  const before = Atomics.compareExchange(memory.words, word, STOPPED, STOP_PENDING);
  if (before === STARTED) return SBI_ERROR.ALREADY_AVAILABLE;
  if (before !== STOPPED) return SBI_ERROR.INVALID_PARAM;
  setStart(call, hart, 1, 2);
  Atomics.store(memory.words, word, START_PENDING);
  fabric.wake(hart);
  return SBI_ERROR.SUCCESS;
}

/** Leaves the slice, too: admitHart says no from now on. */
function stop(call: SbiCall): SbiError {
  const { id } = call.hart.state;
  setHsmState(call.board.memory, id, HSM_STATE.STOPPED);
  call.board.fabric.wake(id);
  return SBI_ERROR.SUCCESS;
}

function status(call: SbiCall): SbiError {
  const { memory, fabric } = call.board;
  const hart = call.number(0);
  if (hart >= fabric.harts) return SBI_ERROR.INVALID_PARAM;
  call.give(hsmState(memory, hart));
  return SBI_ERROR.SUCCESS;
}

function suspend(call: SbiCall): SbiError {
  const { memory, fabric } = call.board;
  const { state } = call.hart;
  const type = call.low(0);
  const isRestarted = type >= NON_RETENTIVE;
  const kind = type % NON_RETENTIVE;
  if (call.high(0) !== (isRestarted ? TWO_32 - 1 : 0) && call.high(0) !== 0) {
    return SBI_ERROR.INVALID_PARAM;
  }
  if (kind !== 0) {
    return kind < FIRST_PLATFORM_TYPE ? SBI_ERROR.INVALID_PARAM : SBI_ERROR.NOT_SUPPORTED;
  }
  if (isRestarted && !memory.contains(call.number(1), 1)) return SBI_ERROR.INVALID_ADDRESS;
  setStart(call, state.id, 1, 2);
  state.setWord(HART.HART_STATE + HSM_WORD.IS_RESTARTED, isRestarted ? 1 : 0);
  setHsmState(memory, state.id, HSM_STATE.SUSPENDED);
  fabric.wake(state.id);
  return SBI_ERROR.SUCCESS;
}

export const hsmExtension: SbiExtension = {
  id: SBI_EXTENSION.HSM,
  call(call, functionId) {
    switch (functionId) {
      case FUNCTION.START:
        return start(call);
      case FUNCTION.STOP:
        return stop(call);
      case FUNCTION.STATUS:
        return status(call);
      case FUNCTION.SUSPEND:
        return suspend(call);
      default:
        return SBI_ERROR.NOT_SUPPORTED;
    }
  },
};
