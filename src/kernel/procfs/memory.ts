/** /proc/meminfo, vmstat, buddyinfo, zoneinfo: proc_meminfo(5), proc_vmstat(5). */
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Kernel } from '../kernel.ts';
import { countMemory } from '../memory-statistics.ts';

const KB_PER_PAGE = 4;
/** Of a megapage. */
const HUGE_KB = 2048;
/** VmallocTotal of riscv64 with Sv39: 64 GiB. */
const VMALLOC_KB = 67_108_863;

export function showMeminfo(kernel: Kernel): string {
  const memory = countMemory(kernel);
  const { swap } = kernel;
  const lines: readonly (readonly [string, number])[] = [
    ['MemTotal', memory.total],
    ['MemFree', memory.free],
    ['MemAvailable', memory.free + memory.reclaimable],
    ['Buffers', memory.buffers],
    ['Cached', memory.cached],
    ['SwapCached', swap.cachedPages],
    ['Active', memory.anonymous + memory.mapped],
    ['Inactive', memory.inactive],
    ['Active(anon)', memory.anonymous],
    ['Inactive(anon)', 0],
    ['Active(file)', memory.mapped],
    ['Inactive(file)', memory.inactive],
    ['Unevictable', 0],
    ['Mlocked', memory.locked],
    ['SwapTotal', swap.total],
    ['SwapFree', swap.freePages],
    ['Dirty', memory.dirty],
    ['Writeback', 0],
    ['AnonPages', memory.anonymous],
    ['Mapped', memory.mapped],
    ['Shmem', memory.shared],
    ['KReclaimable', 0],
    ['Slab', kernel.slab.pages],
    ['SReclaimable', 0],
    ['SUnreclaim', kernel.slab.pages],
    ['KernelStack', 0],
    ['PageTables', memory.pageTables],
    ['SecPageTables', 0],
    ['NFS_Unstable', 0],
    ['Bounce', 0],
    ['WritebackTmp', 0],
    ['CommitLimit', kernel.overcommit.limit],
    ['Committed_AS', memory.committed],
  ];
  const kilobytes = (name: string, value: number): string =>
    `${`${name}:`.padEnd(16)}${String(value).padStart(8)} kB\n`;
  return (
    lines.map(([name, pages]) => kilobytes(name, pages * KB_PER_PAGE)).join('') +
    kilobytes('VmallocTotal', VMALLOC_KB) +
    kilobytes('VmallocUsed', 0) +
    kilobytes('VmallocChunk', 0) +
    kilobytes('Percpu', 0) +
    kilobytes('AnonHugePages', memory.anonymousHuge * HUGE_KB) +
    kilobytes('ShmemHugePages', 0) +
    kilobytes('ShmemPmdMapped', 0) +
    kilobytes('FileHugePages', 0) +
    kilobytes('FilePmdMapped', 0) +
    hugetlb(kernel)
  );
}

function hugetlb({ hugePages: { pool } }: Kernel): string {
  const rows: readonly (readonly [string, number, string])[] = [
    ['HugePages_Total', pool.total, ''],
    ['HugePages_Free', pool.free, ''],
    ['HugePages_Rsvd', pool.reserved, ''],
    ['HugePages_Surp', pool.surplus, ''],
    ['Hugepagesize', HUGE_KB, ' kB'],
    ['Hugetlb', pool.total * HUGE_KB, ' kB'],
  ];
  return rows
    .map(([name, value, unit]) => `${`${name}:`.padEnd(16)}${String(value).padStart(8)}${unit}\n`)
    .join('');
}

/** Counters that exist here, under Linux's names. */
export function showVmstat(kernel: Kernel): string {
  const memory = countMemory(kernel);
  const { frames, writeBack } = kernel;
  const lines: readonly (readonly [string, number])[] = [
    ['nr_free_pages', memory.free],
    ['nr_anon_pages', memory.anonymous],
    ['nr_mapped', memory.mapped],
    ['nr_file_pages', memory.cached + memory.buffers],
    ['nr_dirty', memory.dirty],
    ['nr_writeback', 0],
    ['nr_shmem', memory.shared],
    ['nr_dirtied', frames.account.dirtied],
    ['nr_written', frames.account.written],
    ['nr_dirty_threshold', writeBack.limitPages],
    ['nr_dirty_background_threshold', writeBack.backgroundPages],
    ['nr_mlock', memory.locked],
    ['nr_page_table_pages', memory.pageTables],
    ['nr_anon_transparent_hugepages', memory.anonymousHuge],
    ['pgpgin', memory.readKilobytes],
    ['pgpgout', memory.writtenKilobytes],
    ['pswpin', kernel.swap.pagesIn],
    ['pswpout', kernel.swap.pagesOut],
    ['pgfault', memory.minorFaults + memory.majorFaults],
    ['pgmajfault', memory.majorFaults],
    ['pgscan_direct', kernel.frames.reclaimScans],
    ['pgsteal_direct', kernel.frames.reclaimed],
    ['allocstall_dma32', kernel.frames.reclaimScans],
    ['drop_pagecache', kernel.dropCount],
    ['drop_slab', kernel.dropSlabCount],
    ['oom_kill', kernel.outOfMemory.kills],
    ['thp_fault_alloc', kernel.hugePages.faultAllocations],
    ['thp_fault_fallback', kernel.hugePages.faultFallbacks],
    ['thp_collapse_alloc', kernel.hugePages.collapses],
    ['thp_collapse_alloc_failed', kernel.hugePages.collapseFailures],
    ['thp_split_pmd', memory.hugeSplits],
  ];
  return lines.map(([name, value]) => `${name} ${value}\n`).join('');
}

export function showBuddyinfo({ frames }: Kernel): string {
  const counts = frames.freeBlocks().map((count) => String(count).padStart(6));
  return `Node 0, zone    DMA32 ${counts.join(' ')} \n`;
}

/** One zone: memory below 4 GiB, which is all there is, as Linux on riscv64 has it. */
export function showZoneinfo(kernel: Kernel): string {
  const memory = countMemory(kernel);
  const rows: readonly (readonly [string, number])[] = [
    ['nr_free_pages', memory.free],
    ['nr_zone_inactive_anon', 0],
    ['nr_zone_active_anon', memory.anonymous],
    ['nr_zone_inactive_file', memory.inactive],
    ['nr_zone_active_file', memory.mapped],
    ['nr_mlock', memory.locked],
  ];
  const first = kernel.arch.ram.base / PAGE_SIZE;
  const sizes = ['spanned', 'present', 'managed'].map((name) => [name, memory.total] as const);
  const marks = ['boost', 'min', 'low', 'high'].map((name) => [name, 0] as const);
  const line = ([name, value]: readonly [string, number]): string =>
    `        ${name.padEnd(8)} ${value}\n`;
  return (
    `Node 0, zone    DMA32\n  pages free     ${memory.free}\n` +
    [...marks, ...sizes].map(line).join('') +
    '        protection: (0, 0)\n' +
    rows.map(([name, value]) => `      ${name.padEnd(12)} ${value}\n`).join('') +
    `  start_pfn:           ${first}\n`
  );
}
