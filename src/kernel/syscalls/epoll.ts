/** epoll_create1(2), epoll_ctl(2), epoll_pwait(2), epoll_pwait2(2). */
import { EINVAL, EPERM, fail } from '../../abi/errno.ts';
import { O_CLOEXEC, O_RDWR } from '../../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import { layout } from '../../lib/layout.ts';
import { block, deadlineOf, type Result } from '../block.ts';
import type { Ns } from '../clock.ts';
import { asEpoll, EPOLLEXCLUSIVE, EpollFile } from '../epoll.ts';
import type { Task } from '../task.ts';
import { readTimeout } from './poll.ts';
import { applyTemporaryMask } from './temporary-mask.ts';

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;
/** struct epoll_event: packed on x86-64 only. The data comes back as two words. */
const EpollEventLayout = layout({
  events: 'u32',
  pad: 'u32',
  data_low: 'u32',
  data_high: 'u32',
});
/** An event on its way. */
const EVENT = new Uint32Array(EpollEventLayout.size / 4);
const DATA = EpollEventLayout.offset.data_low / 4;
const MAX_EVENTS = 0x7fff_ffff / 16;

export function epollCreate1(task: Task, flags: number): Result {
  if ((flags & ~O_CLOEXEC) !== 0) throw fail(EINVAL, 'epoll_create1 flags');
  const { process, kernel } = task;
  const limit = process.limit(RLIMIT_NOFILE);
  task.files.reserve(1, limit);
  const { vfs, objects, users } = kernel;
  const account = users.of(task.credentials.ruid);
  const file = new EpollFile(vfs.anonymous.root, O_RDWR, objects.epollItems, account);
  return task.files.allocate(file, flags !== 0, limit);
}

/** Errors: EBADF, EEXIST, EINVAL, ELOOP, ENOENT, ENOMEM, ENOSPC, EPERM. */
export function epollCtl(
  task: Task,
  epollFd: number,
  operation: number,
  fd: number,
  address: number,
): Result {
  const { files } = task;
  const entry =
    operation === EPOLL_CTL_DEL ? undefined : task.memory.read(EpollEventLayout, address);
  const poll = files.get(epollFd);
  const file = files.get(fd);
  if (!file.waitQueue) throw fail(EPERM, 'file cannot be polled');
  const epoll = asEpoll(poll);
  if (file === epoll) throw fail(EINVAL, 'an epoll in itself');
  if (!entry) {
    epoll.remove(fd, file);
    return 0;
  }
  const data = { low: entry.data_low, high: entry.data_high };
  const events = entry.events | 0;
  if (operation === EPOLL_CTL_ADD) {
    if ((events & EPOLLEXCLUSIVE) !== 0 && file instanceof EpollFile) {
      throw fail(EINVAL, 'EPOLLEXCLUSIVE on an epoll');
    }
    epoll.add(fd, file, events, data);
  } else if (operation === EPOLL_CTL_MOD) {
    epoll.modify(fd, file, events, data);
  } else {
    throw fail(EINVAL, 'epoll_ctl operation');
  }
  return 0;
}

/** Timeout in ms, negative for none. */
export function epollPwait(
  task: Task,
  epollFd: number,
  address: number,
  maxEvents: number,
  timeoutMs: number,
  sigset: number,
  sigsetBytes: number,
): Result {
  const timeoutNs = timeoutMs < 0 ? undefined : timeoutMs * 1_000_000;
  return wait(task, epollFd, address, maxEvents, timeoutNs, sigset, sigsetBytes);
}

export function epollPwait2(
  task: Task,
  epollFd: number,
  address: number,
  maxEvents: number,
  timeout: number,
  sigset: number,
  sigsetBytes: number,
): Result {
  const timeoutNs = readTimeout(task, timeout);
  return wait(task, epollFd, address, maxEvents, timeoutNs, sigset, sigsetBytes);
}

function wait(
  task: Task,
  epollFd: number,
  address: number,
  maxEvents: number,
  timeoutNs: Ns | undefined,
  sigset: number,
  sigsetBytes: number,
): Result {
  applyTemporaryMask(task, sigset, sigsetBytes);
  const file = task.files.get(epollFd);
  if (maxEvents <= 0 || maxEvents > MAX_EVENTS) throw fail(EINVAL, 'maxevents');
  const epoll = asEpoll(file);
  const deadlineNs = deadlineOf(task, timeoutNs);
  const events = epoll.take(maxEvents);
  for (let i = 0; i < events.length; i++) {
    const { events: bits, data } = events[i] as (typeof events)[number];
    EVENT[0] = bits;
    EVENT[DATA] = data.low;
    EVENT[DATA + 1] = data.high;
    task.memory.writeWords(address + i * EpollEventLayout.size, EVENT);
  }
  const isOver = task.syscall?.timedOut || timeoutNs === 0;
  if (events.length > 0 || isOver) return events.length;
  if (task.syscall) task.syscall.restart = 'eintr';
  return block(task, epoll.waitQueue, { deadlineNs, channel: 'ep_poll' });
}
