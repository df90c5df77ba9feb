/** The network of the kernel: its address families (table). Built when the first socket is made. */
import { EAFNOSUPPORT, EPROTONOSUPPORT, fail } from '../../abi/errno.ts';
import { AF_NETLINK, AF_UNIX } from '../../abi/socket.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import { NetlinkFamily } from './netlink/netlink.ts';
import type { Socket } from './socket.ts';
import { SocketFileSystem } from './socket-file-system.ts';
import { UnixFamily } from './unix/unix.ts';
import type { UnixSocket } from './unix/unix-socket.ts';

interface Family {
  readonly number: number;
  /** `flags` are the file's. Throws ESOCKTNOSUPPORT, EPROTONOSUPPORT. */
  create(net: Net, task: Task, type: number, protocol: number, flags: number): Socket;
  /** socketpair(2); left out where there are none. */
  createPair?(
    net: Net,
    task: Task,
    type: number,
    protocol: number,
    flags: number,
  ): [Socket, Socket];
}

/** THE table of address families. */
const FAMILIES: readonly Family[] = [
  {
    number: AF_UNIX,
    create: (net, task, type, protocol, flags) => createUnix(net, task, type, protocol, flags),
    createPair(net, task, type, protocol, flags) {
      const a = createUnix(net, task, type, protocol, flags);
      const b = createUnix(net, task, type, protocol, flags);
      net.unix.connectPair(task, a, b);
      return [a, b];
    },
  },
  {
    number: AF_NETLINK,
    create: ({ netlink }, task, type, protocol, flags) =>
      netlink.create(task, type, protocol, flags),
  },
];

function createUnix(
  { unix }: Net,
  task: Task,
  type: number,
  protocol: number,
  flags: number,
): UnixSocket {
  if (protocol !== 0 && protocol !== AF_UNIX) throw fail(EPROTONOSUPPORT, `protocol ${protocol}`);
  return unix.create(task, type, flags);
}

export class Net {
  readonly fileSystem = new SocketFileSystem();
  readonly unix: UnixFamily;
  readonly netlink: NetlinkFamily;
  private lastCookie = 0;

  constructor(kernel: Kernel) {
    this.unix = new UnixFamily(kernel, this.fileSystem);
    this.netlink = new NetlinkFamily(kernel, this.fileSystem);
  }

  /** Throws EAFNOSUPPORT. */
  family(number: number): Family {
    const family = FAMILIES.find((candidate) => candidate.number === number);
    if (!family) throw fail(EAFNOSUPPORT, `address family ${number}`);
    return family;
  }

  /** SO_COOKIE: a number that no other socket has. */
  cookieOf(socket: Socket): number {
    if (socket.cookie === 0) socket.cookie = ++this.lastCookie;
    return socket.cookie;
  }
}
