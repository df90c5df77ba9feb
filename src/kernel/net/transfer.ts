/** Sending and receiving one message on a socket, with waiting, timeouts and SIGPIPE: the same for all families. */
import { EAGAIN, EPIPE, KernelError } from '../../abi/errno.ts';
import { O_NONBLOCK } from '../../abi/fcntl.ts';
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_PEEK, MSG_TRUNC, MSG_WAITALL } from '../../abi/socket.ts';
import { BLOCKED, block, deadlineOf, type Result } from '../block.ts';
import type { Task } from '../task.ts';
import { raisePipe } from '../transfer.ts';
import type { Incoming, Outgoing } from './message.ts';
import type { Socket } from './socket.ts';

/** What a call has sent so far, over its runs: `task.call`, or one message of sendmmsg. */
interface Progress {
  done: number;
}

/**
 * Wait for what the operation that threw `error` lacks. Throws the error again when it is no EAGAIN, the call is not to
 * wait, or its time is over.
 */
function waitFor(
  task: Task,
  socket: Socket,
  error: unknown,
  flags: number,
  timeoutNs: number | undefined,
): typeof BLOCKED {
  if (!(error instanceof KernelError) || error.errno !== EAGAIN) throw error;
  const queue = socket.blockedOn ?? socket.waitQueue;
  socket.blockedOn = undefined;
  const isNonblocking = (flags & MSG_DONTWAIT) !== 0 || (socket.flags & O_NONBLOCK) !== 0;
  if (isNonblocking || task.syscall?.timedOut) throw error;
  const deadlineNs = deadlineOf(task, timeoutNs);
  // A wait with a limit is not begun again after a signal: socket(7), SO_RCVTIMEO.
  if (timeoutNs !== undefined && task.syscall) task.syscall.restart = 'eintr';
  return block(task, queue, { deadlineNs });
}

/** As waitFor; undefined when the call cannot wait but has `done` something, which is its result then. */
function waitUnlessDone(
  task: Task,
  socket: Socket,
  error: unknown,
  flags: number,
  timeoutNs: number | undefined,
  done: number,
): typeof BLOCKED | undefined {
  try {
    return waitFor(task, socket, error, flags, timeoutNs);
  } catch (final) {
    if (!(final instanceof KernelError) || done === 0) throw final;
    task.call.isInterrupted = false;
    return undefined;
  }
}

/** Send all of a message, from `progress.done` on; the result is that count. */
export function sendMessage(
  task: Task,
  socket: Socket,
  message: Outgoing,
  flags: number,
  progress: Progress = task.call,
): Result {
  const { length } = message.data;
  let count = 1;
  while (count > 0) {
    try {
      count = socket.send(task, message, progress.done, flags);
      progress.done += count;
      if (progress.done >= length) break;
    } catch (error) {
      const isBroken = error instanceof KernelError && error.errno === EPIPE;
      const isLoud = socket.raisesPipe && (flags & MSG_NOSIGNAL) === 0;
      if (isBroken && isLoud && progress.done === 0) raisePipe(task);
      const { sendTimeoutNs } = socket.options;
      if (waitUnlessDone(task, socket, error, flags, sendTimeoutNs, progress.done)) return BLOCKED;
      break;
    }
  }
  task.process.io.wchar += progress.done;
  return progress.done;
}

/** Receive one message into `incoming`, which the call keeps over its runs; the result is the count to report. */
export function receiveMessage(
  task: Task,
  socket: Socket,
  incoming: Incoming,
  flags: number,
): Result {
  const { options, keepsBoundaries } = socket;
  const wanted = incoming.data.length;
  const isPeek = (flags & MSG_PEEK) !== 0;
  const isWaitingForAll = (flags & MSG_WAITALL) !== 0 && !isPeek;
  const target = isWaitingForAll ? wanted : Math.min(options.receiveLowWater, wanted);
  for (;;) {
    try {
      const count = socket.receive(incoming, flags);
      const isEnough = keepsBoundaries || isPeek || incoming.isComplete || count === 0;
      if (isEnough || incoming.done >= target) break;
    } catch (error) {
      const { receiveTimeoutNs } = options;
      if (waitUnlessDone(task, socket, error, flags, receiveTimeoutNs, incoming.done))
        return BLOCKED;
      break;
    }
  }
  task.process.io.rchar += incoming.done;
  if (!keepsBoundaries) return incoming.done;
  return (flags & MSG_TRUNC) !== 0 ? incoming.fullLength : incoming.done;
}

/** accept(2), connect(2): `operation` throws EAGAIN while it has to wait. */
export function whenSocketReady(
  task: Task,
  socket: Socket,
  timeoutNs: number | undefined,
  operation: () => number,
): Result {
  try {
    return operation();
  } catch (error) {
    return waitFor(task, socket, error, 0, timeoutNs);
  }
}
