/** sched_yield(2), sched_setscheduler(2) and its family, nice by setpriority(2), affinity, getcpu(2). */
import { EACCES, EBUSY, EINVAL, EPERM, ESRCH, fail } from '../../abi/errno.ts';
import { RLIMIT_NICE, RLIMIT_RTPRIO } from '../../abi/resource.ts';
import {
  SCHED_BATCH,
  SCHED_DEADLINE,
  SCHED_FIFO,
  SCHED_IDLE,
  SCHED_OTHER,
  SCHED_RR,
} from '../../abi/sched.ts';
import { CAP_SYS_NICE } from '../credentials.ts';
import type { DeadlineServer } from '../deadline.ts';
import { MAX_REALTIME_PRIORITY } from '../run-queue.ts';
import type { Task } from '../task.ts';
import { writeTimespec } from '../timespec.ts';

const SCHED_RESET_ON_FORK = 0x4000_0000;

export function schedYield(task: Task): number {
  task.kernel.scheduler.yield(task);
  return 0;
}

/** The thread of a tid; 0 is the caller. `allowsDead`: zombies count too, to ask about. Throws EINVAL, ESRCH. */
export function threadOf(task: Task, tid: number, allowsDead = false): Task {
  if (tid < 0) throw fail(EINVAL, 'pid');
  return anyThreadOf(task, tid, allowsDead);
}

/** sched_setaffinity and sched_getaffinity only look: there is no thread with a negative number. */
function anyThreadOf(task: Task, tid: number, allowsDead = false): Task {
  const target = tid === 0 ? task : task.kernel.pids.task(tid);
  if (!target || (!target.isAlive && !allowsDead)) throw fail(ESRCH, `thread ${tid}`);
  return target;
}

function isRealtime(policy: number): boolean {
  return policy === SCHED_FIFO || policy === SCHED_RR;
}

/** Same user, or CAP_SYS_NICE. */
function isOwner(task: Task, target: Task): boolean {
  const own = task.credentials;
  const other = target.credentials;
  return own.hasCapability(CAP_SYS_NICE) || own.euid === other.ruid || own.euid === other.euid;
}

export interface Policy {
  policy: number;
  priority: number;
  nice: number;
  resetOnFork: boolean;
  /** Of SCHED_DEADLINE, which has no priority. */
  deadline: DeadlineServer | undefined;
}

function checkPolicy(task: Task, target: Task, wanted: Policy): void {
  const { policy, priority, nice, deadline } = wanted;
  const isFair = policy === SCHED_OTHER || policy === SCHED_BATCH || policy === SCHED_IDLE;
  if (!isFair && !isRealtime(policy) && !(policy === SCHED_DEADLINE && deadline))
    throw fail(EINVAL, `policy ${policy}`);
  if (priority < 0 || priority > MAX_REALTIME_PRIORITY || priority > 0 !== isRealtime(policy))
    throw fail(EINVAL, `priority ${priority}`);
  if (task.credentials.hasCapability(CAP_SYS_NICE)) return;
  if (deadline || !isOwner(task, target)) throw fail(EPERM, 'SCHED_DEADLINE, or another user');
  const { scheduling } = target;
  if (priority > Math.max(scheduling.priority, task.process.limit(RLIMIT_RTPRIO)))
    throw fail(EPERM, 'RLIMIT_RTPRIO');
  if (nice < scheduling.nice && 20 - nice > task.process.limit(RLIMIT_NICE))
    throw fail(EPERM, 'RLIMIT_NICE');
}

export function setPolicy(task: Task, target: Task, wanted: Policy): number {
  checkPolicy(task, target, wanted);
  if (target.scheduling.isStopper) throw fail(EINVAL, 'a migration thread');
  task.kernel.scheduler.reschedule(target, () => {
    Object.assign(target.scheduling, wanted);
  });
  return 0;
}

export function schedSetscheduler(
  task: Task,
  tid: number,
  policy: number,
  parameter: number,
): number {
  if (parameter === 0) throw fail(EINVAL, 'parameter');
  const target = threadOf(task, tid);
  return setPolicy(task, target, {
    policy: policy & ~SCHED_RESET_ON_FORK,
    priority: task.memory.readI32(parameter),
    nice: target.scheduling.nice,
    resetOnFork: (policy & SCHED_RESET_ON_FORK) !== 0,
    deadline: undefined,
  });
}

export function schedGetscheduler(task: Task, tid: number): number {
  const { policy, resetOnFork } = threadOf(task, tid, true).scheduling;
  return policy | (resetOnFork ? SCHED_RESET_ON_FORK : 0);
}

export function schedSetparam(task: Task, tid: number, parameter: number): number {
  if (parameter === 0) throw fail(EINVAL, 'parameter');
  const target = threadOf(task, tid);
  const { policy, nice, resetOnFork } = target.scheduling;
  return setPolicy(task, target, {
    policy,
    priority: task.memory.readI32(parameter),
    nice,
    resetOnFork,
    deadline: undefined,
  });
}

