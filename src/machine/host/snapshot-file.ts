/** Snapshots on the host's disk: Node's compression and checksum, and files that are whole or not there. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  decodeSnapshot,
  encodeSnapshot,
  type SnapshotContent,
  SnapshotError,
  type SnapshotHost,
} from '../snapshot/file.ts';

/** Node has it from 22.15 on. */
const hasZstd = (): boolean => typeof zstdCompressSync === 'function';
/** Fast: memory is mostly code and tables, of which higher levels gain a tenth. */
const DEFLATE_LEVEL = 1;

const host: SnapshotHost = {
  get compression() {
    return hasZstd() ? 'zstd' : 'deflate';
  },
  compress: (bytes) =>
    hasZstd() ? zstdCompressSync(bytes) : deflateRawSync(bytes, { level: DEFLATE_LEVEL }),
  expand: (compression, bytes, length) => {
    const options = { maxOutputLength: Math.max(1, length) };
    if (compression === 'deflate') return inflateRawSync(bytes, options);
    return hasZstd() ? zstdDecompressSync(bytes, options) : undefined;
  },
  sha256: (parts) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  },
};

/** The file's content. Throws SnapshotError. */
export function decodeFile(bytes: Uint8Array): SnapshotContent {
  return decodeSnapshot(bytes, host);
}

/** What would be in the file. */
export function encodeFile(content: SnapshotContent): Uint8Array {
  return Buffer.concat(encodeSnapshot(content, host));
}

/** Returns the file's length. Throws SnapshotError where it cannot be written; then an older file of that name is as it was. */
export function writeSnapshot(path: string, content: SnapshotContent): number {
  const parts = encodeSnapshot(content, host);
  const unfinished = `${path}.${process.pid}.part`;
  let length = 0;
  try {
    const file = openSync(unfinished, 'wx', 0o600);
    try {
      for (const part of parts) {
        for (let done = 0; done < part.length; ) done += writeSync(file, part, done);
        length += part.length;
      }
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof TypeError) throw error;
    // 'ENOENT: no such file or directory, open …'
    throw new SnapshotError(`cannot write '${path}': ${message.split(',')[0]}`, { cause: error });
  }
  return length;
}

/**
 * A file's bytes without compression, which is quicker to begin with: what the package brings is compressed as a whole, and was checked when it was
 * installed. Throws SnapshotError.
 */
export function expandFile(bytes: Uint8Array): Uint8Array {
  const plain = { ...host, compression: 'none', compress: (block: Uint8Array) => block };
  return Buffer.concat(encodeSnapshot(decodeFile(bytes), plain));
}

/** Throws SnapshotError. `isTrusted`: a file of the package itself, as its code, whose checksum is not looked at. */
export function readSnapshot(path: string, isTrusted = false): SnapshotContent {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new SnapshotError(`cannot read '${path}'`, { cause });
  }
  return decodeSnapshot(bytes, host, isTrusted);
}
