/** Hart masks (SBI 2.0, section 3.1), and what is done to the harts that they name: IPI and RFENCE, chapters 7 and 8. */
import { MIP } from '../../isa/csr.ts';
import type { RemoteFence } from '../fabric.ts';
import type { SbiCall, SbiExtension } from './call.ts';
import { countFirmwareEvent, FIRMWARE_EVENT, type FirmwareEvent } from './pmu-counters.ts';
import { SBI_ERROR, SBI_EXTENSION, type SbiError } from './sbi.ts';

const ASID_MASK = 0xffff;
const IPI_SEND = 0;
const RFENCE = { FENCE_I: 0, SFENCE_VMA: 1, SFENCE_VMA_ASID: 2 } as const;
/** What firmware counts, by function. */
const RFENCE_EVENTS: readonly FirmwareEvent[] = [
  FIRMWARE_EVENT.FENCE_I_SENT,
  FIRMWARE_EVENT.SFENCE_VMA_SENT,
  FIRMWARE_EVENT.SFENCE_VMA_ASID_SENT,
];

export function everyHart(call: SbiCall): number {
  return 2 ** call.board.fabric.harts - 1;
}

/** a0: bits for the harts from number a1 on; a1 -1: all. Undefined if one of them does not exist. */
function selectedHarts(call: SbiCall): number | undefined {
  if (call.isAll(1)) return everyHart(call);
  const base = call.number(1);
  const { harts } = call.board.fabric;
  if (call.low(0) === 0 && call.high(0) === 0) return 0;
  if (base >= harts || call.high(0) !== 0) return undefined;
  const mask = call.low(0) * 2 ** base;
  return mask < 2 ** harts ? mask : undefined;
}

/** Supervisor software interrupts for the harts of `mask`. */
export function sendIpi(call: SbiCall, mask: number): void {
  const { fabric } = call.board;
  for (let hart = 0; hart < fabric.harts; hart++) {
    if (((mask >>> hart) & 1) === 1) fabric.setPending(hart, MIP.SSIP, true);
  }
  countFirmwareEvent(call.hart.state, FIRMWARE_EVENT.IPI_SENT);
  // Harts that take turns: the others shall have theirs soon, this one may wait for them.
  fabric.wake(call.hart.state.id);
}

/** The range in a<at> and a<at + 1>: 0 and 0, or a size of -1, is everything. */
export function translationFence(call: SbiCall, at: number, asid: number | undefined): RemoteFence {
  const isAll = call.isAll(at + 1) || (call.number(at) === 0 && call.number(at + 1) === 0);
  return {
    kind: 'translation',
    ...(isAll
      ? {}
      : {
          range: {
            address: [call.low(at), call.high(at)] as const,
            bytes: call.number(at + 1),
          },
        }),
    ...(asid === undefined ? {} : { asid }),
  };
}

export const ipiExtension: SbiExtension = {
  id: SBI_EXTENSION.IPI,
  call(call, functionId) {
    if (functionId !== IPI_SEND) return SBI_ERROR.NOT_SUPPORTED;
    const mask = selectedHarts(call);
    if (mask === undefined) return SBI_ERROR.INVALID_PARAM;
    sendIpi(call, mask);
    return SBI_ERROR.SUCCESS;
  },
};

export const rfenceExtension: SbiExtension = {
  id: SBI_EXTENSION.RFENCE,
  // The fences of the hypervisor extension are not supported: the harts have none.
  call(call, functionId): SbiError {
    if (functionId > RFENCE.SFENCE_VMA_ASID) return SBI_ERROR.NOT_SUPPORTED;
    const mask = selectedHarts(call);
    if (mask === undefined) return SBI_ERROR.INVALID_PARAM;
    const asid = functionId === RFENCE.SFENCE_VMA_ASID ? call.low(4) & ASID_MASK : undefined;
    call.board.fabric.fence(
      mask,
      functionId === RFENCE.FENCE_I ? { kind: 'code' } : translationFence(call, 2, asid),
    );
    const event = RFENCE_EVENTS[functionId];
    if (event !== undefined) countFirmwareEvent(call.hart.state, event);
    return SBI_ERROR.SUCCESS;
  },
};
