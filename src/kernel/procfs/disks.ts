/** /proc/partitions and /proc/diskstats. */
import { MINORS_PER_DISK, VIRTIO_BLOCK_MAJOR } from '../devfs/disk-numbers.ts';
import type { Kernel } from '../kernel.ts';

/** major, minor, size in KiB, name. */
export function showPartitions({ hardware }: Kernel): string {
  const lines = hardware.disks.map((disk, i) => {
    const minor = String(i * MINORS_PER_DISK).padStart(7);
    const blocks = String(Math.floor(disk.sectors / 2)).padStart(10);
    return `${String(VIRTIO_BLOCK_MAJOR).padStart(4)}  ${minor} ${blocks} ${disk.name}\n`;
  });
  return `major minor  #blocks  name\n\n${lines.join('')}`;
}

/** Documentation/admin-guide/iostats.rst: reads, merged, sectors, ms; writes; in flight, ms, weighted ms; discards; flushes. */
export function showDiskstats({ hardware }: Kernel): string {
  return hardware.disks
    .map((disk, i) => {
      const { reads, sectorsRead, writes, sectorsWritten, flushes } = disk.statistics;
      const minor = String(i * MINORS_PER_DISK).padStart(7);
      const counts = `${reads} 0 ${sectorsRead} 0 ${writes} 0 ${sectorsWritten} 0 0 0 0 0 0 0 0`;
      const head = `${String(VIRTIO_BLOCK_MAJOR).padStart(4)} ${minor} ${disk.name}`;
      return `${head} ${counts} ${flushes} 0\n`;
    })
    .join('');
}
