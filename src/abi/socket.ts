/** Sockets: linux/socket.h, asm-generic/socket.h, linux/net.h, linux/un.h. */
import { layout } from '../lib/layout.ts';

export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_NETLINK = 16;
/** Families are numbered below this. */
export const AF_MAX = 46;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_SEQPACKET = 5;
/** Types are numbered below this. */
export const SOCK_MAX = 11;
export const SOCK_TYPE_MASK = 0xf;

export const SHUT_RD = 0;
export const SHUT_RDWR = 2;

export const SOL_SOCKET = 1;
export const SO_DEBUG = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_DONTROUTE = 5;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_OOBINLINE = 10;
export const SO_PRIORITY = 12;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
export const SO_PASSCRED = 16;
export const SO_PASSPIDFD = 76;
export const SO_PEERCRED = 17;
export const SO_RCVLOWAT = 18;
export const SO_SNDLOWAT = 19;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;
export const SO_PEERNAME = 28;
export const SO_TIMESTAMP = 29;
export const SO_ACCEPTCONN = 30;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_TIMESTAMPNS = 35;
export const SO_PROTOCOL = 38;
export const SO_DOMAIN = 39;
export const SO_PEEK_OFF = 42;
export const SO_COOKIE = 57;
export const SO_PEERGROUPS = 59;
export const SO_PEERPIDFD = 77;

export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;
/** Descriptors that one message may carry. */
export const SCM_PIDFD = 4;
export const SCM_MAX_FD = 253;

export const MSG_OOB = 1;
export const MSG_PEEK = 2;
export const MSG_CTRUNC = 8;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_EOR = 0x80;
export const MSG_WAITALL = 0x100;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_WAITFORONE = 0x10000;
export const MSG_CMSG_CLOEXEC = 0x4000_0000;

/** Bytes of struct sockaddr_storage: no address is longer. */
export const SOCKADDR_MAX = 128;
/** Bytes of struct sockaddr_un. */
export const SOCKADDR_UN_BYTES = 110;
/** Messages and ranges that one call takes. */
export const UIO_MAXIOV = 1024;

export const SIOCINQ = 0x541b;
export const SIOCOUTQ = 0x5411;
export const SIOCATMARK = 0x8905;

export const Msghdr = layout({
  msg_name: 'u64',
  msg_namelen: 'i32',
  pad0: 'u32',
  msg_iov: 'u64',
  msg_iovlen: 'u64',
  msg_control: 'u64',
  msg_controllen: 'u64',
  msg_flags: 'u32',
  pad1: 'u32',
});
/** struct mmsghdr: a msghdr, the length of what was transferred, and padding. */
export const MMSGHDR_BYTES = 64;
export const MMSGHDR_LENGTH = 56;

export const Cmsghdr = layout({ cmsg_len: 'u64', cmsg_level: 'i32', cmsg_type: 'i32' });
export const Ucred = layout({ pid: 'i32', uid: 'u32', gid: 'u32' });
export const Linger = layout({ l_onoff: 'i32', l_linger: 'i32' });
