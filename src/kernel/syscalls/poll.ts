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
const SET_EVENTS = [READ_EVENTS, WRITE_EVENTS, EXCEPT_EVENTS];
/** Bits of the fd sets that are scanned at most: FD_SETSIZE does not bound the kernel. */
const MAX_SELECT = 65536;

/** Lists and sets on their way, of the call at hand: arrays for each call would cost more than what is done with them. */
const FEW = 128;
const POLLFDS = new Uint32Array(FEW * 2);
const WANTED = SET_EVENTS.map(() => new Uint32Array(MAX_SELECT / 32));
const READY = SET_EVENTS.map(() => new Uint32Array(MAX_SELECT / 32));

/** Relative timeout in ns of struct timespec; undefined (no limit) for address 0. Throws EINVAL. */
export function readTimeout(task: Task, address: number): Ns | undefined {
  if (address === 0) return undefined;
  const tv_sec = task.memory.readI64(address);
  const tv_nsec = task.memory.readI64(address + 8);
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
  const words = count <= FEW ? POLLFDS.subarray(0, count * 2) : new Uint32Array(count * 2);
  memory.readWords(pollfds, words);
  applyTemporaryMask(task, sigset, sigsetBytes);
  let ready = 0;
  for (let at = 0; at < words.length; at += 2) {
    const fd = (words[at] as number) | 0;
    const events = (words[at + 1] as number) & 0xffff;
    const revents = fd < 0 ? 0 : check(task, fd, events);
    words[at + 1] = events | (revents << 16);
    if (revents !== 0) ready++;
  }
  if (ready === 0 && !isOver(task, deadlineNs)) {
    const queues = new Set<WaitQueue>();
    for (let at = 0; at < words.length; at += 2) addQueue(task, (words[at] as number) | 0, queues);
    return waitOn(task, queues, deadlineNs);
  }
  memory.writeWords(pollfds, words);
  writeRemaining(task, timeout, deadlineNs);
  return ready;
}

function check(task: Task, fd: number, events: number): number {
  const file = task.files.find(fd);
  return file ? file.poll() & (events | POLLERR | POLLHUP) : POLLNVAL;
}

function addQueue(task: Task, fd: number, queues: Set<WaitQueue>): void {
  const queue = fd < 0 ? undefined : task.files.find(fd)?.waitQueue;
  if (queue) queues.add(queue);
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
  const words = Math.ceil(bits / 64) * 2;
  const deadlineNs = deadlineOf(task, readTimeout(task, timeout));
  const addresses = [readSet, writeSet, exceptSet];
  addresses.forEach((address, i) => {
    const set = (WANTED[i] as Uint32Array).subarray(0, words);
    if (address === 0) set.fill(0);
    else memory.readWords(address, set);
  });
  if (sigset !== 0) {
    applyTemporaryMask(task, memory.readU64(sigset), memory.readU64(sigset + 8));
  }
  const ready = selectReady(task, bits);
  if (ready === 0 && !isOver(task, deadlineNs)) {
    const queues = new Set<WaitQueue>();
    for (let fd = 0; fd < bits; fd++)
      if ((wantedOf(fd >> 5) & (1 << (fd & 31))) !== 0) addQueue(task, fd, queues);
    return waitOn(task, queues, deadlineNs);
  }
  addresses.forEach((address, i) => {
    if (address !== 0) memory.writeWords(address, (READY[i] as Uint32Array).subarray(0, words));
  });
  writeRemaining(task, timeout, deadlineNs);
  return ready;
}

/** Bits of a word that are in one of the sets. */
function wantedOf(word: number): number {
  const [read, write, except] = WANTED as [Uint32Array, Uint32Array, Uint32Array];
  return (read[word] as number) | (write[word] as number) | (except[word] as number);
}

/** Fills READY from WANTED; how many bits it has. Throws EBADF. */
function selectReady(task: Task, bits: number): number {
  let ready = 0;
  for (let word = 0; word * 32 < bits; word++) {
    for (const set of READY) set[word] = 0;
    for (let left = wantedOf(word); left !== 0; left &= left - 1) {
      const bit = left & -left;
      const fd = word * 32 + 31 - Math.clz32(bit);
      if (fd >= bits) break;
      const file = task.files.find(fd);
      if (!file) throw fail(EBADF, 'descriptor in a set');
      const events = file.poll();
      for (let i = 0; i < READY.length; i++) {
        const isWanted = (((WANTED[i] as Uint32Array)[word] as number) & bit) !== 0;
        if (!isWanted || (events & (SET_EVENTS[i] as number)) === 0) continue;
        const set = READY[i] as Uint32Array;
        set[word] = (set[word] as number) | bit;
        ready++;
      }
    }
  }
  // What is read beyond the last word is of no descriptor.
  if (bits % 64 <= 32 && bits % 64 > 0) for (const set of READY) set[(bits >> 6) * 2 + 1] = 0;
  return ready;
}
