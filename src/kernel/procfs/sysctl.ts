/** /proc/sys: the tunables that exist. proc_sys(5). */
import { EPERM, fail } from '../../abi/errno.ts';
import type { LinkProtection } from '../../fs/link-protection.ts';
import { pipeBytes } from '../../fs/pipe.ts';
import { CAP_CHECKPOINT_RESTORE, CAP_LAST, CAP_SYS_ADMIN } from '../credentials.ts';
import { CONSOLE_LEVEL } from '../dmesg.ts';
import { FUTEX_TID_MASK } from '../futex-queue.ts';
import type { Kernel } from '../kernel.ts';
import { MAX_BACKLOG } from '../net/unix/stream-socket.ts';
import { MIN_MAX_TASKS, MIN_PID_MAX, PID_MAX_LIMIT } from '../pid.ts';
import { DEFAULT_ROUND_ROBIN_NS } from '../preemption.ts';
import { ENTROPY_BITS } from '../random.ts';
import { MAX_PTYS } from '../tty/pty.ts';
import { KEY_LIMITS } from './keys.ts';
import { dentryState, inodeNumbers } from './object-caches.ts';
import type { ProcRow } from './row.ts';
import { MQUEUE_LIMITS, SYSVIPC_LIMITS } from './sysctl-ipc.ts';
import { REALTIME_LIMITS } from './sysctl-realtime.ts';
import { SECCOMP_ACTIONS } from './sysctl-seccomp.ts';
import { integer, LARGEST, tunable } from './sysctl-value.ts';
import { VM } from './sysctl-vm.ts';

const WRITABLE = 0o644;
/** Descriptors that a process may be allowed at most. */
/** BITS_PER_LONG, and what Linux has for 64 bits. */
const MIN_NR_OPEN = 64;
const MAX_NR_OPEN = 2_147_483_584;
const HOST_NAME_MAX = 64;

function value(name: string, show: (kernel: Kernel) => string | number): ProcRow {
  return { name, show: (kernel) => `${show(kernel)}\n` };
}

function protection(kind: keyof LinkProtection, most: number): ProcRow {
  return tunable(
    `protected_${kind}`,
    0,
    most,
    ({ vfs }) => vfs.protection[kind],
    ({ vfs }, level) => {
      vfs.protection[kind] = level;
    },
  );
}

function limit(
  name: string,
  field: 'maxQueuedEvents' | 'maxUserInstances' | 'maxUserWatches',
): ProcRow {
  return {
    ...value(name, ({ inotify }) => inotify[field]),
    mode: WRITABLE,
    store: ({ inotify }, text) => {
      inotify[field] = integer(text, 0, 0x7fff_ffff);
    },
  };
}

/** A version 4 UUID. */
function uuid(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte, i) => {
    const fixed = i === 6 ? (byte & 0x0f) | 0x40 : i === 8 ? (byte & 0x3f) | 0x80 : byte;
    return fixed.toString(16).padStart(2, '0');
  }).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, HOST_NAME_MAX);
}

