/** What user space is told of devices that come and go: a program with the event in its environment. Linux: lib/kobject_uevent.c. */
import { KernelError } from '../abi/errno.ts';
import type { Kernel } from './kernel.ts';

export interface Uevent {
  readonly action: 'add' | 'remove' | 'change' | 'bind' | 'unbind';
  /** Below /sys. */
  readonly path: string;
  readonly subsystem: string;
  /** `MAJOR=…`, `DEVNAME=…` and the like. */
  readonly variables?: readonly string[];
}

export class Uevents {
  /** Number of the last event: /sys/kernel/uevent_seqnum. */
  sequence = 0;
  /** Path of the program that is started for each; '' for none. /sys/kernel/uevent_helper. */
  helper = '';
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  emit({ action, path, subsystem, variables = [] }: Uevent): void {
    this.sequence++;
    if (this.helper === '') return;
    const environment = [
      'HOME=/',
      'PATH=/sbin:/bin:/usr/sbin:/usr/bin',
      `ACTION=${action}`,
      `DEVPATH=${path}`,
      `SUBSYSTEM=${subsystem}`,
      ...variables,
      `SEQNUM=${this.sequence}`,
    ];
    const { kernel, helper } = this;
    try {
      kernel.spawnSession({ arguments: [helper, subsystem], environment, files: [], cwd: '/' });
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      kernel.printk(`uevent: ${helper}: ${error.message}`, 4);
    }
  }
}
