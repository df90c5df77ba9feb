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
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../../../abi/poll.ts';
import { MSG_OOB, MSG_PEEK, SOCK_SEQPACKET, SOCK_STREAM } from '../../../abi/socket.ts';
import type { Inode } from '../../../fs/inode.ts';
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
    this.peerGroupList = task.process.credentials.groups;
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
    const { process } = task;
    const listener = this.unix.names.find(process, address, this.type);
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
    embryo.peerGroupList = process.credentials.groups;
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
    if ((flags & MSG_OOB) !== 0) throw fail(EOPNOTSUPP, 'urgent data');
    const peer = this.checkSend(message);
    const { sendBuffer } = this.options;
    const left = message.data.length - from;
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
    return count;
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
    if ((flags & MSG_OOB) !== 0) throw fail(this.keepsBoundaries ? EOPNOTSUPP : EINVAL, 'urgent');
    if (this.messages.length === 0) {
      this.throwError();
      if ((this.shut & SHUT_RECEIVE) !== 0) return 0;
      throw fail(EAGAIN, 'nothing to receive');
    }
    if (this.keepsBoundaries) return receivePacket(this, incoming, flags);
    return (flags & MSG_PEEK) === 0 ? this.take(incoming) : this.peek(incoming);
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
      const message = this.messages[0];
      if (!message || incoming.done >= room) break;
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
    if (incoming.done === 0 && options.peekOffset > 0) throw fail(EAGAIN, 'nothing behind');
    if (options.peekOffset >= 0) options.peekOffset += incoming.done;
    return incoming.done;
  }

  poll(): number {
    const { isListening, isConnected } = this;
    let events = this.receivePoll;
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
