/** Archives in cpio's "newc" form, as Linux takes its initial RAM disk: cpio(5). */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

export interface CpioEntry {
  readonly path: string;
  /** File type and permissions. */
  readonly mode: number;
  readonly bytes?: Uint8Array;
}

const DIRECTORY = 0o040755;
const PROGRAM_MODE = 0o100755;
const text = new TextEncoder();

function padding(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4);
}

function encode(entry: CpioEntry, inode: number): Uint8Array[] {
  const name = text.encode(`${entry.path}\0`);
  const bytes = entry.bytes ?? new Uint8Array(0);
  const links = entry.mode === DIRECTORY ? 2 : 1;
  const [uid, gid, mtime, device, check] = [0, 0, 0, 0, 0];
  const fields = [inode, entry.mode, uid, gid, links, mtime, bytes.length];
  const numbers = [...fields, device, device, device, device, name.length, check];
  const header = text.encode(
    `070701${numbers.map((n) => n.toString(16).padStart(8, '0')).join('')}`,
  );
  return [header, name, padding(header.length + name.length), bytes, padding(bytes.length)];
}

/** Folders come before what lies in them. */
export function cpio(entries: readonly CpioEntry[]): Uint8Array {
  const all = [...entries, { path: 'TRAILER!!!', mode: 0 }];
  return Buffer.concat(all.flatMap((entry, index) => encode(entry, index + 1)));
}

/** An initial RAM disk, packed, whose only file is the program, as /init. */
export function programArchive(program: string): Uint8Array {
  return gzipSync(cpio([{ path: 'init', mode: PROGRAM_MODE, bytes: readFileSync(program) }]));
}
