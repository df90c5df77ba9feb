/** prctl(2), personality(2). */
import { EINVAL, EPERM, fail } from '../../abi/errno.ts';
import { SIGRTMAX } from '../../abi/signal.ts';
import { CAP_LAST, CAP_SETPCAP } from '../credentials.ts';
import type { Task } from '../task.ts';

const PR_SET_PDEATHSIG = 1;
const PR_GET_PDEATHSIG = 2;
const PR_GET_DUMPABLE = 3;
const PR_SET_DUMPABLE = 4;
const PR_GET_KEEPCAPS = 7;
const PR_SET_NAME = 15;
const PR_GET_NAME = 16;
const PR_CAPBSET_READ = 23;
const PR_CAPBSET_DROP = 24;
const PR_GET_SECUREBITS = 27;
const PR_SET_TIMERSLACK = 29;
const PR_GET_TIMERSLACK = 30;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_GET_NO_NEW_PRIVS = 39;
const PR_GET_TID_ADDRESS = 40;
const PR_RISCV_V_GET_CONTROL = 70;
/** Vectors are on for this task, and for what it executes next: nothing can turn them off. */
const PR_RISCV_V_VSTATE_CTRL_ON = 2;

const COMM_BYTES = 16;
const TIMER_SLACK_NS = 50_000;

/** prctl(2). Errors: EFAULT, EINVAL, EPERM. Options that are not here give EINVAL, as on a kernel without them. */
export function prctl(
  task: Task,
  option: number,
  value: number,
  third: number,
  fourth: number,
  fifth: number,
): number {
  const { process, memory } = task;
  const hasRest = third !== 0 || fourth !== 0 || fifth !== 0;
  switch (option) {
    case PR_SET_PDEATHSIG:
      if (value > SIGRTMAX) throw fail(EINVAL, `signal ${value}`);
      task.parentDeathSignal = value;
      return 0;
    case PR_GET_PDEATHSIG:
      memory.writeU32(value, task.parentDeathSignal);
      return 0;
    case PR_GET_DUMPABLE:
      return process.isDumpable ? 1 : 0;
    case PR_SET_DUMPABLE:
      if (value > 1) throw fail(EINVAL, 'dumpable');
      process.isDumpable = value === 1;
      return 0;
    case PR_SET_NAME:
      task.name = readName(task, value);
      return 0;
    case PR_GET_NAME: {
      const bytes = new Uint8Array(COMM_BYTES);
      for (let i = 0; i < task.name.length; i++) bytes[i] = task.name.charCodeAt(i);
      memory.writeBytes(value, bytes);
      return 0;
    }
    case PR_CAPBSET_READ:
      checkCapability(value);
      return Math.floor(process.credentials.bounding / 2 ** value) % 2;
    case PR_CAPBSET_DROP:
      return dropBounding(task, value);
    case PR_GET_KEEPCAPS:
    case PR_GET_SECUREBITS:
      return 0;
    case PR_SET_TIMERSLACK:
      return 0;
    case PR_GET_TIMERSLACK:
      return TIMER_SLACK_NS;
    case PR_SET_NO_NEW_PRIVS: {
      if (value !== 1 || hasRest) throw fail(EINVAL, 'no_new_privs');
      const credentials = process.credentials.copy();
      credentials.noNewPrivileges = true;
      process.credentials = credentials;
      return 0;
    }
    case PR_GET_NO_NEW_PRIVS:
      if (value !== 0 || hasRest) throw fail(EINVAL, 'no_new_privs');
      return process.credentials.noNewPrivileges ? 1 : 0;
    case PR_RISCV_V_GET_CONTROL:
      if (!task.kernel.arch.platform.vector) throw fail(EINVAL, 'no vector extension');
      return PR_RISCV_V_VSTATE_CTRL_ON;
    case PR_GET_TID_ADDRESS:
      memory.writeU64(value, task.clearChildTid);
      return 0;
    default:
      throw fail(EINVAL, `option ${option}`);
  }
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

function checkCapability(capability: number): void {
  if (capability > CAP_LAST) throw fail(EINVAL, `capability ${capability}`);
}

function dropBounding(task: Task, capability: number): number {
  checkCapability(capability);
  const { process } = task;
  if (!process.credentials.hasCapability(CAP_SETPCAP)) throw fail(EPERM, 'CAP_SETPCAP');
  const credentials = process.credentials.copy();
  const bit = 2 ** capability;
  if (Math.floor(credentials.bounding / bit) % 2 === 1) credentials.bounding -= bit;
  process.credentials = credentials;
  return 0;
}

const QUERY_PERSONALITY = 0xffff_ffff;

/** personality(2): PER_LINUX with its flags is kept and has no effect. */
export function personality(task: Task, persona: number): number {
  const { process } = task;
  const before = process.personality;
  if (persona !== QUERY_PERSONALITY) process.personality = persona;
  return before;
}
