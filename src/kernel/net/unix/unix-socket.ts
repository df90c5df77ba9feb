/** AF_UNIX sockets: what streams, datagrams and packets share. unix(7). Linux: net/unix/af_unix.c. */
import { EINVAL, fail } from '../../../abi/errno.ts';
import { POLLERR, POLLHUP, POLLIN, POLLRDHUP, POLLRDNORM } from '../../../abi/poll.ts';
import {
  AF_UNIX,
  SIOCATMARK,
  SIOCINQ,
  SIOCOUTQ,
  SO_PASSCRED,
  SO_PASSPIDFD,
  SOCK_DGRAM,
} from '../../../abi/socket.ts';
import type { File } from '../../../fs/file.ts';
import type { Inode, Timestamp } from '../../../fs/inode.ts';
import { WaitQueue } from '../../../lib/wait-queue.ts';
import type { Result } from '../../block.ts';
import type { Kernel } from '../../kernel.ts';
import type { Task } from '../../task.ts';
import { FrameFifo } from '../frame-fifo.ts';
import type { Outgoing, PeerCredentials } from '../message.ts';
import { SHUT_BOTH, SHUT_RECEIVE, Socket } from '../socket.ts';
import { encodeAddress, type UnixAddress } from './names.ts';
import type { UnixFamily } from './unix.ts';

/** One write of a stream, or one datagram; its bytes are in the receiver's FIFO. Linux: struct sk_buff. */
export class UnixMessage {
  /** Bytes that were not received yet. */
  length: number;
  /** What it counts against the sender. */
  readonly charge: number;
  readonly sender: UnixSocket;
  /** Who wrote it, where somebody may ask. */
  readonly credentials: PeerCredentials | undefined;
  readonly sent: Timestamp | undefined;
  /** Each counts as one reference, and as in flight. */
  files: readonly File[];
  /** Received as urgent data, out of its turn. */
  isTaken = false;

  constructor(
    sender: UnixSocket,
    length: number,
    charge: number,
    credentials: PeerCredentials | undefined,
    files: readonly File[],
    sent: Timestamp | undefined,
  ) {
    this.sender = sender;
    this.length = length;
    this.charge = charge;
    this.credentials = credentials;
    this.files = files;
    this.sent = sent;
  }
}

const NO_FILES: readonly File[] = [];

export abstract class UnixSocket extends Socket {
  readonly unix: UnixFamily;
  address: UnixAddress | undefined = undefined;
  /** Where sends go; it may be dead. */
  peer: UnixSocket | undefined = undefined;
  /** Has, or had, a peer. */
  isConnected = false;
  /** Closed: only peers and messages know it still. */
  isDead = false;
  readonly messages: UnixMessage[] = [];
  readonly bytes: FrameFifo;
  /** Charge of what was sent and not received: sk_wmem_alloc. */
  sentCharge = 0;
  /** Times that it lies in a message itself. */
  inFlight = 0;
  /** Who connected, listened or made the pair on the other side: SO_PEERCRED. */
  peerIdentity: PeerCredentials | undefined = undefined;
  peerGroupList: readonly number[] | undefined = undefined;
  /** Woken when its receive queue, or its backlog, has room again. */
  readonly spaceQueue = new WaitQueue();

  constructor(kernel: Kernel, unix: UnixFamily, inode: Inode, flags: number, type: number) {
    super(kernel, inode, flags, { family: AF_UNIX, type, protocol: 0 });
    this.unix = unix;
    this.bytes = new FrameFifo(kernel.frames);
    unix.sockets.add(this);
  }

  override bind(task: Task, address: Uint8Array): void {
    this.address = this.unix.names.bind(task, this, address);
  }

  override name(): Uint8Array {
    return encodeAddress(this.address);
  }

  override peerCredentials(): PeerCredentials | undefined {
    return this.peerIdentity;
  }

  override peerGroups(): readonly number[] | undefined {
    return this.peerGroupList;
  }

  get passesCredentials(): boolean {
    const { flags } = this.options;
    return flags.has(SO_PASSCRED) || flags.has(SO_PASSPIDFD);
  }

  /** A quarter of the send buffer may be full: poll says writable. */
  get hasRoom(): boolean {
    return this.sentCharge * 4 <= this.options.sendBuffer;
  }

