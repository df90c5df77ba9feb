/** Writes the files of an image as a pax archive, with hard links and extended attributes. POSIX.1-2024, pax; the same form as readTar reads. */
import {
  deviceMajor,
  deviceMinor,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '../abi/stat.ts';
import type { Content, TreeEntry } from '../fs/populate.ts';
import { fromUnicode, toBytes } from '../lib/bytes.ts';
import { bytesContent } from './content.ts';

const BLOCK = 512;
const PIECE_BYTES = 2 ** 20;
/** Largest values of the octal fields of 8 and 12 bytes. */
const MAX_ID = 0o7777777;
const MAX_SIZE = 0o77777777777;
const NAME_BYTES = 100;
const FLAGS: ReadonlyMap<number, string> = new Map([
  [S_IFREG, '0'],
  [S_IFLNK, '2'],
  [S_IFCHR, '3'],
  [S_IFBLK, '4'],
  [S_IFDIR, '5'],
  [S_IFIFO, '6'],
]);

/** The archive in pieces, its two last blocks of zeros included. Sockets are left out. */
export function* writeTar(entries: Iterable<TreeEntry>): Generator<Uint8Array> {
  for (const entry of entries) {
    const flag = entry.linkTo === undefined ? FLAGS.get(entry.mode & S_IFMT) : '1';
    if (flag === undefined) continue;
    const content = contentOf(entry, flag);
    yield header(entry, flag, content?.size ?? 0);
    if (!content) continue;
    for (let at = 0; at < content.size; at += PIECE_BYTES) {
      const bytes = new Uint8Array(Math.min(PIECE_BYTES, content.size - at));
      content.read(at, bytes);
      yield bytes;
    }
    yield new Uint8Array(padding(content.size));
  }
  yield new Uint8Array(2 * BLOCK);
}

function contentOf({ content }: TreeEntry, flag: string): Content | undefined {
  if (flag !== '0' || content === undefined) return undefined;
  return content instanceof Uint8Array ? bytesContent(content) : content;
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function header(entry: TreeEntry, flag: string, size: number): Uint8Array {
  const { mode, uid = 0, gid = 0, mtime, rdev = 0, xattrs } = entry;
  const path = `./${entry.path}${flag === '5' && entry.path !== '' ? '/' : ''}`;
  const link = entry.linkTo === undefined ? (entry.target ?? '') : `./${entry.linkTo}`;
  const records: Uint8Array[] = [];
  const record = (key: string, value: Uint8Array) => records.push(paxRecord(key, value));
  if (path.length > NAME_BYTES) record('path', toBytes(path));
  if (link.length > NAME_BYTES) record('linkpath', toBytes(link));
  if (size > MAX_SIZE) record('size', toBytes(String(size)));
  if (uid > MAX_ID) record('uid', toBytes(String(uid)));
  if (gid > MAX_ID) record('gid', toBytes(String(gid)));
  if (mtime && mtime.nanoseconds !== 0) {
    record('mtime', toBytes(`${mtime.seconds}.${String(mtime.nanoseconds).padStart(9, '0')}`));
  }
  for (const [name, value] of xattrs ?? []) record(`SCHILY.xattr.${name}`, value);
  const block = new Uint8Array(BLOCK);
  put(block, 0, path.slice(0, NAME_BYTES));
  number(block, 100, 8, mode & 0o7777);
  number(block, 108, 8, Math.min(uid, MAX_ID));
  number(block, 116, 8, Math.min(gid, MAX_ID));
  number(block, 124, 12, Math.min(size, MAX_SIZE));
  number(block, 136, 12, Math.max(0, mtime?.seconds ?? 0));
  put(block, 156, flag);
  put(block, 157, link.slice(0, NAME_BYTES));
  put(block, 257, 'ustar\0' + '00');
  number(block, 329, 8, deviceMajor(rdev));
  number(block, 337, 8, deviceMinor(rdev));
  checksum(block);
  return records.length === 0 ? block : join([extendedHeader(records), block]);
}

function extendedHeader(records: readonly Uint8Array[]): Uint8Array {
  const data = join(records);
  const block = new Uint8Array(BLOCK);
  put(block, 0, './PaxHeaders/entry');
  number(block, 100, 8, 0o644);
  number(block, 108, 8, 0);
  number(block, 116, 8, 0);
  number(block, 124, 12, data.length);
  number(block, 136, 12, 0);
  put(block, 156, 'x');
  put(block, 257, 'ustar\0' + '00');
  checksum(block);
  return join([block, data, new Uint8Array(padding(data.length))]);
}

/** The length counts itself. */
function paxRecord(key: string, value: Uint8Array): Uint8Array {
  const rest = fromUnicode(` ${key}=`).length + value.length + 1;
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length = rest + String(length).length;
  return join([toBytes(`${length} ${key}=`), value, toBytes('\n')]);
}

function put(block: Uint8Array, at: number, text: string): void {
  block.set(toBytes(text), at);
}

function number(block: Uint8Array, at: number, width: number, value: number): void {
  put(block, at, value.toString(8).padStart(width - 1, '0'));
}

function checksum(block: Uint8Array): void {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(block, 148, `${sum.toString(8).padStart(6, '0')}\0 `);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
