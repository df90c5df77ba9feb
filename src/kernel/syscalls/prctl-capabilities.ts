/** The options of prctl(2) on privileges: capabilities(7), "Securebits flags", "Ambient". */
import { EINVAL, EPERM, fail } from '../../abi/errno.ts';
import {
  CAP_LAST,
  CAP_SETPCAP,
  type Credentials,
  hasBit,
  SECBIT_KEEP_CAPS,
  union,
  without,
} from '../credentials.ts';
import type { Task } from '../task.ts';
import type { PrctlOption } from './prctl.ts';

/** The lock of each SECBIT_* is the next higher bit. */
const SECBIT_KEEP_CAPS_LOCKED = 32;
const SECBIT_NO_CAP_AMBIENT_RAISE = 64;
const SECURE_ALL_BITS = 0x55;
const SECURE_ALL_LOCKS = 0xaa;

const PR_CAP_AMBIENT = { IS_SET: 1, RAISE: 2, LOWER: 3, CLEAR_ALL: 4 } as const;

function checkCapability(capability: number): void {
  if (capability > CAP_LAST) throw fail(EINVAL, `capability ${capability}`);
}

function change(task: Task, edit: (credentials: Credentials) => void): number {
  const credentials = task.credentials.copy();
  edit(credentials);
  task.credentials = credentials;
  return 0;
}

function dropBounding(task: Task, capability: number): number {
  const { credentials } = task;
  if (!credentials.hasCapability(CAP_SETPCAP)) throw fail(EPERM, 'CAP_SETPCAP');
  checkCapability(capability);
  return change(task, (c) => (c.bounding = without(c.bounding, 2 ** capability)));
}

function setKeepCapabilities(task: Task, value: number): number {
  if (value > 1) throw fail(EINVAL, 'PR_SET_KEEPCAPS');
  if ((task.credentials.securebits & SECBIT_KEEP_CAPS_LOCKED) !== 0)
    throw fail(EPERM, 'SECBIT_KEEP_CAPS_LOCKED');
  return change(task, (c) => {
    c.securebits = (c.securebits & ~SECBIT_KEEP_CAPS) | (value === 1 ? SECBIT_KEEP_CAPS : 0);
  });
}

function setSecurebits(task: Task, value: number): number {
  const { credentials } = task;
  const old = credentials.securebits;
  const isUnknown = (value & ~(SECURE_ALL_BITS | SECURE_ALL_LOCKS)) !== 0;
  const changesLocked = (((old & SECURE_ALL_LOCKS) >>> 1) & (old ^ value)) !== 0;
  const unlocks = (old & SECURE_ALL_LOCKS & ~value) !== 0;
  if (isUnknown || changesLocked || unlocks || !credentials.hasCapability(CAP_SETPCAP))
    throw fail(EPERM, 'securebits');
  return change(task, (c) => (c.securebits = value));
}

function ambient(
  task: Task,
  operation: number,
  capability: number,
  fourth: number,
  fifth: number,
): number {
  const { credentials } = task;
  if (operation === PR_CAP_AMBIENT.CLEAR_ALL) {
    if (capability !== 0 || fourth !== 0 || fifth !== 0) throw fail(EINVAL, 'unused argument');
    return change(task, (c) => (c.ambient = 0));
  }
  if (fourth !== 0 || fifth !== 0) throw fail(EINVAL, 'unused argument');
  checkCapability(capability);
  switch (operation) {
    case PR_CAP_AMBIENT.IS_SET:
      return hasBit(credentials.ambient, capability) ? 1 : 0;
    case PR_CAP_AMBIENT.RAISE: {
      const { permitted, inheritable, securebits } = credentials;
      const isHeld = hasBit(permitted, capability) && hasBit(inheritable, capability);
      if (!isHeld || (securebits & SECBIT_NO_CAP_AMBIENT_RAISE) !== 0)
        throw fail(EPERM, 'PR_CAP_AMBIENT_RAISE');
      return change(task, (c) => (c.ambient = union(c.ambient, 2 ** capability)));
    }
    case PR_CAP_AMBIENT.LOWER:
      return change(task, (c) => (c.ambient = without(c.ambient, 2 ** capability)));
    default:
      throw fail(EINVAL, 'PR_CAP_AMBIENT');
  }
}

export const CAPABILITY_OPTIONS: Readonly<Record<number, PrctlOption>> = {
  // PR_GET_KEEPCAPS, PR_SET_KEEPCAPS
  7: ({ credentials }) => ((credentials.securebits & SECBIT_KEEP_CAPS) === 0 ? 0 : 1),
  8: setKeepCapabilities,
  // PR_CAPBSET_READ, PR_CAPBSET_DROP
  23: ({ credentials }, capability) => {
    checkCapability(capability);
    return hasBit(credentials.bounding, capability) ? 1 : 0;
  },
  24: dropBounding,
  // PR_GET_SECUREBITS, PR_SET_SECUREBITS
  27: ({ credentials }) => credentials.securebits,
  28: setSecurebits,
  // PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS
  38: (task, value, third, fourth, fifth) => {
    if (value !== 1 || third !== 0 || fourth !== 0 || fifth !== 0)
      throw fail(EINVAL, 'no_new_privs');
    return change(task, (c) => (c.noNewPrivileges = true));
  },
  39: ({ credentials }, ...rest) => {
    if (rest.some((value) => value !== 0)) throw fail(EINVAL, 'no_new_privs');
    return credentials.noNewPrivileges ? 1 : 0;
  },
  // PR_CAP_AMBIENT
  47: ambient,
};
