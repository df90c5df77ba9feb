/** getrlimit(2), setrlimit(2), prlimit64(2), getrusage(2). */
import { EINVAL, EPERM, ESRCH, fail } from '../../abi/errno.ts';
import {
  RLIM_NLIMITS,
  RLIMIT_NOFILE,
  Rlimit,
  RUSAGE_CHILDREN,
  RUSAGE_SELF,
  RUSAGE_THREAD,
  Rusage,
} from '../../abi/resource.ts';
import { CAP_SYS_RESOURCE } from '../credentials.ts';
import { type Process, Usage } from '../process.ts';
import type { Limit } from '../resource-limits.ts';
import type { Task } from '../task.ts';
import { rusageOf } from '../usage.ts';

function checkResource(resource: number): void {
  if (resource < 0 || resource >= RLIM_NLIMITS) throw fail(EINVAL, `resource ${resource}`);
}

const RLIM_INFINITY = 2n ** 64n - 1n;

function readLimit(task: Task, address: number): Limit {
  const exact = {
    soft: task.memory.readBigU64(address),
    hard: task.memory.readBigU64(address + 8),
  };
  if (exact.soft > exact.hard) throw fail(EINVAL, 'soft limit above the hard one');
  return { soft: amount(exact.soft), hard: amount(exact.hard), exact };
}

function amount(value: bigint): number {
  return value === RLIM_INFINITY ? Number.POSITIVE_INFINITY : Number(value);
}

function writeLimit(task: Task, address: number, { soft, hard, exact }: Limit): void {
  const written = exact ?? { soft: bits(soft), hard: bits(hard) };
  task.memory.write(Rlimit, address, { rlim_cur: written.soft, rlim_max: written.hard });
}

function bits(value: number): bigint {
  return value === Number.POSITIVE_INFINITY ? RLIM_INFINITY : BigInt(value);
}

function setLimit(task: Task, target: Process, resource: number, wanted: Limit): void {
  const old = target.limits[resource] as Limit;
  if (resource === RLIMIT_NOFILE && wanted.hard > task.kernel.maxOpenFiles)
    throw fail(EPERM, 'RLIMIT_NOFILE');
  if (wanted.hard > old.hard && !task.credentials.hasCapability(CAP_SYS_RESOURCE))
    throw fail(EPERM, 'hard limit');
  target.limits[resource] = wanted;
}

export function getrlimit(task: Task, resource: number, address: number): number {
  checkResource(resource);
  writeLimit(task, address, task.process.limits[resource] as Limit);
  return 0;
}

export function setrlimit(task: Task, resource: number, address: number): number {
  checkResource(resource);
  setLimit(task, task.process, resource, readLimit(task, address));
  return 0;
}

/** prlimit64(2). Errors: EFAULT, EINVAL, EPERM, ESRCH. */
export function prlimit64(
  task: Task,
  pid: number,
  resource: number,
  wanted: number,
  old: number,
): number {
  checkResource(resource);
  const target = pid === 0 ? task.process : task.kernel.pids.task(pid)?.process;
  if (!target) throw fail(ESRCH, `process ${pid}`);
  const own = task.credentials;
  const { ruid, euid, suid } = target.credentials;
  const isSame = [ruid, euid, suid].every((id) => id === own.ruid);
  if (target !== task.process && !isSame && !own.hasCapability(CAP_SYS_RESOURCE))
    throw fail(EPERM, 'another user');
  const before = target.limits[resource] as Limit;
  if (wanted !== 0) setLimit(task, target, resource, readLimit(task, wanted));
  if (old !== 0) writeLimit(task, old, before);
  return 0;
}

/** getrusage(2). Errors: EFAULT, EINVAL. */
export function getrusage(task: Task, who: number, address: number): number {
  const usage = new Usage();
  task.kernel.scheduler.catchUp();
  const uncharged = task.kernel.scheduler.unchargedNs(task);
  if (who === RUSAGE_SELF) usage.add(task.process.usage);
  else if (who === RUSAGE_CHILDREN) usage.add(task.process.childrenUsage);
  else if (who === RUSAGE_THREAD) {
    usage.add(task);
    usage.maxRss = task.process.usage.maxRss;
  } else throw fail(EINVAL, `who ${who}`);
  if (who !== RUSAGE_CHILDREN) usage.stimeNs += uncharged;
  task.memory.write(Rusage, address, rusageOf(usage));
  return 0;
}
