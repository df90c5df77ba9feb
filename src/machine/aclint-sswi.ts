/** Supervisor software interrupts of the harts: RISC-V ACLINT specification 1.0, chapter 4. */
import { MIP } from '../isa/csr.ts';
import type { ClintTarget } from './clint.ts';
import { BUS_ERROR, type Device } from './device.ts';
import type { StateValue } from './state.ts';

export const SSWI_BYTES = 0x4000;

export class AclintSswi implements Device {
  private readonly harts: readonly ClintTarget[];

  constructor(harts: readonly ClintTarget[]) {
    this.harts = harts;
  }

  reset(): void {
    // The bits that it sets are the harts'.
  }

  save(): StateValue {
    return {};
  }

  restore(): void {
    // As reset.
  }

  read(_offset: number, size: number): number {
    return size === 4 ? 0 : BUS_ERROR;
  }

  /** setssip of each hart: an edge. The hart clears mip.SSIP by itself. */
  write(offset: number, size: number, value: number): number {
    if (size !== 4) return BUS_ERROR;
    if ((value & 1) === 1) this.harts[offset >>> 2]?.setMip(MIP.SSIP, true);
    return 0;
  }
}
