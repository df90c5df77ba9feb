/** perf_event_open(2): counting, not sampling. Linux: kernel/events/core.c. */
import { E2BIG, EACCES, EBADF, EINVAL, ENOENT, EOPNOTSUPP, ESRCH, fail } from '../../abi/errno.ts';
import {
  ATTR,
  ATTR_HIGH,
  PERF_ATTR_SIZE_VER0,
  PERF_FLAG,
  PERF_FORMAT,
  PERF_SAMPLE_ALL,
  PERF_SAMPLE_READ,
  PERF_SAMPLE_TID,
  PerfEventAttr,
} from '../../abi/perf-event.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { CAP_PERFMON, CAP_SYS_ADMIN } from '../credentials.ts';
import { sourceOf } from '../perf/counts.ts';
import { PerfEvent } from '../perf/event-file.ts';
import { mayTrace } from '../ptrace-access.ts';
import { partial } from '../syscall-row.ts';
import type { Task } from '../task.ts';

type Attributes = ReturnType<typeof PerfEventAttr.decode>;

const ANY_HART = -1;
const NOBODY = -1;
const NO_GROUP = -1;

/** As much as the caller's version has. Throws E2BIG, with the known size left behind, and EFAULT, EINVAL. */
function readAttributes(task: Task, address: number): Attributes {
  const { memory } = task;
  const told = memory.readU32(address + PerfEventAttr.offset.size);
  const size = told === 0 ? PERF_ATTR_SIZE_VER0 : told;
  const known = PerfEventAttr.size;
  const isTooNew = size > known && size <= PAGE_SIZE;
  const hasMore =
    isTooNew && memory.readBytes(address + known, size - known).some((byte) => byte !== 0);
  if (size < PERF_ATTR_SIZE_VER0 || size > PAGE_SIZE || hasMore) {
    memory.writeU32(address + PerfEventAttr.offset.size, known);
    throw fail(E2BIG, 'size of perf_event_attr');
  }
  const bytes = new Uint8Array(known);
  memory.copyOut(address, bytes.subarray(0, Math.min(size, known)));
  const attributes = PerfEventAttr.decode(bytes);
  checkAttributes(attributes);
  return attributes;
}

/** Linux: perf_copy_attr. Throws EINVAL. */
function checkAttributes(attributes: Attributes): void {
  const { flags_low, flags_high, sample_type, read_format, reserved_2, reserved_3 } = attributes;
  const has = (flag: number): boolean => (flags_high & flag) !== 0;
  if ((flags_high & ~ATTR_HIGH.KNOWN) !== 0 || reserved_2 !== 0 || reserved_3 !== 0)
    throw fail(EINVAL, 'reserved');
  if (sample_type > PERF_SAMPLE_ALL) throw fail(EINVAL, 'sample_type');
  if (read_format > PERF_FORMAT.ALL) throw fail(EINVAL, 'read_format');
  if (has(ATTR_HIGH.INHERIT_THREAD) && (flags_low & ATTR.INHERIT) === 0)
    throw fail(EINVAL, 'inherit_thread alone');
  if (has(ATTR_HIGH.REMOVE_ON_EXEC) && (flags_low & ATTR.ENABLE_ON_EXEC) !== 0)
    throw fail(EINVAL, 'remove_on_exec and enable_on_exec');
  if (has(ATTR_HIGH.SIGTRAP) && !has(ATTR_HIGH.REMOVE_ON_EXEC))
    throw fail(EINVAL, 'sigtrap without remove_on_exec');
}

function mayCount({ credentials }: Task): boolean {
  return credentials.hasCapability(CAP_PERFMON) || credentials.hasCapability(CAP_SYS_ADMIN);
}

/** What the caller may count at all. Throws EACCES, EINVAL. */
function checkAllowed(task: Task, attributes: Attributes): void {
  const { flags_low, sample_period, sample_type } = attributes;
  const { paranoid, maxSampleRate } = task.kernel.perf;
  if (paranoid > 2 && !mayCount(task)) throw fail(EACCES, 'perf_event_paranoid');
  if ((flags_low & ATTR.EXCLUDE_KERNEL) === 0 && paranoid > 1 && !mayCount(task))
    throw fail(EACCES, 'the kernel');
  if ((flags_low & ATTR.NAMESPACES) !== 0 && !task.credentials.hasCapability(CAP_SYS_ADMIN))
    throw fail(EACCES, 'namespaces');
  const isFast = (flags_low & ATTR.FREQ) !== 0 && sample_period > maxSampleRate;
  if (isFast || sample_period < 0 || sample_period >= 2 ** 63) throw fail(EINVAL, 'sample_period');
  const readsInherited = (flags_low & ATTR.INHERIT) !== 0 && (sample_type & PERF_SAMPLE_READ) !== 0;
  if (readsInherited && (sample_type & PERF_SAMPLE_TID) === 0)
    throw fail(EINVAL, 'PERF_SAMPLE_READ of inherited events');
}

