/** A POSIX message queue: mq_overview(7). Linux: struct mqueue_inode_info of ipc/mqueue.c. */
import { SI_MESGQ } from '../../abi/signal.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import type { Slab } from '../mm/slab.ts';
import type { NetlinkSocket } from '../net/netlink/netlink-socket.ts';
import type { Process } from '../process.ts';
import { sendToProcess } from '../signal.ts';

interface QueuedMessage {
  readonly priority: number;
  readonly bytes: Uint8Array;
}

/** Who is told of the first message that comes into the empty queue: mq_notify(2). */
export interface Notification {
  readonly process: Process;
  /** SIGEV_* of signal.h. */
  readonly kind: number;
  /** 0: no signal is sent. */
  readonly signal: number;
  readonly value: bigint;
  /** SIGEV_THREAD: the C library's thread reads the cookie from this socket. */
  readonly thread?: { readonly socket: NetlinkSocket; readonly cookie: Uint8Array };
}

/** Last byte of the cookie: a message has come, or the registration was taken back. */
const WOKEN_UP = 1;
const REMOVED = 2;
export const NOTIFY_COOKIE_LEN = 32;

/** What a message costs besides its bytes, as Linux charges it: struct msg_msg and struct posix_msg_tree_node. */
const MESSAGE_OVERHEAD = 48;
/** What a message costs the guest's memory besides its bytes. */
const MESSAGE_COST = 512;
const PRIORITY_OVERHEAD = 48;
/** Priorities are below. */
export const MQ_PRIO_MAX = 32_768;

export class PosixQueue {
  readonly maxMessages: number;
  readonly messageBytes: number;
  /** Bytes of all messages. */
  bytes = 0;
  notification: Notification | undefined = undefined;
  /** Woken when a message has come; when one has gone; at either, for poll. */
  readonly receivers = new WaitQueue();
  readonly senders = new WaitQueue();
  readonly changed = new WaitQueue();
  /** The next one to be taken is the last. */
  private readonly messages: QueuedMessage[] = [];

  constructor(maxMessages: number, messageBytes: number) {
    this.maxMessages = maxMessages;
    this.messageBytes = messageBytes;
  }

  /** What it is charged as: RLIMIT_MSGQUEUE. */
  get charge(): number {
    const { maxMessages, messageBytes } = this;
    const priorities = Math.min(maxMessages, MQ_PRIO_MAX);
    return maxMessages * (messageBytes + MESSAGE_OVERHEAD) + priorities * PRIORITY_OVERHEAD;
  }

  get count(): number {
    return this.messages.length;
  }

  get isFull(): boolean {
    return this.messages.length >= this.maxMessages;
  }

  /** There is room: the caller has looked. Throws ENOMEM. */
  send(sender: Process, priority: number, bytes: Uint8Array): void {
    const { messages } = this;
    sender.kernel.slab.charge(bytes.length + MESSAGE_COST);
    let place = messages.length;
    while (place > 0 && (messages[place - 1] as QueuedMessage).priority >= priority) place--;
    messages.splice(place, 0, { priority, bytes });
    this.bytes += bytes.length;
    const hasReceiver = this.receivers.wakeAll() > 0;
    if (messages.length === 1 && !hasReceiver) this.notify(sender);
    this.changed.wakeAll();
  }

  /** The oldest message of the highest priority. */
  get next(): QueuedMessage | undefined {
    return this.messages.at(-1);
  }

  /** It was received. */
  take(slab: Slab): void {
    const bytes = this.messages.pop()?.bytes.length ?? 0;
    this.bytes -= bytes;
    slab.discharge(bytes + MESSAGE_COST);
    this.senders.wakeAll();
    this.changed.wakeAll();
  }

  /** Nobody has it any more. */
  destroy(slab: Slab): void {
    slab.discharge(this.bytes + this.messages.length * MESSAGE_COST);
  }

  /** The process is told of nothing any more. */
  forget(process: Process): void {
    const { notification } = this;
    if (notification?.process !== process) return;
    this.notification = undefined;
    tellThread(notification, REMOVED);
  }

  private notify(sender: Process): void {
    const { notification } = this;
    this.notification = undefined;
    if (!notification) return;
    tellThread(notification, WOKEN_UP);
    const { process, signal, value } = notification;
    if (signal === 0) return;
    const { ruid } = sender.credentials;
    sendToProcess(process, signal, { code: SI_MESGQ, value, pid: sender.pid, uid: ruid });
  }
}

function tellThread({ thread }: Notification, what: number): void {
  if (!thread) return;
  const bytes = thread.cookie.slice();
  bytes[NOTIFY_COOKIE_LEN - 1] = what;
  thread.socket.tell(bytes);
}
