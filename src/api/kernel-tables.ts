/** What the guest's kernel tells of its threads, open files, mounts and system calls, as data: parsed from its own /proc. */
import type { GuestFiles } from './files.ts';

export interface ThreadInfo {
  tid: number;
  pid: number;
  name: string;
  /** R, S, D, T, t, Z or X. */
  state: string;
  /** Hart that it runs on, or ran on last. */
  hart: number;
  nice: number;
  /** Milliseconds of CPU time. */
  userMs: number;
  systemMs: number;
  /** What it waits for, as /proc/<pid>/wchan names it; '' for one that does not wait. */
  waitsFor: string;
}

export interface OpenFileInfo {
  descriptor: number;
  /** A path, or what stands for one: 'pipe:[12]', 'socket:[3]', 'anon_inode:[eventfd]'. */
  path: string;
  /** Position in bytes. */
  position: number;
  /** Access mode and status flags as fcntl.h numbers them. */
  flags: number;
}

export interface MountInfo {
  id: number;
  parentId: number;
  path: string;
  /** Folder of the file system that is mounted there. */
  root: string;
  type: string;
  source: string;
  /** 'rw', 'nosuid' …, of the mount, then of the file system. */
  options: string[];
}

export interface SyscallInfo {
  number: number;
  name: string;
  /** By all tasks since the machine has booted. */
  calls: number;
  support: 'full' | 'partial' | 'absent';
  /** Of a partial one: what it does not do. */
  missing?: string;
}

const TICK_MS = 10;

function isGone(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'ENOENT' || code === 'ESRCH';
}

async function readThread(
  files: GuestFiles,
  pid: number,
  tid: string,
): Promise<ThreadInfo | undefined> {
  const folder = `/proc/${pid}/task/${tid}`;
  try {
    const [stat, channel] = await Promise.all([
      files.readFile(`${folder}/stat`, 'utf8'),
      files.readFile(`${folder}/wchan`, 'utf8'),
    ]);
    // The name may hold spaces and parentheses, so it ends at the last one; fields[0] is field 3 of proc_pid_stat(5).
    const close = stat.lastIndexOf(')');
    const fields = stat.slice(close + 2).split(' ');
    const field = (number: number): number => Number(fields[number - 3]);
    return {
      tid: Number(tid),
      pid,
      name: stat.slice(stat.indexOf('(') + 1, close),
      state: fields[0] ?? '?',
      hart: field(39),
      nice: field(19),
      userMs: field(14) * TICK_MS,
      systemMs: field(15) * TICK_MS,
      waitsFor: channel === '0' ? '' : channel.trim(),
    };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** By tid. Throws GuestFileError ENOENT if there is no such process. */
export async function listThreads(files: GuestFiles, pid: number): Promise<ThreadInfo[]> {
  const names = await files.readdir(`/proc/${pid}/task`);
  const found = await Promise.all(names.map((name) => readThread(files, pid, name)));
  return found.filter((info) => info !== undefined).sort((a, b) => a.tid - b.tid);
}

async function readOpenFile(
  files: GuestFiles,
  pid: number,
  descriptor: string,
): Promise<OpenFileInfo | undefined> {
  try {
    const [path, info] = await Promise.all([
      files.readlink(`/proc/${pid}/fd/${descriptor}`),
      files.readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'),
    ]);
    const value = (name: string) => new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(info)?.[1] ?? '0';
    return {
      descriptor: Number(descriptor),
      path,
      position: Number(value('pos')),
      flags: Number.parseInt(value('flags'), 8),
    };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** By descriptor. Throws GuestFileError ENOENT if there is no such process. */
export async function listOpenFiles(files: GuestFiles, pid: number): Promise<OpenFileInfo[]> {
  const names = await files.readdir(`/proc/${pid}/fd`);
  const found = await Promise.all(names.map((name) => readOpenFile(files, pid, name)));
  return found.filter((info) => info !== undefined).sort((a, b) => a.descriptor - b.descriptor);
}

/** Spaces and the like are octal in mountinfo. */
function unescapeField(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** proc_pid_mountinfo(5): optional fields end at a lone '-'. */
function parseMount(line: string): MountInfo {
  const fields = line.split(' ');
  const separator = fields.indexOf('-', 6);
  const field = (index: number): string => unescapeField(fields[index] ?? '');
  const options = [field(5), field(separator + 3)].flatMap((list) => list.split(','));
  return {
    id: Number(fields[0]),
    parentId: Number(fields[1]),
    path: field(4),
    root: field(3),
    type: field(separator + 1),
    source: field(separator + 2),
    options: [...new Set(options)],
  };
}

/** In the order in which they were mounted, as init sees them. */
export async function listMounts(files: GuestFiles): Promise<MountInfo[]> {
  const text = await files.readFile('/proc/1/mountinfo', 'utf8');
  return text.trimEnd().split('\n').map(parseMount);
}

/** Lines of /proc/syscalls: number, name, calls, support. */
function parseSyscall(line: string): SyscallInfo | undefined {
  const match = /^\s*(\d+) (\S+)\s+(\d+) (full|absent|partial)(?:: (.*))?$/.exec(line);
  if (!match) return undefined;
  const [, number, name = '', calls, support, missing] = match;
  return {
    number: Number(number),
    name,
    calls: Number(calls),
    support: support as SyscallInfo['support'],
    ...(missing === undefined ? {} : { missing }),
  };
}

/** Every call of the ABI, by number. */
export async function listSyscalls(files: GuestFiles): Promise<SyscallInfo[]> {
  const text = await files.readFile('/proc/syscalls', 'utf8');
  return text
    .split('\n')
    .map(parseSyscall)
    .filter((info) => info !== undefined);
}
