/** Legacy extensions: SBI 2.0, chapter 5. Their hart masks lie in memory, at virtual addresses. */
import { MIP } from '../../isa/csr.ts';
import { ACCESS } from '../mmu.ts';
import type { SbiCall } from './call.ts';
import { readConsole, writeConsole } from './console.ts';
import { everyHart, sendIpi, translationFence } from './harts.ts';
import { shutDown } from './reset.ts';
import { SBI_ERROR, SBI_EXTENSION } from './sbi.ts';
import { setTimer } from './time.ts';

const ASID_MASK = 0xffff;

/** The 32 harts' bits at virtual address a0, 0 for all harts; undefined where the supervisor itself could not read them. */
function maskInMemory(call: SbiCall): number | undefined {
  const low = call.low(0);
  const high = call.high(0);
  if (low === 0 && high === 0) return everyHart(call);
  const { memory, mmu } = call.board;
  const address = mmu.translate(call.hart.data, low, high, ACCESS.LOAD);
  const bytes = address < 0 ? undefined : memory.dmaRead(address, 1);
  return bytes?.[0];
}

/** Returns the answer in a0. */
function perform(call: SbiCall, id: number): number {
  switch (id) {
    case SBI_EXTENSION.SET_TIMER:
      setTimer(call);
      return 0;
    case SBI_EXTENSION.CONSOLE_PUTCHAR:
      writeConsole(call.board, call.low(0) & 0xff);
      return 0;
    case SBI_EXTENSION.CONSOLE_GETCHAR:
      return readConsole(call.board);
    case SBI_EXTENSION.CLEAR_IPI:
      call.hart.state.setMip(MIP.SSIP, false);
      return 0;
    case SBI_EXTENSION.SHUTDOWN:
      shutDown(call.board, false);
      return 0;
    default:
      return performOnHarts(call, id);
  }
}

function performOnHarts(call: SbiCall, id: number): number {
  const mask = maskInMemory(call);
  if (mask === undefined) return SBI_ERROR.INVALID_ADDRESS;
  const { fabric } = call.board;
  switch (id) {
    case SBI_EXTENSION.SEND_IPI:
      sendIpi(call, mask);
      break;
    case SBI_EXTENSION.REMOTE_FENCE_I:
      fabric.fence(mask, { kind: 'code' });
      break;
    case SBI_EXTENSION.REMOTE_SFENCE_VMA:
      fabric.fence(mask, translationFence(call, 1, undefined));
      break;
    default:
      fabric.fence(mask, translationFence(call, 1, call.low(3) & ASID_MASK));
  }
  return 0;
}

/** Extension numbers up to SHUTDOWN. */
export function performLegacy(call: SbiCall, id: number): void {
  call.answerLegacy(perform(call, id));
}
