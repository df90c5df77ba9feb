/** A number that stands for a run: two runs in which harts took the same traps in the same state have the same. */
import type { Hart } from './hart.ts';
import { HART } from './hart-layout.ts';

const FIRST = 0x811c_9dc5;
const PRIME = 0x0100_0193;
const SECOND_PRIME = 0x85eb_ca6b;
/** Integer registers, floating-point registers and pc. */
const WORDS = (HART.FFLAGS - HART.X) / 4;

export class TraceHash {
  private a = FIRST;
  private b = ~FIRST;

  /** A trap is about to be taken. */
  trap(hart: Hart, cause: number, isInterrupt: boolean): void {
    const { state } = hart;
    this.add(isInterrupt ? ~cause : cause);
    this.add(state.id);
    this.add(state.word(HART.INSTRET));
    for (let word = 0; word < WORDS; word++) this.add(state.words[state.base + word] as number);
  }

  /** Bytes that a device gave to the outside, or was given. */
  bytes(bytes: Uint8Array): void {
    for (const byte of bytes) this.add(byte);
  }

  /** Sixteen hexadecimal digits. */
  get digest(): string {
    return [this.a, this.b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }

  /** From what `digest` gave. Throws an Error where it is nothing of the kind. */
  restore(digest: string): void {
    if (!/^[0-9a-f]{16}$/.test(digest)) throw new Error(`'${digest}' is no trace hash`);
    this.a = Number.parseInt(digest.slice(0, 8), 16) | 0;
    this.b = Number.parseInt(digest.slice(8), 16) | 0;
  }

  private add(word: number): void {
    this.a = Math.imul(this.a ^ word, PRIME);
    this.b = Math.imul(((this.b << 7) | (this.b >>> 25)) ^ word, SECOND_PRIME);
  }
}
