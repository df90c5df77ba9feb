/** Addresses, messages, options and flags of sockets as strace(1) shows them. */
import { NETLINK_ROUTE, SockaddrNl } from '../abi/netlink.ts';
import * as sockets from '../abi/socket.ts';
import { address, flagSet, hex, named, nameOf } from './syscall-format.ts';
import { quote } from './syscall-quote.ts';
import { type Look, type Reader, vectors } from './syscall-reader.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const familyName = nameOf(() => [
  ...named(sockets, 'AF_'),
  [AF_INET, 'AF_INET'],
  [AF_INET6, 'AF_INET6'],
]);
const typeName = nameOf(() =>
  named(sockets, 'SOCK_').filter(([value]) => value <= sockets.SOCK_SEQPACKET),
);
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const TYPE_FLAGS = flagSet([
  [SOCK_CLOEXEC, 'SOCK_CLOEXEC'],
  [SOCK_NONBLOCK, 'SOCK_NONBLOCK'],
]);
const INTERNET_PROTOCOLS = new Map([
  [0, 'IPPROTO_IP'],
  [1, 'IPPROTO_ICMP'],
  [6, 'IPPROTO_TCP'],
  [17, 'IPPROTO_UDP'],
]);
const optionName = nameOf(() => named(sockets, 'SO_'));
const MESSAGE_FLAGS = flagSet(() => named(sockets, 'MSG_'));
const INTS = 4;
const INFINITE = 0x7fff_ffff;

function family(value: number): string {
  return familyName(value) ?? `${hex(value)} /* AF_??? */`;
}

function socketType(value: number): string {
  const flags = value & ~sockets.SOCK_TYPE_MASK;
  const type = typeName(value & sockets.SOCK_TYPE_MASK) ?? `${hex(value & 0xf)} /* SOCK_??? */`;
  return flags === 0 ? type : `${type}|${TYPE_FLAGS(flags)}`;
}

function protocol({ argument }: Look, value: number): string {
  const domain = argument(0);
  if (domain === AF_INET || domain === AF_INET6)
    return INTERNET_PROTOCOLS.get(value) ?? String(value);
  if (domain === sockets.AF_NETLINK && value === NETLINK_ROUTE) return 'NETLINK_ROUTE';
  return String(value);
}

function level(value: number): string {
  return value === sockets.SOL_SOCKET ? 'SOL_SOCKET' : String(value);
}

function option({ argument }: Look, value: number): string {
  const name = argument(1) === sockets.SOL_SOCKET ? optionName(value) : undefined;
  return name ?? hex(value);
}

/** inet_ntop(3) of sixteen bytes: the longest row of zero groups is left out. */
function internet6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number)).toString(16),
  );
  const text = groups.join(':');
  const rows = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)];
  const longest = rows.reduce((best, [row]) => (row.length > best.length ? row : best), '');
  if (longest === '') return text;
  const at = text.indexOf(longest);
  const rest = text.slice(at + longest.length).replace(/^:/, '');
  return `${text.slice(0, at)}::${rest}`;
}

/** Text of `length` bytes of struct sockaddr. */
function socketAddress({ memory }: Look, at: number, length: number): string {
  if (length < 2) return address(at);
  const bytes = memory.readBytes(at, Math.min(length, sockets.SOCKADDR_MAX));
  const kind = (bytes[0] as number) | ((bytes[1] as number) << 8);
  const parts = [`sa_family=${family(kind)}`];
  const port = `htons(${((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)})`;
  const path = String.fromCharCode(...bytes.subarray(2));
  if (kind === sockets.AF_UNIX && length > 2) {
    parts.push(
      path.startsWith('\0')
        ? `sun_path=@${quote(path.slice(1))}`
        : `sun_path=${quote(path.split('\0')[0] as string)}`,
    );
  } else if (kind === AF_INET && length >= 8) {
    const dotted = bytes.subarray(4, 8).join('.');
    parts.push(`sin_port=${port}`, `sin_addr=inet_addr("${dotted}")`);
  } else if (kind === AF_INET6 && length >= 28) {
    const flow = memory.readU32(at + 4);
    parts.push(
      `sin6_port=${port}`,
      `sin6_flowinfo=htonl(${flow})`,
      `inet_pton(AF_INET6, "${internet6(bytes.subarray(8, 24))}", &sin6_addr)`,
      `sin6_scope_id=${memory.readU32(at + 24)}`,
    );
  } else if (kind === sockets.AF_NETLINK && length >= SockaddrNl.size) {
    const { nl_pid, nl_groups } = memory.read(SockaddrNl, at);
    parts.push(`nl_pid=${nl_pid}`, `nl_groups=${nl_groups.toString(16).padStart(8, '0')}`);
  } else if (kind !== sockets.AF_UNIX) parts.push(`sa_data=${quote(path)}`);
  return `{${parts.join(', ')}}`;
}

/** Its length is the next argument. */
const given: Reader = (look, at, index) => socketAddress(look, at, look.argument(index + 1));

/** Its length is where the next argument points: as much as there was room for. */
const returned: Reader = (look, at, index) => {
  const length = look.memory.readI32(look.argument(index + 1));
  return socketAddress(look, at, Math.min(length, look.lengthBefore));
};

/** A length that the kernel was told, and what it wrote there. */
const length: Reader = ({ memory, lengthBefore }, at) => {
  const now = memory.readI32(at);
  return now === lengthBefore ? `[${now}]` : `[${lengthBefore} => ${now}]`;
};

const controlTypeName = nameOf(() =>
  named(sockets, 'SCM_').filter(([, name]) => name !== 'SCM_MAX_FD'),
);

