/** Filters of system calls, and which a thread has: seccomp(2). Linux: kernel/seccomp.c. */
import { SOCK_FILTER_BYTES } from '../../abi/bpf.ts';
import { EINVAL, ENOMEM, ESRCH, fail } from '../../abi/errno.ts';
import {
  SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
  SECCOMP_MODE_FILTER,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
} from '../../abi/seccomp.ts';
import type { ObjectCharge } from '../mm/slab.ts';
import type { Task } from '../task.ts';
import type { BpfProgram } from './classic-bpf.ts';

/** Plain data: a snapshot has them as they are. */
export interface SeccompFilter {
  readonly program: BpfProgram;
  /** The one that was there before; shared with those who forked in between. */
  readonly previous: SeccompFilter | undefined;
  /** SECCOMP_FILTER_FLAG_LOG. */
  readonly isLogged: boolean;
  /** Threads whose newest it is, and filters that came after it. */
  references: number;
}

/** Of a thread; replaced, never changed: a fork's child has the same one. */
export interface TaskSeccomp {
  /** SECCOMP_MODE_*. */
  readonly mode: number;
  /** The newest; undefined in strict mode, and after the thread's end. */
  readonly filter: SeccompFilter | undefined;
  /** How many, with those before it. */
  readonly count: number;
}

/** Instructions on one way through all filters of a thread; each filter counts four more. */
const MAX_INSNS_PER_PATH = 32_768;
const FILTER_COST = 4;
/** Filters are charged by so many bytes, as on Linux, where a program takes whole pages. */
export const FILTER_PART_BYTES = 4096;

/** By the names of /proc/sys/kernel/seccomp, from the strongest. */
export const ACTIONS: ReadonlyMap<string, number> = new Map([
  ['kill_process', SECCOMP_RET_KILL_PROCESS],
  ['kill_thread', SECCOMP_RET_KILL_THREAD],
  ['trap', SECCOMP_RET_TRAP],
  ['errno', SECCOMP_RET_ERRNO],
  ['trace', SECCOMP_RET_TRACE],
  ['log', SECCOMP_RET_LOG],
  ['allow', SECCOMP_RET_ALLOW],
]);

/** What holds for the whole kernel. */
export class SeccompSettings {
  /** kernel.seccomp.actions_logged. */
  logged: readonly string[] = [...ACTIONS.keys()].filter((name) => name !== 'allow');
  /** Of the next line for the audit. */
  auditSerial = 1;
  /** Parts of all filters that are charged. */
  private parts = 0;

  /** Throws ENOMEM. */
  charge(charge: ObjectCharge, program: BpfProgram): void {
    const parts = partsOf(program);
    charge.reserve(this.parts + parts);
    this.parts += parts;
  }

  discharge(charge: ObjectCharge, program: BpfProgram): void {
    this.parts -= partsOf(program);
    charge.settle(this.parts);
  }
}

function partsOf({ byteLength }: BpfProgram): number {
  return 1 + Math.floor(byteLength / FILTER_PART_BYTES);
}

/** Enter a mode; from one to another there is no way. Throws EINVAL. */
export function checkMode({ seccomp }: Task, mode: number): void {
  if (seccomp !== undefined && seccomp.mode !== mode) throw fail(EINVAL, 'another mode');
}

/** Put a valid program before those that the thread has. 0, or with TSYNC the number of a thread that cannot follow. Throws ENOMEM, ESRCH. */
export function attachFilter(task: Task, program: BpfProgram, flags: number): number {
  const { kernel, seccomp } = task;
  const previous = seccomp?.filter;
  let cost = lengthOf(program);
  for (let filter = previous; filter; filter = filter.previous)
    cost += lengthOf(filter.program) + FILTER_COST;
  if (cost > MAX_INSNS_PER_PATH) throw fail(ENOMEM, 'instructions of all filters');
  const isForAll = (flags & SECCOMP_FILTER_FLAG_TSYNC) !== 0;
  const other = isForAll ? cannotFollow(task) : undefined;
  if (other) {
    if ((flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH) !== 0) throw fail(ESRCH, `thread ${other.tid}`);
    return other.tid;
  }
  kernel.seccomp.charge(kernel.objects.filters, program);
  const isLogged = (flags & SECCOMP_FILTER_FLAG_LOG) !== 0;
  // The thread's hold on the one before becomes this one's.
  const filter: SeccompFilter = { program, previous, isLogged, references: 1 };
  task.seccomp = { mode: SECCOMP_MODE_FILTER, filter, count: (seccomp?.count ?? 0) + 1 };
  if (isForAll) for (const thread of othersOf(task)) follow(thread, task);
  return 0;
}

function lengthOf({ byteLength }: BpfProgram): number {
  return byteLength / SOCK_FILTER_BYTES;
}

function othersOf(task: Task): Task[] {
  return [...task.process.tasks.values()].filter((thread) => thread !== task && thread.isAlive);
}

/** A thread that has a filter which the caller has not. */
function cannotFollow(task: Task): Task | undefined {
  return othersOf(task).find(({ seccomp }) => {
    if (seccomp === undefined) return false;
    if (seccomp.mode !== SECCOMP_MODE_FILTER) return true;
    let filter = task.seccomp?.filter;
    while (filter && filter !== seccomp.filter) filter = filter.previous;
    return filter === undefined;
  });
}

function follow(thread: Task, leader: Task): void {
  inheritFilters(leader, thread);
  if (!leader.credentials.noNewPrivileges || thread.credentials.noNewPrivileges) return;
  const credentials = thread.credentials.copy();
  credentials.noNewPrivileges = true;
  thread.credentials = credentials;
}

/** A new thread has its creator's. */
export function inheritFilters(from: Task, task: Task): void {
  const before = task.seccomp?.filter;
  task.seccomp = from.seccomp;
  if (task.seccomp?.filter) task.seccomp.filter.references++;
  release(task, before);
}

/** The thread has ended; what it had is still told. */
export function leaveFilters(task: Task): void {
  const { seccomp } = task;
  if (!seccomp?.filter) return;
  task.seccomp = { ...seccomp, filter: undefined };
  release(task, seccomp.filter);
}

/** One reference less: those that nobody has are not paid for any more. */
function release({ kernel }: Task, filter: SeccompFilter | undefined): void {
  for (let left = filter; left && --left.references === 0; left = left.previous)
    kernel.seccomp.discharge(kernel.objects.filters, left.program);
}
