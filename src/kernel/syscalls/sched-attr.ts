/** sched_setattr(2), sched_getattr(2): struct sched_attr, with what SCHED_DEADLINE needs. */
import { E2BIG, EBUSY, EINVAL, EOPNOTSUPP, EPERM, fail } from '../../abi/errno.ts';
import { SCHED_DEADLINE } from '../../abi/sched.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { layout } from '../../lib/layout.ts';
import {
  admits,
  type DeadlineParameters,
  DeadlineServer,
  SCHED_FLAG_DL_OVERRUN,
} from '../deadline.ts';
import type { Scheduling } from '../scheduling.ts';
import type { Task } from '../task.ts';
import { type Policy, setPolicy, threadOf } from './sched.ts';

const SchedAttr = layout({
  size: 'u32',
  sched_policy: 'u32',
  sched_flags: 'u64',
  sched_nice: 'i32',
  sched_priority: 'u32',
  sched_runtime: 'u64',
  sched_deadline: 'u64',
  sched_period: 'u64',
  sched_util_min: 'u32',
  sched_util_max: 'u32',
});
type Attributes = ReturnType<typeof SchedAttr.decode>;

/** SCHED_ATTR_SIZE_VER0: up to the period. */
const FIRST_SIZE = 48;
/** SCHED_FLAG_*; reclaiming what others leave (2) is not there. */
const FLAG = { RESET_ON_FORK: 1, KEEP_POLICY: 8, KEEP_PARAMS: 16, CLAMP: 96 } as const;
/** Runtimes are multiples of it, about: DL_SCALE. */
const MIN_RUNTIME_NS = 1024;
/** sched_deadline_period_{min,max}_us. */
const MIN_PERIOD_NS = 100_000;
const MAX_PERIOD_NS = 2 ** 22 * 1000;

/** As much as the caller's version has. Throws E2BIG, with the known size left behind, and EFAULT. */
function readAttributes(task: Task, address: number): Attributes {
  const { memory } = task;
  const told = memory.readU32(address);
  const size = told === 0 ? FIRST_SIZE : told;
  const known = SchedAttr.size;
  const isTooNew = size > known && size <= PAGE_SIZE;
  const hasMore =
    isTooNew && memory.readBytes(address + known, size - known).some((byte) => byte !== 0);
  if (size < FIRST_SIZE || size > PAGE_SIZE || hasMore) {
    memory.writeU32(address, known);
    throw fail(E2BIG, 'size of sched_attr');
  }
  const bytes = new Uint8Array(known);
  memory.copyOut(address, bytes.subarray(0, Math.min(size, known)));
  return SchedAttr.decode(bytes);
}

/** __checkparam_dl. Throws EINVAL. */
function readDeadline(attributes: Attributes): DeadlineParameters {
  const { sched_runtime, sched_deadline, sched_period, sched_flags } = attributes;
  const periodNs = sched_period === 0 ? sched_deadline : sched_period;
  const isOrdered = sched_runtime <= sched_deadline && sched_deadline <= periodNs;
  const isInRange = periodNs >= MIN_PERIOD_NS && periodNs <= MAX_PERIOD_NS;
  if (sched_deadline === 0 || sched_runtime < MIN_RUNTIME_NS || !isOrdered || !isInRange)
    throw fail(EINVAL, 'runtime, deadline or period');
  const flags = sched_flags & SCHED_FLAG_DL_OVERRUN;
  return { runtimeNs: sched_runtime, deadlineNs: sched_deadline, periodNs, flags };
}

/** The server of a thread that is to become one of SCHED_DEADLINE. Throws EBUSY, EINVAL, EPERM. */
function makeServer(task: Task, target: Task, attributes: Attributes): DeadlineServer {
  const parameters = readDeadline(attributes);
  const { arch, clock } = task.kernel;
  const mayRunEverywhere = (target.scheduling.affinity & arch.allHarts) >>> 0 === arch.allHarts;
  if (!mayRunEverywhere) throw fail(EPERM, 'its affinity leaves harts out');
  if (!admits(target, parameters)) throw fail(EBUSY, 'admission');
  return new DeadlineServer(target, parameters, clock.monotonicNs());
}

/** KEEP_PARAMS: only the policy changes. */
function keptPolicy({ priority, nice, resetOnFork, deadline }: Scheduling, policy: number): Policy {
  return { policy, priority, nice, resetOnFork, deadline };
}

/** sched_setattr(2). Errors: E2BIG, EBUSY, EINVAL, EOPNOTSUPP, EPERM, ESRCH. */
export function schedSetattr(task: Task, tid: number, address: number, flags: number): number {
  if (address === 0 || flags !== 0 || tid < 0) throw fail(EINVAL, 'flags');
  const attributes = readAttributes(task, address);
  const { sched_flags, sched_nice } = attributes;
  if ((sched_flags & FLAG.CLAMP) !== 0) throw fail(EOPNOTSUPP, 'utilization clamping');
  const known = FLAG.RESET_ON_FORK | SCHED_FLAG_DL_OVERRUN | FLAG.KEEP_POLICY | FLAG.KEEP_PARAMS;
  if (sched_flags >= FLAG.CLAMP || (sched_flags & ~known) !== 0) throw fail(EINVAL, 'flags');
  const target = threadOf(task, tid);
  const { scheduling } = target;
  const keepsPolicy = (sched_flags & FLAG.KEEP_POLICY) !== 0;
  const policy = keepsPolicy ? scheduling.policy : attributes.sched_policy;
  if ((sched_flags & FLAG.KEEP_PARAMS) !== 0)
    return setPolicy(task, target, keptPolicy(scheduling, policy));
  const nice = Math.max(-20, Math.min(19, sched_nice));
  return setPolicy(task, target, {
    policy,
    priority: attributes.sched_priority,
    nice: policy === SCHED_DEADLINE ? scheduling.nice : nice,
    resetOnFork: (sched_flags & FLAG.RESET_ON_FORK) !== 0,
    deadline: policy === SCHED_DEADLINE ? makeServer(task, target, attributes) : undefined,
  });
}

/** sched_getattr(2). Errors: EINVAL, ESRCH. */
export function schedGetattr(
  task: Task,
  tid: number,
  address: number,
  size: number,
  flags: number,
): number {
  if (address === 0 || size < FIRST_SIZE || size > PAGE_SIZE || flags !== 0 || tid < 0)
    throw fail(EINVAL, 'size of sched_attr');
  const { policy, nice, priority, resetOnFork, deadline } = threadOf(task, tid).scheduling;
  const told = Math.min(size, SchedAttr.size);
  const parameters = deadline?.parameters;
  const reset = resetOnFork ? FLAG.RESET_ON_FORK : 0;
  const bytes = SchedAttr.encode({
    size: told,
    sched_policy: policy,
    sched_flags: reset | (parameters?.flags ?? 0),
    sched_nice: priority > 0 || deadline ? 0 : nice,
    sched_priority: priority,
    sched_runtime: parameters?.runtimeNs ?? 0,
    sched_deadline: parameters?.deadlineNs ?? 0,
    sched_period: parameters?.periodNs ?? 0,
  });
  task.memory.writeBytes(address, bytes.subarray(0, told));
  return 0;
}
