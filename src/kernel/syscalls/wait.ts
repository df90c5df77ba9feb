/** wait4(2), waitid(2). Linux: kernel/exit.c, do_wait. */
import { EAGAIN, ECHILD, EINVAL, ESRCH, fail, failed } from '../../abi/errno.ts';
import { O_NONBLOCK } from '../../abi/fcntl.ts';
import {
  P_ALL,
  P_PGID,
  P_PID,
  P_PIDFD,
  Rusage,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WSTOPPED,
  WUNTRACED,
} from '../../abi/resource.ts';
import { CLD_CONTINUED, CLD_STOPPED, SIGCHLD, SIGCONT } from '../../abi/signal.ts';
import { encodeSiginfo } from '../arch/signal-frame.ts';
import { block, type Result } from '../block.ts';
import { exitCause, reap } from '../exit.ts';
import type { Process, Usage } from '../process.ts';
import type { Task } from '../task.ts';
import { rusageOf } from '../usage.ts';
import { pidfdOf } from './pidfd.ts';

const WNOTHREAD = 0x2000_0000;
const WALL = 0x4000_0000;
const WCLONE = 0x8000_0000;
const COMMON = WNOTHREAD | WALL | (WCLONE | 0);

/** There is no child to wait for: who waits for all of them learns so at the end of each time. */
const NO_CHILD = 'no child';

/** Which children are meant: all that the function says, or the one of a number. */
type Selector = ((child: Process) => boolean) | number;

/** An event of a child that was found. */
interface Event {
  readonly child: Process;
  /** Wait status word. */
  readonly status: number;
  readonly code: number;
  /** si_status. */
  readonly cause: number;
  readonly usage: Usage;
}

/** wait4(2). Errors: ECHILD, EFAULT, EINTR, EINVAL, ESRCH. */
export function wait4(
  task: Task,
  pid: number,
  statusAddress: number,
  options: number,
  rusage: number,
): Result {
  if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED | COMMON)) !== 0) throw fail(EINVAL, 'options');
  if (pid === -0x8000_0000) throw fail(ESRCH, 'pid');
  const event = findEvent(task, selectorOf(task, pid), options | WEXITED);
  if (event === NO_CHILD) return failed(ECHILD, 'no such child');
  if (!event) return sleep(task, options);
  // The event is gone even if its description cannot be written: EFAULT.
  consume(event, options);
  if (statusAddress !== 0) task.memory.writeU32(statusAddress, event.status);
  if (rusage !== 0) task.memory.write(Rusage, rusage, rusageOf(event.usage));
  return event.child.pid;
}

/** waitid(2). Errors: ECHILD, EFAULT, EINTR, EINVAL. */
export function waitid(
  task: Task,
  type: number,
  id: number,
  info: number,
  options: number,
  rusage: number,
): Result {
  if ((options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | COMMON)) !== 0)
    throw fail(EINVAL, 'options');
  if ((options & (WEXITED | WSTOPPED | WCONTINUED)) === 0) throw fail(EINVAL, 'no event asked for');
  const isNonblocking = type === P_PIDFD && id >= 0 && (pidfdOf(task, id).flags & O_NONBLOCK) !== 0;
  const event = findEvent(task, selectorOfId(task, type, id), options);
  if (event === NO_CHILD) return failed(ECHILD, 'no such child');
  if (!event) {
    if (isNonblocking && (options & WNOHANG) === 0) throw fail(EAGAIN, 'O_NONBLOCK');
    if ((options & WNOHANG) === 0) return sleep(task, options);
    if (info !== 0) task.memory.fill(info, 0, 128);
    return 0;
  }
  consume(event, options);
  const { child, code, cause } = event;
  if (info !== 0)
    task.memory.writeBytes(
      info,
      encodeSiginfo(SIGCHLD, { code, pid: child.pid, uid: child.credentials.ruid, status: cause }),
    );
  if (rusage !== 0) task.memory.write(Rusage, rusage, rusageOf(event.usage));
  return 0;
}

function sleep(task: Task, options: number): Result {
  if ((options & WNOHANG) !== 0) return 0;
  return block(task, task.process.childrenExited, { channel: 'do_wait' });
}

function selectorOf(task: Task, pid: number): Selector {
  if (pid === -1) return () => true;
  if (pid > 0) return pid;
  const pgid = pid === 0 ? task.process.group.pgid : -pid;
  return (child) => child.group.pgid === pgid;
}

function selectorOfId(task: Task, type: number, id: number): Selector {
  if (type === P_ALL) return () => true;
  if (type === P_PID && id > 0) return id;
  if (type === P_PGID && id >= 0) return selectorOf(task, id === 0 ? 0 : -id);
  if (type === P_PIDFD && id >= 0) {
    const { process } = pidfdOf(task, id);
    return (child) => child === process;
  }
  throw fail(EINVAL, 'id type');
}

function findEvent(
  task: Task,
  selects: Selector,
  options: number,
): Event | typeof NO_CHILD | undefined {
  let hasCandidate = false;
  for (const child of childrenOf(task, selects)) {
    if (!isWanted(child, options)) continue;
    hasCandidate = true;
    const event = eventOf(child, options);
    if (event) return event;
  }
  return hasCandidate ? undefined : NO_CHILD;
}

function childrenOf({ process, kernel }: Task, selects: Selector): Iterable<Process> {
  const { children } = process;
  if (children.size === 0) return [];
  if (typeof selects === 'function') return children.values().filter(selects);
  const child = kernel.pids.processes.get(selects);
  return child && children.has(child) ? [child] : [];
}

/** A child that does not end with SIGCHLD is waited for with __WCLONE, another without; all are with __WALL. */
function isWanted(child: Process, options: number): boolean {
  if ((options & WALL) !== 0) return true;
  const isClone = child.tasks.get(child.pid)?.exitSignal !== SIGCHLD;
  return isClone === ((options & (WCLONE | 0)) !== 0);
}

function eventOf(child: Process, options: number): Event | undefined {
  if (child.isZombie) {
    if ((options & WEXITED) === 0) return undefined;
    const { code, status } = exitCause(child.exitStatus);
    const { usage } = child;
    usage.add(child.childrenUsage);
    return { child, status: child.exitStatus, code, cause: status, usage };
  }
  if ((options & WSTOPPED) !== 0 && child.hasUnreportedStop && child.isStopped)
    return {
      child,
      status: (child.stopSignal << 8) | 0x7f,
      code: CLD_STOPPED,
      cause: child.stopSignal,
      usage: child.usage,
    };
  if ((options & WCONTINUED) !== 0 && child.hasUnreportedContinue)
    return { child, status: 0xffff, code: CLD_CONTINUED, cause: SIGCONT, usage: child.usage };
  return undefined;
}

function consume({ child, code }: Event, options: number): void {
  if ((options & WNOWAIT) !== 0) return;
  if (child.isZombie) reap(child, true);
  else if (code === CLD_STOPPED) child.hasUnreportedStop = false;
  else child.hasUnreportedContinue = false;
}
