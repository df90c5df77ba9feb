/** prctl(2), personality(2). */
import { EINVAL, EPERM, fail } from '../../abi/errno.ts';
import { SIGRTMAX } from '../../abi/signal.ts';
import { CAP_SYS_RESOURCE } from '../credentials.ts';
import { spaceOf } from '../futex.ts';
import { switchEvents } from '../perf/perf.ts';
import type { Task } from '../task.ts';
import { CAPABILITY_OPTIONS } from './prctl-capabilities.ts';
import { MEMORY_OPTIONS } from './prctl-memory.ts';
import { SECCOMP_OPTIONS } from './seccomp.ts';

const COMM_BYTES = 16;
/** Vectors are on for this task, and for what it executes next: nothing can turn them off. */
const PR_RISCV_V_VSTATE_CTRL_ON = 2;
const PR_MCE_KILL_DEFAULT = 2;

/** Handlers by option: the four further arguments of prctl. */
export type PrctlOption = (
  task: Task,
  value: number,
  third: number,
  fourth: number,
  fifth: number,
) => number;

function checkZero(...rest: readonly number[]): void {
  if (rest.some((value) => value !== 0)) throw fail(EINVAL, 'unused argument');
}

const OPTIONS: Readonly<Record<number, PrctlOption>> = {
  // PR_SET_PDEATHSIG, PR_GET_PDEATHSIG
  1: (task, signal) => {
    if (signal > SIGRTMAX) throw fail(EINVAL, `signal ${signal}`);
    task.parentDeathSignal = signal;
    return 0;
  },
  2: (task, address) => {
    task.memory.writeU32(address, task.parentDeathSignal);
    return 0;
  },
  // PR_GET_DUMPABLE, PR_SET_DUMPABLE
  3: ({ process }) => (process.isDumpable ? 1 : 0),
  4: ({ process }, value) => {
    if (value > 1) throw fail(EINVAL, 'dumpable');
    process.isDumpable = value === 1;
    return 0;
  },
  // PR_GET_TIMING, PR_SET_TIMING: statistical only
  13: () => 0,
  14: (_, value) => {
    if (value !== 0) throw fail(EINVAL, 'PR_TIMING_TIMESTAMP');
    return 0;
  },
  // PR_TASK_PERF_EVENTS_DISABLE, PR_TASK_PERF_EVENTS_ENABLE
  31: (task) => {
    switchEvents(task, false);
    return 0;
  },
  32: (task) => {
    switchEvents(task, true);
    return 0;
  },
  // PR_SET_NAME, PR_GET_NAME
  15: (task, address) => {
    task.name = readName(task, address);
    return 0;
  },
  16: (task, address) => {
    const bytes = new Uint8Array(COMM_BYTES);
    for (let i = 0; i < task.name.length; i++) bytes[i] = task.name.charCodeAt(i);
    task.memory.writeBytes(address, bytes);
    return 0;
  },
  // PR_SET_TIMERSLACK, PR_GET_TIMERSLACK: timers are exact, which any slack allows
  29: (task, value) => {
    task.timerSlackNs = value > 0 ? value : task.defaultTimerSlackNs;
    return 0;
  },
  30: (task) => task.timerSlackNs,
  // PR_MCE_KILL_GET: memory does not fail
  34: (_, ...rest) => {
    checkZero(...rest);
    return PR_MCE_KILL_DEFAULT;
  },
  // PR_SET_THP_DISABLE, PR_GET_THP_DISABLE
  41: (task, value, ...rest) => {
    checkZero(...rest);
    spaceOf(task).refusesHuge = value !== 0;
    return 0;
  },
  42: (task, ...rest) => {
    checkZero(...rest);
    return spaceOf(task).refusesHuge ? 1 : 0;
  },
  // PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER
  36: ({ process }, value) => {
    process.isSubreaper = value !== 0;
    return 0;
  },
  37: (task, address) => {
    task.memory.writeU32(address, task.process.isSubreaper ? 1 : 0);
    return 0;
  },
  // PR_GET_TID_ADDRESS
  40: (task, address) => {
    task.memory.writeU64(address, task.clearChildTid);
    return 0;
  },
  // PR_SET_IO_FLUSHER, PR_GET_IO_FLUSHER
  57: (task, value, ...rest) => {
    checkIoFlusher(task, rest);
    if (value > 1) throw fail(EINVAL, 'PR_SET_IO_FLUSHER');
    task.process.isIoFlusher = value === 1;
    return 0;
  },
  58: (task, ...rest) => {
    checkIoFlusher(task, rest);
    return task.process.isIoFlusher ? 1 : 0;
  },
  // PR_RISCV_V_GET_CONTROL
  70: (task) => {
    if (!task.kernel.arch.platform.vector) throw fail(EINVAL, 'no vector extension');
    return PR_RISCV_V_VSTATE_CTRL_ON;
  },
  ...CAPABILITY_OPTIONS,
  ...MEMORY_OPTIONS,
  ...SECCOMP_OPTIONS,
};

/** prctl(2). Errors: EFAULT, EINVAL, EPERM. Options that are not here give EINVAL, as on a kernel without them. */
export function prctl(
  task: Task,
  option: number,
  value: number,
  third: number,
  fourth: number,
  fifth: number,
): number {
  const handler = OPTIONS[option];
  if (!handler) throw fail(EINVAL, `option ${option}`);
  return handler(task, value, third, fourth, fifth);
}

function checkIoFlusher({ credentials }: Task, rest: readonly number[]): void {
  if (!credentials.hasCapability(CAP_SYS_RESOURCE)) throw fail(EPERM, 'CAP_SYS_RESOURCE');
  checkZero(...rest);
}

function readName(task: Task, address: number): string {
  let name = '';
  for (let i = 0; i < COMM_BYTES - 1; i++) {
    const byte = task.memory.readU8(address + i);
    if (byte === 0) break;
    name += String.fromCharCode(byte);
  }
  return name;
}

const QUERY_PERSONALITY = 0xffff_ffff;

/** personality(2): ADDR_NO_RANDOMIZE counts at the next exec; other flags are kept and have no effect. */
export function personality(task: Task, persona: number): number {
  const { process } = task;
  const before = process.personality;
  if (persona !== QUERY_PERSONALITY) process.personality = persona;
  return before;
}
