/**
 * What V8 compiled of the machine's code, kept from process to process. V8 trusts what it is given: so a file that others may have
 * written, or whose two copies of it differ, is as none. Nothing that fails here is an error.
 */
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const PREFIX = 'code-';
/** Of other versions of Node, or of this package, and of all beginnings; 5 MB each. */
const MAX_FILES = 8;
const OTHERS_MAY_WRITE = 0o022;
const PIECE_BYTES = 65_536;

/** Whether the file is two equal copies of what `data` is then. The second one by pieces: fresh pages for all of it cost more than to read it. */
function readTwice(descriptor: number, data: Uint8Array): boolean {
  if (data.length === 0 || readSync(descriptor, data) !== data.length) return false;
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let at = 0; at < data.length; ) {
    const length = readSync(descriptor, piece);
    const end = at + length;
    if (length === 0 || !piece.subarray(0, length).equals(data.subarray(at, end))) return false;
    at = end;
  }
  return true;
}

export class CodeFile {
  private readonly folder: string;
  private readonly path: string;

  /** `key` tells versions of the code apart, and of Node. */
  constructor(folder: string, key: string) {
    this.folder = folder;
    this.path = join(folder, PREFIX + key);
  }

  /** In memory of its own. */
  read(): Uint8Array<ArrayBuffer> | undefined {
    try {
      const descriptor = openSync(this.path, 'r');
      try {
        const status = fstatSync(descriptor);
        const isOwn = process.getuid === undefined || status.uid === process.getuid();
        if (!status.isFile() || !isOwn || status.mode & OTHERS_MAY_WRITE) return undefined;
        const data = new Uint8Array(Buffer.allocUnsafeSlow(status.size / 2).buffer);
        return readTwice(descriptor, data) ? data : undefined;
      } finally {
        closeSync(descriptor);
      }
    } catch {
      return undefined;
    }
  }

  /** It appears whole or not at all. Two copies are compared in 0.3 ms; a checksum took 4, most of it zlib's being loaded. */
  write(data: Buffer): void {
    const partial = `${this.path}.${process.pid}.tmp`;
    try {
      writeFileSync(partial, Buffer.concat([data, data]), { mode: 0o600 });
      renameSync(partial, this.path);
      this.removeOldest();
    } catch {
      // As where there is no room, or no folder any more: it is compiled again.
    }
  }

  private removeOldest(): void {
    const files = readdirSync(this.folder)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => join(this.folder, name))
      .map((path) => ({ path, time: statSync(path).mtimeMs }))
      .sort((a, b) => b.time - a.time);
    for (const { path } of files.slice(MAX_FILES)) unlinkSync(path);
  }
}
