/** Addresses of AF_UNIX sockets: paths, abstract names, and who is bound to them. unix(7), "Address format". */
import { EADDRINUSE, ECONNREFUSED, EINVAL, ENOSPC, EPROTOTYPE, fail } from '../../../abi/errno.ts';
import { AT_FDCWD, W_OK } from '../../../abi/fcntl.ts';
import { AF_UNIX, SOCKADDR_UN_BYTES } from '../../../abi/socket.ts';
import { S_IFMT, S_IFSOCK } from '../../../abi/stat.ts';
import { maskedMode } from '../../../fs/acl.ts';
import { lookup } from '../../../fs/dentry-cache.ts';
import { makeNode } from '../../../fs/directory-operations.ts';
import type { Inode } from '../../../fs/inode.ts';
import { resolveParent } from '../../../fs/path.ts';
import { checkAccess } from '../../../fs/permission.ts';
import { drop, hold } from '../../../fs/references.ts';
import { fromBytes, toBytes } from '../../../lib/bytes.ts';
import type { Task } from '../../task.ts';
import { fileIdentity } from '../../vfs.ts';
import type { UnixSocket } from './unix-socket.ts';

/** sa_family. */
const FAMILY_BYTES = 2;
const AUTOBIND_NAMES = 0x10_0000;

export interface UnixAddress {
  /** Bytes behind sa_family: a path with its NUL, or a NUL and an abstract name. */
  readonly text: string;
  /** The socket's file; undefined for abstract names. */
  readonly inode: Inode | undefined;
}

/** struct sockaddr_un of an address; of none, the family alone. */
export function encodeAddress(address: UnixAddress | undefined): Uint8Array {
  return toBytes(`\x01\0${address?.text ?? ''}`);
}

/** `@name` for abstract ones, as /proc/net/unix shows it. */
export function showAddress({ text }: UnixAddress): string {
  return text.startsWith('\0') ? text.replaceAll('\0', '@') : text.replace(/\0$/, '');
}

export function familyOf(address: Uint8Array): number {
  return address.length < FAMILY_BYTES
    ? -1
    : (address[0] as number) | ((address[1] as number) << 8);
}

/** What stands behind the family. Throws EINVAL for another family, for nothing, and for too much. */
function nameIn(address: Uint8Array): string {
  const { length } = address;
  if (length <= FAMILY_BYTES || length > SOCKADDR_UN_BYTES || familyOf(address) !== AF_UNIX) {
    throw fail(EINVAL, 'struct sockaddr_un');
  }
  return fromBytes(address, FAMILY_BYTES);
}

function pathIn(name: string): string {
  const end = name.indexOf('\0');
  return end < 0 ? name : name.slice(0, end);
}

/** Who is bound where. The kernel has one. */
export class UnixNames {
  /** By type and name: names of different types are apart. */
  private readonly abstract = new Map<string, UnixSocket>();
  private readonly bound = new Map<Inode, UnixSocket>();
  private nextAutomatic = 0;

  /** bind(2) with this address. Throws EADDRINUSE, EINVAL, and what making a file may throw. */
  bind(task: Task, socket: UnixSocket, address: Uint8Array): UnixAddress {
    if (address.length === FAMILY_BYTES && familyOf(address) === AF_UNIX) {
      return this.bindAutomatically(socket);
    }
    const name = nameIn(address);
    if (!name.startsWith('\0')) return this.bindPath(task, socket, pathIn(name));
    const key = `${socket.type}${name}`;
    if (socket.address) throw fail(EINVAL, 'bound already');
    if (this.abstract.has(key)) throw fail(EADDRINUSE, 'abstract name');
    this.abstract.set(key, socket);
    return { text: name, inode: undefined };
  }

  /** An abstract name of five digits that nobody has. A socket that has a name keeps it. */
  bindAutomatically(socket: UnixSocket): UnixAddress {
    if (socket.address) return socket.address;
    for (let tries = 0; tries < AUTOBIND_NAMES; tries++) {
      const number = this.nextAutomatic++ % AUTOBIND_NAMES;
      const text = `\0${number.toString(16).padStart(5, '0')}`;
      const key = `${socket.type}${text}`;
      if (this.abstract.has(key)) continue;
      this.abstract.set(key, socket);
      return { text, inode: undefined };
    }
    throw fail(ENOSPC, 'no automatic name is free');
  }

  private bindPath(task: Task, socket: UnixSocket, path: string): UnixAddress {
    const { vfs } = task.kernel;
    const context = vfs.pathContext(task, AT_FDCWD, path);
    const { parent, name, kind } = resolveParent(path, context);
    if (kind !== 'name' || lookup(parent, name)) throw fail(EADDRINUSE, path);
    if (socket.address) throw fail(EINVAL, 'bound already');
    const wanted = socket.inode.mode & 0o777;
    const mode = S_IFSOCK | maskedMode(parent.inode, wanted, task.umask);
    const { inode } = makeNode(parent, name, mode, 0, fileIdentity(task));
    hold(inode);
    this.bound.set(inode, socket);
    return { text: `${path}\0`, inode };
  }

  /** The socket that a sender of `type` means. Throws ECONNREFUSED, EPROTOTYPE, EINVAL, and as path_resolution(7). */
  find(task: Task, address: Uint8Array, type: number): UnixSocket {
    const name = nameIn(address);
    const socket = name.startsWith('\0')
      ? this.abstract.get(`${type}${name}`)
      : this.findPath(task, pathIn(name));
    if (!socket) throw fail(ECONNREFUSED, 'nobody is bound there');
    if (socket.type !== type) throw fail(EPROTOTYPE, 'socket of another type');
    return socket;
  }

  private findPath(task: Task, path: string): UnixSocket | undefined {
    const { inode } = task.kernel.vfs.resolve(task, AT_FDCWD, path);
    checkAccess(inode, fileIdentity(task), W_OK);
    return (inode.mode & S_IFMT) === S_IFSOCK ? this.bound.get(inode) : undefined;
  }

  /** The socket is closed. A path stays, and leads nowhere. */
  release(socket: UnixSocket): void {
    const { address } = socket;
    if (!address) return;
    const { inode } = address;
    if (!inode) {
      const key = `${socket.type}${address.text}`;
      if (this.abstract.get(key) === socket) this.abstract.delete(key);
      return;
    }
    if (this.bound.get(inode) !== socket) return;
    this.bound.delete(inode);
    drop(inode);
  }
}
