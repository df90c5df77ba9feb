/** /proc/sys/vm: when memory counts as short, and what goes first. Documentation/admin-guide/sysctl/vm.rst. */
import type { ProcRow } from './row.ts';
import { LARGEST, tunable } from './sysctl-value.ts';

const MOST_SCALE = 3000;

export const RECLAIM: readonly ProcRow[] = [
  tunable(
    'min_free_kbytes',
    0,
    LARGEST,
    ({ watermarks }) => watermarks.minFreeKilobytes,
    ({ watermarks, kswapd }, value) => {
      watermarks.minFreeKilobytes = value;
      kswapd.watch();
    },
  ),
  tunable(
    'swappiness',
    0,
    200,
    ({ swap }) => swap.swappiness,
    ({ swap }, value) => {
      swap.swappiness = value;
    },
  ),
  tunable(
    'vfs_cache_pressure',
    0,
    LARGEST,
    ({ reclaim }) => reclaim.cachePressure,
    ({ reclaim }, value) => {
      reclaim.cachePressure = value;
    },
  ),
  tunable(
    'watermark_scale_factor',
    1,
    MOST_SCALE,
    ({ watermarks }) => watermarks.scaleFactor,
    ({ watermarks, kswapd }, value) => {
      watermarks.scaleFactor = value;
      kswapd.watch();
    },
  ),
];
