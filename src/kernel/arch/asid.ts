/** Address-space identifiers: privileged spec 20240411, section 10.1.11. One per address space while it lives. */
import type { Platform } from '../../platform/platform.ts';

/** ASIDLEN of Sv39 is at most 16; 0 is left to the kernel. */
const MAX_ASID = 0xffff;

export class Asids {
  private readonly platform: Platform;
  private readonly free: number[] = [];
  private last = 0;

  constructor(platform: Platform) {
    this.platform = platform;
  }

  /** Past 65535 live address spaces they share the last number, and setAddressSpace must flush; the frame limit is met long before. */
  allocate(): number {
    const known = this.free.pop();
    if (known !== undefined) return known;
    if (this.last < MAX_ASID) this.last++;
    return this.last;
  }

  release(asid: number): void {
    this.platform.flushTlb(asid);
    this.free.push(asid);
  }
}
