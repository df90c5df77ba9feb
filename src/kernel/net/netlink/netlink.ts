/** The family AF_NETLINK: its sockets by their port numbers. netlink(7). Linux: net/netlink/af_netlink.c. */
import { EADDRINUSE, EPROTONOSUPPORT, ESOCKTNOSUPPORT, fail } from '../../../abi/errno.ts';
import { NETLINK_ROUTE } from '../../../abi/netlink.ts';
import { SOCK_DGRAM, SOCK_RAW } from '../../../abi/socket.ts';
import type { Kernel } from '../../kernel.ts';
import type { Task } from '../../task.ts';
import type { SocketFileSystem } from '../socket-file-system.ts';
import { NetlinkSocket } from './netlink-socket.ts';

/** Ports that are chosen for further sockets of a process go down from here, as numbers of 32 bits. */
const FIRST_CHOSEN = 0xffff_f000;

export class NetlinkFamily {
  readonly kernel: Kernel;
  private readonly fileSystem: SocketFileSystem;
  private readonly ports = new Map<number, NetlinkSocket>();
  private lastChosen = FIRST_CHOSEN + 1;

  constructor(kernel: Kernel, fileSystem: SocketFileSystem) {
    this.kernel = kernel;
    this.fileSystem = fileSystem;
  }

  /** Throws EPROTONOSUPPORT, ESOCKTNOSUPPORT. `flags` are the file's. */
  create(task: Task, type: number, protocol: number, flags: number): NetlinkSocket {
    if (type !== SOCK_RAW && type !== SOCK_DGRAM) throw fail(ESOCKTNOSUPPORT, `type ${type}`);
    if (protocol !== NETLINK_ROUTE) throw fail(EPROTONOSUPPORT, `protocol ${protocol}`);
    const { fsuid, fsgid } = task.credentials;
    const inode = this.fileSystem.createInode(fsuid, fsgid, this.kernel.clock.realtime());
    return new NetlinkSocket(this, inode, flags, type);
  }

  at(port: number): NetlinkSocket | undefined {
    return this.ports.get(port);
  }

  /** Throws EADDRINUSE. */
  insert(socket: NetlinkSocket, port: number): void {
    if (this.ports.has(port)) throw fail(EADDRINUSE, `port ${port}`);
    this.ports.set(port, socket);
    socket.port = port;
  }

  /** The process's number if that is free. */
  insertAnywhere(task: Task, socket: NetlinkSocket): void {
    let port = task.process.pid;
    while (this.ports.has(port)) port = --this.lastChosen;
    this.insert(socket, port);
  }

  remove({ port }: NetlinkSocket): void {
    if (port !== undefined) this.ports.delete(port);
  }
}
