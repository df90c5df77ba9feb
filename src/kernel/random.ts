/** The kernel's random numbers: xoshiro128** (Blackman and Vigna, 2018) from a seed, so that a seeded machine repeats. */

/** What random(4) says of the pool. */
export const ENTROPY_BITS = 256;

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

export class Random {
  private readonly state = new Uint32Array(4);

  /** Any number of seed bytes; all of them count. */
  constructor(seed: Uint8Array) {
    // FNV-1a over the seed with four different bases spreads short seeds over the whole state.
    for (let i = 0; i < 4; i++) {
      let hash = 0x811c9dc5 + i * 0x9e3779b9;
      for (const byte of seed) hash = Math.imul(hash ^ byte, 0x01000193);
      this.state[i] = hash;
    }
    if (this.state.every((word) => word === 0)) this.state[0] = 1;
    for (let i = 0; i < 16; i++) this.word();
  }

  /** 32 random bits, unsigned. */
  word(): number {
    const s = this.state;
    const s1 = s[1] as number;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    s[2] = (s[2] as number) ^ (s[0] as number);
    s[3] = (s[3] as number) ^ s1;
    s[1] = s1 ^ (s[2] as number);
    s[0] = (s[0] as number) ^ (s[3] as number);
    s[2] = (s[2] as number) ^ (s1 << 9);
    s[3] = rotateLeft(s[3] as number, 11);
    return result;
  }

  /** An integer in [0, limit), limit at most 2^32. */
  below(limit: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * limit);
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i += 4) {
      let word = this.word();
      for (let j = i; j < Math.min(i + 4, count); j++, word >>>= 8) bytes[j] = word;
    }
    return bytes;
  }
}
