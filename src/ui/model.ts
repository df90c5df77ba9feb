/** What the status line and the panels show, computed from the guest's /proc texts. Pure. */

export interface Sample {
  /** Milliseconds of the host's clock when it was taken. */
  atMs: number;
  /** /proc files by name below /proc. */
  files: Readonly<Record<string, string>>;
}

export interface Status {
  cpuPercent: number;
  /** Millions of guest instructions per second since the last sample. */
  mips: number;
  memoryUsedBytes: number;
  memoryTotalBytes: number;
  processes: number;
  translations: number;
  uptimeSeconds: number;
}

/** Files that a status needs. */
export const STATUS_FILES = ['stat', 'meminfo', 'loadavg', 'uptime', 'jit'] as const;

/** `name value` or `name: value unit` lines as numbers. */
export function parseCounters(text: string): Map<string, number> {
  const counters = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^\s*(\S+?):?\s+(-?\d+(?:\.\d+)?)/.exec(line);
    if (match) counters.set(match[1] ?? '', Number(match[2]));
  }
  return counters;
}

/** Jiffies of the `cpu` line: proc_stat(5). */
function cpuTimes(text: string): { busy: number; total: number } {
  const fields = (/^cpu\s+(.*)$/m.exec(text)?.[1] ?? '').trim().split(/\s+/).map(Number);
  const total = fields.slice(0, 8).reduce((sum, value) => sum + value, 0);
  const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
  return { busy: total - idle, total };
}

function file(sample: Sample, name: string): string {
  return sample.files[name] ?? '';
}

export function computeStatus(before: Sample | undefined, now: Sample): Status {
  const memory = parseCounters(file(now, 'meminfo'));
  const jit = parseCounters(file(now, 'jit'));
  const cpu = cpuTimes(file(now, 'stat'));
  const cpuBefore = before ? cpuTimes(file(before, 'stat')) : { busy: 0, total: 0 };
  const jitBefore = before ? parseCounters(file(before, 'jit')) : new Map<string, number>();
  const seconds = before ? (now.atMs - before.atMs) / 1000 : 0;
  const instructions = (jit.get('instructions') ?? 0) - (jitBefore.get('instructions') ?? 0);
  const totalJiffies = cpu.total - cpuBefore.total;
  return {
    cpuPercent: totalJiffies > 0 ? (100 * (cpu.busy - cpuBefore.busy)) / totalJiffies : 0,
    mips: seconds > 0 ? instructions / seconds / 1e6 : 0,
    memoryTotalBytes: (memory.get('MemTotal') ?? 0) * 1024,
    memoryUsedBytes: ((memory.get('MemTotal') ?? 0) - (memory.get('MemAvailable') ?? 0)) * 1024,
    processes: Number(/\d+\/(\d+)/.exec(file(now, 'loadavg'))?.[1] ?? 0),
    translations: jit.get('regions') ?? 0,
    uptimeSeconds: Number.parseFloat(file(now, 'uptime')) || 0,
  };
}

export function formatBytes(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)}G`;
  return bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)}M` : `${Math.round(bytes / 2 ** 10)}K`;
}

export function formatUptime(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export function statusText(status: Status): string {
  return [
    `cpu ${status.cpuPercent.toFixed(0).padStart(3)}%`,
    `${status.mips.toFixed(status.mips < 10 ? 1 : 0).padStart(4)} MIPS`,
    `${formatBytes(status.memoryUsedBytes)}/${formatBytes(status.memoryTotalBytes)}`,
    `${status.processes} procs`,
    `${status.translations} regions`,
    `up ${formatUptime(status.uptimeSeconds)}`,
  ].join(' │ ');
}

/** `text` of statusText in `room` columns: without the name, then without the lines, then without the last figures. */
export function fitStatus(text: string, room: number): string {
  const loose = text.replaceAll(' │ ', '  ');
  const forms = [` Hartix │ ${text}`, ` ${text}`, ` ${loose}`, ` ${loose.replace(/ +/g, ' ')}`];
  const figures = text.split(' │ ');
  for (let count = figures.length - 1; count > 0; count--) {
    forms.push(` ${figures.slice(0, count).join(' ').replace(/ +/g, ' ')}`);
  }
  return (forms.find((form) => form.length <= room) ?? '').padEnd(room);
}

/** The part of a long list that is shown: `height` lines with line `selected` among them. */
export function windowOf<T>(
  items: readonly T[],
  selected: number,
  height: number,
): { first: number; items: T[] } {
  const first = Math.max(0, Math.min(selected - Math.floor(height / 2), items.length - height));
  return { first, items: items.slice(first, first + height) };
}

/** What of a list is outside of its window: `↑ 3 more  ↓ 12 more`; '' for nothing. */
export function moreText(length: number, first: number, shown: number): string {
  const below = length - first - shown;
  const parts = [first > 0 ? `↑ ${first} more` : '', below > 0 ? `↓ ${below} more` : ''];
  return parts.filter((part) => part !== '').join('  ');
}
