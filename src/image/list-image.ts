/** Listings of an image's files, in the forms of ls(1). */
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
  S_IFSOCK,
  S_ISGID,
  S_ISUID,
  S_ISVTX,
} from '../abi/stat.ts';
import { toBytes } from '../lib/bytes.ts';
import type { ImageNode } from './image-tree.ts';

const LETTERS: ReadonlyMap<number, string> = new Map([
  [S_IFREG, '-'],
  [S_IFDIR, 'd'],
  [S_IFLNK, 'l'],
  [S_IFCHR, 'c'],
  [S_IFBLK, 'b'],
  [S_IFIFO, 'p'],
  [S_IFSOCK, 's'],
]);

interface Row {
  readonly name: string;
  readonly node: ImageNode;
}

/** The node itself, or what a folder holds, by name; with `isRecursive` the paths of all that is below. */
function* rows(path: string, node: ImageNode, isRecursive: boolean): Generator<Row> {
  if (node.children === undefined) {
    yield { name: path, node };
    return;
  }
  const prefix = isRecursive ? `${path.replace(/\/+$/, '')}/` : '';
  const sorted = [...node.children].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, child] of sorted) {
    yield { name: prefix + name, node: child };
    if (isRecursive && child.children !== undefined) yield* rows(prefix + name, child, true);
  }
}

/** One name a line, as bytes. */
export function* names(path: string, node: ImageNode, isRecursive: boolean): Generator<Uint8Array> {
  for (const { name } of rows(path, node, isRecursive)) yield toBytes(`${name}\n`);
}

/** Lines of `ls -ln`, with the time in UTC. */
export function* longListing(
  path: string,
  node: ImageNode,
  isRecursive: boolean,
): Generator<Uint8Array> {
  for (const { name, node: child } of rows(path, node, isRecursive))
    yield toBytes(`${line(name, child)}\n`);
}

function line(name: string, node: ImageNode): string {
  const { mode, uid, gid, rdev, target, content, mtime } = node;
  const device = rdev === undefined ? undefined : `${deviceMajor(rdev)}, ${deviceMinor(rdev)}`;
  const size = device ?? String(content?.size ?? target?.length ?? 0);
  const time = new Date((mtime?.seconds ?? 0) * 1000).toISOString().slice(0, 16).replace('T', ' ');
  const arrow = target === undefined ? '' : ` -> ${target}`;
  return `${permissions(mode)} ${String(uid).padStart(5)} ${String(gid).padStart(5)} ${size.padStart(10)} ${time} ${name}${arrow}`;
}

function permissions(mode: number): string {
  const triple = (shift: number, isSpecial: boolean, special: string): string => {
    const bits = (mode >>> shift) & 7;
    const canRun = (bits & 1) !== 0;
    const last = isSpecial ? (canRun ? special : special.toUpperCase()) : canRun ? 'x' : '-';
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`;
  };
  return `${LETTERS.get(mode & S_IFMT) ?? '?'}${triple(6, (mode & S_ISUID) !== 0, 's')}${triple(3, (mode & S_ISGID) !== 0, 's')}${triple(0, (mode & S_ISVTX) !== 0, 't')}`;
}
