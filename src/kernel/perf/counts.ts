/** What performance events count: totals of a thread or of a hart, which the kernel and the machine keep anyway but for branches. */
import { EOPNOTSUPP, fail } from '../../abi/errno.ts';
import {
  ATTR,
  PERF_COUNT_HW,
  PERF_COUNT_SW,
  PERF_TYPE_HARDWARE,
  PERF_TYPE_SOFTWARE,
} from '../../abi/perf-event.ts';
import { PAGE_FAULT_CAUSES } from '../arch/trap-names.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';

/** A kind of event: which total. `none` never happens here, or is excluded. */
export type Source =
  | 'clock'
  | 'faults'
  | 'minor'
  | 'major'
  | 'switches'
  | 'migrations'
  | 'instructions'
  | 'branches'
  | 'branchMisses'
  | 'none';

const SOFTWARE: ReadonlyMap<number, Source> = new Map([
  [PERF_COUNT_SW.CPU_CLOCK, 'clock'],
  [PERF_COUNT_SW.TASK_CLOCK, 'clock'],
  [PERF_COUNT_SW.PAGE_FAULTS, 'faults'],
  [PERF_COUNT_SW.CONTEXT_SWITCHES, 'switches'],
  [PERF_COUNT_SW.CPU_MIGRATIONS, 'migrations'],
  [PERF_COUNT_SW.PAGE_FAULTS_MIN, 'minor'],
  [PERF_COUNT_SW.PAGE_FAULTS_MAJ, 'major'],
  [PERF_COUNT_SW.ALIGNMENT_FAULTS, 'none'],
  [PERF_COUNT_SW.EMULATION_FAULTS, 'none'],
  [PERF_COUNT_SW.DUMMY, 'none'],
  [PERF_COUNT_SW.BPF_OUTPUT, 'none'],
  [PERF_COUNT_SW.CGROUP_SWITCHES, 'none'],
]);

/** Of this machine a cycle is an instruction, and the kernel retires none. */
const HARDWARE: ReadonlyMap<number, Source> = new Map([
  [PERF_COUNT_HW.CPU_CYCLES, 'instructions'],
  [PERF_COUNT_HW.INSTRUCTIONS, 'instructions'],
  [PERF_COUNT_HW.BRANCH_INSTRUCTIONS, 'branches'],
  [PERF_COUNT_HW.BRANCH_MISSES, 'branchMisses'],
]);

/** What happens in the kernel alone, and in user mode alone. */
const OF_KERNEL: ReadonlySet<Source> = new Set<Source>(['switches', 'migrations']);
const OF_USER: ReadonlySet<Source> = new Set<Source>([
  'faults',
  'minor',
  'major',
  'instructions',
  'branches',
  'branchMisses',
]);

/** Counted only while an event asks for it. */
export const isOfBranches = (source: Source): boolean =>
  source === 'branches' || source === 'branchMisses';

/** Undefined for what this machine does not count. */
export function sourceOf(type: number, config: number, flags: number): Source | undefined {
  const table = type === PERF_TYPE_SOFTWARE ? SOFTWARE : HARDWARE;
  if (type !== PERF_TYPE_SOFTWARE && type !== PERF_TYPE_HARDWARE) return undefined;
  const source = table.get(config);
  if (source === undefined) return undefined;
  const isExcluded =
    ((flags & ATTR.EXCLUDE_KERNEL) !== 0 && OF_KERNEL.has(source)) ||
    ((flags & ATTR.EXCLUDE_USER) !== 0 && OF_USER.has(source));
  return isExcluded ? 'none' : source;
}

/** So far, of a thread. */
export function countOfTask(task: Task, source: Source): number {
  switch (source) {
    case 'clock':
      return task.utimeNs + task.stimeNs + task.kernel.scheduler.unchargedNs(task);
    case 'faults':
      return task.minorFaults + task.majorFaults;
    case 'minor':
      return task.minorFaults;
    case 'major':
      return task.majorFaults;
    case 'switches':
      return task.voluntarySwitches + task.involuntarySwitches;
    case 'migrations':
      return task.scheduling.migrations;
    case 'instructions':
      return task.instructions;
    case 'branches':
    case 'branchMisses':
      return task.branchCounts?.count(source) ?? 0;
    case 'none':
      return 0;
  }
}

/** So far, of a hart. Throws EOPNOTSUPP for what is not counted by hart. */
export function countOfHart(kernel: Kernel, hart: number, source: Source): number {
  const { arch, scheduler, traps, clock } = kernel;
  switch (source) {
    case 'clock':
      return clock.monotonicNs();
    case 'faults':
      return PAGE_FAULT_CAUSES.reduce(
        (sum, cause) => sum + (traps.exceptionsOf(cause)[hart] as number),
        0,
      );
    case 'switches':
      return scheduler.queues[hart]?.slices ?? 0;
    case 'migrations':
      return scheduler.queues[hart]?.arrivals ?? 0;
    case 'instructions':
      return arch.platform.instret(hart);
    case 'branches':
      return arch.platform.branches.passed(hart);
    case 'branchMisses':
      return arch.platform.branches.missed(hart);
    case 'none':
      return 0;
    case 'minor':
    case 'major':
      throw fail(EOPNOTSUPP, 'not counted by hart');
  }
}
