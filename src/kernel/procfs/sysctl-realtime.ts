/** /proc/sys/kernel/sched_rt_*: what real-time threads may have of each hart. sched(7). */
import { EINVAL, fail } from '../../abi/errno.ts';
import type { ProcRow } from './row.ts';
import { LARGEST, tunable } from './sysctl-value.ts';

const MICROSECOND = 1000;

export const REALTIME_LIMITS: readonly ProcRow[] = [
  tunable(
    'sched_rt_period_us',
    1,
    LARGEST,
    ({ scheduler }) => scheduler.limits.periodNs / MICROSECOND,
    ({ scheduler: { limits } }, microseconds) => {
      if (microseconds * MICROSECOND < (limits.runtimeNs ?? 0)) throw fail(EINVAL, 'runtime');
      limits.periodNs = microseconds * MICROSECOND;
    },
  ),
  tunable(
    'sched_rt_runtime_us',
    -1,
    LARGEST,
    ({ scheduler: { limits } }) =>
      limits.runtimeNs === undefined ? -1 : limits.runtimeNs / MICROSECOND,
    ({ scheduler: { limits } }, microseconds) => {
      if (microseconds * MICROSECOND > limits.periodNs) throw fail(EINVAL, 'period');
      limits.runtimeNs = microseconds < 0 ? undefined : microseconds * MICROSECOND;
    },
  ),
];
