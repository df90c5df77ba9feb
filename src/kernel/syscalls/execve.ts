/** execve(2), execveat(2). */

import { E2BIG, EAGAIN, EINVAL, ENOENT, fail } from '../../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../../abi/fcntl.ts';
import { SS_DISABLE } from '../../abi/signal.ts';
import { setVectorState } from '../arch/vector-state.ts';
import { block, type Result } from '../block.ts';
import { forgetProgram, installProgram, loadProgram, type ProgramRequest } from '../exec.ts';
import { MAX_STRING_BYTES } from '../exec-stack.ts';
import { endTask, wakeVforkParent } from '../exit.ts';
import { letGoDetached } from '../mount-users.ts';
import { observer } from '../observer.ts';
import { eventsExecuted } from '../perf/perf.ts';
import { isAboveProcessLimit } from '../process-limit.ts';
import { copySet } from '../signal-set.ts';
import type { Task } from '../task.ts';

const MAX_STRINGS = 0x7fff_ffff;
const STRINGS_LIMIT_BYTES = 8 * 1024 * 1024;

/** The strings of a NULL-terminated vector; a NULL vector is empty, as on Linux. */
function readStrings(task: Task, address: number): string[] {
  const strings: string[] = [];
  if (address === 0) return strings;
  let total = 0;
  for (let at = address; strings.length < MAX_STRINGS; at += 8) {
    const pointer = task.memory.readU64(at);
    if (pointer === 0) return strings;
    const text = task.memory.readString(pointer, MAX_STRING_BYTES, E2BIG);
    total += text.length + 1;
    if (total > STRINGS_LIMIT_BYTES) break;
    strings.push(text);
  }
  throw fail(E2BIG, 'arguments and environment');
}

/** execve(2). Errors: E2BIG, EACCES, EAGAIN, EFAULT, EIO, ELOOP, ENOENT, ENOEXEC, ENOMEM, ENOTDIR, ETXTBSY, ELIBBAD. */
export function execve(task: Task, path: string, argv: number, envp: number): Result {
  if (path === '') throw fail(ENOENT, 'empty path');
  return execute(task, {
    path,
    readArguments: () => readStrings(task, argv),
    readEnvironment: () => readStrings(task, envp),
  });
}

/** execveat(2): relative to a directory descriptor, or the file behind it with AT_EMPTY_PATH. */
export function execveat(
  task: Task,
  dirfd: number,
  path: string,
  argv: number,
  envp: number,
  flags: number,
): Result {
  if (path === '' && (flags & AT_EMPTY_PATH) === 0) throw fail(ENOENT, 'empty path');
  if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) !== 0) throw fail(EINVAL, 'flags');
  return execute(task, {
    path,
    ...(dirfd === AT_FDCWD && path !== '' ? {} : { dirfd }),
    followsLast: (flags & AT_SYMLINK_NOFOLLOW) === 0,
    readArguments: () => readStrings(task, argv),
    readEnvironment: () => readStrings(task, envp),
  });
}

function execute(task: Task, request: ProgramRequest): Result {
  const { process, kernel } = task;
  task.hadTooManyProcesses &&= isAboveProcessLimit(task, task.credentials.ruid);
  if (task.hadTooManyProcesses) throw fail(EAGAIN, 'RLIMIT_NPROC');
  const program = loadProgram(task, request);
  for (const other of [...process.tasks.values()]) if (other !== task) endTask(other);
  for (const other of process.tasks.values()) {
    if (other === task || !other.isAlive) continue;
    // A thread that runs on another hart leaves when that hart traps; then the call runs again.
    forgetProgram(kernel, program);
    return block(task, process.threadExited, { isUninterruptible: true });
  }
  takeLeadersPlace(task);
  leaveOldProgram(task);
  installProgram(task, program);
  task.name = program.name;
  process.hasExecuted = true;
  eventsExecuted(task);
  observer.executed?.(process);
  if (task.hart !== undefined) program.space.activate(task.hart);
  letGoDetached(kernel);
  // The registers are the new program's: nothing is written back.
  task.syscall = undefined;
  return 0;
}

/** The only thread left becomes the leader, and gets its number. */
function takeLeadersPlace(task: Task): void {
  const { process, kernel } = task;
  if (task.tid === process.pid) return;
  const leader = process.leader;
  process.deadThreads.add(leader);
  task.exitSignal = leader.exitSignal;
  // Who waits for the end of this thread sees it now; who waits for the process goes on waiting.
  task.exitQueue?.wakeAll();
  task.exitQueue = leader.exitQueue;
  leader.state = 'X';
  process.tasks.delete(task.tid);
  kernel.pids.tasks.delete(task.tid);
  kernel.vfs.procfs?.forget(process.pid, task.tid);
  task.tid = process.pid;
  process.tasks.set(task.tid, task);
  kernel.pids.tasks.set(task.tid, task);
}

/** What does not survive exec: memory, handlers, close-on-exec descriptors, shared tables, thread state. */
function leaveOldProgram(task: Task): void {
  const { process, files } = task;
  if (files.references > 1) {
    files.references--;
    task.files = files.copy();
  }
  task.files.closeOnExec();
  process.actions = process.actions.copy();
  process.actions.resetHandlers();
  task.signalMask = copySet(task.signalMask);
  task.altStack = { address: 0, size: 0, flags: SS_DISABLE };
  setVectorState(task, undefined);
  task.clearChildTid = 0;
  task.robustList = 0;
  task.rseq = undefined;
  const old = process.addressSpace;
  process.addressSpace = undefined;
  old?.release();
  wakeVforkParent(task);
}
