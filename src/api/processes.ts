/** Processes and memory maps of the guest, parsed from its own /proc: proc_pid_stat(5), proc_pid_maps(5). */
import type { GuestFiles } from './files.ts';

export interface ProcessInfo {
  pid: number;
  parentPid: number;
  name: string;
  /** R, S, D, T, t, Z or X. */
  state: string;
  uid: number;
  threads: number;
  nice: number;
  /** Milliseconds of CPU time. */
  userMs: number;
  systemMs: number;
  /** Bytes. */
  virtualBytes: number;
  residentBytes: number;
  command: string[];
}

export interface MemoryMapping {
  start: number;
  /** One past the last byte. */
  end: number;
  /** 'r-xp' and the like. */
  permissions: string;
  offset: number;
  /** 'major:minor' in hex. */
  device: string;
  inode: number;
  /** File, '[heap]', '[stack]' …, or ''. */
  path: string;
}

const PAGE_BYTES = 4096;
const TICK_MS = 10;

/** One line of /proc/<pid>/maps. */
function parseMapping(line: string): MemoryMapping | undefined {
  const match = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) (\S+) (\d+)\s*(.*)$/.exec(line);
  if (!match) return undefined;
  const [
    ,
    start = '',
    end = '',
    permissions = '',
    offset = '',
    device = '',
    inode = '',
    path = '',
  ] = match;
  return {
    start: Number.parseInt(start, 16),
    end: Number.parseInt(end, 16),
    permissions,
    offset: Number.parseInt(offset, 16),
    device,
    inode: Number(inode),
    path,
  };
}

/** /proc/<pid>/stat: the name may hold spaces and parentheses, so it ends at the last one. */
function parseStat(text: string): Omit<ProcessInfo, 'uid' | 'command'> {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  // fields[0] is field 3 of the manual page.
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    pid: Number(text.slice(0, open - 1)),
    name: text.slice(open + 1, close),
    state: fields[0] ?? '?',
    parentPid: field(4),
    userMs: field(14) * TICK_MS,
    systemMs: field(15) * TICK_MS,
    nice: field(19),
    threads: field(20),
    virtualBytes: field(23),
    residentBytes: field(24) * PAGE_BYTES,
  };
}

async function readProcess(files: GuestFiles, pid: string): Promise<ProcessInfo | undefined> {
  try {
    const [stat, command, attributes] = await Promise.all([
      files.readFile(`/proc/${pid}/stat`, 'utf8'),
      files.readFile(`/proc/${pid}/cmdline`, 'utf8'),
      files.stat(`/proc/${pid}`),
    ]);
    return { ...parseStat(stat), uid: attributes.uid, command: command.split('\0').slice(0, -1) };
  } catch (error) {
    // It ended between the listing and the reading.
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

export async function listProcesses(files: GuestFiles): Promise<ProcessInfo[]> {
  const names = await files.readdir('/proc');
  const pids = names.filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => readProcess(files, pid)));
  return found.filter((info) => info !== undefined).sort((a, b) => a.pid - b.pid);
}

/** Throws GuestFileError ENOENT if there is no such process. */
export async function readMaps(files: GuestFiles, pid: number): Promise<MemoryMapping[]> {
  const text = await files.readFile(`/proc/${pid}/maps`, 'utf8');
  return text
    .split('\n')
    .map(parseMapping)
    .filter((mapping) => mapping !== undefined);
}
