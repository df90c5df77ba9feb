/** Performance monitoring extension: SBI 2.0, chapter 11, without shared memory for snapshots. */
import { CSR } from '../../isa/csr.ts';
import type { SbiCall, SbiExtension } from './call.ts';
import {
  assign,
  exists,
  firmwareValue,
  isFirmwareCounter,
  isStarted,
  isUsed,
  PMU_COUNTERS,
  setStarted,
  setValue,
  unassign,
} from './pmu-counters.ts';
import { SBI_ERROR, SBI_EXTENSION, type SbiError } from './sbi.ts';

const FUNCTION = {
  COUNT: 0,
  INFO: 1,
  CONFIGURE: 2,
  START: 3,
  STOP: 4,
  READ_FIRMWARE: 5,
  READ_FIRMWARE_HIGH: 6,
} as const;
/** Flags of CONFIGURE, START and STOP. */
const CONFIGURE = { SKIP_MATCH: 1, CLEAR_VALUE: 2, AUTO_START: 4 } as const;
const START = { SET_VALUE: 1, SNAPSHOT: 2 } as const;
const STOP = { RESET: 1, SNAPSHOT: 2 } as const;
/** Counter info: CSR number, width less one, and in the highest bit whether it is firmware's. */
const INFO_WIDTH = 63 << 12;
const INFO_FIRMWARE_HIGH = 0x8000_0000;

/** Counters of a0 (first) and a1 (mask); undefined where one of them does not exist, or there is none. */
function selected(call: SbiCall): number[] | undefined {
  const base = call.number(0);
  const counters: number[] = [];
  for (let bit = 0; bit < 64; bit++) {
    const word = bit < 32 ? call.low(1) : call.high(1);
    if (((word >>> (bit & 31)) & 1) === 1) counters.push(base + bit);
  }
  const areGood = counters.length > 0 && counters.every((counter) => counter < PMU_COUNTERS);
  return areGood ? counters : undefined;
}

function info(call: SbiCall): SbiError {
  const counter = call.number(0);
  if (!exists(counter)) return SBI_ERROR.INVALID_PARAM;
  if (isFirmwareCounter(counter)) call.give(INFO_WIDTH, INFO_FIRMWARE_HIGH);
  else call.give(INFO_WIDTH + CSR.cycle + counter);
  return SBI_ERROR.SUCCESS;
}

/** a3: the event; a4: its data. */
function configure(call: SbiCall): SbiError {
  const { state } = call.hart;
  const counters = selected(call);
  if (!counters) return SBI_ERROR.INVALID_PARAM;
  const flags = call.low(2);
  const isSkipped = (flags & CONFIGURE.SKIP_MATCH) !== 0;
  const [first] = counters;
  const counter = isSkipped
    ? first
    : counters.find((it) => exists(it) && !isUsed(state, it) && takes(call, it));
  if (counter === undefined) return SBI_ERROR.NOT_SUPPORTED;
  if (isSkipped && !(exists(counter) && isUsed(state, counter))) return SBI_ERROR.INVALID_PARAM;
  if ((flags & CONFIGURE.CLEAR_VALUE) !== 0) setValue(state, counter, 0, 0);
  if ((flags & CONFIGURE.AUTO_START) !== 0) setStarted(state, counter, true);
  call.give(counter);
  return SBI_ERROR.SUCCESS;
}

function takes(call: SbiCall, counter: number): boolean {
  return assign(call.hart.state, counter, call.low(3), call.number(4));
}

function start(call: SbiCall): SbiError {
  const { state } = call.hart;
  const counters = selected(call);
  const flags = call.low(2);
  if (!counters?.every(exists)) return SBI_ERROR.INVALID_PARAM;
  if ((flags & START.SNAPSHOT) !== 0) return SBI_ERROR.NO_SHMEM;
  let result: SbiError = SBI_ERROR.SUCCESS;
  for (const counter of counters) {
    if (isStarted(state, counter)) result = SBI_ERROR.ALREADY_STARTED;
    else {
      if ((flags & START.SET_VALUE) !== 0) setValue(state, counter, call.low(3), call.high(3));
      setStarted(state, counter, true);
    }
  }
  return result;
}

function stop(call: SbiCall): SbiError {
  const { state } = call.hart;
  const counters = selected(call);
  const flags = call.low(2);
  if (!counters?.every(exists)) return SBI_ERROR.INVALID_PARAM;
  if ((flags & STOP.SNAPSHOT) !== 0) return SBI_ERROR.NO_SHMEM;
  let result: SbiError = SBI_ERROR.SUCCESS;
  for (const counter of counters) {
    if (isStarted(state, counter)) setStarted(state, counter, false);
    else result = SBI_ERROR.ALREADY_STOPPED;
    if ((flags & STOP.RESET) !== 0) unassign(state, counter);
  }
  return result;
}

function readFirmware(call: SbiCall, isHigh: boolean): SbiError {
  const counter = call.number(0);
  if (!isFirmwareCounter(counter)) return SBI_ERROR.INVALID_PARAM;
  // Registers have 64 bits: nothing is left for the other function.
  if (!isHigh) call.give(...firmwareValue(call.hart.state, counter));
  return SBI_ERROR.SUCCESS;
}

export const pmuExtension: SbiExtension = {
  id: SBI_EXTENSION.PMU,
  call(call, functionId) {
    switch (functionId) {
      case FUNCTION.COUNT:
        call.give(PMU_COUNTERS);
        return SBI_ERROR.SUCCESS;
      case FUNCTION.INFO:
        return info(call);
      case FUNCTION.CONFIGURE:
        return configure(call);
      case FUNCTION.START:
        return start(call);
      case FUNCTION.STOP:
        return stop(call);
      case FUNCTION.READ_FIRMWARE:
        return readFirmware(call, false);
      case FUNCTION.READ_FIRMWARE_HIGH:
        return readFirmware(call, true);
      default:
        return SBI_ERROR.NOT_SUPPORTED;
    }
  },
};
