/** THE table of files in /proc that belong to no process: proc(5). */

import { deviceList } from '../devfs/devices.ts';
import type { Kernel } from '../kernel.ts';
import { showMdstat } from '../sysfs/md.ts';
import { showModules } from '../sysfs/modules.ts';
import { showDiskstats, showPartitions } from './disks.ts';
import { FILE_SYSTEM_ROWS } from './file-system-rows.ts';
import { showJit, showSyscalls, showTlbstat, showTrapstat } from './hartix.ts';
import { showInterrupts } from './interrupts.ts';
import { irqRows } from './irq.ts';
import { showConfig } from './kernel-config.ts';
import { PageCountFile, PageFlagsFile } from './kernel-pages.ts';
import { showKeys, showKeyUsers } from './keys.ts';
import { showLocks } from './locks.ts';
import { showMeminfo } from './memory.ts';
import { showSlabinfo } from './object-caches.ts';
import { showCpuinfo, showLoadavg, showStat, showUptime, showVersion } from './processor.ts';
import type { ProcRow } from './row.ts';
import { showSchedstat } from './scheduler.ts';
import { showSwaps } from './swaps.ts';
import { SYSCTL } from './sysctl.ts';
import { triggerSysrq } from './sysrq.ts';
import { SYSVIPC } from './sysvipc.ts';
import { showTtyDrivers } from './tty-drivers.ts';
import { showVmstat } from './vmstat.ts';
import { showBuddyinfo, showZoneinfo } from './zoneinfo.ts';

export const ENTRIES: readonly ProcRow[] = [
  { name: 'buddyinfo', show: showBuddyinfo },
  { name: 'cmdline', show: ({ commandLine }) => `${commandLine.text}\n` },
  { name: 'config.gz', show: showConfig },
  { name: 'cpuinfo', show: showCpuinfo },
  { name: 'devices', show: deviceList },
  { name: 'diskstats', show: showDiskstats },
  { name: 'mdstat', show: showMdstat },
  { name: 'filesystems', show: showFilesystems },
  { name: 'fs', entries: FILE_SYSTEM_ROWS },
  { name: 'interrupts', show: showInterrupts },
  { name: 'irq', entries: irqRows },
  { name: 'jit', show: showJit },
  {
    name: 'kpagecount',
    mode: 0o400,
    open: (kernel, inode, flags) => new PageCountFile(kernel, inode, flags),
  },
  {
    name: 'kpageflags',
    mode: 0o400,
    open: (kernel, inode, flags) => new PageFlagsFile(kernel, inode, flags),
  },
  { name: 'loadavg', show: showLoadavg },
  { name: 'key-users', show: showKeyUsers },
  { name: 'keys', show: showKeys },
  { name: 'locks', show: showLocks },
  { name: 'meminfo', show: showMeminfo },
  { name: 'modules', show: showModules },
  { name: 'mounts', link: () => 'self/mounts' },
  { name: 'net', link: () => 'self/net' },
  { name: 'partitions', show: showPartitions },
  { name: 'schedstat', show: showSchedstat },
  { name: 'slabinfo', mode: 0o400, show: showSlabinfo },
  { name: 'stat', show: showStat },
  { name: 'swaps', show: showSwaps },
  { name: 'sys', entries: SYSCTL },
  { name: 'sysrq-trigger', mode: 0o200, store: triggerSysrq },
  { name: 'syscalls', show: showSyscalls },
  { name: 'sysvipc', entries: SYSVIPC },
  { name: 'tlbstat', show: showTlbstat },
  { name: 'trapstat', show: showTrapstat },
  { name: 'tty', entries: [{ name: 'drivers', show: showTtyDrivers }] },
  { name: 'uptime', show: showUptime },
  { name: 'version', show: showVersion },
  { name: 'vmstat', show: showVmstat },
  { name: 'zoneinfo', show: showZoneinfo },
];

function showFilesystems({ fileSystems }: Kernel): string {
  return fileSystems
    .map(({ name, requiresDevice }) => {
      return `${requiresDevice ? '' : 'nodev'}\t${name}\n`;
    })
    .join('');
}
