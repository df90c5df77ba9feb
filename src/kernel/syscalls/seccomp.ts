/** seccomp(2), and prctl(2)'s PR_SET_SECCOMP and PR_GET_SECCOMP. */
import { BPF_MAXINSNS, SOCK_FILTER_BYTES, SockFprog } from '../../abi/bpf.ts';
import { EACCES, EINVAL, EOPNOTSUPP, fail } from '../../abi/errno.ts';
import {
  SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
  SECCOMP_GET_ACTION_AVAIL,
  SECCOMP_MODE_FILTER,
  SECCOMP_MODE_STRICT,
  SECCOMP_SET_MODE_FILTER,
  SECCOMP_SET_MODE_STRICT,
  SeccompData,
} from '../../abi/seccomp.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import { type BpfProgram, isValidProgram } from '../seccomp/classic-bpf.ts';
import { ACTIONS, attachFilter, checkMode } from '../seccomp/filter.ts';
import type { Task } from '../task.ts';
import type { PrctlOption } from './prctl.ts';

/** SPEC_ALLOW has nothing to allow: nothing is done against speculation. */
const FLAGS =
  SECCOMP_FILTER_FLAG_TSYNC |
  SECCOMP_FILTER_FLAG_LOG |
  SECCOMP_FILTER_FLAG_SPEC_ALLOW |
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH;

/**
 * seccomp(2). Errors: EACCES, EFAULT, EINVAL, ENOMEM, EOPNOTSUPP, ESRCH. Listeners (SECCOMP_FILTER_FLAG_NEW_LISTENER,
 * SECCOMP_GET_NOTIF_SIZES) are answered as by a kernel from before them: EINVAL.
 */
export function seccomp(task: Task, operation: number, flags: number, address: number): number {
  switch (operation) {
    case SECCOMP_SET_MODE_STRICT:
      if (flags !== 0 || address !== 0) throw fail(EINVAL, 'unused argument');
      return setStrict(task);
    case SECCOMP_SET_MODE_FILTER:
      return setFilter(task, flags, address);
    case SECCOMP_GET_ACTION_AVAIL: {
      if (flags !== 0) throw fail(EINVAL, 'flags');
      const action = task.memory.readU32(address);
      if (![...ACTIONS.values()].includes(action)) throw fail(EOPNOTSUPP, 'action');
      return 0;
    }
    default:
      throw fail(EINVAL, `operation ${operation}`);
  }
}

function setStrict(task: Task): number {
  checkMode(task, SECCOMP_MODE_STRICT);
  task.seccomp = { mode: SECCOMP_MODE_STRICT, filter: undefined, count: 0 };
  return 0;
}

function setFilter(task: Task, flags: number, address: number): number {
  if ((flags & ~FLAGS) !== 0) throw fail(EINVAL, 'flags');
  const program = readProgram(task, address);
  checkMode(task, SECCOMP_MODE_FILTER);
  return attachFilter(task, program, flags);
}

/** Throws EACCES, EFAULT, EINVAL. */
function readProgram(task: Task, address: number): BpfProgram {
  const { credentials, memory } = task;
  const { len, filter } = memory.read(SockFprog, address);
  if (len === 0 || len > BPF_MAXINSNS) throw fail(EINVAL, `${len} instructions`);
  // A program that gains privileges by exec could be led astray by calls that fail.
  if (!credentials.noNewPrivileges && !credentials.hasCapability(CAP_SYS_ADMIN))
    throw fail(EACCES, 'no_new_privs');
  const program = new Uint32Array((len * SOCK_FILTER_BYTES) / 4);
  memory.readWords(filter, program);
  if (!isValidProgram(program, SeccompData.size)) throw fail(EINVAL, 'program');
  return program;
}

export const SECCOMP_OPTIONS: Readonly<Record<number, PrctlOption>> = {
  // PR_GET_SECCOMP: strict mode does not get this far
  21: ({ seccomp: own }) => own?.mode ?? 0,
  // PR_SET_SECCOMP
  22: (task, mode, address) => {
    if (mode === SECCOMP_MODE_STRICT) return setStrict(task);
    if (mode === SECCOMP_MODE_FILTER) return setFilter(task, 0, address);
    throw fail(EINVAL, `mode ${mode}`);
  },
};
