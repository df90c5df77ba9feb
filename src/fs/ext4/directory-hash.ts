/** Hashes of names in directory indexes. Linux: fs/ext4/hash.c. */

const LEGACY = 0;
const HALF_MD4 = 1;
const TEA = 2;
/** The same with bytes above 127 taken as unsigned: a host whose char is unsigned made the file system. */
const UNSIGNED = 3;
/** Larger than every hash: the end of a directory. */
const END_OF_DIRECTORY = 0x7fff_ffff * 2;

const TEA_DELTA = 0x9e37_79b9;
const ROUND2 = 0x5a82_7999;
const ROUND3 = 0x6ed9_eba1;
/** MD4's initial state, when the file system has no seed. */
const DEFAULT_STATE: readonly number[] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

export interface NameHash {
  /** Even, unsigned. */
  readonly major: number;
  /** Orders names of one major hash. */
  readonly minor: number;
}

export function isKnownHash(version: number): boolean {
  return version <= TEA + UNSIGNED;
}

/** `seed`: s_hash_seed, four words. */
export function hashName(name: Uint8Array, version: number, seed: Uint32Array): NameHash {
  const isUnsigned = version >= UNSIGNED;
  const state = Uint32Array.from(seed.some((word) => word !== 0) ? seed : DEFAULT_STATE);
  let major = 0;
  let minor = 0;
  switch (version % UNSIGNED) {
    case LEGACY:
      major = legacyHash(name, isUnsigned);
      break;
    case HALF_MD4:
      for (let at = 0; at < name.length; at += 32) halfMd4(state, words(name, at, 8, isUnsigned));
      major = state[1] as number;
      minor = state[2] as number;
      break;
    default:
      for (let at = 0; at < name.length; at += 16) tea(state, words(name, at, 4, isUnsigned));
      major = state[0] as number;
      minor = state[1] as number;
  }
  major = (major & ~1) >>> 0;
  return { major: major === END_OF_DIRECTORY ? END_OF_DIRECTORY - 2 : major, minor };
}

function character(name: Uint8Array, at: number, isUnsigned: boolean): number {
  const byte = name[at] as number;
  return isUnsigned ? byte : (byte << 24) >> 24;
}

function legacyHash(name: Uint8Array, isUnsigned: boolean): number {
  let previous = 0x37ab_e8f9;
  let hash = 0x12a3_fe2d;
  for (let at = 0; at < name.length; at++) {
    const product = Math.imul(character(name, at, isUnsigned), 7_152_373);
    let next = (previous + ((hash ^ product) >>> 0)) >>> 0;
    if (next >= 0x8000_0000) next -= 0x7fff_ffff;
    previous = hash;
    hash = next;
  }
  return (hash << 1) >>> 0;
}

/** `count` words of the name from `from` on, big-endian; what is missing is filled up with the length of the rest. */
function words(name: Uint8Array, from: number, count: number, isUnsigned: boolean): Uint32Array {
  const left = name.length - from;
  const pad = Math.imul(left & 0xff, 0x0101_0101) | ((left & ~0xff) << 8);
  const result = new Uint32Array(count).fill(pad);
  const length = Math.min(left, count * 4);
  let value = pad;
  for (let i = 0; i < length; i++) {
    value = (value << 8) + character(name, from + i, isUnsigned);
    result[i >>> 2] = value;
    if ((i & 3) === 3) value = pad;
  }
  return result;
}

function tea(state: Uint32Array, key: Uint32Array): void {
  const [a, b, c, d] = key as unknown as readonly [number, number, number, number];
  let left = state[0] as number;
  let right = state[1] as number;
  let sum = 0;
  for (let round = 0; round < 16; round++) {
    sum = (sum + TEA_DELTA) | 0;
    left = (left + (((right << 4) + a) ^ (right + sum) ^ ((right >>> 5) + b))) >>> 0;
    right = (right + (((left << 4) + c) ^ (left + sum) ^ ((left >>> 5) + d))) >>> 0;
  }
  state[0] = (state[0] as number) + left;
  state[1] = (state[1] as number) + right;
}

/** For each round: the order in which words are used, the shifts, and the constant. */
const ROUNDS: readonly {
  readonly order: readonly number[];
  readonly shifts: readonly number[];
  readonly constant: number;
}[] = [
  { order: [0, 1, 2, 3, 4, 5, 6, 7], shifts: [3, 7, 11, 19], constant: 0 },
  { order: [1, 3, 5, 7, 0, 2, 4, 6], shifts: [3, 5, 9, 13], constant: ROUND2 },
  { order: [3, 7, 2, 6, 1, 5, 0, 4], shifts: [3, 9, 11, 15], constant: ROUND3 },
];

function mix(round: number, x: number, y: number, z: number): number {
  if (round === 0) return z ^ (x & (y ^ z));
  return round === 1 ? (x & y) + ((x ^ y) & z) : x ^ y ^ z;
}

function halfMd4(state: Uint32Array, input: Uint32Array): void {
  let [a, b, c, d] = state as unknown as readonly [number, number, number, number];
  ROUNDS.forEach(({ order, shifts, constant }, round) => {
    order.forEach((word, i) => {
      const sum = (a + mix(round, b, c, d) + (input[word] as number) + constant) | 0;
      const shift = shifts[i & 3] as number;
      const turned = (sum << shift) | (sum >>> (32 - shift));
      // The four take turns: what was d is computed next.
      [a, b, c, d] = [d, turned, b, c];
    });
  });
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
}
