/** What sendmsg gives to a socket and recvmsg gets from it, apart from the structures of user memory. */
import type { File } from '../../fs/file.ts';
import type { Timestamp } from '../../fs/inode.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import type { Task } from '../task.ts';

/** struct ucred: who sent, as the receiver is told. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Told for a message whose sender's credentials were not recorded. */
export const UNKNOWN_CREDENTIALS: PeerCredentials = { pid: 0, uid: 65534, gid: 65534 };

export interface Outgoing {
  readonly data: IoBuffer;
  /** struct sockaddr, as long as it was given; undefined for none. */
  readonly name: Uint8Array | undefined;
  /** SCM_RIGHTS: open files, not yet counted as in flight. */
  readonly files: readonly File[];
  /** SCM_CREDENTIALS; undefined: the sender's own where they are wanted. */
  readonly credentials: PeerCredentials | undefined;
}

/** What one receive has gathered, over all its runs. */
export class Incoming {
  data: IoBuffer;
  /** Bytes in `data` by now. */
  done = 0;
  /** The whole length of a datagram, which may be more than fitted. */
  fullLength = 0;
  /** Nothing more may be joined to it: a datagram, or descriptors came along. */
  isComplete = false;
  /** MSG_* to report. */
  flags = 0;
  name: Uint8Array | undefined = undefined;
  /** Who sent it, for a receiver with SO_PASSCRED. */
  credentials: PeerCredentials | undefined = undefined;
  /** Passed descriptors: references that belong to the receiver now. */
  files: readonly File[] = [];
  timestamp: Timestamp | undefined = undefined;

  constructor(data: IoBuffer) {
    this.data = data;
  }
}

/** What the running call has received so far: it goes on with that after a sleep. */
export function incomingOf(task: Task, data: IoBuffer): Incoming {
  const { call } = task;
  if (call.waitData instanceof Incoming) return call.waitData;
  const incoming = new Incoming(data);
  call.waitData = incoming;
  return incoming;
}
