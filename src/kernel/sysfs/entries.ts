/** THE table of files in /sys. */
import { DSP_DEVICE } from '../devfs/sound.ts';
import type { Kernel } from '../kernel.ts';
import { hartList } from '../procfs/format.ts';
import type { ProcRow } from '../procfs/row.ts';
import type { Tty } from '../tty/tty.ts';
import { BLOCK, CLASS_BLOCK, DEV_BLOCK, VIRTUAL_BLOCK } from './block.ts';
import { BUS_ROWS, platformRows } from './buses.ts';
import { EVENT_SOURCE_BUS, EVENT_SOURCES } from './event-sources.ts';
import { MD_MODULE } from './md.ts';
import { MEMORY, nodes } from './memory.ts';
import { moduleRows } from './modules.ts';
import { PROVOKE_CRASH } from './provoke-crash.ts';
import { directory, link, numberOf, value } from './rows.ts';

export function sysfsEntries(kernel: Kernel): ProcRow[] {
  const terminals = [...kernel.terminals.byDevice.values()];
  return [
    BLOCK,
    directory('bus', EVENT_SOURCE_BUS, ...BUS_ROWS),
    directory(
      'class',
      CLASS_BLOCK,
      directory('net'),
      directory('sound', link('dsp', '../../devices/virtual/sound/dsp')),
      directory(
        'tty',
        ...terminals.map(({ name }) => link(name, `../../devices/virtual/tty/${name}`)),
      ),
    ),
    directory(
      'dev',
      DEV_BLOCK,
      directory(
        'char',
        ...terminals.map(({ name, device }) =>
          link(numberOf(device), `../../devices/virtual/tty/${name}`),
        ),
      ),
    ),
    directory(
      'devices',
      ...EVENT_SOURCES,
      { name: 'platform', entries: platformRows },
      directory('system', directory('cpu', ...processors(kernel)), nodes(kernel)),
      directory(
        'virtual',
        VIRTUAL_BLOCK,
        directory(
          'sound',
          directory(
            'dsp',
            value('dev', () => numberOf(DSP_DEVICE)),
          ),
        ),
        directory('tty', ...terminals.map((tty) => terminalEntry(tty, kernel))),
      ),
    ),
    directory('fs'),
    directory(
      'kernel',
      directory('debug', PROVOKE_CRASH),
      MEMORY,
      {
        ...value('uevent_helper', ({ uevents }) => uevents.helper),
        mode: 0o644,
        store: ({ uevents }, text) => {
          uevents.helper = text.trim();
        },
      },
      value('uevent_seqnum', ({ uevents }) => uevents.sequence),
    ),
    { name: 'module', entries: (kernel) => [MD_MODULE, ...moduleRows(kernel)] },
  ];
}

/**
 * Of processors, as Linux 6.18 lists them for all architectures. These harts execute in order and guess nothing, and page tables of programs have no half of
 * the kernel's that could be looked at: what "pti" does on Linux is always so. What the host's processor lets a program find out is not told here: SECURITY.md.
 */
const VULNERABILITIES = [
  'gather_data_sampling',
  'ghostwrite',
  'indirect_target_selection',
  'itlb_multihit',
  'l1tf',
  'mds',
  'meltdown',
  'mmio_stale_data',
  'old_microcode',
  'reg_file_data_sampling',
  'retbleed',
  'spec_rstack_overflow',
  'spec_store_bypass',
  'spectre_v1',
  'spectre_v2',
  'srbds',
  'tsa',
  'tsx_async_abort',
  'vmscape',
];

function processors({ arch }: Kernel): ProcRow[] {
  const all = hartList(arch.allHarts);
  const harts = Array.from({ length: arch.harts }, (_, hart) =>
    directory(
      `cpu${hart}`,
      value('online', () => 1),
      directory('topology', ...topology(hart)),
    ),
  );
  return [
    ...harts,
    value('kernel_max', () => arch.harts - 1),
    value('offline', () => ''),
    value('online', () => all),
    value('possible', () => all),
    value('present', () => all),
    directory(
      'vulnerabilities',
      ...VULNERABILITIES.map((name) => value(name, () => 'Not affected')),
    ),
  ];
}

/** Each hart is a core of one package. */
function topology(hart: number): ProcRow[] {
  const mask = (2 ** hart).toString(16);
  return [
    value('core_cpus', () => mask),
    value('core_cpus_list', () => hart),
    value('core_id', () => hart),
    value('physical_package_id', () => 0),
    value('thread_siblings', () => mask),
    value('thread_siblings_list', () => hart),
  ];
}

function terminalEntry({ name, device }: Tty, kernel: Kernel): ProcRow {
  const isConsole = kernel.terminals.console?.name === name;
  return directory(
    name,
    ...(isConsole ? [value('active', () => name)] : []),
    value('dev', () => numberOf(device)),
  );
}
