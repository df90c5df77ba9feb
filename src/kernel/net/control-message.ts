/** Ancillary data: struct cmsghdr of sendmsg and recvmsg. cmsg(3), unix(7) "Ancillary messages". Linux: net/core/scm.c. */
import { EINVAL, EPERM, ESRCH, fail, KernelError } from '../../abi/errno.ts';
import { RLIMIT_NOFILE } from '../../abi/resource.ts';
import {
  AF_UNIX,
  Cmsghdr,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  SCM_CREDENTIALS,
  SCM_MAX_FD,
  SCM_PIDFD,
  SCM_RIGHTS,
  SO_PASSCRED,
  SO_PASSPIDFD,
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SOL_SOCKET,
  Ucred,
} from '../../abi/socket.ts';
import { Timespec, Timeval } from '../../abi/time.ts';
import type { File } from '../../fs/file.ts';
import { CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN } from '../credentials.ts';
import { openPidfd } from '../syscalls/pidfd.ts';
import type { Task } from '../task.ts';
import type { Incoming, PeerCredentials } from './message.ts';
import type { Socket } from './socket.ts';

const ALIGN = 8;
const INT_BYTES = 4;

export interface Control {
  files: readonly File[];
  credentials: PeerCredentials | undefined;
}

/** What a sender attaches. Throws EINVAL, EBADF, EPERM, ESRCH. */
export function parseControl(task: Task, bytes: Uint8Array, family: number): Control {
  const files: File[] = [];
  let credentials: PeerCredentials | undefined;
  for (let at = 0; at + Cmsghdr.size <= bytes.length; ) {
    const { cmsg_len, cmsg_level, cmsg_type } = Cmsghdr.decode(bytes, at);
    if (cmsg_len < Cmsghdr.size || cmsg_len > bytes.length - at) throw fail(EINVAL, 'cmsg_len');
    const data = bytes.subarray(at + Cmsghdr.size, at + cmsg_len);
    at += Math.ceil(cmsg_len / ALIGN) * ALIGN;
    if (cmsg_level !== SOL_SOCKET) continue;
    if (cmsg_type === SCM_RIGHTS && family === AF_UNIX) files.push(...filesIn(task, data));
    else if (cmsg_type === SCM_CREDENTIALS) credentials = credentialsIn(task, data);
    else throw fail(EINVAL, 'cmsg_type');
    if (files.length > SCM_MAX_FD) throw fail(EINVAL, 'too many descriptors');
  }
  return { files, credentials };
}

function filesIn(task: Task, data: Uint8Array): File[] {
  const view = new DataView(data.buffer, data.byteOffset);
  const count = Math.floor(data.length / INT_BYTES);
  if (count > SCM_MAX_FD) throw fail(EINVAL, 'too many descriptors');
  return Array.from({ length: count }, (_, i) =>
    task.files.getAny(view.getInt32(i * INT_BYTES, true)),
  );
}

/** Whoever may not be somebody else says who he is, in one of his ids. */
function credentialsIn(task: Task, data: Uint8Array): PeerCredentials {
  if (data.length !== Ucred.size) throw fail(EINVAL, 'struct ucred');
  const given = Ucred.decode(data);
  const { process, credentials: own } = task;
  const isPidAllowed = given.pid === process.pid || own.hasCapability(CAP_SYS_ADMIN);
  const isUidAllowed =
    [own.ruid, own.euid, own.suid].includes(given.uid) || own.hasCapability(CAP_SETUID);
  const isGidAllowed =
    [own.rgid, own.egid, own.sgid].includes(given.gid) || own.hasCapability(CAP_SETGID);
  if (!isPidAllowed || !isUidAllowed || !isGidAllowed) throw fail(EPERM, 'struct ucred');
  if (!process.kernel.pids.process(given.pid)) throw fail(ESRCH, 'pid of struct ucred');
  return given;
}

/** The receiver's buffer for ancillary data. */
export class ControlWriter {
  /** Bytes that were written, padding included. */
  used = 0;
  /** MSG_CTRUNC when something did not fit. */
  flags = 0;
  private readonly task: Task;
  private readonly address: number;
  private readonly length: number;

