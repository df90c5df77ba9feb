/** Rows of interrupts and traps with their rates, from /proc/interrupts and /proc/trapstat: proc(5). Pure. */
import type { DeviceInfo } from '../../api/devices.ts';
import type { Line } from './line.ts';

export interface CountRow {
  name: string;
  /** Of all harts. */
  count: number;
  what: string;
}

/** `NAME: COUNT… WHAT`, with one count per hart. */
export function parseCounts(text: string): CountRow[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', counts = '', what = ''] = /^\s*([^:]+):((?:\s+\d+)+)(.*)$/.exec(line) ?? [];
    if (name === '') return [];
    const count = counts
      .trim()
      .split(/\s+/)
      .map(Number)
      .reduce((sum, it) => sum + it, 0);
    return [{ name: name.trim(), count, what: what.trim().replace(/\s+/g, ' ') }];
  });
}

export interface CountSample {
  atMs: number;
  interrupts: readonly CountRow[];
  traps: readonly CountRow[];
}

/** A second. */
function rates(
  before: readonly CountRow[],
  now: readonly CountRow[],
  elapsedMs: number,
): (CountRow & { rate: number })[] {
  const counts = new Map(before.map(({ name, count }) => [name, count]));
  return now.map((row) => {
    const more = row.count - (counts.get(row.name) ?? row.count);
    return { ...row, rate: elapsedMs > 0 ? (1000 * more) / elapsedMs : 0 };
  });
}

function countLine({ name, count, what, rate }: CountRow & { rate: number }, width: number): Line {
  return [
    { text: `${name.padStart(width)} ${String(count).padStart(12)} ` },
    {
      text: rate.toFixed(0).padStart(8),
      ...(rate > 0 && { colour: 'green' as const, isBold: true }),
    },
    { text: `  ${what}` },
  ];
}

const NAME_COLUMNS = 6;
const TRAP_COLUMNS = 28;

export function interruptLines(
  before: CountSample | undefined,
  now: CountSample,
  devices: readonly DeviceInfo[],
): Line[] {
  const elapsedMs = before ? now.atMs - before.atMs : 0;
  const interrupts = rates(before?.interrupts ?? [], now.interrupts, elapsedMs);
  const traps = rates(before?.traps ?? [], now.traps, elapsedMs);
  const heading = (name: string, width: number): Line => [
    { text: `${name.padStart(width)}        COUNT      A SECOND`, colour: 'gray' },
  ];
  return [
    heading('IRQ', NAME_COLUMNS),
    ...interrupts.map((row) => countLine(row, NAME_COLUMNS)),
    heading('TRAP', TRAP_COLUMNS),
    ...traps.map((row) => countLine(row, TRAP_COLUMNS)),
    [{ text: 'VIRTIO SLOT  DEVICE', colour: 'gray' }],
    ...devices.map(({ name, kind, slot }) => `${String(slot).padStart(11)}  ${name} (${kind})`),
  ];
}
