/** Damage to bytes as fuzzers do it: seeded, a few kinds, several at a time. */
import type { Random } from './random.ts';

/** What lengths, counts and offsets are most often not checked against. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

type Damage = (bytes: Uint8Array<ArrayBufferLike>, random: Random) => Uint8Array<ArrayBufferLike>;

const DAMAGES: readonly Damage[] = [
  (bytes, random) => {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    return bytes;
  },
  (bytes, random) => {
    bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  (bytes, random) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const at = random.below(Math.max(1, bytes.length - 4));
    if (at + 4 <= bytes.length) view.setUint32(at, random.pick(EXTREMES), random.chance(0.5));
    return bytes;
  },
  (bytes, random) => bytes.slice(0, 1 + random.below(bytes.length)),
  (bytes, random) => {
    const length = 1 + random.below(Math.min(64, bytes.length));
    const from = random.below(bytes.length - length + 1);
    bytes.copyWithin(random.below(bytes.length - length + 1), from, from + length);
    return bytes;
  },
];

/** A damaged copy of `valid`, which is not empty. Damage is mostly within the first `headBytes`. */
export function mutate(valid: Uint8Array, random: Random, headBytes = valid.length): Uint8Array {
  let bytes: Uint8Array<ArrayBufferLike> = valid.slice();
  for (let left = 1 + random.below(4); left > 0; left--) {
    const head = bytes.subarray(0, Math.min(headBytes, bytes.length));
    const damage = random.pick(DAMAGES);
    const damaged = damage(random.chance(0.8) ? head : bytes, random);
    if (damaged.buffer !== bytes.buffer) bytes = damaged;
  }
  return bytes;
}
