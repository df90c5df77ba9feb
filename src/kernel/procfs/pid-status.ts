/** /proc/<pid>/status: proc_pid_status(5). */
import { RLIMIT_SIGPENDING } from '../../abi/resource.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { HUGE_BYTES } from '../arch/page-table.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import type { MemoryCounters } from '../mm/memory-counters.ts';
import type { Process } from '../process.ts';
import { formatSet } from '../signal-set.ts';
import type { Task } from '../task.ts';
import { hartList, kilobytes, unsigned } from './format.ts';
import { ignoredAndCaught, stateOf } from './pid-stat.ts';

const STATE_NAMES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk sleep',
  T: 'stopped',
  t: 'tracing stop',
  Z: 'zombie',
  X: 'dead',
};

export function showStatus(process: Process, task: Task): string {
  const state = stateOf(task);
  return [
    `Name:\t${task.name.replace(/[\n\\]/g, (char) => (char === '\n' ? '\\n' : '\\\\'))}\n`,
    `Umask:\t${task.umask.toString(8).padStart(4, '0')}\n`,
    `State:\t${state} (${STATE_NAMES[state] ?? 'unknown'})\n`,
    identity(process, task),
    process.addressSpace ? memory(process.addressSpace) : '',
    signals(process, task),
    capabilities(task),
    `Cpus_allowed:\t${maskOf(task).toString(16)}\n`,
    `Cpus_allowed_list:\t${hartList(maskOf(task))}\n`,
    'Mems_allowed:\t1\nMems_allowed_list:\t0\n',
    `voluntary_ctxt_switches:\t${task.voluntarySwitches}\n`,
    `nonvoluntary_ctxt_switches:\t${task.involuntarySwitches}\n`,
  ].join('');
}

/** The harts of this machine that the task may run on. */
function maskOf({ kernel, scheduling }: Task): number {
  return (scheduling.affinity & kernel.arch.allHarts) >>> 0;
}

function identity(process: Process, task: Task): string {
  const { ruid, euid, suid, fsuid, rgid, egid, sgid, fsgid, groups } = task.credentials;
  return [
    `Tgid:\t${process.pid}\n`,
    'Ngid:\t0\n',
    `Pid:\t${task.tid}\n`,
    `PPid:\t${process.parent?.pid ?? 0}\n`,
    'TracerPid:\t0\n',
    `Uid:\t${ruid}\t${euid}\t${suid}\t${fsuid}\n`,
    `Gid:\t${rgid}\t${egid}\t${sgid}\t${fsgid}\n`,
    `FDSize:\t${task.state === 'Z' ? 0 : task.files.capacity}\n`,
    `Groups:\t${groups.join(' ')} \n`,
    `NStgid:\t${process.pid}\n`,
    `NSpid:\t${task.tid}\n`,
    `NSpgid:\t${process.group.pgid}\n`,
    `NSsid:\t${process.session.sid}\n`,
  ].join('');
}

function memory(space: AddressSpace): string {
  const { counters, layout, pageTable } = space;
  const text = Math.ceil((layout.endCode - layout.startCode) / PAGE_SIZE);
  const rows: readonly (readonly [string, (counts: MemoryCounters) => number])[] = [
    ['VmPeak', (counts) => counts.peakMappedPages],
    ['VmSize', (counts) => counts.mappedPages],
    ['VmLck', (counts) => counts.lockedPages],
    ['VmPin', () => 0],
    ['VmHWM', (counts) => counts.peakRssPages],
    ['VmRSS', (counts) => counts.rssPages],
    ['RssAnon', (counts) => counts.anonymousPages],
    ['RssFile', (counts) => counts.filePages],
    ['RssShmem', (counts) => counts.sharedMemoryPages],
    ['VmData', (counts) => counts.dataPages],
    ['VmStk', (counts) => counts.stackPages],
    ['VmExe', () => text],
    ['VmLib', (counts) => Math.max(0, counts.executablePages - text)],
    ['VmPTE', () => pageTable.tablePages],
    ['VmSwap', (counts) => counts.swapPages],
  ];
  const huge = counters.pooledHugePages * (HUGE_BYTES / 1024);
  const isAllowed = space.refusesHuge ? 0 : 1;
  const lines = rows.map(([name, pages]) => kilobytes(name, pages(counters))).join('');
  return `${lines}HugetlbPages:\t${String(huge).padStart(8)} kB\nCoreDumping:\t0\nTHP_enabled:\t${isAllowed}\n`;
}

function signals(process: Process, task: Task): string {
  const { ignored, caught } = ignoredAndCaught(process);
  const living = [...process.tasks.values()].filter((thread) => thread.isAlive).length;
  const queued = process.kernel.users.of(task.credentials.ruid).queuedSignals;
  return [
    `Threads:\t${Math.max(1, living)}\n`,
    `SigQ:\t${queued}/${unsigned(process.limit(RLIMIT_SIGPENDING))}\n`,
    `SigPnd:\t${formatSet(task.pending.set)}\n`,
    `ShdPnd:\t${formatSet(process.pending.set)}\n`,
    `SigBlk:\t${formatSet(task.signalMask)}\n`,
    `SigIgn:\t${formatSet(ignored)}\n`,
    `SigCgt:\t${formatSet(caught)}\n`,
  ].join('');
}

function capabilities({ credentials, seccomp }: Task): string {
  const { inheritable, permitted, effective, bounding, ambient, noNewPrivileges } = credentials;
  const hex = (set: number): string => set.toString(16).padStart(16, '0');
  return [
    `CapInh:\t${hex(inheritable)}\n`,
    `CapPrm:\t${hex(permitted)}\n`,
    `CapEff:\t${hex(effective)}\n`,
    `CapBnd:\t${hex(bounding)}\n`,
    `CapAmb:\t${hex(ambient)}\n`,
    `NoNewPrivs:\t${noNewPrivileges ? 1 : 0}\n`,
    `Seccomp:\t${seccomp?.mode ?? 0}\nSeccomp_filters:\t${seccomp?.count ?? 0}\n`,
  ].join('');
}
