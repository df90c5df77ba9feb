/** Address-space identifiers: privileged spec 20240411, section 10.1.11. One per address space while it lives. */
import type { Arch } from './arch.ts';

/** Of all address spaces where they have none of their own: `asid=off`. */
export const SHARED_ASID = 0;
/** ASIDLEN of Sv39 is at most 16; 0 is left to the kernel. */
const MAX_ASID = 0xffff;

export class Asids {
  private readonly arch: Arch;
  private readonly free: number[] = [];
  private last = 0;
  private readonly isOn: boolean;

  /** `isOn` false: every switch to another address space flushes the TLB, as on a processor without identifiers. */
  constructor(arch: Arch, isOn: boolean) {
    this.arch = arch;
    this.isOn = isOn;
  }

  /** Past 65535 live address spaces they share the last number, and setAddressSpace must flush; the frame limit is met long before. */
  allocate(): number {
    if (!this.isOn) return SHARED_ASID;
    const known = this.free.pop();
    if (known !== undefined) return known;
    if (this.last < MAX_ASID) this.last++;
    return this.last;
  }

  release(asid: number): void {
    this.arch.flushTlb(asid);
    if (this.isOn) this.free.push(asid);
  }
}
