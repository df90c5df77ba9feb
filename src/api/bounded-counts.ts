/**
 * Stands before a terminal emulator: counts of control sequences that would have it repeat something for minutes, or allocate
 * gigabytes, become what a screen can show. @xterm/headless takes them as they are: CSI 2147483647 S scrolls so often. ECMA-48, 5.4.
 */
import type { WindowSize } from '../protocol.ts';

const ESC = 0x1b;
/** CSI as one character, U+009B, in UTF-8. */
const C1_LEAD = 0xc2;
const C1_CSI = 0x9b;
/** Bytes of a sequence. */
const LONGEST = 256;

/** IL, DL, SU, SD by lines; CHT, CBT, ICH, DCH, ECH, REP by columns. */
const BY_LINE = 'LMST';
const BY_COLUMN = 'IZ@PXb';

/** Where a sequence ends, and with what, as far as it is understood. */
interface Sequence {
  /** Behind its last byte; -1 if that has not come yet. */
  readonly end: number;
  /** Final byte, 0 if it was cancelled. */
  readonly final: number;
  /** Its first parameter; 0 if it has a private form. */
  readonly count: number;
  /** C0 controls within it, which are obeyed at once. */
  readonly controls: readonly number[];
  /** Bytes of the parameters behind the first one. */
  readonly others: readonly number[];
}

/** The sequence whose parameters begin at `at`. */
function sequenceAt(bytes: Uint8Array, at: number): Sequence {
  const controls: number[] = [];
  const others: number[] = [];
  let count = 0;
  let isFirst = true;
  let isPlain = true;
  for (let i = at; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte === ESC || byte === 0x18 || byte === 0x1a || byte >= 0x80)
      return { end: i, final: 0, count: 0, controls, others };
    if (byte < 0x20) controls.push(byte);
    else if (byte >= 0x40 && byte < 0x7f)
      return { end: i + 1, final: byte, count: isPlain ? count : 0, controls, others };
    else if (byte < 0x30 || byte > 0x3b) isPlain = false;
    else if (isFirst && byte < 0x3a) count = Math.min(count * 10 + byte - 0x30, 2 ** 31);
    else {
      isFirst = false;
      others.push(byte);
    }
  }
  return { end: -1, final: 0, count: 0, controls, others };
}

export class BoundedCounts {
  /** A sequence that had not ended. */
  private held = new Uint8Array(0);

  /** What the terminal is to be given for `output`; a part of a sequence may wait for the next call. */
  bound(output: Uint8Array, size: WindowSize): Uint8Array {
    const bytes = this.held.length > 0 ? Buffer.concat([this.held, output]) : output;
    if (this.held.length > 0) this.held = new Uint8Array(0);
    let parts: Uint8Array[] | undefined;
    let done = 0;
    for (let at = nextIntroducer(bytes, 0); at >= 0; ) {
      if (at + 1 === bytes.length) return this.hold(bytes, parts, done, at);
      const second = bytes[at + 1] as number;
      const isSequence = bytes[at] === ESC ? second === 0x5b : second === C1_CSI;
      if (!isSequence) {
        at = nextIntroducer(bytes, at + 1);
        continue;
      }
      const { end, final, count, controls, others } = sequenceAt(bytes, at + 2);
      if (end < 0) return this.hold(bytes, parts, done, at);
      const most = bound(String.fromCharCode(final), size);
      if (count > most) {
        const text = new TextEncoder().encode(`\x1b[${most}`);
        parts ??= [];
        parts.push(bytes.subarray(done, at), Uint8Array.from(controls), text);
        parts.push(Uint8Array.from([...others, final]));
        done = end;
      }
      at = nextIntroducer(bytes, end);
    }
    return join(bytes, parts, done, bytes.length);
  }

  /** What is from `at` on waits; longer than any sequence that is meant, it is dropped. */
  private hold(bytes: Uint8Array, parts: Uint8Array[] | undefined, done: number, at: number) {
    if (bytes.length - at <= LONGEST) this.held = bytes.slice(at);
    return join(bytes, parts, done, at);
  }
}

function bound(final: string, { rows, columns }: WindowSize): number {
  if (BY_LINE.includes(final)) return rows;
  return BY_COLUMN.includes(final) ? columns : Number.POSITIVE_INFINITY;
}

function join(bytes: Uint8Array, parts: Uint8Array[] | undefined, from: number, to: number) {
  if (parts === undefined) return bytes.subarray(from, to);
  return Buffer.concat([...parts, bytes.subarray(from, to)]);
}

/** Of the next ESC, or the byte before the second one of a C1 CSI; -1 for none. */
function nextIntroducer(bytes: Uint8Array, from: number): number {
  const start = bytes.indexOf(ESC, from);
  for (let at = bytes.indexOf(C1_LEAD, from); at >= 0; at = bytes.indexOf(C1_LEAD, at + 1)) {
    if (start >= 0 && at > start) return start;
    if (at + 1 === bytes.length || bytes[at + 1] === C1_CSI) return at;
  }
  return start;
}
