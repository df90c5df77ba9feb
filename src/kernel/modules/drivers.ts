/** What the modules of the catalogue do when they are loaded and unloaded. */
import { EINVAL, ENOMEM, fail } from '../../abi/errno.ts';
import type { Disk } from '../drivers/disk.ts';
import { RamDisk } from '../drivers/ram-disk.ts';
import { diskAppeared, diskDisappeared } from '../hot-plug.ts';
import type { Kernel } from '../kernel.ts';

export type Parameters = ReadonlyMap<string, number>;

export interface ModuleDriver {
  /** Returns the disks that it added. Errors: EINVAL, ENOMEM. */
  load(kernel: Kernel, parameters: Parameters): readonly Disk[];
  unload(kernel: Kernel, disks: readonly Disk[]): void;
}

const MAX_RAM_DISKS = 64;

function loadRamDisks(kernel: Kernel, parameters: Parameters): RamDisk[] {
  const count = parameters.get('rd_nr') ?? 0;
  const kilobytes = parameters.get('rd_size') ?? 0;
  if (count < 1 || count > MAX_RAM_DISKS || kilobytes < 1) throw fail(EINVAL, 'rd_nr, rd_size');
  if (kernel.hardware.disks.some((disk) => disk instanceof RamDisk))
    throw fail(EINVAL, 'the RAM disks are there already');
  // Frames are taken on demand, but not for a disk that could never be filled.
  if (kilobytes > (kernel.arch.ram.size / 1024) * 4) throw fail(ENOMEM, 'rd_size');
  const disks = Array.from({ length: count }, (_, i) => new RamDisk(i, kilobytes, kernel.frames));
  for (const disk of disks) {
    kernel.hardware.disks.push(disk);
    diskAppeared(kernel, disk);
  }
  kernel.printk('brd: module loaded');
  return disks;
}

function unloadRamDisks(kernel: Kernel, disks: readonly Disk[]): void {
  for (const disk of disks) {
    if (!(disk instanceof RamDisk)) continue;
    kernel.hardware.disks.splice(kernel.hardware.disks.indexOf(disk), 1);
    disk.remove();
    diskDisappeared(kernel, disk);
  }
  kernel.printk('brd: module unloaded');
}

export const MODULE_DRIVERS: Readonly<Record<string, ModuleDriver>> = {
  brd: { load: loadRamDisks, unload: unloadRamDisks },
};