  constructor(task: Task, address: number, length: number) {
    this.task = task;
    this.address = address;
    this.length = address === 0 ? 0 : length;
  }

  /** All that `incoming` has to say. Descriptors that cannot be installed are closed. */
  write(socket: Socket, incoming: Incoming, flags: number): void {
    this.writeTimestamp(socket, incoming);
    const { credentials } = incoming;
    const { flags: options } = socket.options;
    if (credentials && options.has(SO_PASSCRED))
      this.put(SCM_CREDENTIALS, Ucred.encode({ ...credentials }));
    if (credentials && options.has(SO_PASSPIDFD)) this.putPidfd(credentials.pid);
    try {
      if (incoming.files.length > 0) this.install(incoming, (flags & MSG_CMSG_CLOEXEC) !== 0);
    } finally {
      socket.dropFiles(incoming);
    }
  }

  /** A descriptor of who sent: none where there is no room, an error in its place where it cannot be had. */
  private putPidfd(pid: number): void {
    if (this.length - this.used < Cmsghdr.size + INT_BYTES) {
      this.flags |= MSG_CTRUNC;
      return;
    }
    const bytes = new Uint8Array(INT_BYTES);
    new DataView(bytes.buffer).setInt32(0, this.pidfdOf(pid), true);
    this.put(SCM_PIDFD, bytes);
  }

  private pidfdOf(pid: number): number {
    const process = this.task.kernel.pids.process(pid);
    if (!process) return -ESRCH;
    try {
      return openPidfd(this.task, process.leader, 0);
    } catch (error) {
      if (error instanceof KernelError) return -error.errno;
      throw error;
    }
  }

  private writeTimestamp({ options }: Socket, { timestamp }: Incoming): void {
    if (!timestamp) return;
    const { seconds, nanoseconds } = timestamp;
    if (options.flags.has(SO_TIMESTAMPNS)) {
      this.put(SO_TIMESTAMPNS, Timespec.encode({ tv_sec: seconds, tv_nsec: nanoseconds }));
      return;
    }
    const tv_usec = Math.floor(nanoseconds / 1000);
    this.put(SO_TIMESTAMP, Timeval.encode({ tv_sec: seconds, tv_usec }));
  }

  /** What does not fit is cut off. */
  private put(type: number, data: Uint8Array): void {
    const room = this.length - this.used;
    const whole = Cmsghdr.size + data.length;
    if (room < whole) this.flags |= MSG_CTRUNC;
    if (room < Cmsghdr.size) return;
    const length = Math.min(whole, room);
    this.putHeader(type, length);
    const at = this.address + this.used + Cmsghdr.size;
    this.task.memory.writeBytes(at, data.subarray(0, length - Cmsghdr.size));
    this.used += Math.min(room, Math.ceil(length / ALIGN) * ALIGN);
  }

  private putHeader(type: number, length: number): void {
    this.task.memory.write(Cmsghdr, this.address + this.used, {
      cmsg_len: length,
      cmsg_level: SOL_SOCKET,
      cmsg_type: type,
    });
  }

  private install(incoming: Incoming, isCloseOnExec: boolean): void {
    const { process, files, memory } = this.task;
    const room = this.length - this.used;
    const fitting = Math.max(0, Math.floor((room - Cmsghdr.size) / INT_BYTES));
    const at = this.address + this.used + Cmsghdr.size;
    const limit = process.limit(RLIMIT_NOFILE);
    let count = 0;
    for (; count < Math.min(fitting, incoming.files.length); count++) {
      if (!files.hasFree(limit)) break;
      memory.writeU32(at + count * INT_BYTES, 0);
      const fd = files.allocate(incoming.files[count] as File, isCloseOnExec, limit);
      memory.writeU32(at + count * INT_BYTES, fd);
    }
    if (count < incoming.files.length) this.flags |= MSG_CTRUNC;
    incoming.files = incoming.files.slice(count);
    if (count === 0) return;
    const length = Cmsghdr.size + count * INT_BYTES;
    this.putHeader(SCM_RIGHTS, length);
    this.used += Math.min(room, Math.ceil(length / ALIGN) * ALIGN);
  }
}
