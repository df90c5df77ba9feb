/** What guest memory is used for, counted when somebody asks: /proc/meminfo, sysinfo(2). */
import type { Kernel } from './kernel.ts';

/** Frames, unless the name says otherwise. */
export interface MemoryStatistics {
  readonly total: number;
  readonly free: number;
  /** Page cache: files, tmpfs included. */
  readonly cached: number;
  /** Blocks of disks that hold metadata. */
  readonly buffers: number;
  /** Of it what is stored elsewhere, too. */
  readonly stored: number;
  readonly dirty: number;
  /** tmpfs and shared anonymous memory. */
  readonly shared: number;
  /** Resident pages of processes, each counted as often as it is mapped. */
  readonly anonymous: number;
  /** Megapages among the anonymous: in 2 MiB. And how often one was split. */
  readonly anonymousHuge: number;
  readonly hugeSplits: number;
  readonly mapped: number;
  /** Page cache that nobody maps. */
  readonly inactive: number;
  readonly locked: number;
  readonly pageTables: number;
  /** What processes could come to need. */
  readonly committed: number;
  /** Of all processes that ever ran. */
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly readKilobytes: number;
  readonly writtenKilobytes: number;
}

export function countMemory(kernel: Kernel): MemoryStatistics {
  const { frames, pids, vfs, hardware } = kernel;
  let anonymous = 0;
  let anonymousHuge = 0;
  let hugeSplits = kernel.hugePages.splits;
  let mapped = 0;
  let locked = 0;
  let pageTables = 0;
  let minorFaults = 0;
  let majorFaults = 0;
  for (const { addressSpace, usage, childrenUsage } of pids.processes.values()) {
    minorFaults += usage.minorFaults + childrenUsage.minorFaults;
    majorFaults += usage.majorFaults + childrenUsage.majorFaults;
    if (!addressSpace) continue;
    const { counters, pageTable } = addressSpace;
    anonymous += counters.anonymousPages;
    mapped += counters.filePages + counters.sharedMemoryPages;
    locked += counters.lockedPages;
    pageTables += pageTable.tablePages;
    anonymousHuge += pageTable.hugePages;
    hugeSplits += pageTable.splits;
  }
  const cache = { cached: 0, dirty: 0, stored: 0, shared: 0, buffers: 0 };
  for (const fs of vfs.fileSystems()) {
    const use = fs.memoryUse?.();
    if (!use) continue;
    cache.cached += use.cachedPages;
    cache.dirty += use.dirtyPages;
    cache.buffers += use.bufferPages;
    if (use.isStored) cache.stored += use.cachedPages;
    else cache.shared += use.cachedPages;
  }
  let sectorsRead = 0;
  let sectorsWritten = 0;
  for (const { statistics } of hardware.disks) {
    sectorsRead += statistics.sectorsRead;
    sectorsWritten += statistics.sectorsWritten;
  }
  return {
    total: frames.total,
    free: frames.free,
    ...cache,
    anonymous,
    anonymousHuge,
    hugeSplits,
    mapped,
    inactive: Math.max(0, cache.cached - mapped),
    locked,
    pageTables,
    committed: kernel.overcommit.committed,
    minorFaults,
    majorFaults,
    readKilobytes: Math.floor(sectorsRead / 2),
    writtenKilobytes: Math.floor(sectorsWritten / 2),
  };
}