  protected get receivePoll(): number {
    let events = this.error === 0 ? 0 : POLLERR;
    if (this.shut === SHUT_BOTH) events |= POLLHUP;
    if ((this.shut & SHUT_RECEIVE) !== 0) events |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (this.messages.length > 0) events |= POLLIN | POLLRDNORM;
    return events;
  }

  /** Put bytes [from, from + count) of a message into `receiver`'s queue. Throws ENOMEM, EFAULT. */
  protected deliver(
    task: Task,
    receiver: UnixSocket,
    message: Outgoing,
    from: number,
    count: number,
    charge: number,
  ): void {
    const { socketMessages } = this.kernel.objects;
    socketMessages.add();
    try {
      receiver.bytes.append(message.data, from, count);
    } catch (error) {
      socketMessages.remove();
      throw error;
    }
    const isWanted = this.passesCredentials || receiver.passesCredentials || receiver.isEmbryo;
    const credentials = message.credentials ?? (isWanted ? identityOf(task) : undefined);
    const files = from === 0 ? this.unix.depart(message.files) : NO_FILES;
    const sent = receiver.wantsTimestamps ? this.kernel.clock.realtime() : undefined;
    receiver.messages.push(new UnixMessage(this, count, charge, credentials, files, sent));
    this.sentCharge += charge;
    receiver.queue.wakeAll();
  }

  /** Connected to, not accepted yet: what its owner will want is not known. */
  get isEmbryo(): boolean {
    return false;
  }

  private get wantsTimestamps(): boolean {
    return this.unix.wantsTimestamps(this);
  }

  /** A message was received or thrown away: the sender has room again. */
  settle({ sender, charge }: UnixMessage): void {
    sender.sentCharge -= charge;
    this.kernel.objects.socketMessages.remove();
    if (!sender.isDead && sender.hasRoom) sender.queue.wakeAll();
  }

  /** Throw everything away that waits to be received; returns the files that were in it, which are nobody's now. */
  purge(): File[] {
    const files: File[] = [];
    for (const message of this.messages.splice(0)) {
      files.push(...this.unix.arrive(message.files));
      this.settle(message);
    }
    this.bytes.clear();
    return files;
  }

  /** Peeked files: the message keeps them, and the receiver gets references of its own. */
  share(files: readonly File[]): readonly File[] {
    for (const file of files) file.references++;
    return files;
  }

  override shutdown(how: number): void {
    if (how < 0 || how + 1 > SHUT_BOTH) throw fail(EINVAL, 'how');
    this.shut |= how + 1;
    this.shutPeer(how + 1);
    this.queue.wakeAll();
  }

  protected shutPeer(_mode: number): void {
    return;
  }

  override ioctl(task: Task, request: number, argument: number): Result {
    switch (request) {
      case SIOCINQ:
        if (this.isListening) throw fail(EINVAL, 'SIOCINQ of a listening socket');
        task.memory.writeU32(argument, this.available);
        return 0;
      case SIOCOUTQ:
        task.memory.writeU32(argument, this.sentCharge);
        return 0;
      case SIOCATMARK:
        task.memory.writeU32(argument, this.isAtMark ? 1 : 0);
        return 0;
      default:
        return super.ioctl(task, request, argument);
    }
  }

  protected get isAtMark(): boolean {
    return false;
  }

  /** FIONREAD: of a datagram socket, the first message. */
  private get available(): number {
    return this.type === SOCK_DGRAM ? (this.messages[0]?.length ?? 0) : this.bytes.length;
  }

  /** The sockets that wait to be accepted here. */
  get embryos(): readonly UnixSocket[] {
    return [];
  }

  /** One descriptor goes; what is left may be held by messages in a circle only. */
  override descriptorClosed(): void {
    if (this.inFlight > 0 && this.references - 1 === this.inFlight) this.unix.collectGarbage(this);
  }

  override release(): void {
    this.isDead = true;
    this.unix.sockets.delete(this);
    this.unix.names.release(this);
    this.closed(this.messages.length > 0);
    const files = this.purge();
    for (const file of files) this.kernel.vfs.dropFile(file);
    if (files.length > 0) this.unix.collectGarbage();
    this.queue.wakeAll();
    this.spaceQueue.wakeAll();
    super.release();
  }

  /** The last descriptor is gone; `hasUnread`: with data that nobody will read. */
  protected abstract closed(hasUnread: boolean): void;
}

export function identityOf(task: Task): PeerCredentials {
  const { process, credentials } = task;
  return { pid: process.pid, uid: credentials.ruid, gid: credentials.rgid };
}
