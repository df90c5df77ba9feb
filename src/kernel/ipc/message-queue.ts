/** System V message queues: msgget(2), msgsnd(2), msgrcv(2). Linux: ipc/msg.c. */
import { WaitQueue } from '../../lib/wait-queue.ts';
import type { Slab } from '../mm/slab.ts';
import type { Task } from '../task.ts';
import { IpcObject } from './ipc-object.ts';

export interface Message {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** What a message costs besides its bytes: the host takes more than the 48 of Linux's struct msg_msg. */
const MESSAGE_OVERHEAD = 512;
/** What a queue costs the guest's memory without a message: what the host's process takes for one (test/hostile/README.md). */
const QUEUE_BYTES = 2048;

export class MessageQueue extends IpcObject {
  private readonly slab: Slab;
  readonly messages: Message[] = [];
  /** Bytes of all messages, and how many there may be. */
  bytes = 0;
  maxBytes: number;
  sendTime = 0;
  receiveTime = 0;
  lastSender = 0;
  lastReceiver = 0;
  /** Woken when a message has come; when one has gone. */
  readonly receivers = new WaitQueue();
  readonly senders = new WaitQueue();

  constructor(task: Task, id: number, key: number, mode: number, maxBytes: number) {
    super(task, id, key, mode);
    this.slab = task.kernel.slab;
    this.slab.charge(QUEUE_BYTES);
    this.maxBytes = maxBytes;
  }

  /** An empty message counts too: there are never more messages than bytes allowed. */
  hasRoomFor(bytes: number): boolean {
    return bytes + this.bytes <= this.maxBytes && this.messages.length + 1 <= this.maxBytes;
  }

  /** Throws ENOMEM. */
  add(message: Message): void {
    this.slab.charge(message.bytes.length + MESSAGE_OVERHEAD);
    this.messages.push(message);
    this.bytes += message.bytes.length;
    this.receivers.wakeAll();
  }

  /**
   * Place of the message that msgrcv(2) takes; -1 for none. `type` 0: the first; above: the first of that type, or with
   * `isExcept` of another; below: the first of the lowest type up to -type.
   */
  find(type: number, isExcept: boolean): number {
    if (type === 0) return this.messages.length > 0 ? 0 : -1;
    if (type > 0) return this.messages.findIndex((message) => (message.type === type) !== isExcept);
    let found = -1;
    let lowest = -type + 1;
    for (let i = 0; i < this.messages.length; i++) {
      const { type: own } = this.messages[i] as Message;
      if (own >= lowest) continue;
      lowest = own;
      found = i;
    }
    return found;
  }

  take(place: number): void {
    const [message] = this.messages.splice(place, 1);
    const bytes = message?.bytes.length ?? 0;
    this.bytes -= bytes;
    this.slab.discharge(bytes + MESSAGE_OVERHEAD);
    this.senders.wakeAll();
  }

  /** It was removed, with what is in it. */
  destroy(): void {
    const { length } = this.messages;
    this.slab.discharge(QUEUE_BYTES + this.bytes + length * MESSAGE_OVERHEAD);
    this.wakeEverybody();
  }

  wakeEverybody(): void {
    this.receivers.wakeAll();
    this.senders.wakeAll();
  }
}