/** The leader of the group that the event is to be in; where its samples are to go (PERF_FLAG_FD_OUTPUT) is one thing. Throws EBADF. */
function groupOf(task: Task, fd: number, flags: number): PerfEvent | undefined {
  if (fd === NO_GROUP) return undefined;
  const file = task.files.get(fd);
  if (!(file instanceof PerfEvent)) throw fail(EBADF, 'no performance event');
  return (flags & PERF_FLAG.FD_NO_GROUP) === 0 ? file : undefined;
}

/** Throws EINVAL. */
function checkGroup(
  leader: PerfEvent,
  target: Task | undefined,
  hart: number,
  flags: number,
): void {
  if (leader.leader !== leader) throw fail(EINVAL, 'the leader has a leader');
  if (leader.options.task !== target || leader.options.hart !== hart)
    throw fail(EINVAL, 'a group of another thread or hart');
  if (target && leader.isInherited !== ((flags & ATTR.INHERIT) !== 0))
    throw fail(EINVAL, 'inherited unlike its group');
  if ((flags & (ATTR.EXCLUSIVE | ATTR.PINNED)) !== 0) throw fail(EINVAL, 'exclusive in a group');
}

/** Whom the event is about; undefined for a hart. Throws EACCES, EINVAL, EOPNOTSUPP, ESRCH. */
function targetOf(task: Task, pid: number, hart: number): Task | undefined {
  const { kernel } = task;
  const { harts } = kernel.arch;
  if (hart < ANY_HART || hart >= harts) throw fail(EINVAL, 'hart');
  if (pid === NOBODY) {
    if (hart === ANY_HART) throw fail(EINVAL, 'neither a thread nor a hart');
    if (kernel.perf.paranoid > 0 && !mayCount(task)) throw fail(EACCES, 'a hart');
    return undefined;
  }
  const target = pid === 0 ? task : kernel.pids.task(pid);
  if (!target?.isAlive) throw fail(ESRCH, `thread ${pid}`);
  if (!mayTrace(task, target) && !mayCount(task)) throw fail(EACCES, `thread ${pid}`);
  if (hart !== ANY_HART && harts > 1) throw fail(EOPNOTSUPP, 'a thread on one of several harts');
  return target;
}

function open(
  task: Task,
  address: number,
  pid: number,
  hart: number,
  group: number,
  flags: number,
): number {
  if ((flags & ~PERF_FLAG.ALL) !== 0) throw fail(EINVAL, 'flags');
  const attributes = readAttributes(task, address);
  const { flags_low: bits, type, config } = attributes;
  checkAllowed(task, attributes);
  if ((flags & PERF_FLAG.PID_CGROUP) !== 0) throw fail(EINVAL, 'no cgroups');
  const leader = groupOf(task, group, flags);
  const target = targetOf(task, pid, hart);
  const source = sourceOf(type, config, bits);
  if (source === undefined) throw fail(ENOENT, `event ${type}:${config}`);
  if (attributes.sample_period !== 0) throw fail(EOPNOTSUPP, 'sampling');
  if ((bits & ATTR.USE_CLOCKID) !== 0) throw fail(EOPNOTSUPP, 'clocks of samples');
  if ((attributes.flags_high & ATTR_HIGH.REMOVE_ON_EXEC) !== 0)
    throw fail(EOPNOTSUPP, 'remove_on_exec');
  if (leader) checkGroup(leader, target, hart, bits);
  const { process, kernel } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  kernel.scheduler.catchUp();
  const readFormat = attributes.read_format;
  const event = new PerfEvent(kernel, {
    owner: task,
    source,
    flags: bits,
    readFormat,
    task: target,
    hart,
    leader,
  });
  return task.files.allocate(event, (flags & PERF_FLAG.FD_CLOEXEC) !== 0, limit);
}

export const perfEventOpen = partial(
  open,
  'no sampling, and of hardware only cycles, instructions, branches and branch misses',
);
