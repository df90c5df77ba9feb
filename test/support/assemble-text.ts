/** Words of instructions from text such as `lw x7, 4(x5)`, by the rows of the instruction table. Registers are numbers: x5, f1. */
import { encodeB, encodeI, encodeJ, encodeR, encodeS, encodeU } from '../../src/isa/encode.ts';
import type { Instruction } from '../../src/isa/instruction.ts';
import { INSTRUCTIONS } from '../../src/isa/instructions.ts';

const BY_NAME = new Map(INSTRUCTIONS.map((row) => [row.name, row]));
/** rm: as frm says. */
const DYNAMIC = 7 << 12;

/** Of registers, immediates and `imm(register)`, in the order of the text. */
function numbersIn(text: string): number[] {
  return [...text.matchAll(/-?0x[0-9a-f]+|-?\d+/gi)].map(([number]) => Number(number));
}

function encode({ format, match, name }: Instruction, numbers: readonly number[]): number {
  const [a = 0, b = 0, c = 0, d = 0] = numbers;
  const isLoad = name === 'jalr' || /^(l[bhwd]u?|fl[wdh])$/.test(name);
  switch (format) {
    case 'R':
      return encodeR(match, a, b, c);
    case 'amo':
      // rd, rs2, (rs1); rd, (rs1) for lr.
      return name.startsWith('lr') ? encodeR(match, a, b, 0) : encodeR(match, a, c, b);
    case 'fp':
      return encodeR(match | DYNAMIC, a, b, c);
    case 'R4':
      return (encodeR(match | DYNAMIC, a, b, c) | (d << 27)) >>> 0;
    case 'I':
      return isLoad ? encodeI(match, a, c, b) : encodeI(match, a, b, c);
    case 'shift5':
    case 'shift6':
      return encodeI(match, a, b, c);
    case 'S':
      return encodeS(match, c, a, b);
    case 'B':
      return encodeB(match, a, b, c);
    case 'U':
      return encodeU(match, a, b << 12);
    case 'J':
      return encodeJ(match, a, b);
    case 'csr':
      return encodeI(match, a, c, b);
    case 'none':
      return match;
    case 'fence':
      // fm, predecessor set, successor set, of bits i 8, o 4, r 2, w 1.
      return encodeI(match, 0, 0, (a << 8) | (b << 4) | c);
    case 'csri':
    case 'fli.h':
    case 'fli.s':
    case 'fli.d':
    case 'sfence':
    case 'vector':
      throw new Error(`${name}: no text for format ${format}`);
  }
}

/** One instruction a line. Throws for what is not in the table. */
export function assembleText(text: string): number[] {
  const lines = text.split(/\n|;/).map((line) => line.trim());
  return lines.filter(Boolean).map((line) => {
    const [name = '', ...rest] = line.split(/\s+/);
    const row = BY_NAME.get(name);
    if (row === undefined) throw new Error(`no instruction '${name}'`);
    return encode(row, numbersIn(rest.join(' ')));
  });
}
