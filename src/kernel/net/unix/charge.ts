/** What a message counts against its sender's buffer: Linux charges the memory of its sk_buff, not its bytes (skb->truesize). */
const PAGE = 4096;
/** struct sk_buff and struct skb_shared_info of a 64-bit Linux, in cache lines. */
const BUFFER_HEAD = 256;
const SHARED_INFO = 320;
const CACHE_LINE = 64;
const SMALLEST_SLAB = 512;
/** Bytes that fit beside the shared info in one page, and in the largest block of a datagram. */
const STREAM_LINEAR = PAGE - SHARED_INFO;
const DATAGRAM_LINEAR = 4 * PAGE - SHARED_INFO;
const STREAM_PAGES = 32768;

/** A stream is cut into messages of at most so many bytes. */
export const STREAM_PART = STREAM_LINEAR + STREAM_PAGES;

/** Bytes that a message of `length` charges. */
export function chargeOf(length: number, isStream: boolean): number {
  const linear = isStream ? STREAM_LINEAR : DATAGRAM_LINEAR;
  const beyond = length > linear ? Math.min(length, roundUp(length - linear, PAGE)) : 0;
  const head = roundUp(length - beyond, CACHE_LINE) + SHARED_INFO;
  let slab = SMALLEST_SLAB;
  while (slab < head) slab *= 2;
  return slab + BUFFER_HEAD + roundUp(beyond, PAGE);
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
