/** Instructions as lines of text. */
import { lengthOf } from '../../isa/decode.ts';
import { disassemble } from '../../isa/disassemble.ts';
import type { CodeLine } from '../../protocol.ts';

/** `low` and `high`: the two halfwords at `address`. */
export function codeLine(address: number, low: number, high: number): CodeLine {
  // Between mnemonic and operands there is a tab.
  const text = disassemble(low, high, { pc: address, aliases: true }).replace('\t', ' ');
  return { address, text };
}

/** As many instructions as `bytes` hold whole, and `most` allows. */
export function codeLines(address: number, bytes: Uint8Array, most: number): CodeLine[] {
  const lines: CodeLine[] = [];
  const halfword = (at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  for (let at = 0; at + 2 <= bytes.length && lines.length < most; ) {
    const low = halfword(at);
    const length = lengthOf(low);
    if (at + length > bytes.length) break;
    lines.push(codeLine(address + at, low, halfword(at + 2)));
    at += length;
  }
  return lines;
}
