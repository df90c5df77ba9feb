/** System calls on sockets (table). Numbers of include/uapi/asm-generic/unistd.h. */
import { type Row, row } from '../syscall-row.ts';
import { recvfrom, recvmmsg, recvmsg } from './recv.ts';
import { sendmmsg, sendmsg, sendto } from './send.ts';
import {
  accept,
  accept4,
  bind,
  connect,
  getpeername,
  getsockname,
  listen,
  shutdown,
  socket,
  socketpair,
} from './socket.ts';
import { getsockopt, setsockopt } from './sockopt.ts';

export const SOCKET_ROWS: readonly Row[] = [
  row(198, 'socket', socket, 'domain socktype int'),
  row(199, 'socketpair', socketpair, 'domain socktype int address'),
  row(200, 'bind', bind, 'fd sockaddr int'),
  row(201, 'listen', listen, 'fd int'),
  row(202, 'accept', accept, 'fd sockaddr address'),
  row(203, 'connect', connect, 'fd sockaddr int'),
  row(204, 'getsockname', getsockname, 'fd sockaddr address'),
  row(205, 'getpeername', getpeername, 'fd sockaddr address'),
  row(206, 'sendto', sendto, 'fd buffer size flags sockaddr int'),
  row(207, 'recvfrom', recvfrom, 'fd buffer size flags sockaddr address'),
  row(208, 'setsockopt', setsockopt, 'fd int int address int'),
  row(209, 'getsockopt', getsockopt, 'fd int int address address'),
  row(210, 'shutdown', shutdown, 'fd int'),
  row(211, 'sendmsg', sendmsg, 'fd address flags'),
  row(212, 'recvmsg', recvmsg, 'fd address flags'),
  row(242, 'accept4', accept4, 'fd sockaddr address flags'),
  row(243, 'recvmmsg', recvmmsg, 'fd address uint flags timespec'),
  row(269, 'sendmmsg', sendmmsg, 'fd address uint flags'),
];
