/** THE table of files below /proc/<pid> and /proc/<pid>/task/<tid>. proc(5). */
import { EACCES, EINVAL, ENOENT, EPERM, fail, KernelError } from '../../abi/errno.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { File } from '../../fs/file.ts';
import type { Inode } from '../../fs/inode.ts';
import { fromBytes } from '../../lib/bytes.ts';
import { CAP_SYS_NICE, CAP_SYS_RESOURCE } from '../credentials.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import { badness } from '../mm/out-of-memory.ts';
import { type PosixTimers, SIGEV_THREAD_ID } from '../posix-timer.ts';
import type { Process } from '../process.ts';
import type { Task } from '../task.ts';
import { MemFile } from './mem-file.ts';
import { showMountInfo, showMounts } from './mounts.ts';
import { showNumaMaps } from './numa-maps.ts';
import { PageWalkFile } from './page-walk.ts';
import { clearRefs, PagemapFile } from './pagemap.ts';
import { showLimits } from './pid-limits.ts';
import { showMaps } from './pid-maps.ts';
import { showSmaps, showSmapsRollup } from './pid-smaps.ts';
import { showStat, showStatm } from './pid-stat.ts';
import { showStatus } from './pid-status.ts';
import { describeSyscall } from './pid-syscall.ts';
import { showTaskSched, showTaskSchedstat } from './scheduler.ts';
import { TraceFile } from './trace-file.ts';

/** A file of a process (and, unless processOnly, of each thread). One of show, place and open says what it is. */
export interface PidRow {
  readonly name: string;
  /** Permission bits; 0444 when absent. */
  readonly mode?: number;
  /** Only for those who may trace the process; others cannot open it. */
  readonly needsTrace?: true;
  /** Not below task/<tid>. */
  readonly processOnly?: true;
  show?(process: Process, task: Task, isThread: boolean): string;
  store?(process: Process, task: Task, text: string): void;
  /** A link to a place. Throws ENOENT when there is none. */
  place?(task: Task): Dentry;
  open?(process: Process, inode: Inode, flags: number): File;
}

export const PID_ENTRIES: readonly PidRow[] = [
  { name: 'auxv', mode: 0o400, show: ({ addressSpace }) => showAuxv(addressSpace) },
  {
    name: 'clear_refs',
    mode: 0o200,
    processOnly: true,
    store: (process, _, text) => clearRefs(process, text),
  },
  { name: 'cmdline', show: ({ addressSpace }) => showArguments(addressSpace) },
  { name: 'comm', mode: 0o644, show: (_, task) => `${task.name}\n`, store: storeName },
  {
    name: 'coredump_filter',
    mode: 0o644,
    processOnly: true,
    show: ({ coreFilter }) => hex8(coreFilter),
    store: (process, _, text) => {
      const filter = Number(text.trim());
      if (text.trim() === '' || !Number.isInteger(filter) || filter < 0)
        throw fail(EINVAL, 'coredump_filter');
      process.coreFilter = filter & 0x1ff;
    },
  },
  { name: 'cwd', place: (task) => alive(task).cwd },
  { name: 'environ', mode: 0o400, show: ({ addressSpace }) => showEnvironment(addressSpace) },
  { name: 'exe', place: (task) => executableOf(task) },
  { name: 'io', mode: 0o400, show: showIo },
  { name: 'limits', show: showLimits },
  { name: 'maps', needsTrace: true, show: showMaps },
  {
    name: 'mem',
    mode: 0o600,
    needsTrace: true,
    open: ({ addressSpace }, inode, flags) => new MemFile(addressSpace, inode, flags),
  },
  { name: 'mountinfo', show: showMountInfo },
  { name: 'mounts', show: showMounts },
  { name: 'numa_maps', needsTrace: true, show: showNumaMaps },
  { name: 'oom_score', show: showOomScore },
  {
    name: 'oom_score_adj',
    mode: 0o644,
    show: (process) => `${process.oomScoreAdjust}\n`,
    store: storeOomAdjust,
  },
  {
    name: 'page_walk',
    mode: 0o400,
    needsTrace: true,
    open: (process, inode, flags) => new PageWalkFile(process, inode, flags),
  },
  {
    name: 'pagemap',
    mode: 0o400,
    needsTrace: true,
    open: (process, inode, flags) => new PagemapFile(process, inode, flags),
  },
  { name: 'personality', mode: 0o400, show: ({ personality }) => hex8(personality) },
  { name: 'root', place: (task) => alive(task).root },
  { name: 'sched', show: (_, task) => showTaskSched(task) },
  { name: 'schedstat', show: (_, task) => showTaskSchedstat(task) },
  { name: 'smaps', needsTrace: true, show: showSmaps },
  { name: 'smaps_rollup', needsTrace: true, show: showSmapsRollup, processOnly: true },
  { name: 'stat', show: showStat },
  { name: 'statm', show: showStatm },
  { name: 'status', show: showStatus },
  { name: 'syscall', mode: 0o400, show: (_, task) => describeSyscall(task) },
  {
    name: 'timerslack_ns',
    mode: 0o666,
    processOnly: true,
    show: (_, task) => `${task.timerSlackNs}\n`,
    store: storeTimerSlack,
  },
  { name: 'timers', processOnly: true, show: ({ posixTimers }) => showTimers(posixTimers) },
  {
    name: 'trace',
    mode: 0o600,
    processOnly: true,
    open: (process, inode, flags) => new TraceFile(process, inode, flags),
  },
  { name: 'wchan', show: (_, task) => (task.waitChannel === '' ? '0' : task.waitChannel) },
];

