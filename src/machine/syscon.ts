/** Power: the "test finisher" of SiFive and QEMU's virt machine, driven by the syscon-poweroff and syscon-reboot bindings. */
import { BUS_ERROR, type Device } from './device.ts';
import type { StateValue } from './state.ts';

export const SYSCON_BYTES = 0x1000;
/** Low half of the word that is written; the high half is the exit status of a failure. */
export const SYSCON_FAIL = 0x3333;
export const SYSCON_PASS = 0x5555;
export const SYSCON_RESET = 0x7777;

export interface PowerControl {
  /** Stop for good; `status` is 0 for a pass, else what the guest wrote. */
  powerOff(status: number): void;
  reboot(): void;
}

export class Syscon implements Device {
  private readonly power: PowerControl;

  constructor(power: PowerControl) {
    this.power = power;
  }

  reset(): void {
    // Nothing is kept.
  }

  save(): StateValue {
    return {};
  }

  restore(): void {
    // As reset.
  }

  read(): number {
    return 0;
  }

  write(offset: number, size: number, value: number): number {
    if (size === 1) return BUS_ERROR;
    if (offset !== 0) return 0;
    const command = value & 0xffff;
    if (command === SYSCON_PASS) this.power.powerOff(0);
    else if (command === SYSCON_FAIL) this.power.powerOff(value >>> 16);
    else if (command === SYSCON_RESET) this.power.reboot();
    return 0;
  }
}
