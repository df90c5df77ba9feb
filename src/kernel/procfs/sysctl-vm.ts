/** /proc/sys/vm: proc_sys_vm(5). What is writable here acts. */
import { ReclaimStage } from '../../fs/filesystem.ts';
import type { Kernel } from '../kernel.ts';
import type { ProcRow } from './row.ts';
import { RECLAIM } from './sysctl-reclaim.ts';
import { integer, LARGEST, tunable } from './sysctl-value.ts';
import { WRITE_BACK } from './sysctl-write-back.ts';

const DROP_PAGES = 1;
const DROP_SLAB = 2;
/** The log is told no more. */
const DROP_SILENTLY = 4;

/** 1 clean pages of files and blocks, 2 names and inodes, 3 both: what is dirty stays. */
function dropCaches(kernel: Kernel, text: string): void {
  const what = integer(text, 1, DROP_SILENTLY);
  if ((what & DROP_PAGES) !== 0) {
    kernel.dropCount++;
    kernel.vfs.reclaim(Number.POSITIVE_INFINITY, ReclaimStage.ALL);
    kernel.vfs.shrink();
  }
  if ((what & DROP_SLAB) !== 0) {
    kernel.dropSlabCount++;
    kernel.reclaim.dropNames();
  }
  const { current } = kernel;
  if (current && !kernel.dropsSilently)
    kernel.printk(`${current.name} (${current.tid}): drop_caches: ${what}`);
  if ((what & DROP_SILENTLY) !== 0) kernel.dropsSilently = true;
}

export const VM: readonly ProcRow[] = [
  tunable(
    'admin_reserve_kbytes',
    0,
    LARGEST,
    ({ overcommit }) => overcommit.adminReserveKilobytes,
    ({ overcommit }, value) => {
      overcommit.adminReserveKilobytes = value;
    },
  ),
  {
    name: 'drop_caches',
    mode: 0o200,
    store: dropCaches,
  },
  ...WRITE_BACK,
  {
    name: 'compact_memory',
    mode: 0o200,
    store: ({ compaction }, text) => {
      integer(text, 1, 1);
      compaction.compact();
    },
  },
  tunable(
    'hugetlb_shm_group',
    0,
    LARGEST,
    ({ hugePages }) => hugePages.sharedGroup,
    ({ hugePages }, value) => {
      hugePages.sharedGroup = value;
    },
  ),
  tunable(
    'max_map_count',
    0,
    LARGEST,
    ({ maxMapCount }) => maxMapCount,
    (kernel, value) => {
      kernel.maxMapCount = value;
    },
  ),
  tunable(
    'mmap_min_addr',
    0,
    LARGEST,
    ({ mmapMinAddress }) => mmapMinAddress,
    (kernel, value) => {
      kernel.mmapMinAddress = value;
    },
  ),
  tunable(
    'nr_hugepages',
    0,
    LARGEST,
    ({ hugePages }) => hugePages.pool.persistent,
    ({ hugePages }, value) => hugePages.pool.resize(value),
  ),
  tunable(
    'nr_overcommit_hugepages',
    0,
    LARGEST,
    ({ hugePages }) => hugePages.pool.overcommit,
    ({ hugePages }, value) => {
      hugePages.pool.overcommit = value;
    },
  ),
  tunable(
    'oom_dump_tasks',
    0,
    LARGEST,
    ({ outOfMemory }) => outOfMemory.dumpsTasks,
    ({ outOfMemory }, value) => {
      outOfMemory.dumpsTasks = value;
    },
  ),
  tunable(
    'oom_kill_allocating_task',
    0,
    LARGEST,
    ({ outOfMemory }) => outOfMemory.killsAllocating,
    ({ outOfMemory }, value) => {
      outOfMemory.killsAllocating = value;
    },
  ),
  tunable(
    'overcommit_kbytes',
    0,
    LARGEST,
    ({ overcommit }) => overcommit.kilobytes,
    ({ overcommit }, value) => {
      overcommit.kilobytes = value;
      if (value !== 0) overcommit.ratio = 0;
    },
  ),
  tunable(
    'overcommit_memory',
    0,
    2,
    ({ overcommit }) => overcommit.mode,
    ({ overcommit }, value) => {
      overcommit.mode = value;
    },
  ),
  tunable(
    'overcommit_ratio',
    0,
    LARGEST,
    ({ overcommit }) => overcommit.ratio,
    ({ overcommit }, value) => {
      overcommit.ratio = value;
      overcommit.kilobytes = 0;
    },
  ),
  tunable(
    'panic_on_oom',
    0,
    2,
    ({ outOfMemory }) => outOfMemory.panics,
    ({ outOfMemory }, value) => {
      outOfMemory.panics = value;
    },
  ),
  ...RECLAIM,
  tunable(
    'user_reserve_kbytes',
    0,
    LARGEST,
    ({ overcommit }) => overcommit.userReserveKilobytes,
    ({ overcommit }, value) => {
      overcommit.userReserveKilobytes = value;
    },
  ),
];
