/** The family AF_UNIX: all its sockets, their names, and the descriptors that are on the way. */
import { ESOCKTNOSUPPORT, ETOOMANYREFS, fail } from '../../../abi/errno.ts';
import { RLIMIT_NOFILE } from '../../../abi/resource.ts';
import {
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../../../abi/socket.ts';
import type { File } from '../../../fs/file.ts';
import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from '../../credentials.ts';
import type { Kernel } from '../../kernel.ts';
import type { Task } from '../../task.ts';
import type { SocketFileSystem } from '../socket-file-system.ts';
import { DatagramSocket } from './datagram-socket.ts';
import { findGarbage } from './garbage.ts';
import { UnixNames } from './names.ts';
import { StreamSocket } from './stream-socket.ts';
import { identityOf, UnixSocket } from './unix-socket.ts';

export class UnixFamily {
  readonly kernel: Kernel;
  readonly names = new UnixNames();
  /** In order of creation: /proc/net/unix. */
  readonly sockets = new Set<UnixSocket>();
  /** Those that lie in messages. */
  readonly inFlight = new Set<UnixSocket>();
  /** net.unix.max_dgram_qlen, for sockets made from now on. */
  maxDatagrams = 10;
  private readonly fileSystem: SocketFileSystem;
  private filesInFlight = 0;

  constructor(kernel: Kernel, fileSystem: SocketFileSystem) {
    this.kernel = kernel;
    this.fileSystem = fileSystem;
  }

  /** Throws ESOCKTNOSUPPORT. `flags` are the file's. */
  create(task: Task, type: number, flags: number): UnixSocket {
    const { fsuid, fsgid } = task.credentials;
    const inode = this.fileSystem.createInode(fsuid, fsgid, this.kernel.clock.realtime());
    switch (type) {
      case SOCK_STREAM:
      case SOCK_SEQPACKET:
        return new StreamSocket(this.kernel, this, inode, flags, type);
      case SOCK_RAW:
      case SOCK_DGRAM:
        return new DatagramSocket(this.kernel, this, inode, flags, SOCK_DGRAM);
      default:
        throw fail(ESOCKTNOSUPPORT, `socket type ${type}`);
    }
  }

  /** socketpair(2): two sockets of one kind, connected to each other. */
  connectPair(task: Task, a: UnixSocket, b: UnixSocket): void {
    for (const [socket, other] of [
      [a, b],
      [b, a],
    ] as const) {
      socket.peer = other;
      socket.isConnected = true;
      socket.peerIdentity = identityOf(task);
      socket.peerGroupList = task.credentials.groups;
    }
  }

  /** Throws ETOOMANYREFS when the sender has more descriptors on the way than it may have open. */
  checkInFlight(task: Task): void {
    const { process, credentials } = task;
    if (this.filesInFlight <= process.limit(RLIMIT_NOFILE)) return;
    const isExempt = [CAP_SYS_RESOURCE, CAP_SYS_ADMIN].some((capability) =>
      credentials.hasCapability(capability),
    );
    if (!isExempt) throw fail(ETOOMANYREFS, 'descriptors in flight');
  }

  /** Files go into a message. */
  depart(files: readonly File[]): readonly File[] {
    for (const file of files) {
      file.references++;
      this.filesInFlight++;
      if (!(file instanceof UnixSocket)) continue;
      file.inFlight++;
      this.inFlight.add(file);
    }
    return files;
  }

  /** They leave it; their references are the caller's. */
  arrive(files: readonly File[]): readonly File[] {
    for (const file of files) {
      this.filesInFlight--;
      if (file instanceof UnixSocket && --file.inFlight === 0) this.inFlight.delete(file);
    }
    return files;
  }

  /** A descriptor was closed (`closing` is about to lose it), or messages were thrown away: close what only messages hold. */
  collectGarbage(closing?: UnixSocket): void {
    if (this.inFlight.size === 0) return;
    const files = findGarbage(this.inFlight, closing).flatMap((socket) => socket.purge());
    for (const file of files) this.kernel.vfs.dropFile(file);
  }

  wantsTimestamps({ options: { flags } }: UnixSocket): boolean {
    return flags.size > 0 && (flags.has(SO_TIMESTAMP) || flags.has(SO_TIMESTAMPNS));
  }
}
