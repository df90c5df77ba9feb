/** Base extension: SBI 2.0, chapter 4. */
import type { SbiExtension } from './call.ts';
import {
  SBI_ERROR,
  SBI_EXTENSION,
  SBI_IMPLEMENTATION_ID,
  SBI_IMPLEMENTATION_VERSION,
  SBI_SPECIFICATION_VERSION,
} from './sbi.ts';

const FUNCTION = {
  SPECIFICATION_VERSION: 0,
  IMPLEMENTATION_ID: 1,
  IMPLEMENTATION_VERSION: 2,
  PROBE: 3,
  MVENDORID: 4,
  MARCHID: 5,
  MIMPID: 6,
} as const;

/** mvendorid, marchid and mimpid are zero, as the registers are: not implemented. */
const MACHINE_ID = 0;

/** `isPresent` answers for the extensions that can be probed. */
export function baseExtension(isPresent: (id: number) => boolean): SbiExtension {
  return {
    id: SBI_EXTENSION.BASE,
    call(call, functionId) {
      switch (functionId) {
        case FUNCTION.SPECIFICATION_VERSION:
          call.give(SBI_SPECIFICATION_VERSION);
          return SBI_ERROR.SUCCESS;
        case FUNCTION.IMPLEMENTATION_ID:
          call.give(SBI_IMPLEMENTATION_ID);
          return SBI_ERROR.SUCCESS;
        case FUNCTION.IMPLEMENTATION_VERSION:
          call.give(SBI_IMPLEMENTATION_VERSION);
          return SBI_ERROR.SUCCESS;
        case FUNCTION.PROBE:
          call.give(call.high(0) === 0 && isPresent(call.low(0)) ? 1 : 0);
          return SBI_ERROR.SUCCESS;
        case FUNCTION.MVENDORID:
        case FUNCTION.MARCHID:
        case FUNCTION.MIMPID:
          call.give(MACHINE_ID);
          return SBI_ERROR.SUCCESS;
        default:
          return SBI_ERROR.NOT_SUPPORTED;
      }
    },
  };
}
