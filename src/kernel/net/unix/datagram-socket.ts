/** SOCK_DGRAM of AF_UNIX: messages to whom they name, or to the one peer. */
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
  fail,
} from '../../../abi/errno.ts';
import { O_NONBLOCK } from '../../../abi/fcntl.ts';
import { POLLOUT, POLLWRBAND, POLLWRNORM } from '../../../abi/poll.ts';
import { AF_UNSPEC, MSG_DONTWAIT, MSG_OOB, SOCK_DGRAM } from '../../../abi/socket.ts';
import type { Inode } from '../../../fs/inode.ts';
import type { Kernel } from '../../kernel.ts';
import type { Task } from '../../task.ts';
import type { Incoming, Outgoing } from '../message.ts';
import { SHUT_RECEIVE, SHUT_SEND } from '../socket.ts';
import { chargeOf } from './charge.ts';
import { encodeAddress, familyOf } from './names.ts';
import { receivePacket } from './packets.ts';
import type { UnixFamily } from './unix.ts';
import { UnixSocket } from './unix-socket.ts';

/** Bytes of the send buffer that a datagram must leave. */
const RESERVED_BYTES = 32;

export class DatagramSocket extends UnixSocket {
  override readonly isStream = false;
  readonly raisesPipe = false;
  readonly keepsBoundaries = true;
  readonly isListening = false;
  private readonly maxMessages: number;
  /** Those that send here and are not this one's peer: they can write when there is room. */
  private readonly senders = new Set<DatagramSocket>();

  constructor(kernel: Kernel, unix: UnixFamily, inode: Inode, flags: number, type: number) {
    super(kernel, unix, inode, flags, type);
    this.maxMessages = unix.maxDatagrams;
  }

  override listen(): void {
    throw fail(EOPNOTSUPP, 'listen on datagrams');
  }

  override accept(): never {
    throw fail(EOPNOTSUPP, 'accept on datagrams');
  }

  /** AF_UNSPEC takes the peer away. */
  override connect(task: Task, address: Uint8Array): void {
    if (familyOf(address) === AF_UNSPEC) {
      this.disconnect(undefined);
      this.isConnected = false;
      return;
    }
    const other = this.find(task, address);
    if (!other.takesFrom(this)) throw fail(EPERM, 'the other end has another peer');
    if (other !== this.peer) this.disconnect(other);
    this.isConnected = true;
    other.isConnected = true;
  }

  private find(task: Task, address: Uint8Array): DatagramSocket {
    const other = this.unix.names.find(task, address, SOCK_DGRAM);
    if (this.passesCredentials) this.address = this.unix.names.bindAutomatically(this);
    return other as DatagramSocket;
  }

  private takesFrom(sender: UnixSocket): boolean {
    return !this.peer || this.peer === sender;
  }

  /** Change the peer: what the former one has sent is thrown away, and it is told. */
  private disconnect(next: DatagramSocket | undefined): void {
    const former = this.peer as DatagramSocket | undefined;
    this.peer = next;
    if (next && next.peer !== this) next.senders.add(this);
    if (!former) return;
    former.senders.delete(this);
    if (this.messages.length > 0) {
      for (const file of this.purge()) this.kernel.vfs.dropFile(file);
      this.madeRoom();
    }
    if (!former.isDead && former.peer === this) {
      former.error = ECONNRESET;
      former.queue.wakeAll();
    }
  }

  override peerName(): Uint8Array {
    if (!this.peer) throw fail(ENOTCONN, 'no peer');
    return encodeAddress(this.peer.address);
  }

  private get isFull(): boolean {
    return this.messages.length > this.maxMessages;
  }

  override send(task: Task, message: Outgoing, _from: number, flags: number): number {
    if ((flags & MSG_OOB) !== 0) throw fail(EOPNOTSUPP, 'urgent data');
    const { length } = message.data;
    const receiver = message.name ? this.find(task, message.name) : this.connectedPeer();
    this.checkSend(length);
    if (!receiver.takesFrom(this)) throw fail(EPERM, 'the receiver has another peer');
    if ((receiver.shut & SHUT_RECEIVE) !== 0) throw fail(EPIPE, 'the receiver is shut');
    if (receiver !== this && receiver.peer !== this && receiver.isFull) {
      const isNonblocking = (flags & MSG_DONTWAIT) !== 0;
      this.blockedOn = isNonblocking ? undefined : receiver.spaceQueue;
      throw fail(EAGAIN, 'the receiver has too many datagrams');
    }
    this.deliver(task, receiver, message, 0, length, chargeOf(length, false));
    return length;
  }

  private checkSend(length: number): void {
    const { sendBuffer } = this.options;
    if (length > sendBuffer - RESERVED_BYTES) throw fail(EMSGSIZE, 'datagram');
    this.throwError();
    if ((this.shut & SHUT_SEND) !== 0) throw fail(EPIPE, 'shut for sending');
    if (this.sentCharge >= sendBuffer) throw fail(EAGAIN, 'send buffer is full');
  }

  /** Throws ENOTCONN; ECONNREFUSED once, when the peer has gone. */
  private connectedPeer(): DatagramSocket {
    const peer = this.peer as DatagramSocket | undefined;
    if (!peer) throw fail(ENOTCONN, 'no peer');
    if (!peer.isDead) return peer;
    this.disconnect(undefined);
    this.isConnected = false;
    throw fail(ECONNREFUSED, 'the peer is closed');
  }

  override receive(incoming: Incoming, flags: number): number {
    if ((flags & MSG_OOB) !== 0) throw fail(EOPNOTSUPP, 'urgent data');
    if (this.messages.length === 0) {
      this.throwError();
      const isShut = (this.shut & SHUT_RECEIVE) !== 0;
      if (isShut && (flags & MSG_DONTWAIT) === 0 && (this.flags & O_NONBLOCK) === 0) return 0;
      throw fail(EAGAIN, 'no datagram');
    }
    const wasFull = this.isFull;
    const count = receivePacket(this, incoming, flags);
    if (wasFull && !this.isFull) this.madeRoom();
    return count;
  }

  private madeRoom(): void {
    this.spaceQueue.wakeAll();
    for (const sender of this.senders) sender.queue.wakeAll();
  }

  poll(): number {
    const peer = this.peer as DatagramSocket | undefined;
    const isBlocked = peer && peer.peer !== this && peer.isFull;
    const writable = this.hasRoom && !isBlocked ? POLLOUT | POLLWRNORM | POLLWRBAND : 0;
    return this.receivePoll | writable;
  }

  protected override closed(): void {
    const peer = this.peer as DatagramSocket | undefined;
    this.peer = undefined;
    if (!peer) return;
    peer.senders.delete(this);
  }
}
