/** THE table of loadable modules: what their files in /lib/modules say. The code behind each is part of the kernel (drivers.ts). */

export interface ModuleParameter {
  readonly name: string;
  readonly type: 'int' | 'uint' | 'ulong';
  readonly value: number;
  readonly description: string;
}

export interface ModuleDescription {
  readonly name: string;
  /** Of the driver in modules/drivers.ts. */
  readonly driver: string;
  readonly description: string;
  readonly license: string;
  readonly depends: readonly string[];
  readonly parameters: readonly ModuleParameter[];
}

const RAM_DISK_PARAMETERS: readonly ModuleParameter[] = [
  { name: 'rd_nr', type: 'int', value: 1, description: 'Maximum number of brd devices' },
  { name: 'rd_size', type: 'ulong', value: 65536, description: 'Size of each RAM disk in kbytes.' },
];

/** `brd` is what Linux calls the same. */
export const MODULE_CATALOGUE: readonly ModuleDescription[] = ['ramdisk', 'brd'].map((name) => ({
  name,
  driver: 'brd',
  description: 'RAM backed block device driver',
  license: 'GPL',
  depends: [],
  parameters: RAM_DISK_PARAMETERS,
}));

/** What a module must have been made for: the release of the kernel, and the machine. */
export function versionMagic(release: string): string {
  return `${release} SMP preempt mod_unload riscv`;
}
