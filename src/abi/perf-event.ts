/** perf_event_open(2): linux/perf_event.h. */
import { layout } from '../lib/layout.ts';

export const PERF_TYPE_HARDWARE = 0;
export const PERF_TYPE_SOFTWARE = 1;
export const PERF_TYPE_RAW = 4;

/** `config` of PERF_TYPE_HARDWARE. */
export const PERF_COUNT_HW = {
  CPU_CYCLES: 0,
  INSTRUCTIONS: 1,
  BRANCH_INSTRUCTIONS: 4,
  BRANCH_MISSES: 5,
} as const;

/** `config` of PERF_TYPE_SOFTWARE. */
export const PERF_COUNT_SW = {
  CPU_CLOCK: 0,
  TASK_CLOCK: 1,
  PAGE_FAULTS: 2,
  CONTEXT_SWITCHES: 3,
  CPU_MIGRATIONS: 4,
  PAGE_FAULTS_MIN: 5,
  PAGE_FAULTS_MAJ: 6,
  ALIGNMENT_FAULTS: 7,
  EMULATION_FAULTS: 8,
  DUMMY: 9,
  BPF_OUTPUT: 10,
  CGROUP_SWITCHES: 11,
} as const;

export const PERF_FORMAT = {
  TOTAL_TIME_ENABLED: 1,
  TOTAL_TIME_RUNNING: 2,
  ID: 4,
  GROUP: 8,
  LOST: 16,
  ALL: 31,
} as const;

/** PERF_SAMPLE_MAX - 1. */
export const PERF_SAMPLE_ALL = 0x1ff_ffff;
export const PERF_SAMPLE_READ = 0x10;
export const PERF_SAMPLE_TID = 2;

/** Bits of `flags_low`, and of `flags_high`. */
export const ATTR = {
  DISABLED: 1,
  INHERIT: 2,
  PINNED: 4,
  EXCLUSIVE: 8,
  EXCLUDE_USER: 0x10,
  EXCLUDE_KERNEL: 0x20,
  FREQ: 0x400,
  ENABLE_ON_EXEC: 0x1000,
  USE_CLOCKID: 0x200_0000,
  NAMESPACES: 0x1000_0000,
} as const;
export const ATTR_HIGH = {
  INHERIT_THREAD: 8,
  REMOVE_ON_EXEC: 0x10,
  SIGTRAP: 0x20,
  KNOWN: 0x3f,
} as const;

export const PERF_FLAG = {
  FD_NO_GROUP: 1,
  FD_OUTPUT: 2,
  PID_CGROUP: 4,
  FD_CLOEXEC: 8,
  ALL: 15,
} as const;

export const PERF_EVENT_IOC = {
  ENABLE: 0x2400,
  DISABLE: 0x2401,
  REFRESH: 0x2402,
  RESET: 0x2403,
  PERIOD: 0x4008_2404,
  SET_OUTPUT: 0x2405,
  SET_FILTER: 0x4008_2406,
  ID: 0x8008_2407,
  SET_BPF: 0x4004_2408,
  PAUSE_OUTPUT: 0x4004_2409,
} as const;
export const PERF_IOC_FLAG_GROUP = 1;

/** struct perf_event_attr up to PERF_ATTR_SIZE_VER8; its bits are two words. */
export const PerfEventAttr = layout({
  type: 'u32',
  size: 'u32',
  config: 'u64',
  sample_period: 'u64',
  sample_type: 'u64',
  read_format: 'u64',
  flags_low: 'u32',
  flags_high: 'u32',
  wakeup_events: 'u32',
  bp_type: 'u32',
  config1: 'u64',
  config2: 'u64',
  branch_sample_type: 'u64',
  sample_regs_user: 'u64',
  sample_stack_user: 'u32',
  clockid: 'i32',
  sample_regs_intr: 'u64',
  aux_watermark: 'u32',
  sample_max_stack: 'u16',
  reserved_2: 'u16',
  aux_sample_size: 'u32',
  reserved_3: 'u32',
  sig_data: 'u64',
  config3: 'u64',
});
export const PERF_ATTR_SIZE_VER0 = 64;