/** Files with open descriptors, counted once each. */
const KERNEL: readonly ProcRow[] = [
  value('cap_last_cap', () => CAP_LAST),
  { name: 'keys', entries: KEY_LIMITS },
  {
    name: 'core_pattern',
    mode: 0o644,
    show: ({ cores }) => `${cores.pattern}\n`,
    store: ({ cores }, text) => {
      cores.pattern = text.replace(/\n[\s\S]*$/, '').slice(0, 127);
    },
  },
  tunable(
    'core_uses_pid',
    0,
    1,
    ({ cores }) => cores.usesPid,
    ({ cores }, value) => {
      cores.usesPid = value;
    },
  ),
  {
    ...value('domainname', ({ uts }) => uts.domainname),
    mode: WRITABLE,
    store: ({ uts }, text) => {
      uts.domainname = firstLine(text);
    },
  },
  {
    ...value('hostname', ({ uts }) => uts.nodename),
    mode: WRITABLE,
    store: ({ uts }, text) => {
      uts.nodename = firstLine(text);
    },
  },
  value('ngroups_max', () => 65536),
  value('osrelease', ({ uts }) => uts.release),
  value('ostype', ({ uts }) => uts.sysname),
  {
    ...value('ns_last_pid', ({ pids }) => pids.lastPid),
    mode: 0o666,
    store: (kernel, text) => {
      const credentials = kernel.current?.credentials;
      const may = [CAP_SYS_ADMIN, CAP_CHECKPOINT_RESTORE];
      if (!may.some((capability) => credentials?.hasCapability(capability) === true))
        throw fail(EPERM, 'CAP_CHECKPOINT_RESTORE');
      kernel.pids.startAfter(integer(text, 0, kernel.pids.max));
    },
  },
  {
    ...value('printk', ({ log }) => `${log.consoleLevel}\t4\t1\t${CONSOLE_LEVEL}`),
    mode: WRITABLE,
    store: ({ log }, text) => {
      const [first = ''] = text.trim().split(/\s+/);
      log.consoleLevel = integer(first, 1, 8);
    },
  },
  tunable(
    'perf_event_max_sample_rate',
    1,
    LARGEST,
    ({ perf }) => perf.maxSampleRate,
    ({ perf }, rate) => {
      perf.maxSampleRate = rate;
    },
  ),
  tunable(
    'perf_event_paranoid',
    -1,
    LARGEST,
    ({ perf }) => perf.paranoid,
    ({ perf }, level) => {
      perf.paranoid = level;
    },
  ),
  {
    ...value('pid_max', ({ pids }) => pids.max),
    mode: WRITABLE,
    store: ({ pids }, text) => {
      pids.max = integer(text, MIN_PID_MAX, PID_MAX_LIMIT);
    },
  },
  {
    name: 'pty',
    entries: [value('max', () => MAX_PTYS), value('nr', ({ terminals }) => terminals.ptys.size)],
  },
  {
    name: 'random',
    entries: [
      value('boot_id', ({ bootId }) => uuid(bootId)),
      value('entropy_avail', () => ENTROPY_BITS),
      value('poolsize', () => ENTROPY_BITS),
      value('uuid', (kernel) => uuid(kernel.random(16))),
    ],
  },
  {
    ...value('randomize_va_space', ({ randomizeVaSpace }) => randomizeVaSpace),
    mode: WRITABLE,
    store: (kernel, text) => {
      kernel.randomizeVaSpace = integer(text, 0, 2);
    },
  },
  ...SYSVIPC_LIMITS,
  ...REALTIME_LIMITS,
  {
    ...value('sched_rr_timeslice_ms', ({ scheduler }) => scheduler.roundRobinNs / 1e6),
    mode: WRITABLE,
    // What is not positive brings the default back.
    store: ({ scheduler }, text) => {
      const milliseconds = integer(text, -0x8000_0000, 0x7fff_ffff);
      scheduler.roundRobinNs = milliseconds > 0 ? milliseconds * 1e6 : DEFAULT_ROUND_ROBIN_NS;
    },
  },
  { name: 'seccomp', entries: SECCOMP_ACTIONS },
  value('tainted', ({ modules }) => modules.tainted),
  {
    ...value('threads-max', ({ pids }) => pids.maxTasks),
    mode: WRITABLE,
    store: ({ pids }, text) => {
      pids.maxTasks = integer(text, MIN_MAX_TASKS, FUTEX_TID_MASK);
    },
  },
  value('version', ({ uts }) => uts.version),
];

