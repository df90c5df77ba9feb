/** Timer extension: SBI 2.0, chapter 6. The timer is Sstc's. */
import { SLOT } from '../hart-state.ts';
import type { SbiCall, SbiExtension } from './call.ts';
import { countFirmwareEvent, FIRMWARE_EVENT } from './pmu-counters.ts';
import { SBI_ERROR, SBI_EXTENSION } from './sbi.ts';

const SET_TIMER = 0;

/** Due at mtime a0; the pending interrupt is cleared if that lies ahead. */
export function setTimer(call: SbiCall): void {
  const { hart } = call;
  hart.state.set(SLOT.stimecmp, call.low(0), call.high(0));
  hart.updateTimer();
  countFirmwareEvent(hart.state, FIRMWARE_EVENT.SET_TIMER);
}

export const timeExtension: SbiExtension = {
  id: SBI_EXTENSION.TIME,
  call(call, functionId) {
    if (functionId !== SET_TIMER) return SBI_ERROR.NOT_SUPPORTED;
    setTimer(call);
    return SBI_ERROR.SUCCESS;
  },
};
