/** struct timespec and timeval in user memory. */
import { EINVAL, fail } from '../abi/errno.ts';
import type { Timestamp } from '../fs/inode.ts';
import { NS_PER_SECOND, type Ns } from './clock.ts';
import type { Task } from './task.ts';

/** A struct timespec as it is. Throws EFAULT, EINVAL. */
export function readTimestamp(task: Task, address: number): Timestamp {
  const seconds = task.memory.readI64(address);
  const nanoseconds = task.memory.readI64(address + 8);
  if (seconds < 0 || nanoseconds < 0 || nanoseconds >= NS_PER_SECOND)
    throw fail(EINVAL, 'timespec');
  return { seconds, nanoseconds };
}

/** Longest time in nanoseconds, as Linux's KTIME_MAX, 2^63 - 1, which as a number is rounded. */
const LONGEST_NS = 2 ** 63;

/** As nanoseconds: longer ones than fit are for ever. */
export function readTimespec(task: Task, address: number): Ns {
  const { seconds, nanoseconds } = readTimestamp(task, address);
  return Math.min(seconds * NS_PER_SECOND + nanoseconds, LONGEST_NS);
}

export function writeTimespec(task: Task, address: number, ns: Ns): void {
  const seconds = Math.floor(ns / NS_PER_SECOND);
  writeTimestamp(task, address, {
    seconds,
    nanoseconds: Math.floor(ns - seconds * NS_PER_SECOND),
  });
}

export function writeTimestamp(task: Task, address: number, time: Timestamp): void {
  task.memory.writeU64(address, time.seconds);
  task.memory.writeU64(address + 8, time.nanoseconds);
}

/** A struct timeval as nanoseconds. Throws EFAULT, EINVAL. */
export function readTimeval(task: Task, address: number): Ns {
  const seconds = task.memory.readI64(address);
  const microseconds = task.memory.readI64(address + 8);
  if (seconds < 0 || microseconds < 0 || microseconds >= 1e6) throw fail(EINVAL, 'timeval');
  return Math.min(seconds * NS_PER_SECOND + microseconds * 1000, LONGEST_NS);
}

export function writeTimeval(task: Task, address: number, ns: Ns): void {
  const seconds = Math.floor(ns / NS_PER_SECOND);
  task.memory.writeU64(address, seconds);
  task.memory.writeU64(address + 8, Math.floor((ns - seconds * NS_PER_SECOND) / 1000));
}
