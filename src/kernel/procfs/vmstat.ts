/** /proc/vmstat: proc_vmstat(5). Counters that exist here, under Linux's names and in its order. */
import type { Kernel } from '../kernel.ts';
import { countMemory, type MemoryStatistics } from '../memory-statistics.ts';

type Counters = readonly (readonly [string, number])[];

export function showVmstat(kernel: Kernel): string {
  const memory = countMemory(kernel);
  const counters = [
    ...pages(kernel, memory),
    ...transfers(kernel, memory),
    ...reclaimed(kernel),
    ...moved(kernel),
    ...hugePages(kernel, memory),
  ];
  return counters.map(([name, value]) => `${name} ${value}\n`).join('');
}

function pages(kernel: Kernel, memory: MemoryStatistics): Counters {
  const { frames, writeBack, swap, slab, nameSlab } = kernel;
  return [
    ['nr_free_pages', memory.free],
    ['nr_anon_pages', memory.anonymous],
    ['nr_mapped', memory.mapped],
    ['nr_file_pages', memory.cached + memory.buffers],
    ['nr_dirty', memory.dirty],
    ['nr_writeback', frames.account.writeback],
    ['nr_shmem', memory.shared],
    ['nr_dirtied', frames.account.dirtied],
    ['nr_written', frames.account.written],
    ['nr_dirty_threshold', writeBack.limitPages],
    ['nr_dirty_background_threshold', writeBack.backgroundPages],
    ['nr_mlock', memory.locked],
    ['nr_page_table_pages', memory.pageTables],
    ['nr_anon_transparent_hugepages', memory.anonymousHuge],
    ['nr_swapcached', swap.cachedPages],
    ['nr_slab_reclaimable', nameSlab.pages],
    ['nr_slab_unreclaimable', slab.pages],
  ];
}

function transfers({ swap }: Kernel, memory: MemoryStatistics): Counters {
  return [
    ['pgpgin', memory.readKilobytes],
    ['pgpgout', memory.writtenKilobytes],
    ['pswpin', swap.pagesIn],
    ['pswpout', swap.pagesOut],
    ['pgfault', memory.minorFaults + memory.majorFaults],
    ['pgmajfault', memory.majorFaults],
  ];
}

function reclaimed(kernel: Kernel): Counters {
  const { frames, reclaim, kswapd, outOfMemory, vfs } = kernel;
  const { background, direct, file, anonymous, inodePages } = reclaim;
  return [
    ['pgsteal_kswapd', background.stolen],
    ['pgsteal_direct', direct.stolen],
    ['pgscan_kswapd', background.scanned],
    ['pgscan_direct', direct.scanned],
    ['pgscan_anon', anonymous.scanned],
    ['pgscan_file', file.scanned],
    ['pgsteal_anon', anonymous.stolen],
    ['pgsteal_file', file.stolen],
    ['pginodesteal', inodePages.direct],
    ['slabs_scanned', vfs.mounts.names.scanned],
    ['kswapd_inodesteal', inodePages.background],
    ['kswapd_low_wmark_hit_quickly', kswapd.lowHitQuickly],
    ['kswapd_high_wmark_hit_quickly', kswapd.highHitQuickly],
    ['pageoutrun', kswapd.runs],
    ['allocstall_dma32', frames.reclaimScans],
    ['drop_pagecache', kernel.dropCount],
    ['drop_slab', kernel.dropSlabCount],
    ['oom_kill', outOfMemory.kills],
  ];
}

function moved({ compaction }: Kernel): Counters {
  return [
    ['pgmigrate_success', compaction.migrated],
    ['compact_migrate_scanned', compaction.migrateScanned],
    ['compact_free_scanned', compaction.freeScanned],
    // The page, and the frame that it goes to.
    ['compact_isolated', compaction.migrated * 2],
    ['compact_stall', compaction.stalls],
    ['compact_fail', compaction.failures],
    ['compact_success', compaction.successes],
  ];
}

function hugePages({ hugePages: pages }: Kernel, memory: MemoryStatistics): Counters {
  return [
    ['thp_fault_alloc', pages.faultAllocations],
    ['thp_fault_fallback', pages.faultFallbacks],
    ['thp_collapse_alloc', pages.collapses],
    ['thp_collapse_alloc_failed', pages.collapseFailures],
    ['thp_split_pmd', memory.hugeSplits],
  ];
}
