/** /proc/meminfo: proc_meminfo(5). */
import type { Kernel } from '../kernel.ts';
import { countMemory, type MemoryStatistics } from '../memory-statistics.ts';

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
    ['MemAvailable', availablePages(kernel, memory)],
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
    ['Writeback', kernel.frames.account.writeback],
    ['AnonPages', memory.anonymous],
    ['Mapped', memory.mapped],
    ['Shmem', memory.shared],
    ['KReclaimable', kernel.nameSlab.pages],
    ['Slab', kernel.slab.pages + kernel.nameSlab.pages],
    ['SReclaimable', kernel.nameSlab.pages],
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

/** What programs could be given without swapping, as si_mem_available of mm/show_mem.c reckons. */
function availablePages({ watermarks, nameSlab }: Kernel, memory: MemoryStatistics): number {
  const { low, high } = watermarks;
  const files = memory.stored + memory.buffers;
  const spared = (pages: number): number => Math.min(Math.floor(pages / 2), low);
  const slab = nameSlab.pages;
  return Math.max(0, memory.free - high + files - spared(files) + slab - spared(slab));
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
