/**
 * /sys/kernel/debug/provoke-crash/DIRECT: bugs of the kernel on demand, to see what becomes of them. Linux:
 * Documentation/fault-injection/provoke-crashes.rst.
 */
import { EINVAL, fail } from '../../abi/errno.ts';
import { panic } from '../../lib/panic.ts';
import type { Kernel } from '../kernel.ts';
import type { ProcRow } from '../procfs/row.ts';

const CRASHES: Readonly<Record<string, (kernel: Kernel) => void>> = {
  PANIC: () => panic('dumptest'),
  /** An error that nobody expected, as a mistake in the kernel's own code would be. */
  EXCEPTION: () => {
    new Array<number>(1).fill(0).length = -1;
  },
  /** A load from an address where the bus has nothing. */
  ACCESS_FAULT: ({ arch }) => {
    arch.platform.readMmio(UNMAPPED, 4);
  },
  EXHAUST_STACK: () => {
    recurse(1);
  },
  DOUBLE_FAULT: (kernel) => {
    kernel.isReportBroken = true;
    panic('dumptest');
  },
};

/** No device of any machine here is at the bottom of the address space. */
const UNMAPPED = 0x10;

function recurse(depth: number): number {
  return recurse(depth + 1) + depth;
}

export const PROVOKE_CRASH: ProcRow = {
  name: 'provoke-crash',
  entries: [
    {
      name: 'DIRECT',
      mode: 0o600,
      show: () => `Available crash types:\n${Object.keys(CRASHES).join('\n')}\n`,
      store: (kernel, text) => {
        const crash = CRASHES[text.trim()];
        if (!crash) throw fail(EINVAL, 'no such crash type');
        kernel.printk(`lkdtm: Performing direct entry ${text.trim()}`);
        crash(kernel);
      },
    },
  ],
};
