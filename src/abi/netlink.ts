/** Netlink: linux/netlink.h, linux/rtnetlink.h. */
import { layout } from '../lib/layout.ts';

export const NETLINK_ROUTE = 0;

/** Types below are control messages, the same for all protocols. */
export const NLMSG_MIN_TYPE = 0x10;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLMSG_ALIGNTO = 4;

export const NLM_F_REQUEST = 1;
export const NLM_F_MULTI = 2;
export const NLM_F_ACK = 4;
export const NLM_F_CAPPED = 0x100;
export const NLM_F_ROOT = 0x100;
export const NLM_F_MATCH = 0x200;
export const NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH;

export const SockaddrNl = layout({
  nl_family: 'u16',
  nl_pad: 'u16',
  nl_pid: 'u32',
  nl_groups: 'u32',
});

export const Nlmsghdr = layout({
  nlmsg_len: 'u32',
  nlmsg_type: 'u16',
  nlmsg_flags: 'u16',
  nlmsg_seq: 'u32',
  nlmsg_pid: 'u32',
});

export const RTM_BASE = 16;
/** The last type that Linux 6.6 has a name for. */
export const RTM_MAX = 123;
/** The lowest bits of a type say what is asked. */
export const RTM_KIND_MASK = 3;
export const RTM_KIND_GET = 2;
export const RTM_GETLINK = 18;
export const RTM_GETADDR = 22;
export const RTM_GETROUTE = 26;
export const RTM_GETNEIGH = 30;
export const RTM_GETRULE = 34;
export const RTM_GETNEIGHTBL = 66;
/** Bytes of struct ifinfomsg. */
export const IFINFOMSG_BYTES = 16;
