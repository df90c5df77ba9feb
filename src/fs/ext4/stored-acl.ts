/** Access-control lists as ext4 stores them: version 1, ids only where there are some. Linux: fs/ext4/acl.h. */
const STORED_VERSION = 1;
const VERSION = 2;
const HEADER_BYTES = 4;
const SHORT_BYTES = 4;
const LONG_BYTES = 8;
const NO_ID = 0xffff_ffff;

/** ACL_USER and ACL_GROUP. */
function hasId(tag: number): boolean {
  return tag === 2 || tag === 8;
}

/** From the form of the system calls. */
export function storedAcl(bytes: Uint8Array): Uint8Array {
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const result = new Uint8Array(bytes.length);
  const to = new DataView(result.buffer);
  to.setUint32(0, STORED_VERSION, true);
  let end = HEADER_BYTES;
  for (let at = HEADER_BYTES; at + LONG_BYTES <= bytes.length; at += LONG_BYTES) {
    to.setUint32(end, from.getUint32(at, true), true);
    end += SHORT_BYTES;
    if (!hasId(from.getUint16(at, true))) continue;
    to.setUint32(end, from.getUint32(at + SHORT_BYTES, true), true);
    end += LONG_BYTES - SHORT_BYTES;
  }
  return result.slice(0, end);
}

/** To it; what is of another version is given as it is. */
export function shownAcl(bytes: Uint8Array): Uint8Array {
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER_BYTES || from.getUint32(0, true) !== STORED_VERSION) return bytes;
  const words: number[] = [VERSION];
  for (let at = HEADER_BYTES; at + SHORT_BYTES <= bytes.length; at += SHORT_BYTES) {
    words.push(from.getUint32(at, true));
    const isLong = hasId(from.getUint16(at, true)) && at + LONG_BYTES <= bytes.length;
    if (isLong) at += LONG_BYTES - SHORT_BYTES;
    words.push(isLong ? from.getUint32(at, true) : NO_ID);
  }
  const result = new Uint8Array(4 * words.length);
  const to = new DataView(result.buffer);
  for (const [i, word] of words.entries()) to.setUint32(4 * i, word, true);
  return result;
}
