/** /proc/sysrq-trigger: commands to the kernel by a letter. Linux: Documentation/admin-guide/sysrq.rst. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { panic } from '../../lib/panic.ts';
import type { Kernel } from '../kernel.ts';
import { killWorst } from '../mm/out-of-memory.ts';

const COMMANDS: Readonly<Record<string, (kernel: Kernel) => void>> = {
  b: (kernel) => {
    kernel.poweredOff = { kind: 'restart', status: 0 };
  },
  c: () => panic('sysrq triggered crash'),
  f: (kernel) => killWorst(kernel, 'Out of memory (sysrq)'),
  o: (kernel) => {
    kernel.poweredOff = { kind: 'off', status: 0 };
  },
  s: (kernel) => kernel.vfs.mounts.syncAll(),
};

/** Errors: EINVAL for a letter that means nothing here. */
export function triggerSysrq(kernel: Kernel, text: string): void {
  const command = COMMANDS[text.charAt(0)];
  if (!command) throw fail(EINVAL, `no sysrq command ${text.charAt(0)}`);
  kernel.printk(`sysrq: ${text.charAt(0)}`);
  command(kernel);
}
