/**
 * Memory of programs as a debugger sees it: pages that were never touched are brought in, and shared ones copied before they
 * are written to, by the kernel's own fault handling.
 */
import type { Kernel } from '../kernel/kernel.ts';
import type { AddressSpace } from '../kernel/mm/address-space.ts';
import { type Access, FaultResult, handleFault } from '../kernel/mm/fault.ts';
import { Inspector } from '../machine/debug/inspect.ts';
import type { Hart } from '../machine/hart.ts';
import type { Machine } from '../machine/machine.ts';
import { PAGE_BYTES } from '../machine/memory.ts';

const ADDRESS_LIMIT = 2n ** 48n;

export class UserMemoryInspector extends Inspector {
  private readonly kernel: Kernel;

  constructor(machine: Machine, kernel: Kernel) {
    super(machine.memory, machine.bus);
    this.kernel = kernel;
  }

  override readVirtual(hart: Hart, address: bigint, length: number): Uint8Array {
    this.present(hart, address, length, 'read');
    return super.readVirtual(hart, address, length);
  }

  /** Where the program itself may not write, nothing is written: the page may be one of a file that others use. */
  override writeVirtual(hart: Hart, address: bigint, bytes: Uint8Array): boolean {
    if (!this.present(hart, address, bytes.length, 'write')) return false;
    return super.writeVirtual(hart, address, bytes);
  }

  /** The address space that a hart translates by, also while it is idle. */
  spaceOf(hart: Hart): AddressSpace | undefined {
    for (const { addressSpace } of this.kernel.pids.processes.values()) {
      if (addressSpace?.pageTable.root === hart.code.root) return addressSpace;
    }
    return undefined;
  }

  /** Returns whether all pages of the range can be accessed. */
  private present(hart: Hart, address: bigint, length: number, access: Access): boolean {
    const space = this.spaceOf(hart);
    if (!space || address >= ADDRESS_LIMIT) return false;
    const start = Number(address);
    for (let page = start - (start % PAGE_BYTES); page < start + length; page += PAGE_BYTES) {
      // A stack does not grow because somebody looks.
      if (!space.vmas.find(page)) return false;
      if (handleFault(space, page, access) !== FaultResult.DONE) return false;
    }
    return true;
  }
}
