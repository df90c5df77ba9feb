/** What becomes of a system call of a thread with seccomp: it runs, fails, or ends the thread. Linux: __secure_computing(). */
import { ENOSYS } from '../../abi/errno.ts';
import {
  AUDIT_ARCH_RISCV64,
  SECCOMP_MODE_STRICT,
  SECCOMP_RET_ACTION_FULL,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SeccompData,
} from '../../abi/seccomp.ts';
import { SIG_DFL, SIGKILL, SIGSYS, SYS_SECCOMP } from '../../abi/signal.ts';
import { A0, advancePc, getHigh, getInt, getPc, getSigned } from '../arch/user-context.ts';
import { exitThread } from '../exit.ts';
import { forceSignal } from '../signal.ts';
import { RUN } from '../syscall-hook.ts';
import { NO_RESULT } from '../syscall-trace.ts';
import type { Task } from '../task.ts';
import { auditCall, isLogged } from './audit.ts';
import { runProgram } from './classic-bpf.ts';
import type { SeccompFilter, TaskSeccomp } from './filter.ts';

const ECALL_BYTES = 4;
const ARGUMENTS = 6;
const MAX_ERRNO = 4095;
/** read, write, exit, rt_sigreturn. */
const STRICT_CALLS: ReadonlySet<number> = new Set([63, 64, 93, 139]);

/** struct seccomp_data of the call that is judged just now. */
const data = new Uint32Array(SeccompData.size / 4);
const FIRST_ARGUMENT = SeccompData.offset.args / 4;

function fillData({ registers, call }: Task): void {
  const pc = getPc(registers) + ECALL_BYTES;
  data[0] = call.number;
  data[1] = AUDIT_ARCH_RISCV64;
  data[2] = pc;
  data[3] = Math.floor(pc / 0x1_0000_0000);
  for (let i = 0; i < ARGUMENTS; i++) {
    data[FIRST_ARGUMENT + 2 * i] = getInt(registers, A0 + i);
    data[FIRST_ARGUMENT + 2 * i + 1] = getHigh(registers, A0 + i);
  }
}

/** By its order: the smallest counts. */
function actionOf(value: number): number {
  return (value & SECCOMP_RET_ACTION_FULL) | 0;
}

/** RUN, or the result in place of the call's; what is to end or to run a handler has been told so. */
export function judgeCall(task: Task, { mode, filter }: TaskSeccomp): typeof RUN | number {
  if (mode === SECCOMP_MODE_STRICT)
    return STRICT_CALLS.has(task.call.number) ? RUN : killStrict(task);
  fillData(task);
  let value = SECCOMP_RET_ALLOW;
  let match: SeccompFilter | undefined;
  // The newest first: of equal ones, its data count.
  for (let each = filter; each; each = each.previous) {
    const answer = runProgram(each.program, data);
    if (actionOf(answer) >= actionOf(value)) continue;
    value = answer;
    match = each;
  }
  return match === undefined ? RUN : act(task, value, match);
}

function act(task: Task, value: number, match: SeccompFilter): typeof RUN | number {
  const action = (value & SECCOMP_RET_ACTION_FULL) >>> 0;
  const reason = value & SECCOMP_RET_DATA;
  switch (action) {
    case SECCOMP_RET_ERRNO:
      note(task, 0, action, match.isLogged);
      return -Math.min(reason, MAX_ERRNO);
    case SECCOMP_RET_TRAP:
      note(task, 0, action, match.isLogged);
      return trap(task, reason);
    case SECCOMP_RET_TRACE:
      // There is no tracer that could be asked.
      note(task, 0, action, match.isLogged);
      return -ENOSYS;
    case SECCOMP_RET_LOG:
      note(task, 0, action, true);
      return RUN;
    default:
      note(task, SIGSYS, action, true);
      return action === SECCOMP_RET_KILL_THREAD && !isLast(task)
        ? endThread(task, SIGSYS)
        : kill(task, reason);
  }
}

function note(task: Task, signal: number, action: number, isWanted: boolean): void {
  if (isWanted && isLogged(task.kernel, action)) auditCall(task, signal, action);
}

function killStrict(task: Task): number {
  note(task, SIGKILL, SECCOMP_RET_KILL_THREAD, true);
  return endThread(task, SIGKILL);
}

function endThread(task: Task, signal: number): number {
  exitThread(task, signal);
  return 0;
}

function isLast(task: Task): boolean {
  for (const other of task.process.tasks.values())
    if (other !== task && other.isAlive) return false;
  return true;
}

/** The call is over, with its first argument where its result would be: what a handler puts there is the result. */
function trap(task: Task, reason: number): number {
  const { registers, call } = task;
  advancePc(registers, ECALL_BYTES);
  task.syscall = undefined;
  forceSignal(task, SIGSYS, {
    code: SYS_SECCOMP,
    errno: reason,
    address: getPc(registers),
    call: call.number,
  });
  return getSigned(registers, A0);
}

/** No handler is asked, and init dies, too. What the call returns nobody sees. */
function kill(task: Task, reason: number): number {
  const { actions } = task.process;
  actions.set(SIGSYS, { ...actions.get(SIGSYS), handler: SIG_DFL, flags: 0 });
  trap(task, reason);
  return NO_RESULT;
}
