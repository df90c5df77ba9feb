/** Limits of System V IPC in /proc/sys/kernel, of POSIX message queues in /proc/sys/fs/mqueue. proc_sys_kernel(5). */
import { EINVAL, fail } from '../../abi/errno.ts';
import type { Ipc, IpcLimits } from '../ipc/ipc.ts';
import { HARD_MAX_BYTES, HARD_MAX_MESSAGES, type MqueueLimits } from '../ipc/mqueue-file-system.ts';
import type { ProcRow } from './row.ts';
import { integer, LARGEST, tunable } from './sysctl-value.ts';

const ID_PLACES = 32_768;

type Small = 'msgmax' | 'msgmnb' | 'msgmni' | 'shmmni';

/** The id of the next new object, for programs that restore others. */
function nextId(name: string, table: (ipc: Ipc) => { nextId: number }): ProcRow {
  return tunable(
    name,
    0,
    LARGEST,
    ({ ipc }) => table(ipc).nextId,
    ({ ipc }, value) => {
      table(ipc).nextId = value;
    },
  );
}

function limit(name: Small, high: number): ProcRow {
  return tunable(
    name,
    0,
    high,
    ({ ipc }) => ipc.limits[name],
    ({ ipc }, value) => {
      ipc.limits[name] = value;
    },
  );
}

/** An unsigned long. */
function wide(name: 'shmmax' | 'shmall'): ProcRow {
  return {
    name,
    mode: 0o644,
    show: ({ ipc }) => `${ipc.limits[name]}\n`,
    store({ ipc }, text) {
      if (!/^\s*\d+\s*$/.test(text)) throw fail(EINVAL, 'not a number');
      ipc.limits[name] = BigInt(text.trim()) & 0xffff_ffff_ffff_ffffn;
    },
  };
}

const SEMAPHORE_LIMITS = ['semmsl', 'semmns', 'semopm', 'semmni'] as const;

function storeSemaphoreLimits(limits: IpcLimits, text: string): void {
  const words = text.trim().split(/\s+/);
  const values = words.map((word) => integer(word, 0, LARGEST));
  if (values.length > SEMAPHORE_LIMITS.length || (values[3] ?? 0) > ID_PLACES)
    throw fail(EINVAL, 'sem');
  values.forEach((value, i) => {
    const name = SEMAPHORE_LIMITS[i];
    if (name) limits[name] = value;
  });
}

export const SYSVIPC_LIMITS: readonly ProcRow[] = [
  limit('msgmax', HARD_MAX_BYTES),
  limit('msgmnb', LARGEST),
  limit('msgmni', ID_PLACES),
  nextId('msg_next_id', ({ queues }) => queues),
  {
    name: 'sem',
    mode: 0o644,
    show: ({ ipc }) => `${SEMAPHORE_LIMITS.map((name) => ipc.limits[name]).join('\t')}\n`,
    store: ({ ipc }, text) => storeSemaphoreLimits(ipc.limits, text),
  },
  nextId('sem_next_id', ({ semaphores }) => semaphores),
  nextId('shm_next_id', ({ segments }) => segments),
  wide('shmall'),
  wide('shmmax'),
  limit('shmmni', ID_PLACES),
];

function mqueueLimit(name: keyof MqueueLimits, low: number, high: number): ProcRow {
  return tunable(
    name,
    low,
    high,
    ({ ipc }) => ipc.mqueue.limits[name],
    ({ ipc }, value) => {
      ipc.mqueue.limits[name] = value;
    },
  );
}

export const MQUEUE_LIMITS: readonly ProcRow[] = [
  mqueueLimit('msg_default', 1, HARD_MAX_MESSAGES),
  mqueueLimit('msg_max', 1, HARD_MAX_MESSAGES),
  mqueueLimit('msgsize_default', 128, HARD_MAX_BYTES),
  mqueueLimit('msgsize_max', 128, HARD_MAX_BYTES),
  mqueueLimit('queues_max', 0, LARGEST),
];
