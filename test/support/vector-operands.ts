/** 64 random bits in which values at the edges of all element widths are frequent. */
import type { Random } from './random.ts';

const EDGES_8 = [0, 1, 2, 0x7f, 0x80, 0x81, 0xfe, 0xff];
const EDGES_16 = [0, 1, 0x7fff, 0x8000, 0xffff, 0x3c00, 0x7c00];
const EDGES_32 = [
  0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000,
  0x7fc00000, 0x7f800001, 0x00800000, 0x00000001, 0x007fffff, 0x7f7fffff, 0x4f000000, 0xcf000000,
  0x3effffff, 0x40490fdb, 0x47800000, 0x42fe0000, 0xc3000000,
];
const EDGES_64 = [
  0n,
  1n,
  0x7fffffff_ffffffffn,
  0x80000000_00000000n,
  0xffffffff_ffffffffn,
  0x3ff00000_00000000n,
  0xbff00000_00000000n,
  0x7ff00000_00000000n,
  0xfff00000_00000000n,
  0x7ff80000_00000000n,
  0x7ff00000_00000001n,
  0x00100000_00000000n,
  0x000fffff_ffffffffn,
  0x7fefffff_ffffffffn,
  0x40240000_00000000n,
  0x36a00000_00000000n,
  0x47efffff_f0000000n,
  0x43e00000_00000000n,
  0x41dfffff_ffc00000n,
  0x4030cccc_cccccccdn,
];

function repeat(random: Random, bits: number, edges: readonly number[]): bigint {
  let value = 0n;
  for (let at = 0; at < 64; at += bits) {
    const element = random.chance(0.6) ? random.pick(edges) : random.bits32();
    value |= BigInt.asUintN(bits, BigInt(element)) << BigInt(at);
  }
  return value;
}

export function specialBits(random: Random): bigint {
  switch (random.below(6)) {
    case 0:
      return repeat(random, 8, EDGES_8);
    case 1:
      return repeat(random, 16, EDGES_16);
    case 2:
      return repeat(random, 32, EDGES_32);
    case 3:
      return random.pick(EDGES_64);
    case 4: {
      // Ordinary doubles and singles of similar size, so that sums are inexact and products in range.
      const exponent = BigInt(1015 + random.below(16));
      return (random.bits64() & 0x800fffff_ffffffffn) | (exponent << 52n);
    }
    default: {
      const single = (): bigint =>
        BigInt(((random.bits32() & 0x807fffff) | ((120 + random.below(14)) << 23)) >>> 0);
      return (single() << 32n) | single();
    }
  }
}
