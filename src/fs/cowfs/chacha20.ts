/** The stream cipher ChaCha20: RFC 8439, section 2.4. Encryption and decryption are the same. */

/** "expand 32-byte k". */
const CONSTANTS = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];
const ROUNDS = 10;
export const KEY_BYTES = 32;

function quarter(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  const add = (to: number, from: number): number =>
    (x[to] = (x[to] as number) + (x[from] as number)) as number;
  const turn = (at: number, value: number, bits: number): void => {
    const mixed = (x[at] as number) ^ value;
    x[at] = (mixed << bits) | (mixed >>> (32 - bits));
  };
  add(a, b);
  turn(d, x[a] as number, 16);
  add(c, d);
  turn(b, x[c] as number, 12);
  add(a, b);
  turn(d, x[a] as number, 8);
  add(c, d);
  turn(b, x[c] as number, 7);
}

/** `bytes` are changed in place. `key`: 32 bytes; `nonce`: three words, which are used once with a key. */
export function chacha20(key: Uint8Array, nonce: readonly number[], bytes: Uint8Array): void {
  const state = new Uint32Array(16);
  state.set(CONSTANTS);
  const words = new DataView(key.buffer, key.byteOffset, KEY_BYTES);
  for (let i = 0; i < 8; i++) state[4 + i] = words.getUint32(4 * i, true);
  state.set(nonce, 13);
  const x = new Uint32Array(16);
  for (let from = 0, count = 1; from < bytes.length; from += 64, count++) {
    state[12] = count;
    x.set(state);
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < 4; i++) quarter(x, i, 4 + i, 8 + i, 12 + i);
      for (let i = 0; i < 4; i++)
        quarter(x, i, 4 + ((i + 1) & 3), 8 + ((i + 2) & 3), 12 + ((i + 3) & 3));
    }
    const length = Math.min(64, bytes.length - from);
    for (let i = 0; i < length; i++) {
      const word = ((x[i >>> 2] as number) + (state[i >>> 2] as number)) >>> 0;
      bytes[from + i] = (bytes[from + i] as number) ^ (word >>> (8 * (i & 3)));
    }
  }
}
