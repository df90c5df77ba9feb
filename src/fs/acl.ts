/** Access-control lists: POSIX.1e draft 17, acl(5). Linux: fs/posix_acl.c. Kept as extended attributes; the mode's group bits are the mask. */
import { EINVAL, EOPNOTSUPP, fail } from '../abi/errno.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import type { Inode } from './inode.ts';

export const ACCESS_ACL = 'system.posix_acl_access';
export const DEFAULT_ACL = 'system.posix_acl_default';

/** Tags, in the order that a list has them. */
const USER_OBJ = 1;
const USER = 2;
const GROUP_OBJ = 4;
const GROUP = 8;
const MASK = 0x10;
const OTHER = 0x20;

const VERSION = 2;
const HEADER_BYTES = 4;
const ENTRY_BYTES = 8;
/** ACL_UNDEFINED_ID. */
const NO_ID = 0xffff_ffff;

interface AclEntry {
  readonly tag: number;
  /** Of 7. */
  readonly permissions: number;
  /** Of USER and GROUP. */
  readonly id: number;
}

export type Acl = readonly AclEntry[];

/** The entries of an attribute; undefined for a list without any. Throws EINVAL, EOPNOTSUPP for another version. */
export function decodeAcl(bytes: Uint8Array): Acl | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER_BYTES || (bytes.length - HEADER_BYTES) % ENTRY_BYTES !== 0)
    throw fail(EINVAL, 'length of the list');
  if (view.getUint32(0, true) !== VERSION) throw fail(EOPNOTSUPP, 'version of the list');
  const acl: AclEntry[] = [];
  for (let at = HEADER_BYTES; at < bytes.length; at += ENTRY_BYTES) {
    acl.push({
      tag: view.getUint16(at, true),
      permissions: view.getUint16(at + 2, true),
      id: view.getUint32(at + 4, true),
    });
  }
  if (acl.length === 0) return undefined;
  check(acl);
  return acl;
}

/** One of each, in order, with a mask if there are named ones. Linux: posix_acl_valid. */
function check(acl: Acl): void {
  const count = (tag: number): number => acl.filter((entry) => entry.tag === tag).length;
  const isSorted = acl.every(({ tag }, i) => i === 0 || (acl[i - 1] as AclEntry).tag <= tag);
  const isSound =
    isSorted &&
    acl.every(({ permissions }) => (permissions & ~7) === 0) &&
    acl.every(({ tag, id }) => (tag !== USER && tag !== GROUP) || id !== NO_ID) &&
    acl.every(({ tag }) => [USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHER].includes(tag)) &&
    [USER_OBJ, GROUP_OBJ, OTHER].every((tag) => count(tag) === 1) &&
    count(MASK) <= 1 &&
    (count(MASK) === 1 || count(USER) + count(GROUP) === 0);
  if (!isSound) throw fail(EINVAL, 'no list can be so');
}

export function encodeAcl(acl: Acl): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + acl.length * ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, VERSION, true);
  for (const [i, { tag, permissions, id }] of acl.entries()) {
    const at = HEADER_BYTES + i * ENTRY_BYTES;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, permissions, true);
    view.setUint32(at + 4, tag === USER || tag === GROUP ? id : NO_ID, true);
  }
  return bytes;
}

function read(inode: Inode, name: string): Acl | undefined {
  const attributes = inode.storedXattrs === undefined ? inode.xattrs : inode.storedXattrs();
  const bytes = attributes?.get(name);
  return bytes && decodeAcl(bytes);
}

/** The list beside the permission bits, if there is one. */
export function accessAclOf(inode: Inode): Acl | undefined {
  return read(inode, ACCESS_ACL);
}

function permissionsOf(acl: Acl, tag: number): number | undefined {
  return acl.find((entry) => entry.tag === tag)?.permissions;
}

/** What the list grants to somebody who is not the owner. `isMember` tells the groups. Linux: posix_acl_permission. */
export function grants(
  acl: Acl,
  inode: Inode,
  uid: number,
  isMember: (gid: number) => boolean,
  wanted: number,
): boolean {
  const mask = permissionsOf(acl, MASK) ?? 7;
  const named = acl.find(({ tag, id }) => tag === USER && id === uid);
  if (named) return (wanted & ~(named.permissions & mask)) === 0;
  const groups = acl.filter(
    ({ tag, id }) => (tag === GROUP_OBJ && isMember(inode.gid)) || (tag === GROUP && isMember(id)),
  );
  // One entry must grant all of it.
  if (groups.length > 0)
    return groups.some(({ permissions }) => (wanted & ~(permissions & mask)) === 0);
  return (wanted & ~(permissionsOf(acl, OTHER) ?? 0)) === 0;
}

/** The permission bits that show a list, and whether they say all that it does. */
export function modeOf(acl: Acl): { mode: number; isWhole: boolean } {
  const group = permissionsOf(acl, MASK) ?? permissionsOf(acl, GROUP_OBJ) ?? 0;
  const user = permissionsOf(acl, USER_OBJ) ?? 0;
  const mode = (user << 6) | (group << 3) | (permissionsOf(acl, OTHER) ?? 0);
  return { mode, isWhole: acl.length === 3 };
}

/** The list after a chmod. */
function withMode(acl: Acl, mode: number): Acl {
  const group = permissionsOf(acl, MASK) === undefined ? GROUP_OBJ : MASK;
  const bits = new Map([
    [USER_OBJ, (mode >>> 6) & 7],
    [group, (mode >>> 3) & 7],
    [OTHER, mode & 7],
  ]);
  return acl.map((entry) => ({ ...entry, permissions: bits.get(entry.tag) ?? entry.permissions }));
}

/** The mode was changed: the list follows. */
export function modeChanged(inode: Inode): void {
  const acl = accessAclOf(inode);
  if (acl) inode.xattrs?.set(ACCESS_ACL, encodeAcl(withMode(acl, inode.mode)));
}

/** The permissions of a new entry: those of the default list stand in for the umask. */
export function maskedMode(directory: Inode, mode: number, umask: number): number {
  return read(directory, DEFAULT_ACL) === undefined ? mode & ~umask : mode;
}

/** A new entry takes over the default list of its directory, as far as its mode allows. Linux: posix_acl_create. */
export function inheritAcl(directory: Inode, inode: Inode): void {
  const inherited = read(directory, DEFAULT_ACL);
  if (!inherited || !inode.xattrs) return;
  const limits = withMode(inherited, inode.mode);
  const acl = inherited.map((entry, i) => ({
    ...entry,
    permissions: entry.permissions & (limits[i] as AclEntry).permissions,
  }));
  const { mode, isWhole } = modeOf(acl);
  inode.setAttributes({ mode: (inode.mode & 0o7000) | mode });
  if (!isWhole) inode.xattrs.set(ACCESS_ACL, encodeAcl(acl));
  if ((inode.mode & S_IFMT) === S_IFDIR) inode.xattrs.set(DEFAULT_ACL, encodeAcl(inherited));
}
