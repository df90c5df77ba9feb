/** What is done to the bytes of a good image: seeded, of the kinds that lengths, pointers and chains are not checked against. */
import type { Random } from '../../support/random.ts';

const UNIT = 512;
const MOST_FLIPS = 20;
const MOST_WORDS = 8;
/** Where superblocks, tables and the first directories are, in most formats. */
const HEAD_UNITS = 40;
/** Lengths, counts and places that are most often not thought of. */
const EXTREMES = [0, 1, 2, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

/** Offsets of the sectors that are not all zeros: damage is done where there is something. */
export function usedSectors(bytes: Uint8Array): number[] {
  const zeros = new Uint8Array(UNIT);
  const found: number[] = [];
  for (let at = 0; at + UNIT <= bytes.length; at += UNIT) {
    if (Buffer.compare(bytes.subarray(at, at + UNIT), zeros) !== 0) found.push(at);
  }
  return found;
}

/** A damaged copy, of the same length or shorter, whole sectors. */
export function damaged(image: Uint8Array, used: readonly number[], random: Random): Uint8Array {
  const bytes = image.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const place = (): number =>
    random.chance(0.5) ? random.pick(used) : random.pick(used.slice(0, HEAD_UNITS));
  const kind = random.below(20);
  if (kind < 10) {
    for (let left = 1 + random.below(MOST_FLIPS); left > 0; left--) {
      const at = place() + random.below(UNIT);
      bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    }
  } else if (kind < 15) {
    const bits = random.pick([16, 32, 32]);
    for (let left = 1 + random.below(MOST_WORDS); left > 0; left--) {
      const at = place() + random.below(UNIT / 4) * 4;
      if (bits === 16) view.setUint16(at, random.pick(EXTREMES) & 0xffff, true);
      else view.setUint32(at, random.pick(EXTREMES), random.chance(0.8));
    }
  } else if (kind < 18) {
    // Loops: what points to one place points to another, or to itself.
    const words = 1 + random.below(UNIT / 4);
    const from = place();
    bytes.set(image.subarray(from, from + words * 4), place());
  } else {
    return bytes.subarray(0, UNIT * (1 + random.below(bytes.length / UNIT)));
  }
  return bytes;
}
