/** Encodings and text of vector instructions, against objdump. */
import { describe, expect, it } from 'vitest';
import { disassemble } from '../../../src/isa/disassemble.ts';
import { vectorTable } from '../../../src/isa/vector/vector-instructions.ts';
import { hasObjdump, objdump } from '../../support/objdump.ts';
import { Random } from '../../support/random.ts';

const WORDS_PER_ROW = 24;
const VECTOR = ['zve32f', 'zve32x', 'zve64d', 'zve64f', 'zve64x', 'zvl128b', 'zvl32b', 'zvl64b'];
const ARCH = `rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_v1p0_zicsr2p0_${VECTOR.join('1p0_')}1p0`;
const V: ReadonlySet<string> = new Set(['i', 'd', 'v']);

/** Registers and immediates that pseudoinstructions look for: 0, 31 (-1), and the same twice. */
const PICKY = [0, 0, 31, 5, 5];

/** Random operands of each row; every other one of PICKY. */
function randomWords(random: Random): number[] {
  return vectorTable().rows.flatMap(({ match, mask }) =>
    Array.from({ length: WORDS_PER_ROW }, (_unused, k) => {
      const registers =
        (random.pick(PICKY) << 7) | (random.pick(PICKY) << 15) | (random.pick(PICKY) << 20);
      const picky = registers | (random.bits32() & 0x0200_0000);
      return ((k % 2 === 0 ? random.bits32() : picky) & ~mask) | match;
    }),
  );
}

describe.skipIf(!hasObjdump())('against objdump', () => {
  it.each([{ aliases: false }, { aliases: true }])(
    'every row, random operands, seed 5, aliases: $aliases',
    ({ aliases }) => {
      const words = randomWords(new Random(5));
      const code = Buffer.alloc(words.length * 4);
      words.forEach((word, index) => {
        code.writeInt32LE(word, index * 4);
      });
      const expected = objdump(code, { registers: 'numeric', aliases, arch: ARCH });
      expect(expected.size).toBe(words.length);
      const differences: string[] = [];
      for (const [pc, wanted] of expected) {
        const [low, high] = [code.readUInt16LE(pc), code.readUInt16LE(pc + 2)];
        const text = disassemble(low, high, { registers: 'numeric', aliases, extensions: V });
        if (text !== wanted) differences.push(`${text}, not ${wanted}`);
      }
      expect(differences).toEqual([]);
    },
  );

  it('is data where the code was not made for V', () => {
    const [low, high] = [0x0057, 0x0200];
    expect(disassemble(low, high, { extensions: V })).toBe('vadd.vv v0,v0,v0');
    expect(disassemble(low, high)).toBe('vadd.vv v0,v0,v0');
    expect(disassemble(low, high, { extensions: new Set(['i', 'd']) })).toBe('.4byte 0x2000057');
  });
});
