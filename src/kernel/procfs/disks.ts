/** /proc/partitions and /proc/diskstats. */
import { deviceMajor, deviceMinor } from '../../abi/stat.ts';
import type { Disk } from '../drivers/disk.ts';
import type { Kernel } from '../kernel.ts';

const NS_PER_MS = 1e6;

function numbers({ deviceNumber }: Disk): string {
  const major = String(deviceMajor(deviceNumber)).padStart(4);
  return `${major} ${String(deviceMinor(deviceNumber)).padStart(7)}`;
}

/** major, minor, size in KiB, name. */
export function showPartitions({ hardware }: Kernel): string {
  const shown = hardware.blockDevices().filter(({ sectors }) => sectors > 0);
  const lines = shown.map((disk) => {
    const { sectors, name } = disk;
    const blocks = String(Math.floor(sectors / 2)).padStart(10);
    return `${numbers(disk).replace(/^(....) /, '$1  ')} ${blocks} ${name}\n`;
  });
  return `major minor  #blocks  name\n\n${lines.join('')}`;
}

/** Documentation/admin-guide/iostats.rst: reads, merged, sectors, ms; writes; in flight, ms, weighted ms; discards; flushes. */
export function showDiskstats({ hardware }: Kernel): string {
  return hardware
    .blockDevices()
    .map((disk) => `${numbers(disk)} ${disk.name} ${diskCounts(disk)}\n`)
    .join('');
}

/** The columns behind the name, as in /sys/block/<disk>/stat too. */
export function diskCounts({ statistics: s }: Disk): string {
  const ms = (ns: number): number => Math.ceil(ns / NS_PER_MS);
  const reads = `${s.reads} ${s.readsMerged} ${s.sectorsRead} ${ms(s.readNs)}`;
  const writes = `${s.writes} ${s.writesMerged} ${s.sectorsWritten} ${ms(s.writeNs)}`;
  return `${reads} ${writes} ${s.inFlight} ${ms(s.busyNs)} ${ms(s.weightedNs)} 0 0 0 0 ${s.flushes} ${ms(s.flushNs)}`;
}
