/** Bytes of a chain's parts: message framing says nothing about how they are cut (virtio 1.2, section 2.7.4). */

export function lengthOf(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

/** Copy of the first `length` bytes of the parts; shorter where there are fewer. */
export function gather(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(Math.min(length, lengthOf(parts)));
  let at = 0;
  for (const part of parts) {
    if (at >= result.length) break;
    const piece = part.subarray(0, result.length - at);
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}

/** Store as much of `bytes` as fits; returns how much that is. */
export function scatter(parts: readonly Uint8Array[], bytes: Uint8Array): number {
  let at = 0;
  for (const part of parts) {
    if (at >= bytes.length) break;
    const piece = bytes.subarray(at, at + part.length);
    part.set(piece);
    at += piece.length;
  }
  return at;
}

/** The parts without their first `length` bytes. */
export function skip(parts: readonly Uint8Array[], length: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let left = length;
  for (const part of parts) {
    if (part.length > left) rest.push(part.subarray(left));
    left = Math.max(0, left - part.length);
  }
  return rest;
}
