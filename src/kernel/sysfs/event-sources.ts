/** What perf_event_open(2) can count, for the perf tool: Linux: Documentation/ABI/testing/sysfs-bus-event_source-devices. */
import { PERF_TYPE_RAW, PERF_TYPE_SOFTWARE } from '../../abi/perf-event.ts';
import type { ProcRow } from '../procfs/row.ts';
import { directory, link, value } from './rows.ts';

/** By name: the type of perf_event_attr; of a processor its own events, of which there are none beyond the general ones. */
const SOURCES: readonly (readonly [string, number])[] = [
  ['cpu', PERF_TYPE_RAW],
  ['software', PERF_TYPE_SOFTWARE],
];

export const EVENT_SOURCE_BUS: ProcRow = directory(
  'event_source',
  directory('devices', ...SOURCES.map(([name]) => link(name, `../../../devices/${name}`))),
);

/** In /sys/devices. */
export const EVENT_SOURCES: readonly ProcRow[] = SOURCES.map(([name, type]) =>
  directory(
    name,
    link('subsystem', '../../bus/event_source'),
    value('type', () => type),
    { name: 'uevent', show: () => '' },
  ),
);