function alive(task: Task): Task {
  if (!task.isAlive) throw fail(ENOENT, 'the thread has exited');
  return task;
}

function executableOf(task: Task): Dentry {
  const { executable } = alive(task).process;
  if (!executable) throw fail(ENOENT, 'no executable');
  return executable;
}

function hex8(value: number): string {
  return `${(value >>> 0).toString(16).padStart(8, '0')}\n`;
}

/** User memory of another process, as far as it can be read. */
function readRange(space: AddressSpace | undefined, start: number, end: number): string {
  if (!space || end <= start) return '';
  try {
    return fromBytes(space.memory.readBytes(start, end - start));
  } catch (error) {
    if (error instanceof KernelError) return '';
    throw error;
  }
}

/** setproctitle: a program that overwrote the NUL at the end may run on into the environment. */
function showArguments(space: AddressSpace | undefined): string {
  if (!space) return '';
  const { argumentStart, argumentEnd, environmentEnd } = space.layout;
  const text = readRange(space, argumentStart, argumentEnd);
  if (text === '' || text.endsWith('\0')) return text;
  const beyond = readRange(space, argumentEnd, environmentEnd);
  const whole = text + beyond;
  const end = whole.indexOf('\0');
  return end < 0 ? whole : whole.slice(0, end + 1);
}

function showEnvironment(space: AddressSpace | undefined): string {
  if (!space) return '';
  return readRange(space, space.layout.environmentStart, space.layout.environmentEnd);
}

function showAuxv(space: AddressSpace | undefined): string {
  return space ? fromBytes(space.layout.auxv) : '';
}

function showIo({ io }: Process): string {
  return (
    `rchar: ${io.rchar}\nwchar: ${io.wchar}\nsyscr: ${io.syscr}\nsyscw: ${io.syscw}\n` +
    `read_bytes: ${io.readBytes}\nwrite_bytes: ${io.writeBytes}\n` +
    `cancelled_write_bytes: ${io.cancelledWriteBytes}\n`
  );
}

function storeName(process: Process, task: Task, text: string): void {
  if (process.kernel.current?.process !== process) throw fail(EINVAL, 'comm of another process');
  task.name = text.replace(/\n[\s\S]*$/, '').slice(0, 15);
}

/** 0 to 1333: what oom_score_adj and the share of memory that killing the process would free come to. */
function showOomScore(process: Process): string {
  const { kernel } = process;
  const points = badness(kernel, process);
  if (points === undefined) return '0\n';
  const share = (points / kernel.frames.total) * 1000;
  return `${Math.max(0, Math.floor(((1000 + share) * 2) / 3))}\n`;
}

/** Of another process only with CAP_SYS_NICE. */
function storeTimerSlack(process: Process, task: Task, text: string): void {
  const value = Number(text.trim());
  if (text.trim() === '' || !Number.isInteger(value) || value < 0) throw fail(EINVAL, 'slack');
  const writer = process.kernel.current;
  if (writer?.process !== process && !writer?.credentials.hasCapability(CAP_SYS_NICE))
    throw fail(EPERM, 'CAP_SYS_NICE');
  task.timerSlackNs = value === 0 ? task.defaultTimerSlackNs : value;
}

/** proc_pid_timers(5). */
function showTimers(timers: PosixTimers): string {
  const kinds = ['signal', 'none', '', '', 'signal'];
  return [...timers]
    .map(({ id, clock, notification }) => {
      const { kind, signal, value, tid } = notification;
      const target = kind === SIGEV_THREAD_ID ? `tid.${tid}` : `pid.${timers.process.pid}`;
      const head = `ID: ${id}\nsignal: ${signal}/${value.toString(16).padStart(16, '0')}\n`;
      return `${head}notify: ${kinds[kind] ?? ''}/${target}\nClockID: ${clock}\n`;
    })
    .join('');
}

function storeOomAdjust(process: Process, _task: Task, text: string): void {
  const value = Number(text.trim());
  if (text.trim() === '' || !Number.isInteger(value) || value < -1000 || value > 1000) {
    throw fail(EINVAL, 'oom_score_adj');
  }
  const writer = process.kernel.current?.credentials;
  const mayLower = writer?.hasCapability(CAP_SYS_RESOURCE) === true;
  if (value < process.oomScoreAdjustMin && !mayLower) throw fail(EACCES, 'lowering oom_score_adj');
  if (mayLower) process.oomScoreAdjustMin = value;
  process.oomScoreAdjust = value;
}
