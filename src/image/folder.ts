/** A folder of the host as the files of an image: owners, modes, times, devices, hard links and extended attributes. */
import { spawnSync } from 'node:child_process';
import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import {
  makeDevice,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from '../abi/stat.ts';
import { fromBytes } from '../lib/bytes.ts';
import { HostFile } from './content.ts';
import { type ImageNode, ImageTree } from './image-tree.ts';

const SLASH = Buffer.from('/');

export interface FolderTree {
  readonly tree: ImageTree;
  /** What could not be kept, as lines for the user. */
  readonly notes: readonly string[];
}

/** Throws node's errors for what cannot be read. Without root's rights, the user's own files become root's: nobody else's could be in a root. */
export function readFolder(folder: string): FolderTree {
  const tree = new ImageTree();
  const own = process.getuid?.() ?? 0;
  const seen = new Map<string, ImageNode>();
  const notes = new Set<string>();
  const xattrs = readXattrs(folder, notes);
  const visit = (path: Buffer, inImage: string): void => {
    const stat = lstatSync(path, { bigint: true });
    const kind = Number(stat.mode) & S_IFMT;
    if (kind === S_IFSOCK) {
      notes.add('sockets were left out');
      return;
    }
    const identity = `${stat.dev}:${stat.ino}`;
    const known = seen.get(identity);
    if (known !== undefined) {
      tree.put(inImage, known);
      return;
    }
    const node = nodeOf(path, stat, own);
    const attributes = xattrs.get(inImage);
    if (attributes !== undefined) node.xattrs = attributes;
    if (stat.nlink > 1n && kind !== S_IFDIR) seen.set(identity, node);
    tree.put(inImage, node);
    if (kind !== S_IFDIR) return;
    for (const name of readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare)) {
      visit(Buffer.concat([path, SLASH, name]), `${inImage}/${fromBytes(name)}`);
    }
  };
  visit(Buffer.from(folder), '');
  return { tree, notes: [...notes] };
}

function nodeOf(path: Buffer, stat: BigIntStats, own: number): ImageNode {
  const mode = Number(stat.mode);
  const uid = Number(stat.uid);
  const isOwn = own !== 0 && uid === own;
  const nanoseconds = Number(((stat.mtimeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
  const node: ImageNode = {
    mode,
    uid: isOwn ? 0 : uid,
    gid: isOwn ? 0 : Number(stat.gid),
    mtime: { seconds: Math.floor(Number(stat.mtimeMs) / 1000), nanoseconds },
  };
  switch (mode & S_IFMT) {
    case S_IFREG:
      node.content = new HostFile(path, Number(stat.size));
      break;
    case S_IFDIR:
      node.children = new Map();
      break;
    case S_IFLNK:
      node.target = fromBytes(readlinkSync(path, { encoding: 'buffer' }));
      break;
    case S_IFCHR:
    case S_IFBLK:
      node.rdev = deviceOf(stat.rdev);
      break;
    default:
  }
  return node;
}

/** The C library's 64-bit dev_t (gnu_dev_major, gnu_dev_minor). */
function deviceOf(device: bigint): number {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn & 0xffff_ffffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn & 0xffff_ffffn);
  return makeDevice(Number(major), Number(minor));
}

/** Node cannot read them: getfattr(1) is asked, where it is installed. By path in the image. */
function readXattrs(folder: string, notes: Set<string>): Map<string, Map<string, Uint8Array>> {
  const result = new Map<string, Map<string, Uint8Array>>();
  const options = ['-R', '-P', '-h', '-d', '-m', '-', '-e', 'hex', '--', '.'];
  const { stdout, error } = spawnSync('getfattr', options, { cwd: folder, maxBuffer: 2 ** 30 });
  if (error) {
    notes.add('extended attributes were left out: getfattr (package attr) is not installed');
    return result;
  }
  let current = new Map<string, Uint8Array>();
  for (const line of fromBytes(stdout).split('\n')) {
    if (line.startsWith('# file: ')) {
      const path = line
        .slice(8)
        .replace(/\\([0-7]{3})/g, (_, octal: string) =>
          String.fromCharCode(Number.parseInt(octal, 8)),
        );
      current = new Map();
      result.set(path === '.' ? '' : `/${path.replace(/^\.\//, '')}`, current);
      continue;
    }
    const equals = line.indexOf('=0x');
    if (equals > 0)
      current.set(
        line.slice(0, equals),
        Uint8Array.from(Buffer.from(line.slice(equals + 3), 'hex')),
      );
  }
  return result;
}