const FS: readonly ProcRow[] = [
  {
    ...value('aio-max-nr', ({ aio }) => aio.maxEvents),
    mode: WRITABLE,
    store: ({ aio }, text) => {
      aio.maxEvents = integer(text, 0, 0x7fff_ffff);
    },
  },
  value('aio-nr', ({ aio }) => aio.events),
  tunable(
    'file-max',
    0,
    LARGEST,
    ({ vfs }) => vfs.locks.maximum,
    ({ vfs }, value) => {
      vfs.locks.maximum = value;
    },
  ),
  tunable(
    'mount-max',
    1,
    0x7fff_ffff,
    ({ vfs }) => vfs.mounts.maximum,
    ({ vfs }, value) => {
      vfs.mounts.maximum = value;
    },
  ),
  value('dentry-state', dentryState),
  value('file-nr', ({ vfs }) => `${vfs.locks.count}\t0\t${vfs.locks.maximum}`),
  value('inode-nr', inodeNumbers),
  value('inode-state', (kernel) => `${inodeNumbers(kernel)}\t0\t0\t0\t0\t0`),
  {
    name: 'epoll',
    entries: [
      tunable(
        'max_user_watches',
        0,
        LARGEST,
        ({ users }) => users.maxEpollWatches,
        ({ users }, wanted) => {
          users.maxEpollWatches = wanted;
        },
      ),
    ],
  },
  {
    name: 'fanotify',
    entries: (['max_queued_events', 'max_user_groups', 'max_user_marks'] as const).map((name) =>
      tunable(
        name,
        0,
        LARGEST,
        ({ fanotify }) => fanotify.limits[name],
        ({ fanotify }, wanted) => {
          fanotify.limits[name] = wanted;
        },
      ),
    ),
  },
  {
    name: 'inotify',
    entries: [
      limit('max_queued_events', 'maxQueuedEvents'),
      limit('max_user_instances', 'maxUserInstances'),
      limit('max_user_watches', 'maxUserWatches'),
    ],
  },
  tunable(
    'lease-break-time',
    0,
    LARGEST,
    ({ leases }) => leases.breakTime,
    ({ leases }, seconds) => {
      leases.breakTime = seconds;
    },
  ),
  tunable(
    'leases-enable',
    0,
    1,
    ({ leases }) => leases.isEnabled,
    ({ leases }, isEnabled) => {
      leases.isEnabled = isEnabled;
    },
  ),
  { name: 'mqueue', entries: MQUEUE_LIMITS },
  tunable(
    'nr_open',
    MIN_NR_OPEN,
    MAX_NR_OPEN,
    ({ maxOpenFiles }) => maxOpenFiles,
    (kernel, count) => {
      kernel.maxOpenFiles = count;
    },
  ),
  value('overflowgid', () => 65534),
  value('overflowuid', () => 65534),
  {
    ...value('pipe-max-size', ({ vfs }) => vfs.pipeMaxBytes),
    mode: WRITABLE,
    store: ({ vfs }, text) => {
      vfs.pipeMaxBytes = pipeBytes(integer(text, 0, 0x7fff_ffff));
    },
  },
  tunable(
    'pipe-user-pages-hard',
    0,
    LARGEST,
    ({ vfs }) => vfs.pipeHardPages,
    ({ vfs }, pages) => {
      vfs.pipeHardPages = pages;
    },
  ),
  tunable(
    'pipe-user-pages-soft',
    0,
    LARGEST,
    ({ vfs }) => vfs.pipeSoftPages,
    ({ vfs }, pages) => {
      vfs.pipeSoftPages = pages;
    },
  ),
  protection('fifos', 2),
  protection('hardlinks', 1),
  protection('regular', 2),
  protection('symlinks', 1),
  value('suid_dumpable', () => 0),
];

const NETWORK: readonly ProcRow[] = [
  { name: 'core', entries: [value('somaxconn', () => MAX_BACKLOG)] },
  {
    name: 'unix',
    entries: [
      {
        ...value('max_dgram_qlen', ({ net }) => net.unix.maxDatagrams),
        mode: WRITABLE,
        store: ({ net }, text) => {
          net.unix.maxDatagrams = integer(text, 0, 0x7fff_ffff);
        },
      },
    ],
  },
];

export const SYSCTL: readonly ProcRow[] = [
  { name: 'fs', entries: FS },
  { name: 'kernel', entries: KERNEL },
  { name: 'net', entries: NETWORK },
  { name: 'vm', entries: VM },
];
