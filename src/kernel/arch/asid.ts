/** Address-space identifiers: privileged spec 20240411, section 10.1.11. One per address space while it lives. */
import type { Arch } from './arch.ts';

/** ASIDLEN of Sv39 is at most 16; 0 is left to the kernel. */
const MAX_ASID = 0xffff;

export class Asids {
  private readonly arch: Arch;
  private readonly free: number[] = [];
  private last = 0;

  constructor(arch: Arch) {
    this.arch = arch;
  }

  /** Past 65535 live address spaces they share the last number, and setAddressSpace must flush; the frame limit is met long before. */
  allocate(): number {
    const known = this.free.pop();
    if (known !== undefined) return known;
    if (this.last < MAX_ASID) this.last++;
    return this.last;
  }

  release(asid: number): void {
    this.arch.flushTlb(asid);
    this.free.push(asid);
  }
}
