/** System reset extension: SBI 2.0, chapter 10. */
import { SYSCON_FAIL, SYSCON_PASS, SYSCON_RESET } from '../syscon.ts';
import type { FirmwareBoard, SbiExtension } from './call.ts';
import { SBI_ERROR, SBI_EXTENSION } from './sbi.ts';

/** The syscon of the device table. */
const SYSCON_BASE = 0x10_0000;
const RESET = 0;
const TYPE = { SHUTDOWN: 0, COLD_REBOOT: 1, WARM_REBOOT: 2 } as const;
const REASON = { NONE: 0, SYSTEM_FAILURE: 1 } as const;
/** Exit status of a machine that was shut down because of a failure. */
const FAILURE_STATUS = 1;

export function shutDown({ bus }: FirmwareBoard, isFailure: boolean): void {
  bus.write(SYSCON_BASE, 4, isFailure ? SYSCON_FAIL + (FAILURE_STATUS << 16) : SYSCON_PASS);
}

export const systemResetExtension: SbiExtension = {
  id: SBI_EXTENSION.SRST,
  call(call, functionId) {
    if (functionId !== RESET) return SBI_ERROR.NOT_SUPPORTED;
    const type = call.low(0);
    const reason = call.low(1);
    if (type > TYPE.WARM_REBOOT || reason > REASON.SYSTEM_FAILURE) return SBI_ERROR.INVALID_PARAM;
    if (type === TYPE.SHUTDOWN) shutDown(call.board, reason === REASON.SYSTEM_FAILURE);
    else call.board.bus.write(SYSCON_BASE, 4, SYSCON_RESET);
    return SBI_ERROR.SUCCESS;
  },
};
