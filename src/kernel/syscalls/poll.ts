/** poll(2) and select(2): ppoll, pselect6. */
import { EBADF, EINVAL, fail } from '../../abi/errno.ts';
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDNORM,
  POLLWRNORM,
  Pollfd,
} from '../../abi/poll.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { Timespec } from '../../abi/time.ts';
import type { WaitQueue } from '../../lib/wait-queue.ts';
import { block, deadlineOf, type Result } from '../block.ts';
import { NS_PER_SECOND, type Ns } from '../clock.ts';
import type { Task } from '../task.ts';
import { applyTemporaryMask } from './temporary-mask.ts';

/** What wakes select for each of its three sets. */
const READ_EVENTS = POLLIN | POLLRDNORM | POLLHUP | POLLERR;
const WRITE_EVENTS = POLLOUT | POLLWRNORM | POLLERR;
const EXCEPT_EVENTS = POLLPRI;
/** Bits of the fd sets that are scanned at most: FD_SETSIZE does not bound the kernel. */
const MAX_SELECT = 65536;

/** Relative timeout in ns of struct timespec; undefined (no limit) for address 0. Throws EINVAL. */
export function readTimeout(task: Task, address: number): Ns | undefined {
  if (address === 0) return undefined;
  const { tv_sec, tv_nsec } = task.memory.read(Timespec, address);
  if (tv_sec < 0 || tv_nsec < 0 || tv_nsec >= NS_PER_SECOND) throw fail(EINVAL, 'timespec');
  return tv_sec * NS_PER_SECOND + tv_nsec;
}

/** personality(2). */
const STICKY_TIMEOUTS = 0x4000000;

/** Linux tells the time that was left, except after a signal. */
function writeRemaining(task: Task, address: number, deadlineNs: Ns | undefined): void {
  if (address === 0 || deadlineNs === undefined) return;
  if ((task.process.personality & STICKY_TIMEOUTS) !== 0) return;
  const left = Math.max(0, deadlineNs - task.kernel.clock.monotonicNs());
  const tv_sec = Math.floor(left / NS_PER_SECOND);
  task.memory.write(Timespec, address, { tv_sec, tv_nsec: Math.floor(left % NS_PER_SECOND) });
}

/** Sleep until one of the queues, or return when the deadline has passed (or was now). */
function waitOn(task: Task, queues: Set<WaitQueue>, deadlineNs: Ns | undefined): Result {
  if (task.syscall) task.syscall.restart = 'restart_block';
  return block(task, [...queues], { deadlineNs });
}

function isOver(task: Task, deadlineNs: Ns | undefined): boolean {
  if (task.syscall?.timedOut) return true;
  return deadlineNs !== undefined && deadlineNs <= task.kernel.clock.monotonicNs();
}

/** Errors: EFAULT, EINTR, EINVAL. */
export function ppoll(
  task: Task,
  pollfds: number,
  count: number,
  timeout: number,
  sigset: number,
  sigsetBytes: number,
): Result {
  const { process, memory } = task;
  if (count > process.limit(RLIMIT_NOFILE)) throw fail(EINVAL, 'too many descriptors');
  const deadlineNs = deadlineOf(task, readTimeout(task, timeout));
  const bytes = memory.readBytes(pollfds, count * Pollfd.size);
  applyTemporaryMask(task, sigset, sigsetBytes);
  const view = new DataView(bytes.buffer);
  const queues = new Set<WaitQueue>();
  let ready = 0;
  for (let i = 0; i < count; i++) {
    const at = i * Pollfd.size;
    const fd = view.getInt32(at, true);
    const revents = fd < 0 ? 0 : check(task, fd, view.getInt16(at + 4, true), queues);
    view.setInt16(at + 6, revents, true);
    if (revents !== 0) ready++;
  }
  if (ready === 0 && !isOver(task, deadlineNs)) return waitOn(task, queues, deadlineNs);
  memory.writeBytes(pollfds, bytes);
  writeRemaining(task, timeout, deadlineNs);
  return ready;
}

function check(task: Task, fd: number, events: number, queues: Set<WaitQueue>): number {
  const file = task.files.find(fd);
  if (!file) return POLLNVAL;
  if (file.waitQueue) queues.add(file.waitQueue);
  return file.poll() & (events | POLLERR | POLLHUP);
}

/** Errors: EBADF, EFAULT, EINTR, EINVAL. The sixth argument points to the address and size of a signal set. */
export function pselect6(
  task: Task,
  count: number,
  readSet: number,
  writeSet: number,
  exceptSet: number,
  timeout: number,
  sigset: number,
): Result {
  const { memory } = task;
  if (count < 0) throw fail(EINVAL, 'nfds');
  const bits = Math.min(count, MAX_SELECT);
  const bytes = Math.ceil(bits / 64) * 8;
  const deadlineNs = deadlineOf(task, readTimeout(task, timeout));
  const load = (address: number): Uint8Array | undefined =>
    address === 0 ? undefined : memory.readBytes(address, bytes);
  const sets = [
    { address: readSet, wanted: load(readSet), events: READ_EVENTS },
    { address: writeSet, wanted: load(writeSet), events: WRITE_EVENTS },
    { address: exceptSet, wanted: load(exceptSet), events: EXCEPT_EVENTS },
  ];
  if (sigset !== 0) {
    applyTemporaryMask(task, memory.readU64(sigset), memory.readU64(sigset + 8));
  }
  const queues = new Set<WaitQueue>();
  const results = sets.map(() => new Uint8Array(bytes));
  let ready = 0;
  for (let fd = 0; fd < bits; fd++) {
    const at = fd >> 3;
    const bit = 1 << (fd & 7);
    if (!sets.some(({ wanted }) => wanted && ((wanted[at] as number) & bit) !== 0)) continue;
    const file = task.files.find(fd);
    if (!file) throw fail(EBADF, 'descriptor in a set');
    if (file.waitQueue) queues.add(file.waitQueue);
    const events = file.poll();
    sets.forEach(({ wanted, events: mask }, i) => {
      const result = results[i] as Uint8Array;
      if (!wanted || ((wanted[at] as number) & bit) === 0 || (events & mask) === 0) return;
      result[at] = (result[at] as number) | bit;
      ready++;
    });
  }
  if (ready === 0 && !isOver(task, deadlineNs)) return waitOn(task, queues, deadlineNs);
  sets.forEach(({ address }, i) => {
    if (address !== 0) memory.writeBytes(address, results[i] as Uint8Array);
  });
  writeRemaining(task, timeout, deadlineNs);
  return ready;
}
