/** A socket as an open file: what every address family has, and the operations that a family gives. Linux: struct socket, struct sock. */
import { ENOTTY, EOPNOTSUPP, fail } from '../../abi/errno.ts';
import { MSG_DONTWAIT, SHUT_RDWR } from '../../abi/socket.ts';
import type { Inode } from '../../fs/inode.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { panic } from '../../lib/panic.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import { BLOCKED, type Result } from '../block.ts';
import type { Kernel } from '../kernel.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Task } from '../task.ts';
import { Incoming, incomingOf, type Outgoing, type PeerCredentials } from './message.ts';
import { receiveMessage, sendMessage } from './transfer.ts';

/** net.core.wmem_default and rmem_default. */
export const DEFAULT_BUFFER_BYTES = 212992;

/** What SOL_SOCKET options set; plain data. */
export class SocketOptions {
  sendBuffer = DEFAULT_BUFFER_BYTES;
  receiveBuffer = DEFAULT_BUFFER_BYTES;
  receiveLowWater = 1;
  /** Relative; undefined waits for ever. */
  receiveTimeoutNs: number | undefined = undefined;
  sendTimeoutNs: number | undefined = undefined;
  lingerSeconds = 0;
  priority = 0;
  /** -1: peeking starts at the first byte. */
  peekOffset = -1;
  /** Options that are only on or off, by number. */
  readonly flags = new Set<number>();
}

/** Directions that are shut, as bits: shutdown(2)'s argument + 1. */
export const SHUT_RECEIVE = 1;
export const SHUT_SEND = 2;
export const SHUT_BOTH = SHUT_RDWR + 1;

export abstract class Socket extends KernelFile {
  readonly kernel: Kernel;
  // immutable
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  readonly options = new SocketOptions();
  /** What options of other levels than SOL_SOCKET give. */
  readonly errorOfOtherLevels: number = EOPNOTSUPP;
  /** SHUT_* bits. */
  shut = 0;
  /** SO_ERROR: reported once, by the next call that looks. */
  error = 0;
  /** Number for SO_COOKIE; 0 until it is asked for. */
  cookie = 0;
  /** What the operation that threw EAGAIN just now waits for, if that is not the socket's own queue. */
  blockedOn: WaitQueue | undefined = undefined;
  protected readonly queue = new WaitQueue();

  constructor(
    kernel: Kernel,
    inode: Inode,
    flags: number,
    kind: { family: number; type: number; protocol: number },
  ) {
    super(inode, flags);
    this.kernel = kernel;
    this.family = kind.family;
    this.type = kind.type;
    this.protocol = kind.protocol;
  }

  override get waitQueue(): WaitQueue {
    return this.queue;
  }

  /** With its inode, queues, address and options: 2 KiB. */
  override get costUnits(): number {
    return 4;
  }

  /** bind(2), with struct sockaddr as long as it was given. */
  abstract bind(task: Task, address: Uint8Array): void;
  abstract listen(task: Task, backlog: number): void;
  /** The first connection that waits; the caller owns the file. Throws EAGAIN, EINVAL, EOPNOTSUPP. */
  abstract accept(flags: number): Socket;
  /** Throws EAGAIN while the other side has no room: `blockedOn` is then what to wait for. */
  abstract connect(task: Task, address: Uint8Array): void;
  abstract shutdown(how: number): void;
  abstract get isListening(): boolean;
  /** struct sockaddr of this end; of the other end. Throws ENOTCONN. */
  abstract name(): Uint8Array;
  abstract peerName(): Uint8Array;
  /** SO_PEERCRED; undefined before there is a peer. */
  abstract peerCredentials(): PeerCredentials | undefined;
  abstract peerGroups(): readonly number[] | undefined;
  /**
   * Send from byte `from` on: as much as goes now, at least something. Throws EAGAIN for nothing, EPIPE (the signal is the
   * caller's, where the type `raisesPipe`), and what the family says.
   */
  abstract send(task: Task, message: Outgoing, from: number, flags: number): number;
  /**
   * Add what is there to `incoming`, and return how many bytes came: 0 at the end, or for an empty datagram. `atLeast`
   * bytes a stream should have before it gives less than asked for, unless `isLast`. Throws EAGAIN when there is nothing.
   */
  abstract receive(incoming: Incoming, flags: number): number;
  /** True if a write after the other side has gone means SIGPIPE. */
  abstract readonly raisesPipe: boolean;
  /** A sent message stays whole: it is never sent in parts. */
  abstract readonly keepsBoundaries: boolean;

  /** read(2) and write(2) are receive and send without anything beside. */
  override beforeRead(task: Task, buffer: IoBuffer): Result {
    if (buffer.length === 0) return 0;
    const incoming = incomingOf(task, buffer);
    const result = receiveMessage(task, this, incoming, 0);
    if (result !== BLOCKED) this.dropFiles(incoming);
    return result;
  }

  /** Descriptors that came, and that nobody can take, are closed. */
  dropFiles(incoming: Incoming): void {
    for (const file of incoming.files) this.kernel.vfs.dropFile(file);
    incoming.files = [];
  }

  override beforeWrite(task: Task, buffer: IoBuffer): Result {
    return sendMessage(task, this, plainMessage(buffer), 0);
  }

  /** For splice and sendfile: what goes without waiting. */
  override read(buffer: IoBuffer): number {
    const incoming = new Incoming(buffer);
    const count = this.receive(incoming, MSG_DONTWAIT);
    this.dropFiles(incoming);
    return count;
  }

  override write(buffer: IoBuffer): number {
    const task = this.kernel.current ?? panic('a socket is written outside of a system call');
    return this.send(task, plainMessage(buffer), 0, MSG_DONTWAIT);
  }

  /** Throws the error that SO_ERROR would tell, once. */
  protected throwError(): void {
    const { error } = this;
    if (error === 0) return;
    this.error = 0;
    throw fail(error, 'pending error of the socket');
  }

  override ioctl(_task: Task, request: number, _argument: number): Result {
    throw fail(ENOTTY, `ioctl ${request} of a socket`);
  }

  override describe(): string {
    return `socket:[${this.inode.ino}]`;
  }
}

function plainMessage(data: IoBuffer): Outgoing {
  return { data, name: undefined, files: [], credentials: undefined };
}
