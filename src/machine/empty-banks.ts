/** What an empty bank of TLB and jump cache looks like (hart-layout.ts): zeros, and entries that no address matches. */
import { BANK_NOTES, JUMP_CACHE, TLB } from './hart-layout.ts';

/** Byte offsets of the tables in a bank. */
export const TABLE_AT = {
  READ: 0,
  WRITE: TLB.BANK_BYTES,
  FETCH: 2 * TLB.BANK_BYTES,
  JUMP: 3 * TLB.BANK_BYTES,
} as const;
const { READ, JUMP } = TABLE_AT;

export const CLEAR_WORD = 0;
/**
 * A tag names its page, and so does that of an empty entry: page 0. It is looked for in the first entry only, which has another tag when it is
 * empty: that of page 1, which is looked for elsewhere.
 */
export const GUARD_TAG = 0x1000;
/** Word of an entry that the look-up does not use: not 0 where the entry is noted as in use (tlb.ts). */
export const NOTED_WORD = 3;

/** The guarded entry of a table that was emptied. */
export function guardTable(words: Uint32Array, table: number): void {
  words[table >>> 2] = GUARD_TAG;
  words[(table >>> 2) + 1] = 0;
}

/** That of a jump cache that was emptied. */
export function guardJumps(words: Uint32Array, bank: number): void {
  words[(bank + JUMP) >>> 2] = JUMP_CACHE.GUARD_PC;
}

/** Those of the bank at this address, all of whose bytes are BANK_CLEAR_BYTE. */
export function guardBank(words: Uint32Array, bank: number): void {
  for (let table = READ; table < JUMP; table += TLB.BANK_BYTES) guardTable(words, bank + table);
  guardJumps(words, bank);
  words[(bank + BANK_NOTES.TOUCHED) >>> 2] = 1;
}

/** Fresh pages need no clearing, and cost the host more than that. */
export function isTouched(words: Uint32Array, bank: number): boolean {
  return words[(bank + BANK_NOTES.TOUCHED) >>> 2] !== 0;
}

/** No pc leads to a translation. */
export function clearJumpCache(words: Uint32Array, bank: number): void {
  if (!isTouched(words, bank)) return;
  words.fill(CLEAR_WORD, (bank + JUMP) >>> 2, (bank + JUMP + JUMP_CACHE.BANK_BYTES) >>> 2);
  guardJumps(words, bank);
}
