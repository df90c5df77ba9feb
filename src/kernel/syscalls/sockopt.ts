/** setsockopt(2), getsockopt(2) at the level of the socket: socket(7). */
import { EDOM, EINVAL, ENODATA, ENOPROTOOPT, EPERM, ERANGE, ESRCH, fail } from '../../abi/errno.ts';
import * as abi from '../../abi/socket.ts';
import { Timeval } from '../../abi/time.ts';
import type { Result } from '../block.ts';
import { NS_PER_SECOND } from '../clock.ts';
import { CAP_NET_ADMIN } from '../credentials.ts';
import type { Socket, SocketOptions } from '../net/socket.ts';
import { partial } from '../syscall-row.ts';
import type { Task } from '../task.ts';
import { openPidfd } from './pidfd.ts';
import { socketOf } from './socket.ts';

const NS_PER_US = 1000;
/** net.core.wmem_max and rmem_max. */
const MAX_BUFFER_BYTES = 212992;
const MIN_SEND_BUFFER = 4608;
const MIN_RECEIVE_BUFFER = 2304;
const INT_MAX = 0x7fff_ffff;

/** Options that are only on or off. */
const SWITCHES: ReadonlySet<number> = new Set([
  abi.SO_DEBUG,
  abi.SO_REUSEADDR,
  abi.SO_DONTROUTE,
  abi.SO_BROADCAST,
  abi.SO_KEEPALIVE,
  abi.SO_OOBINLINE,
  abi.SO_REUSEPORT,
  abi.SO_PASSCRED,
  abi.SO_PASSPIDFD,
  abi.SO_TIMESTAMP,
  abi.SO_TIMESTAMPNS,
]);

type Value = number | Uint8Array;

/** What getsockopt tells, by option. */
const READERS: Readonly<Record<number, (task: Task, socket: Socket) => Value>> = {
  [abi.SO_TYPE]: (_, { type }) => type,
  [abi.SO_DOMAIN]: (_, { family }) => family,
  [abi.SO_PROTOCOL]: (_, { protocol }) => protocol,
  [abi.SO_ACCEPTCONN]: (_, { isListening }) => Number(isListening),
  [abi.SO_SNDBUF]: (_, { options }) => options.sendBuffer,
  [abi.SO_RCVBUF]: (_, { options }) => options.receiveBuffer,
  [abi.SO_PRIORITY]: (_, { options }) => options.priority,
  [abi.SO_RCVLOWAT]: (_, { options }) => options.receiveLowWater,
  [abi.SO_SNDLOWAT]: () => 1,
  [abi.SO_PEEK_OFF]: (_, { options }) => options.peekOffset,
  [abi.SO_ERROR]: (_, socket) => {
    const { error } = socket;
    socket.error = 0;
    return error;
  },
  [abi.SO_LINGER]: (_, { options }) =>
    abi.Linger.encode({
      l_onoff: Number(options.flags.has(abi.SO_LINGER)),
      l_linger: options.lingerSeconds,
    }),
  [abi.SO_RCVTIMEO]: (_, { options }) => encodeTimeout(options.receiveTimeoutNs),
  [abi.SO_SNDTIMEO]: (_, { options }) => encodeTimeout(options.sendTimeoutNs),
  [abi.SO_PEERCRED]: (_, socket) =>
    abi.Ucred.encode({ ...(socket.peerCredentials() ?? { pid: 0, uid: -1, gid: -1 }) }),
  [abi.SO_COOKIE]: ({ kernel }, socket) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setUint32(0, kernel.net.cookieOf(socket), true);
    return bytes;
  },
};

function encodeTimeout(timeoutNs: number | undefined): Uint8Array {
  if (timeoutNs === undefined) return new Uint8Array(Timeval.size);
  const tv_sec = Math.floor(timeoutNs / NS_PER_SECOND);
  return Timeval.encode({ tv_sec, tv_usec: Math.floor((timeoutNs % NS_PER_SECOND) / NS_PER_US) });
}

function encodeInt(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}

function readOption(
  task: Task,
  fd: number,
  level: number,
  option: number,
  address: number,
  lengthAddress: number,
): Result {
  const socket = socketOf(task, fd);
  const { memory } = task;
  const room = memory.readI32(lengthAddress);
  if (level !== abi.SOL_SOCKET) throw fail(socket.errorOfOtherLevels, `options of level ${level}`);
  if (room < 0) throw fail(EINVAL, 'room for the value');
  const value = optionOf(task, socket, option, room, lengthAddress);
  const bytes = typeof value === 'number' ? encodeInt(value) : value;
  const part = bytes.subarray(0, room);
  memory.writeBytes(address, part);
  memory.writeU32(lengthAddress, part.length);
  return 0;
}

function optionOf(
  task: Task,
  socket: Socket,
  option: number,
  room: number,
  lengthAddress: number,
): Value {
  if (SWITCHES.has(option)) return Number(socket.options.flags.has(option));
  if (option === abi.SO_PEERNAME) return peerNameOf(socket, room);
  if (option === abi.SO_PEERGROUPS) return groupsOf(task, socket, room, lengthAddress);
  if (option === abi.SO_PEERPIDFD) return peerDescriptor(task, socket);
  const reader = READERS[option];
  if (!reader) throw fail(ENOPROTOOPT, `option ${option}`);
  return reader(task, socket);
}

/** A pidfd of who is at the other end. Throws ENODATA without a peer, ESRCH when it is gone. */
function peerDescriptor(task: Task, socket: Socket): number {
  const peer = socket.peerCredentials();
  if (!peer) throw fail(ENODATA, 'no peer');
  const process = task.kernel.pids.process(peer.pid);
  if (!process) throw fail(ESRCH, `process ${peer.pid}`);
  return openPidfd(task, process.leader, 0);
}

