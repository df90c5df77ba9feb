/** SOCK_STREAM and SOCK_SEQPACKET of AF_UNIX: connections. */
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
  EPROTOTYPE,
  fail,
} from '../../../abi/errno.ts';
import {
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from '../../../abi/poll.ts';
import {
  MSG_OOB,
  MSG_PEEK,
  SO_OOBINLINE,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../../../abi/socket.ts';
import type { Inode } from '../../../fs/inode.ts';
import { FileOwner } from '../../file-owner.ts';
import type { Kernel } from '../../kernel.ts';
import type { Task } from '../../task.ts';
import { type Incoming, type Outgoing, UNKNOWN_CREDENTIALS } from '../message.ts';
import { SHUT_BOTH, SHUT_RECEIVE, SHUT_SEND } from '../socket.ts';
import { chargeOf, STREAM_PART } from './charge.ts';
import { encodeAddress } from './names.ts';
import { describeSender, forgetPeeked, receivePacket } from './packets.ts';
import type { UnixFamily } from './unix.ts';
import { identityOf, type UnixMessage, UnixSocket } from './unix-socket.ts';

/** net.core.somaxconn. */
export const MAX_BACKLOG = 4096;
const PACKET_RESERVED_BYTES = 32;
const PART_RESERVED_BYTES = 64;

export class StreamSocket extends UnixSocket {
  readonly raisesPipe: boolean;
  readonly keepsBoundaries: boolean;
  override readonly isStream: boolean;
  override isListening = false;
  private backlog = 0;
  /** Connected, and not accepted yet. */
  private readonly waiting: StreamSocket[] = [];
  private isWaiting = false;
  /** The byte that was sent last with MSG_OOB, until it is received or passed over. */
  private urgent: UnixMessage | undefined = undefined;

  constructor(kernel: Kernel, unix: UnixFamily, inode: Inode, flags: number, type: number) {
    super(kernel, unix, inode, flags, type);
    this.keepsBoundaries = type === SOCK_SEQPACKET;
    this.raisesPipe = type === SOCK_STREAM;
    this.isStream = type === SOCK_STREAM;
  }

  override get embryos(): readonly UnixSocket[] {
    return this.waiting;
  }

  override get isEmbryo(): boolean {
    return this.isWaiting;
  }

  override listen(task: Task, backlog: number): void {
    if (!this.address) throw fail(EINVAL, 'listen without an address');
    if (this.isConnected) throw fail(EINVAL, 'listen on a connection');
    // A negative length of the queue is a very long one.
    const limit = Math.min(backlog >>> 0, MAX_BACKLOG);
    if (limit > this.backlog) this.spaceQueue.wakeAll();
    this.backlog = limit;
    this.isListening = true;
    this.peerIdentity = identityOf(task);
    this.peerGroupList = task.credentials.groups;
  }

  override accept(flags: number): StreamSocket {
    if (!this.isListening) throw fail(EINVAL, 'not listening');
    const wasFull = this.waiting.length > this.backlog;
    const next = this.waiting.shift();
    if (!next) {
      if ((this.shut & SHUT_RECEIVE) !== 0) throw fail(EINVAL, 'shut');
      throw fail(EAGAIN, 'no connection');
    }
    if (wasFull) this.spaceQueue.wakeAll();
    next.isWaiting = false;
    next.flags = flags;
    for (const flag of this.options.flags) next.options.flags.add(flag);
    return next;
  }

  override connect(task: Task, address: Uint8Array): void {
    const listener = this.unix.names.find(task, address, this.type);
    if (!(listener instanceof StreamSocket)) throw fail(EPROTOTYPE, 'datagrams');
    if (!listener.isListening || (listener.shut & SHUT_RECEIVE) !== 0) {
      throw fail(ECONNREFUSED, 'nobody listens');
    }
    if (listener.waiting.length > listener.backlog) {
      this.blockedOn = listener.spaceQueue;
      throw fail(EAGAIN, 'backlog is full');
    }
    if (this.isListening) throw fail(EINVAL, 'connect of a listening socket');
    if (this.isConnected) throw fail(EISCONN, 'connected already');
    if (this.passesCredentials) this.address = this.unix.names.bindAutomatically(this);
    const embryo = this.unix.create(task, this.type, 0) as StreamSocket;
    embryo.address = listener.address;
    embryo.isWaiting = true;
    this.joinTo(embryo);
    embryo.joinTo(this);
    embryo.peerIdentity = identityOf(task);
    embryo.peerGroupList = task.credentials.groups;
    this.peerIdentity = listener.peerIdentity;
    this.peerGroupList = listener.peerGroupList;
    listener.waiting.push(embryo);
    listener.queue.wakeAll();
  }

  private joinTo(peer: StreamSocket): void {
    this.peer = peer;
    this.isConnected = true;
  }

  override peerName(): Uint8Array {
    if (!this.peer) throw fail(ENOTCONN, 'not connected');
    return encodeAddress(this.peer.address);
  }

  protected override shutPeer(mode: number): void {
    const { peer } = this;
    if (!peer) return;
    if ((mode & SHUT_RECEIVE) !== 0) peer.shut |= SHUT_SEND;
    if ((mode & SHUT_SEND) !== 0) peer.shut |= SHUT_RECEIVE;
    peer.waitQueue.wakeAll();
  }

  override send(task: Task, message: Outgoing, from: number, flags: number): number {
    const isUrgent = (flags & MSG_OOB) !== 0;
    const whole = message.data.length - from;
    if (isUrgent && (this.keepsBoundaries || whole === 0)) throw fail(EOPNOTSUPP, 'urgent data');
    const peer = this.checkSend(message);
    const { sendBuffer } = this.options;
    // The last byte is the urgent one, a message of its own.
    const left = isUrgent && whole > 1 ? whole - 1 : whole;
    if (this.keepsBoundaries && left > sendBuffer - PACKET_RESERVED_BYTES) {
      throw fail(EMSGSIZE, 'packet');
    }
    if (!this.keepsBoundaries && left === 0) return 0;
    if (peer.isDead || (peer.shut & SHUT_RECEIVE) !== 0) throw fail(EPIPE, 'the peer is closed');
    this.throwError();
    if (this.sentCharge >= sendBuffer) throw fail(EAGAIN, 'send buffer is full');
    const part = Math.min(left, (sendBuffer >> 1) - PART_RESERVED_BYTES, STREAM_PART);
    const count = this.keepsBoundaries ? left : part;
    this.deliver(task, peer, message, from, count, chargeOf(count, !this.keepsBoundaries));
    if (isUrgent && whole === 1 && peer instanceof StreamSocket) peer.becomeUrgent();
    return count;
  }

  /** What came last is urgent; what was before is so no more. */
  private becomeUrgent(): void {
    this.urgent = this.messages.at(-1);
    FileOwner.find(this)?.tellUrgent();
    this.queue.wakeAll();
  }

  /** recv(2) with MSG_OOB: the urgent byte, out of its turn. Throws EINVAL when there is none, or it comes in its turn. */
  private receiveUrgent(incoming: Incoming, flags: number): number {
    const { urgent, options } = this;
    if (!urgent || options.flags.has(SO_OOBINLINE)) throw fail(EINVAL, 'no urgent data');
    const at = this.messages.indexOf(urgent);
    const before = this.messages.slice(0, at).reduce((sum, { length }) => sum + length, 0);
    if (incoming.data.length > 0) {
      this.bytes.copyTo(incoming.data, 0, before, 1);
      incoming.done = 1;
    }
    describeSender(this, urgent, incoming);
    incoming.flags |= MSG_OOB;
    incoming.isComplete = true;
    if ((flags & MSG_PEEK) === 0) {
      this.urgent = undefined;
      urgent.isTaken = true;
    }
    return incoming.done;
  }

  /** SIOCATMARK: what would be read next is urgent, or was. */
  protected override get isAtMark(): boolean {
    const [first] = this.messages;
    return first !== undefined && (first === this.urgent || (!this.urgent && first.isTaken));
  }

  /** What was received as urgent data is not received once more. */
  private dropTaken(): void {
    for (let first = this.messages[0]; first?.isTaken; first = this.messages[0])
      this.dropFirst(first);
  }

  private dropFirst(message: UnixMessage): void {
    this.bytes.drop(message.length);
    this.messages.shift();
    this.settle(message);
  }

  private checkSend(message: Outgoing): UnixSocket {
    const { peer, isConnected } = this;
    if (!this.keepsBoundaries && message.name) {
      throw fail(isConnected ? EISCONN : EOPNOTSUPP, 'a stream takes no address');
    }
    if (!peer) throw fail(ENOTCONN, 'not connected');
    if (this.keepsBoundaries) this.throwError();
    if ((this.shut & SHUT_SEND) !== 0) throw fail(EPIPE, 'shut for sending');
    return peer;
  }

  override receive(incoming: Incoming, flags: number): number {
    if (!this.isConnected) throw fail(this.keepsBoundaries ? ENOTCONN : EINVAL, 'not connected');
    if ((flags & MSG_OOB) !== 0) {
      if (this.keepsBoundaries) throw fail(EOPNOTSUPP, 'urgent');
      return this.receiveUrgent(incoming, flags);
    }
    this.dropTaken();
    if ((flags & MSG_PEEK) === 0) this.passMark();
    if (this.messages.length === 0) {
      this.throwError();
      if ((this.shut & SHUT_RECEIVE) !== 0) return 0;
      throw fail(EAGAIN, 'nothing to receive');
    }
    if (this.keepsBoundaries) return receivePacket(this, incoming, flags);
    return (flags & MSG_PEEK) === 0 ? this.take(incoming) : this.peek(incoming);
  }

  /** A read that begins at urgent data passes over it, unless it is to come in its turn. */
  private passMark(): void {
    const { urgent } = this;
    if (!urgent || this.messages[0] !== urgent) return;
    this.urgent = undefined;
    if (this.options.flags.has(SO_OOBINLINE)) return;
    this.dropFirst(urgent);
    this.dropTaken();
  }

  /** Whether what a message says about its sender may stand for all of `incoming`. */
  private mayJoin(incoming: Incoming, message: UnixMessage): boolean {
    if (!this.passesCredentials || !incoming.credentials) return true;
    const { pid, uid, gid } = message.credentials ?? UNKNOWN_CREDENTIALS;
    const known = incoming.credentials;
    return known.pid === pid && known.uid === uid && known.gid === gid;
  }

  /** Messages are joined until the buffer is full, descriptors came along, or another sender's begin. */
  private take(incoming: Incoming): number {
    const room = incoming.data.length;
    const before = incoming.done;
    for (;;) {
      this.dropTaken();
      const message = this.messages[0];
      if (!message || incoming.done >= room) break;
      // Up to the mark, and no further.
      if (message === this.urgent) {
        incoming.isComplete = true;
        break;
      }
      if (!this.mayJoin(incoming, message)) {
        incoming.isComplete = true;
        break;
      }
      const count = Math.min(message.length, room - incoming.done);
      this.bytes.copyTo(incoming.data, incoming.done, 0, count);
      describeSender(this, message, incoming);
      this.bytes.drop(count);
      incoming.done += count;
      forgetPeeked(this, count);
      if (message.files.length > 0) {
        incoming.files = this.unix.arrive(message.files);
        message.files = [];
        incoming.isComplete = true;
      }
      message.length -= count;
      if (message.length > 0) break;
      this.messages.shift();
      this.settle(message);
      if (incoming.isComplete) break;
    }
    return incoming.done - before;
  }

  private peek(incoming: Incoming): number {
    const { options } = this;
    const room = incoming.data.length;
    let skip = Math.max(options.peekOffset, 0);
    let at = 0;
    for (const message of this.messages) {
      const isMark = message === this.urgent && !options.flags.has(SO_OOBINLINE);
      if (isMark && incoming.done > 0) break;
      if (isMark || message.isTaken) {
        at += message.length;
        continue;
      }
      if (skip >= message.length) {
        skip -= message.length;
        at += message.length;
        continue;
      }
      if (incoming.done >= room || !this.mayJoin(incoming, message)) break;
      const count = Math.min(message.length - skip, room - incoming.done);
      this.bytes.copyTo(incoming.data, incoming.done, at + skip, count);
      describeSender(this, message, incoming);
      incoming.done += count;
      at += message.length;
      skip = 0;
      if (message.files.length > 0) {
        incoming.files = this.share(message.files);
        break;
      }
    }
    if (incoming.done === 0 && room > 0) throw fail(EAGAIN, 'nothing behind');
    if (options.peekOffset >= 0) options.peekOffset += incoming.done;
    return incoming.done;
  }

  poll(): number {
    const { isListening, isConnected } = this;
    let events = this.receivePoll;
    if (this.urgent) events |= POLLPRI;
    if (this.waiting.length > 0) events |= POLLIN | POLLRDNORM;
    if (!isListening && !isConnected) events |= POLLHUP;
    if (!isListening && this.hasRoom) events |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return events;
  }

  protected override closed(hasUnread: boolean): void {
    const { peer } = this;
    this.peer = undefined;
    if (peer && !peer.isDead) {
      peer.shut = SHUT_BOTH;
      if (hasUnread || this.isWaiting) peer.error = ECONNRESET;
      peer.waitQueue.wakeAll();
    }
    for (const embryo of this.waiting.splice(0)) this.kernel.vfs.dropFile(embryo);
  }
}
