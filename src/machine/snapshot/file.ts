/**
 * A machine in a file, version 1. Little-endian:
 *
 *   0   magic        8 bytes
 *   8   u32          version of the format
 *   12  u32          compression of the blocks (CODECS)
 *   16  f64          length of the whole file
 *   24  32 bytes     SHA-256 of all that follows
 *   56  blocks       {u32 length, u32 length when expanded, bytes}: the state, then pages of memory
 *
 * The state is a record (state-codec.ts); its `memory` tells which frame holds which page of the blocks. Frames of zeros are
 * not there, equal ones once.
 */
import type { StateValue } from '../state.ts';
import { decodeState, encodeState } from './state-codec.ts';

/** What the host has for it. */
export interface SnapshotHost {
  /** Name of the compression that `compress` makes. */
  readonly compression: string;
  compress(bytes: Uint8Array): Uint8Array;
  /** Throws where the bytes are damaged or give more than `length`; undefined where the host lacks the compression. */
  expand(compression: string, bytes: Uint8Array, length: number): Uint8Array | undefined;
  sha256(parts: readonly Uint8Array[]): Uint8Array;
}

/** Not a snapshot, or one that cannot be used; the message says why. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

export interface SnapshotContent {
  readonly state: StateValue;
  /** Blocks of memory, in order. */
  readonly blocks: readonly Uint8Array[];
}

const MAGIC = Uint8Array.of(0x89, 0x48, 0x52, 0x54, 0x58, 0x0d, 0x0a, 0x1a);
const VERSION = 1;
const CODECS: readonly string[] = ['deflate', 'zstd', 'none'];
const HEADER_BYTES = 56;
const DIGEST = 24;
const BLOCK_HEADER_BYTES = 8;
/** Larger blocks are refused: a state has tens of megabytes where a disk's changes are in it. */
const MAX_BLOCK_BYTES = 1024 * 1024 * 1024;
/** The largest RAM, and a state. */
const MAX_TOTAL_BYTES = 5 * MAX_BLOCK_BYTES;

/** The file, in parts to be written one after the other. */
export function encodeSnapshot(content: SnapshotContent, host: SnapshotHost): Uint8Array[] {
  const body: Uint8Array[] = [];
  for (const block of [encodeState(content.state), ...content.blocks]) {
    const compressed = host.compress(block);
    const header = new Uint8Array(BLOCK_HEADER_BYTES);
    const view = new DataView(header.buffer);
    view.setUint32(0, compressed.length, true);
    view.setUint32(4, block.length, true);
    body.push(header, compressed);
  }
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, CODECS.indexOf(host.compression), true);
  view.setFloat64(
    16,
    body.reduce((sum, part) => sum + part.length, HEADER_BYTES),
    true,
  );
  header.set(host.sha256(body), DIGEST);
  return [header, ...body];
}

function checkHeader(file: Uint8Array, host: SnapshotHost, isTrusted: boolean): string {
  const isOurs = MAGIC.every((byte, at) => file[at] === byte);
  if (!isOurs) throw new SnapshotError('this is no snapshot of a machine');
  if (file.length < HEADER_BYTES) throw new SnapshotError('the snapshot is cut off in its header');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const version = view.getUint32(8, true);
  if (version !== VERSION) {
    throw new SnapshotError(
      `the snapshot has format ${version}, this version reads format ${VERSION}: ` +
        (version > VERSION ? 'a newer Hartix wrote it' : 'an older Hartix wrote it'),
    );
  }
  const length = view.getFloat64(16, true);
  if (!Number.isInteger(length))
    throw new SnapshotError('the snapshot is damaged: its length is none');
  if (length !== file.length) {
    throw new SnapshotError(
      `the snapshot should have ${length} bytes and has ${file.length}: ` +
        (file.length < length ? 'it is cut off' : 'something was added to it'),
    );
  }
  const isWhole = () =>
    host.sha256([file.subarray(HEADER_BYTES)]).every((byte, at) => byte === file[DIGEST + at]);
  if (!isTrusted && !isWhole())
    throw new SnapshotError('the snapshot is damaged: its checksum is wrong');
  const codec = CODECS[view.getUint32(12, true)];
  if (codec === undefined) throw new SnapshotError('the snapshot has an unknown compression');
  return codec;
}

/** Throws SnapshotError. `isTrusted`: its checksum is not looked at. Blocks that are not compressed are parts of `file`. */
export function decodeSnapshot(
  file: Uint8Array,
  host: SnapshotHost,
  isTrusted = false,
): SnapshotContent {
  const compression = checkHeader(file, host, isTrusted);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const blocks: Uint8Array[] = [];
  let total = 0;
  for (let at = HEADER_BYTES; at < file.length; ) {
    if (at + BLOCK_HEADER_BYTES > file.length) throw damaged('a block is cut off');
    const length = view.getUint32(at, true);
    const expanded = view.getUint32(at + 4, true);
    at += BLOCK_HEADER_BYTES;
    if (at + length > file.length || expanded > MAX_BLOCK_BYTES) throw damaged('a wrong block');
    total += expanded;
    if (total > MAX_TOTAL_BYTES) throw damaged('more memory than a machine can have');
    blocks.push(expand(host, compression, file.subarray(at, at + length), expanded));
    at += length;
  }
  const [state, ...pages] = blocks;
  if (!state) throw damaged('it has no state');
  try {
    return { state: decodeState(state), blocks: pages };
  } catch (cause) {
    throw damaged(cause instanceof Error ? cause.message : 'its state cannot be read', cause);
  }
}

function expand(
  host: SnapshotHost,
  compression: string,
  bytes: Uint8Array,
  length: number,
): Uint8Array {
  let result: Uint8Array | undefined;
  try {
    result = compression === 'none' ? bytes : host.expand(compression, bytes, length);
  } catch (cause) {
    throw damaged('a block cannot be expanded', cause);
  }
  if (!result) {
    throw new SnapshotError(
      `the snapshot is compressed with ${compression}, which this Node lacks`,
    );
  }
  if (result.length !== length) throw damaged('a block has a wrong length');
  return result;
}

function damaged(what: string, cause?: unknown): SnapshotError {
  return new SnapshotError(`the snapshot is damaged: ${what}`, { cause });
}
