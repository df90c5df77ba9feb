/** /proc/net: proc_net(5), of a machine whose only sockets are local. */
import type { Kernel } from '../kernel.ts';
import { showAddress } from '../net/unix/names.ts';
import type { UnixSocket } from '../net/unix/unix-socket.ts';
import type { ProcRow } from './row.ts';

const ACCEPTS = 0x10000;
/** States of struct socket. */
const SS_UNCONNECTED = 1;
const SS_CONNECTING = 2;
const SS_CONNECTED = 3;

function hex(value: number, width: number): string {
  return value.toString(16).toUpperCase().padStart(width, '0');
}

function stateOf(socket: UnixSocket): number {
  if (socket.isEmbryo) return SS_CONNECTING;
  return socket.isConnected ? SS_CONNECTED : SS_UNCONNECTED;
}

function showUnix({ net }: Kernel): string {
  const lines = [...net.unix.sockets].map((socket) => {
    const references = 2 + Number(socket.peer !== undefined);
    const flags = socket.isListening ? ACCEPTS : 0;
    const ino = socket.isEmbryo ? 0 : socket.inode.ino;
    const name = socket.address ? ` ${showAddress(socket.address)}` : '';
    const state = `${hex(socket.type, 4)} ${hex(stateOf(socket), 2)} ${String(ino).padStart(5)}`;
    return `0000000000000000: ${hex(references, 8)} 00000000 ${hex(flags, 8)} ${state}${name}\n`;
  });
  return `Num       RefCount Protocol Flags    Type St Inode Path\n${lines.join('')}`;
}

/** sockets: used, of /proc/net/sockstat. */
function showSockstat({ net }: Kernel): string {
  return `sockets: used ${net.unix.sockets.size}\n`;
}

export const NET: readonly ProcRow[] = [
  { name: 'sockstat', show: showSockstat },
  { name: 'unix', show: showUnix },
];
