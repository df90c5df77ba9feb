/** A socket of AF_NETLINK: datagrams to the kernel, which answers at once, and to each other by port numbers. */
import {
  EAGAIN,
  ECONNREFUSED,
  EINVAL,
  EMSGSIZE,
  ENOBUFS,
  ENODATA,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPERM,
  fail,
} from '../../../abi/errno.ts';
import { NETLINK_ROUTE, SockaddrNl } from '../../../abi/netlink.ts';
import { POLLERR, POLLIN, POLLOUT, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../../../abi/poll.ts';
import {
  AF_NETLINK,
  AF_UNSPEC,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SO_PASSCRED,
} from '../../../abi/socket.ts';
import type { Inode } from '../../../fs/inode.ts';
import { BytesBuffer, type IoBuffer } from '../../../lib/io-buffer.ts';
import { WaitQueue } from '../../../lib/wait-queue.ts';
import { CAP_NET_ADMIN } from '../../credentials.ts';
import type { Task } from '../../task.ts';
import { FrameFifo } from '../frame-fifo.ts';
import type { Incoming, Outgoing, PeerCredentials } from '../message.ts';
import { Socket } from '../socket.ts';
import { chargeOf } from '../unix/charge.ts';
import { identityOf } from '../unix/unix-socket.ts';
import type { NetlinkFamily } from './netlink.ts';
import { answerRoute } from './route.ts';

interface Datagram {
  readonly length: number;
  /** 0: the kernel. */
  readonly fromPort: number;
  readonly credentials: PeerCredentials;
}

const KERNEL_PORT = 0;
const KERNEL: PeerCredentials = { pid: 0, uid: 0, gid: 0 };
/** Bytes of the send buffer that a datagram must leave. */
const RESERVED_BYTES = 32;

export class NetlinkSocket extends Socket {
  override readonly errorOfOtherLevels = ENOPROTOOPT;
  readonly raisesPipe = false;
  readonly keepsBoundaries = true;
  readonly isListening = false;
  /** Number that others know it by; undefined until it is bound. */
  port: number | undefined = undefined;
  private readonly netlink: NetlinkFamily;
  private groups = 0;
  /** Where sends without a name go. */
  private peerPort = KERNEL_PORT;
  private isConnected = false;
  /** Closed: only who is to tell it something knows it still. */
  private isDead = false;
  private readonly datagrams: Datagram[] = [];
  private readonly bytes: FrameFifo;
  /** What waits counts so much against the receive buffer. */
  private charge = 0;
  /** Woken when there is room for those who wait to send here. */
  private readonly spaceQueue = new WaitQueue();

  constructor(family: NetlinkFamily, inode: Inode, flags: number, type: number) {
    super(family.kernel, inode, flags, { family: AF_NETLINK, type, protocol: NETLINK_ROUTE });
    this.netlink = family;
    this.bytes = new FrameFifo(family.kernel.frames);
  }

  override bind(task: Task, bytes: Uint8Array): void {
    const { nl_pid, nl_groups } = decodeAddress(bytes);
    if (this.port === undefined) {
      if (nl_pid === 0) this.netlink.insertAnywhere(task, this);
      else this.netlink.insert(this, nl_pid);
    } else if (nl_pid !== this.port) throw fail(EINVAL, 'bound to another port');
    this.groups = nl_groups;
  }

  /** AF_UNSPEC takes the peer away. Throws EINVAL, EPERM. */
  override connect(task: Task, bytes: Uint8Array): void {
    if (bytes.length < 2) throw fail(EINVAL, 'length of the address');
    this.isConnected = familyOf(bytes) !== AF_UNSPEC;
    if (!this.isConnected) {
      this.peerPort = KERNEL_PORT;
      return;
    }
    const { nl_pid, nl_groups } = decodeAddress(bytes);
    if (nl_pid !== KERNEL_PORT || nl_groups !== 0) checkAdministrator(task);
    if (this.port === undefined) this.netlink.insertAnywhere(task, this);
    this.peerPort = nl_pid;
  }

  override name(): Uint8Array {
    return encodeAddress(this.port ?? 0, this.groups);
  }

  override peerName(): Uint8Array {
    return encodeAddress(this.peerPort, 0);
  }

  override peerCredentials(): undefined {
    return undefined;
  }

  override peerGroups(): undefined {
    return undefined;
  }

  override listen(): void {
    throw fail(EOPNOTSUPP, 'listen on netlink');
  }

  override accept(): never {
    throw fail(EOPNOTSUPP, 'accept on netlink');
  }

  override shutdown(): void {
    throw fail(EOPNOTSUPP, 'shutdown of netlink');
  }

  override send(task: Task, message: Outgoing, _from: number, flags: number): number {
    if ((flags & MSG_OOB) !== 0) throw fail(EOPNOTSUPP, 'urgent data');
    const { data, name } = message;
    if (data.length === 0) throw fail(ENODATA, 'nothing to send');
    let target = this.peerPort;
    if (name) {
      const { nl_pid, nl_groups } = decodeAddress(name);
      if (nl_pid !== KERNEL_PORT || nl_groups !== 0) checkAdministrator(task);
      target = nl_pid;
    }
    if (this.port === undefined) this.netlink.insertAnywhere(task, this);
    if (data.length > this.options.sendBuffer - RESERVED_BYTES) throw fail(EMSGSIZE, 'datagram');
    if (target === KERNEL_PORT) this.askKernel(task, data);
    else this.sendTo(target, data, message.credentials ?? identityOf(task));
    return data.length;
  }

  private askKernel(task: Task, data: IoBuffer): void {
    const request = new Uint8Array(data.length);
    data.copyOut(request, 0);
    for (const answer of answerRoute(task, request, this.port ?? 0)) this.tell(answer);
  }

  private sendTo(port: number, data: IoBuffer, credentials: PeerCredentials): void {
    const receiver = this.netlink.at(port);
    if (!receiver || (receiver.isConnected && receiver.peerPort !== this.port))
      throw fail(ECONNREFUSED, `port ${port}`);
    if (receiver.isFull) {
      this.blockedOn = receiver.spaceQueue;
      throw fail(EAGAIN, 'the receive buffer is full');
    }
    receiver.put(data, this.port ?? 0, credentials);
  }

  /** More waits than may: whoever would send here waits. */
  get isFull(): boolean {
    return this.charge > this.options.receiveBuffer;
  }

  /** A datagram of the kernel; where there is no room for it, that is told by ENOBUFS. */
  tell(bytes: Uint8Array): void {
    if (this.isDead) return;
    if (this.isFull) {
      this.error = ENOBUFS;
      this.queue.wakeAll();
    } else this.put(new BytesBuffer(bytes), KERNEL_PORT, KERNEL);
  }

  private put(data: IoBuffer, fromPort: number, credentials: PeerCredentials): void {
    const { length } = data;
    this.bytes.append(data, 0, length);
    this.datagrams.push({ length, fromPort, credentials });
    this.charge += chargeOf(length, false);
    this.queue.wakeAll();
  }

  override receive(incoming: Incoming, flags: number): number {
    if ((flags & MSG_OOB) !== 0) throw fail(EOPNOTSUPP, 'urgent data');
    this.throwError();
    const [first] = this.datagrams;
    if (!first) throw fail(EAGAIN, 'no datagram');
    const { length, fromPort, credentials } = first;
    const count = Math.min(incoming.data.length, length);
    this.bytes.copyTo(incoming.data, 0, 0, count);
    if (count < length) incoming.flags |= MSG_TRUNC;
    incoming.done = count;
    incoming.fullLength = length;
    incoming.isComplete = true;
    incoming.name = encodeAddress(fromPort, 0);
    if (this.options.flags.has(SO_PASSCRED)) incoming.credentials = credentials;
    if ((flags & MSG_PEEK) !== 0) return count;
    this.datagrams.shift();
    this.bytes.drop(length);
    this.charge -= chargeOf(length, false);
    this.spaceQueue.wakeAll();
    return count;
  }

  poll(): number {
    const readable = this.datagrams.length > 0 ? POLLIN | POLLRDNORM : 0;
    const failed = this.error === 0 ? 0 : POLLERR;
    return readable | failed | POLLOUT | POLLWRNORM | POLLWRBAND;
  }

  override release(): void {
    this.isDead = true;
    this.netlink.remove(this);
    this.datagrams.length = 0;
    this.bytes.clear();
    this.spaceQueue.wakeAll();
    super.release();
  }
}

/** Others than the kernel are for administrators. Throws EPERM. */
function checkAdministrator(task: Task): void {
  if (!task.credentials.hasCapability(CAP_NET_ADMIN)) throw fail(EPERM, 'CAP_NET_ADMIN');
}

function familyOf(bytes: Uint8Array): number {
  return (bytes[0] as number) | ((bytes[1] as number) << 8);
}

/** Throws EINVAL. */
function decodeAddress(bytes: Uint8Array): { nl_pid: number; nl_groups: number } {
  if (bytes.length < SockaddrNl.size || familyOf(bytes) !== AF_NETLINK)
    throw fail(EINVAL, 'not an address of netlink');
  return SockaddrNl.decode(bytes);
}

function encodeAddress(nl_pid: number, nl_groups: number): Uint8Array {
  return SockaddrNl.encode({ nl_family: AF_NETLINK, nl_pid, nl_groups });
}
