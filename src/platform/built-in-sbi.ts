/** What the kernel is told of its firmware: there is none but the machine's own SBI. */
import {
  SBI_IMPLEMENTATION_ID,
  SBI_IMPLEMENTATION_VERSION,
  SBI_SPECIFICATION_VERSION,
} from '../machine/firmware/sbi.ts';
import type { Firmware } from './platform.ts';

export const BUILT_IN_SBI: Firmware = {
  name: 'Hartix built-in SBI',
  specificationVersion: SBI_SPECIFICATION_VERSION,
  implementationId: SBI_IMPLEMENTATION_ID,
  implementationVersion: SBI_IMPLEMENTATION_VERSION,
};