function peerNameOf(socket: Socket, room: number): Uint8Array {
  const name = socket.peerName();
  if (name.length < room) throw fail(EINVAL, 'more room than the name has');
  return name;
}

function groupsOf(task: Task, socket: Socket, room: number, lengthAddress: number): Uint8Array {
  const groups = socket.peerGroups();
  if (!groups) throw fail(ENODATA, 'no peer');
  const bytes = new Uint8Array(groups.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, gid] of groups.entries()) view.setUint32(i * 4, gid, true);
  if (room < bytes.length) {
    task.memory.writeU32(lengthAddress, bytes.length);
    throw fail(ERANGE, 'room for the groups');
  }
  return bytes;
}

function writeOption(
  task: Task,
  fd: number,
  level: number,
  option: number,
  address: number,
  length: number,
): Result {
  const socket = socketOf(task, fd);
  if (length < 0) throw fail(EINVAL, 'length');
  if (level !== abi.SOL_SOCKET) throw fail(socket.errorOfOtherLevels, `options of level ${level}`);
  const { options } = socket;
  const { memory } = task;
  if (option === abi.SO_RCVTIMEO || option === abi.SO_SNDTIMEO) {
    const timeoutNs = readTimeout(task, address, length);
    if (option === abi.SO_RCVTIMEO) options.receiveTimeoutNs = timeoutNs;
    else options.sendTimeoutNs = timeoutNs;
    return 0;
  }
  if (length < 4) throw fail(EINVAL, 'length');
  const value = memory.readI32(address);
  if (SWITCHES.has(option)) setSwitch(options, option, value !== 0);
  else if (option === abi.SO_LINGER) setLinger(task, options, address, length);
  else setNumber(task, socket, option, value);
  return 0;
}

function setSwitch({ flags }: SocketOptions, option: number, isOn: boolean): void {
  if (isOn) flags.add(option);
  else flags.delete(option);
  // The two kinds of time stamps exclude each other.
  if (isOn && option === abi.SO_TIMESTAMP) flags.delete(abi.SO_TIMESTAMPNS);
  if (isOn && option === abi.SO_TIMESTAMPNS) flags.delete(abi.SO_TIMESTAMP);
}

function setLinger(task: Task, options: SocketOptions, address: number, length: number): void {
  if (length < abi.Linger.size) throw fail(EINVAL, 'struct linger');
  const { l_onoff, l_linger } = task.memory.read(abi.Linger, address);
  setSwitch(options, abi.SO_LINGER, l_onoff !== 0);
  if (l_onoff !== 0) options.lingerSeconds = l_linger;
}

/** Undefined for none: a struct timeval of zeros. Throws EINVAL, EDOM. */
function readTimeout(task: Task, address: number, length: number): number | undefined {
  if (length < Timeval.size) throw fail(EINVAL, 'struct timeval');
  const { tv_sec, tv_usec } = task.memory.read(Timeval, address);
  if (tv_usec < 0 || tv_usec >= 1_000_000) throw fail(EDOM, 'tv_usec');
  if (tv_sec < 0) return 0;
  return tv_sec === 0 && tv_usec === 0 ? undefined : tv_sec * NS_PER_SECOND + tv_usec * NS_PER_US;
}

/** Linux doubles what was asked for: half is for its own structures. */
function bufferSize(value: number, minimum: number, maximum: number): number {
  return Math.max(minimum, Math.min(value >>> 0, maximum) * 2);
}

function setNumber(task: Task, socket: Socket, option: number, value: number): void {
  const { options } = socket;
  const isAdmin = task.credentials.hasCapability(CAP_NET_ADMIN);
  switch (option) {
    case abi.SO_SNDBUFFORCE:
    case abi.SO_RCVBUFFORCE: {
      if (!isAdmin) throw fail(EPERM, 'CAP_NET_ADMIN');
      const forced = Math.min(Math.max(value, 0), INT_MAX >> 1);
      if (option === abi.SO_SNDBUFFORCE)
        options.sendBuffer = bufferSize(forced, MIN_SEND_BUFFER, INT_MAX >> 1);
      else options.receiveBuffer = bufferSize(forced, MIN_RECEIVE_BUFFER, INT_MAX >> 1);
      break;
    }
    case abi.SO_SNDBUF:
      options.sendBuffer = bufferSize(value, MIN_SEND_BUFFER, MAX_BUFFER_BYTES);
      break;
    case abi.SO_RCVBUF:
      options.receiveBuffer = bufferSize(value, MIN_RECEIVE_BUFFER, MAX_BUFFER_BYTES);
      break;
    case abi.SO_RCVLOWAT:
      options.receiveLowWater = value < 0 ? INT_MAX : value || 1;
      break;
    case abi.SO_PRIORITY:
      if ((value < 0 || value > 6) && !isAdmin) throw fail(EPERM, 'priority');
      options.priority = value;
      break;
    case abi.SO_PEEK_OFF:
      if (value < -1) throw fail(EINVAL, 'offset to peek at');
      options.peekOffset = value;
      break;
    default:
      throw fail(ENOPROTOOPT, `option ${option}`);
  }
}

const LACKS = 'no packet filters, marks, busy polling or security labels';
/** Errors: EBADF, EFAULT, EINVAL, ENOPROTOOPT, ENOTSOCK, EOPNOTSUPP. */
export const getsockopt = partial(readOption, LACKS);
/** Errors: also EDOM, EPERM. */
export const setsockopt = partial(writeOption, LACKS);
