/** The attribute `origin`: a handle of the lower file that was copied up, so that its number stays. Linux: struct ovl_fb. */
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import type { Inode } from '../inode.ts';

const MAGIC = 0xfb;
const HEADER_BYTES = 21;
/** FILEID_INO32_GEN. */
const TYPE_INO_GENERATION = 1;
const LENGTH = HEADER_BYTES + 8;

export function encodeOrigin({ ino, generation }: Inode): string {
  const bytes = new Uint8Array(LENGTH);
  // Version, magic, length, flags, type; the identity of the file system is left out.
  bytes.set([0, MAGIC, LENGTH, 0, TYPE_INO_GENERATION]);
  const view = new DataView(bytes.buffer);
  view.setUint32(HEADER_BYTES, ino % 2 ** 32, true);
  view.setUint32(HEADER_BYTES + 4, generation ?? 0, true);
  return fromBytes(bytes);
}

/** The number; undefined for a handle of another kind. */
export function decodeOrigin(value: string): number | undefined {
  const bytes = toBytes(value);
  const isKnown = bytes.length === LENGTH && bytes[1] === MAGIC && bytes[4] === TYPE_INO_GENERATION;
  return isKnown ? new DataView(bytes.buffer).getUint32(HEADER_BYTES, true) : undefined;
}