/** Control messages, each aligned to eight bytes. */
function controls({ memory }: Look, at: number, size: number): string {
  const parts: string[] = [];
  const head = sockets.Cmsghdr.size;
  for (let done = 0; done + head <= size; ) {
    const { cmsg_len, cmsg_level, cmsg_type } = memory.read(sockets.Cmsghdr, at + done);
    if (cmsg_len < head || done + cmsg_len > size) break;
    const words = Array.from({ length: Math.floor((cmsg_len - head) / INTS) }, (_, i) =>
      memory.readI32(at + done + head + INTS * i),
    );
    const [pid = 0, uid = 0, gid = 0] = words;
    const data =
      cmsg_type === sockets.SCM_CREDENTIALS
        ? `{pid=${pid}, uid=${uid}, gid=${gid}}`
        : `[${words.join(', ')}]`;
    const type = controlTypeName(cmsg_type) ?? hex(cmsg_type);
    const names = `cmsg_level=${level(cmsg_level)}, cmsg_type=${type}`;
    parts.push(`{cmsg_len=${cmsg_len}, ${names}, cmsg_data=${data}}`);
    done += Math.ceil(cmsg_len / 8) * 8;
  }
  return `[${parts.join(', ')}]`;
}

/** `most`: bytes of the vectors that count. */
function message(look: Look, at: number, most: number): string {
  const m = look.memory.read(sockets.Msghdr, at);
  const name = m.msg_namelen > 0 ? socketAddress(look, m.msg_name, m.msg_namelen) : '';
  const iov = m.msg_iov === 0 ? 'NULL' : vectors(look, m.msg_iov, m.msg_iovlen, most);
  const parts = [
    `msg_name=${m.msg_name === 0 || name === '' ? address(m.msg_name) : name}`,
    `msg_namelen=${m.msg_namelen}`,
    `msg_iov=${iov}`,
    `msg_iovlen=${m.msg_iovlen}`,
    ...(m.msg_controllen > 0
      ? [`msg_control=${controls(look, m.msg_control, m.msg_controllen)}`]
      : []),
    `msg_controllen=${m.msg_controllen}`,
    `msg_flags=${MESSAGE_FLAGS(m.msg_flags)}`,
  ];
  return `{${parts.join(', ')}}`;
}

const sent: Reader = (look, at) => message(look, at, INFINITE);
const received: Reader = (look, at) => message(look, at, look.result);

/** An int, or the structure that the option has. */
function optionValue(look: Look, at: number, size: number): string {
  const { memory, argument } = look;
  const number = argument(1) === sockets.SOL_SOCKET ? argument(2) : -1;
  if (number === sockets.SO_PEERCRED && size >= sockets.Ucred.size) {
    const { pid, uid, gid } = memory.read(sockets.Ucred, at);
    return `{pid=${pid}, uid=${uid}, gid=${gid}}`;
  }
  if (number === sockets.SO_LINGER && size >= sockets.Linger.size) {
    const { l_onoff, l_linger } = memory.read(sockets.Linger, at);
    return `{l_onoff=${l_onoff}, l_linger=${l_linger}}`;
  }
  if (size === INTS) return `[${memory.readI32(at)}]`;
  return quote(String.fromCharCode(...memory.readBytes(at, Math.min(size, look.style.strings))));
}

const optionIn: Reader = (look, at) => optionValue(look, at, look.argument(4));
const optionOut: Reader = (look, at) =>
  optionValue(look, at, look.memory.readI32(look.argument(4)));

const end = ['SHUT_RD', 'SHUT_WR', 'SHUT_RDWR'];
const flags = (_: Look, value: number) => MESSAGE_FLAGS(value);
const domainOf = (_: Look, value: number) => family(value);
const typeOf = (_: Look, value: number) => socketType(value);
const levelOf = (_: Look, value: number) => level(value);

/** Read when the call begins. */
export const SOCKET_INPUTS: Readonly<Record<string, readonly (Reader | undefined)[]>> = {
  bind: [undefined, given],
  connect: [undefined, given],
  sendto: [undefined, undefined, undefined, undefined, given],
  sendmsg: [undefined, sent],
  setsockopt: [undefined, undefined, undefined, optionIn],
};

/** Read when it has ended. */
export const SOCKET_OUTPUTS: Readonly<Record<string, readonly (Reader | undefined)[]>> = {
  accept: [undefined, returned, length],
  accept4: [undefined, returned, length],
  getsockname: [undefined, returned, length],
  getpeername: [undefined, returned, length],
  recvmsg: [undefined, received],
  getsockopt: [undefined, undefined, undefined, optionOut, length],
};

/** Where the kernel is told how much room there is: the argument that points to it. */
export const LENGTH_POINTERS: Readonly<Record<string, number>> = {
  accept: 2,
  accept4: 2,
  getsockname: 2,
  getpeername: 2,
  recvfrom: 5,
  getsockopt: 4,
};

/** recvfrom's, behind the buffer. */
export const RECEIVED_ADDRESS: readonly Reader[] = [returned, length];

/** Numbers whose meaning other arguments tell, or that have names of their own. */
export const SOCKET_VALUES: Readonly<
  Record<string, readonly (((look: Look, value: number) => string) | undefined)[]>
> = {
  socket: [domainOf, typeOf, protocol],
  socketpair: [domainOf, typeOf, protocol],
  setsockopt: [undefined, levelOf, option],
  getsockopt: [undefined, levelOf, option],
  shutdown: [undefined, (_, value) => end[value] ?? String(value)],
  sendto: [undefined, undefined, undefined, flags],
  recvfrom: [undefined, undefined, undefined, flags],
  sendmsg: [undefined, undefined, flags],
  recvmsg: [undefined, undefined, flags],
  accept4: [undefined, undefined, undefined, (_, value) => TYPE_FLAGS(value)],
};
