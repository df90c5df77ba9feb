/** /sys/kernel/mm: the pool of huge pages, and transparent ones. Linux: hugetlbpage.rst, transhuge.rst. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { HUGE_PAGES } from '../arch/page-table.ts';
import type { Kernel } from '../kernel.ts';
import type { HugePagePool } from '../mm/huge-page-pool.ts';
import { TRANSPARENT_MODES } from '../mm/huge-pages.ts';
import { hartList } from '../procfs/format.ts';
import { showMeminfo } from '../procfs/memory.ts';
import type { ProcRow } from '../procfs/row.ts';
import { LARGEST, tunable } from '../procfs/sysctl-value.ts';

function count(name: string, get: (pool: HugePagePool) => number): ProcRow {
  return { name, show: ({ hugePages: { pool } }) => `${get(pool)}\n` };
}

/** The choice that holds is in brackets. */
function choice(chosen: string, all: readonly string[]): string {
  return `${all.map((name) => (name === chosen ? `[${name}]` : name)).join(' ')}\n`;
}

const POOL: readonly ProcRow[] = [
  count('free_hugepages', ({ free }) => free),
  tunable(
    'nr_hugepages',
    0,
    LARGEST,
    ({ hugePages }) => hugePages.pool.total,
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
  count('resv_hugepages', ({ reserved }) => reserved),
  count('surplus_hugepages', ({ surplus }) => surplus),
];

function setMode({ hugePages }: Kernel, text: string): void {
  const mode = TRANSPARENT_MODES.find((name) => name === text.trim());
  if (mode === undefined) throw fail(EINVAL, 'always, madvise or never');
  hugePages.mode = mode;
  if (mode === 'always') hugePages.collapser.noteWish();
}

type Setting =
  | 'allocSleepMs'
  | 'maxMissing'
  | 'maxShared'
  | 'maxSwapped'
  | 'pagesToScan'
  | 'scanSleepMs';

function setting(name: string, low: number, high: number, key: Setting): ProcRow {
  return tunable(
    name,
    low,
    high,
    ({ hugePages }) => hugePages.collapser[key],
    ({ hugePages }, value) => {
      hugePages.collapser[key] = value;
      hugePages.collapser.retime();
    },
  );
}

const COLLAPSER: readonly ProcRow[] = [
  setting('alloc_sleep_millisecs', 0, LARGEST, 'allocSleepMs'),
  // Memory is never moved to make a block.
  { name: 'defrag', show: () => '0\n' },
  { name: 'full_scans', show: ({ hugePages }) => `${hugePages.collapser.fullScans}\n` },
  setting('max_ptes_none', 0, HUGE_PAGES - 1, 'maxMissing'),
  setting('max_ptes_shared', 0, HUGE_PAGES - 1, 'maxShared'),
  setting('max_ptes_swap', 0, HUGE_PAGES - 1, 'maxSwapped'),
  { name: 'pages_collapsed', show: ({ hugePages }) => `${hugePages.collapser.pagesCollapsed}\n` },
  setting('pages_to_scan', 1, LARGEST, 'pagesToScan'),
  setting('scan_sleep_millisecs', 0, LARGEST, 'scanSleepMs'),
];

const TRANSPARENT: readonly ProcRow[] = [
  // Memory is never moved to make a block.
  {
    name: 'defrag',
    show: () => choice('never', ['always', 'defer', 'defer+madvise', 'madvise', 'never']),
  },
  {
    name: 'enabled',
    mode: 0o644,
    show: ({ hugePages }) => choice(hugePages.mode, TRANSPARENT_MODES),
    store: setMode,
  },
  { name: 'khugepaged', entries: COLLAPSER },
  { name: 'hpage_pmd_size', show: () => '2097152\n' },
  {
    name: 'shmem_enabled',
    show: () => choice('never', ['always', 'within_size', 'advise', 'never', 'deny', 'force']),
  },
  // A read maps the zero page of 4 KiB.
  { name: 'use_zero_page', show: () => '0\n' },
];

export const MEMORY: ProcRow = {
  name: 'mm',
  entries: [
    { name: 'hugepages', entries: [{ name: 'hugepages-2048kB', entries: POOL }] },
    { name: 'transparent_hugepage', entries: TRANSPARENT },
  ],
};

/** /sys/devices/system/node: one, with all harts and all memory. */
export function nodes({ arch }: Kernel): ProcRow {
  const list = hartList(arch.allHarts);
  const zero = (name: string): ProcRow => ({ name, show: () => '0\n' });
  const node: ProcRow = {
    name: 'node0',
    entries: [
      { name: 'cpulist', show: () => `${list}\n` },
      { name: 'cpumap', show: () => `${arch.allHarts.toString(16)}\n` },
      { name: 'distance', show: () => '10\n' },
      {
        name: 'meminfo',
        show: (kernel) =>
          showMeminfo(kernel).replace(
            /^(Mem(?:Total|Free)|Active|Inactive|Dirty|Mapped|AnonPages|Shmem|PageTables|HugePages_\w+)(:.*)$|^.*\n/gm,
            (_, name?: string, rest?: string) =>
              name === undefined ? '' : `Node 0 ${name}${rest}`,
          ),
      },
    ],
  };
  const names = ['has_cpu', 'has_memory', 'has_normal_memory', 'online', 'possible'];
  return { name: 'node', entries: [...names.map(zero), node] };
}
