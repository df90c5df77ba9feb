/** What the kernel answers on NETLINK_ROUTE, in a system without network interfaces: rtnetlink(7). Linux: net/core/rtnetlink.c. */
import { EINVAL, ENODEV, EOPNOTSUPP, EPERM } from '../../../abi/errno.ts';
import {
  IFINFOMSG_BYTES,
  NLM_F_ACK,
  NLM_F_CAPPED,
  NLM_F_DUMP,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_ALIGNTO,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_MIN_TYPE,
  Nlmsghdr,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_GETNEIGH,
  RTM_GETNEIGHTBL,
  RTM_GETROUTE,
  RTM_GETRULE,
  RTM_KIND_GET,
  RTM_KIND_MASK,
  RTM_MAX,
} from '../../../abi/netlink.ts';
import { CAP_NET_ADMIN } from '../../credentials.ts';
import type { Task } from '../../task.ts';

type Header = ReturnType<typeof Nlmsghdr.decode>;

const HEADER = Nlmsghdr.size;
/** All of these tables are empty. */
const TABLES: ReadonlySet<number> = new Set([
  RTM_GETLINK,
  RTM_GETADDR,
  RTM_GETROUTE,
  RTM_GETNEIGH,
  RTM_GETNEIGHTBL,
  RTM_GETRULE,
]);

/** The datagrams that answer one with requests from `port`. */
export function answerRoute(task: Task, bytes: Uint8Array, port: number): Uint8Array[] {
  const answers: Uint8Array[] = [];
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const header = Nlmsghdr.decode(bytes, at);
    const { nlmsg_len, nlmsg_flags } = header;
    if (nlmsg_len < HEADER || nlmsg_len > bytes.length - at) break;
    const request = bytes.subarray(at, at + nlmsg_len);
    at += Math.ceil(nlmsg_len / NLMSG_ALIGNTO) * NLMSG_ALIGNTO;
    const outcome = serve(task, header);
    if (outcome === 'end of table') answers.push(endOfTable(header, port));
    else if (outcome !== 0 || (nlmsg_flags & NLM_F_ACK) !== 0)
      answers.push(acknowledge(header, request, port, outcome));
  }
  return answers;
}

/** An errno, or 0. */
function serve(task: Task, header: Header): number | 'end of table' {
  const { nlmsg_len, nlmsg_type, nlmsg_flags } = header;
  if ((nlmsg_flags & NLM_F_REQUEST) === 0 || nlmsg_type < NLMSG_MIN_TYPE) return 0;
  if (nlmsg_type > RTM_MAX) return EOPNOTSUPP;
  // Without even the byte for the family there is nothing to do.
  if (nlmsg_len === HEADER) return 0;
  const isGet = (nlmsg_type & RTM_KIND_MASK) === RTM_KIND_GET;
  if (!isGet && !task.credentials.hasCapability(CAP_NET_ADMIN)) return EPERM;
  if (isGet && (nlmsg_flags & NLM_F_DUMP) !== 0)
    return TABLES.has(nlmsg_type) ? 'end of table' : EOPNOTSUPP;
  if (nlmsg_type !== RTM_GETLINK) return EOPNOTSUPP;
  return nlmsg_len < HEADER + IFINFOMSG_BYTES ? EINVAL : ENODEV;
}

function endOfTable({ nlmsg_seq }: Header, port: number): Uint8Array {
  const bytes = new Uint8Array(HEADER + 4);
  const nlmsg_len = bytes.length;
  const nlmsg_flags = NLM_F_MULTI;
  bytes.set(
    Nlmsghdr.encode({ nlmsg_len, nlmsg_type: NLMSG_DONE, nlmsg_flags, nlmsg_seq, nlmsg_pid: port }),
  );
  return bytes;
}

/** struct nlmsgerr: with the whole request if it failed. */
function acknowledge(
  { nlmsg_seq }: Header,
  request: Uint8Array,
  port: number,
  errno: number,
): Uint8Array {
  const quoted = errno === 0 ? request.subarray(0, HEADER) : request;
  const bytes = new Uint8Array(HEADER + 4 + quoted.length);
  bytes.set(
    Nlmsghdr.encode({
      nlmsg_len: bytes.length,
      nlmsg_type: NLMSG_ERROR,
      nlmsg_flags: errno === 0 ? NLM_F_CAPPED : 0,
      nlmsg_seq,
      nlmsg_pid: port,
    }),
  );
  new DataView(bytes.buffer).setInt32(HEADER, -errno, true);
  bytes.set(quoted, HEADER + 4);
  return bytes;
}
