/** /proc/meminfo, vmstat, buddyinfo: proc_meminfo(5), proc_vmstat(5). */
import type { Kernel } from '../kernel.ts';
import { countMemory } from '../memory-statistics.ts';

const KB_PER_PAGE = 4;
/** VmallocTotal of riscv64 with Sv39: 64 GiB. */
const VMALLOC_KB = 67_108_863;

export function showMeminfo(kernel: Kernel): string {
  const memory = countMemory(kernel);
  const lines: readonly (readonly [string, number])[] = [
    ['MemTotal', memory.total],
    ['MemFree', memory.free],
    ['MemAvailable', memory.free + memory.reclaimable],
    ['Buffers', memory.buffers],
    ['Cached', memory.cached],
    ['SwapCached', 0],
    ['Active', memory.anonymous + memory.mapped],
    ['Inactive', Math.max(0, memory.cached - memory.mapped)],
    ['Unevictable', 0],
    ['Mlocked', memory.locked],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Dirty', memory.dirty],
    ['Writeback', 0],
    ['AnonPages', memory.anonymous],
    ['Mapped', memory.mapped],
    ['Shmem', memory.shared],
    ['KReclaimable', 0],
    ['Slab', 0],
    ['SReclaimable', 0],
    ['SUnreclaim', 0],
    ['PageTables', memory.pageTables],
    ['CommitLimit', kernel.overcommit.limit],
    ['Committed_AS', memory.committed],
  ];
  const kilobytes = (name: string, value: number): string =>
    `${`${name}:`.padEnd(16)}${String(value).padStart(8)} kB\n`;
  return (
    lines.map(([name, pages]) => kilobytes(name, pages * KB_PER_PAGE)).join('') +
    kilobytes('VmallocTotal', VMALLOC_KB) +
    kilobytes('VmallocUsed', 0) +
    kilobytes('VmallocChunk', 0)
  );
}

/** Counters that exist here, under Linux's names. */
export function showVmstat(kernel: Kernel): string {
  const memory = countMemory(kernel);
  const lines: readonly (readonly [string, number])[] = [
    ['nr_free_pages', memory.free],
    ['nr_anon_pages', memory.anonymous],
    ['nr_mapped', memory.mapped],
    ['nr_file_pages', memory.cached + memory.buffers],
    ['nr_dirty', memory.dirty],
    ['nr_writeback', 0],
    ['nr_shmem', memory.shared],
    ['nr_page_table_pages', memory.pageTables],
    ['pgpgin', memory.readKilobytes],
    ['pgpgout', memory.writtenKilobytes],
    ['pswpin', 0],
    ['pswpout', 0],
    ['pgfault', memory.minorFaults + memory.majorFaults],
    ['pgmajfault', memory.majorFaults],
  ];
  return lines.map(([name, value]) => `${name} ${value}\n`).join('');
}

export function showBuddyinfo({ frames }: Kernel): string {
  const counts = frames.freeBlocks().map((count) => String(count).padStart(6));
  return `Node 0, zone    DMA32 ${counts.join(' ')} \n`;
}