export function schedGetparam(task: Task, tid: number, parameter: number): number {
  if (parameter === 0) throw fail(EINVAL, 'parameter');
  task.memory.writeU32(parameter, threadOf(task, tid, true).scheduling.priority);
  return 0;
}

export function schedGetPriorityMax(_task: Task, policy: number): number {
  return priorityRange(policy) * MAX_REALTIME_PRIORITY;
}

export function schedGetPriorityMin(_task: Task, policy: number): number {
  return priorityRange(policy);
}

function priorityRange(policy: number): number {
  if (isRealtime(policy)) return 1;
  const isFair = policy === SCHED_OTHER || policy === SCHED_BATCH || policy === SCHED_IDLE;
  if (isFair || policy === SCHED_DEADLINE) return 0;
  throw fail(EINVAL, `policy ${policy}`);
}

export function schedRrGetInterval(task: Task, tid: number, interval: number): number {
  const { policy } = threadOf(task, tid).scheduling;
  writeTimespec(
    task,
    interval,
    policy === SCHED_RR
      ? task.kernel.scheduler.roundRobinNs
      : policy === SCHED_FIFO || policy === SCHED_DEADLINE
        ? 0
        : 3_000_000,
  );
  return 0;
}

/** sched_setaffinity(2). Errors: EFAULT, EINVAL, EPERM, ESRCH. */
export function schedSetaffinity(task: Task, tid: number, size: number, mask: number): number {
  const target = anyThreadOf(task, tid);
  if (!isOwner(task, target)) throw fail(EPERM, 'another user');
  if (size === 0) throw fail(EINVAL, 'size');
  if (target.scheduling.isStopper) throw fail(EINVAL, 'a migration thread');
  const bytes = task.memory.readBytes(mask, Math.min(size, 4));
  const wanted = bytes.reduce((bits, byte, i) => bits | (byte << (8 * i)), 0);
  const possible = wanted & task.kernel.arch.allHarts;
  if (possible === 0) throw fail(EINVAL, 'no hart in the mask');
  // What was admitted counts on all harts.
  if (target.scheduling.deadline && possible !== task.kernel.arch.allHarts)
    throw fail(EBUSY, 'SCHED_DEADLINE');
  task.kernel.scheduler.reschedule(target, () => {
    target.scheduling.affinity = possible >>> 0;
  });
  return 0;
}

/** Bytes of the kernel's cpumask. */
const CPUMASK_BYTES = 8;

export function schedGetaffinity(task: Task, tid: number, size: number, mask: number): number {
  if (size < CPUMASK_BYTES || size % 8 !== 0) throw fail(EINVAL, 'size');
  const target = anyThreadOf(task, tid);
  task.memory.writeU64(mask, (target.scheduling.affinity & task.kernel.arch.allHarts) >>> 0);
  return CPUMASK_BYTES;
}

export function getcpu(task: Task, cpu: number, node: number): number {
  if (cpu !== 0) task.memory.writeU32(cpu, task.hart ?? 0);
  if (node !== 0) task.memory.writeU32(node, 0);
  return 0;
}

const PRIO_PROCESS = 0;
const PRIO_PGRP = 1;
const PRIO_USER = 2;

/** The threads that PRIO_* and a number name. Throws EINVAL. */
export function selectTasks(task: Task, which: number, who: number): Task[] {
  const { pids } = task.kernel;
  const all = [...pids.tasks.values()].filter((other) => other.isAlive);
  if (which === PRIO_PROCESS) return who === 0 ? [task] : all.filter(({ tid }) => tid === who);
  if (which === PRIO_PGRP) {
    const pgid = who === 0 ? task.process.group.pgid : who;
    return all.filter(({ process }) => process.group.pgid === pgid);
  }
  if (which !== PRIO_USER) throw fail(EINVAL, `which ${which}`);
  const uid = who === 0 ? task.credentials.ruid : who;
  return all.filter(({ credentials }) => credentials.ruid === uid);
}

function tasksOf(task: Task, which: number, who: number): Task[] {
  const found = selectTasks(task, which, who);
  if (found.length === 0) throw fail(ESRCH, `who ${who}`);
  return found;
}

/** getpriority(2) of the kernel: 20 - nice, so that it is never negative. */
export function getpriority(task: Task, which: number, who: number): number {
  return 20 - Math.min(...tasksOf(task, which, who).map(({ scheduling }) => scheduling.nice));
}

/** setpriority(2). Errors: EACCES, EINVAL, EPERM, ESRCH. */
export function setpriority(task: Task, which: number, who: number, value: number): number {
  const nice = Math.max(-20, Math.min(19, value));
  const isPrivileged = task.credentials.hasCapability(CAP_SYS_NICE);
  for (const target of tasksOf(task, which, who)) {
    const { scheduling } = target;
    if (!isOwner(task, target)) throw fail(EPERM, 'another user');
    if (nice < scheduling.nice && !isPrivileged && 20 - nice > task.process.limit(RLIMIT_NICE))
      throw fail(EACCES, 'RLIMIT_NICE');
    task.kernel.scheduler.reschedule(target, () => {
      scheduling.nice = nice;
    });
  }
  return 0;
}
