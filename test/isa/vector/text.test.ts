/** Encodings and text of vector instructions, against objdump. */
import { describe, expect, it } from 'vitest';
import { vectorTable } from '../../../src/isa/vector/vector-instructions.ts';
import { vectorText } from '../../../src/isa/vector/vector-text.ts';
import { hasObjdump, objdump } from '../../support/objdump.ts';
import { Random } from '../../support/random.ts';

const WORDS_PER_ROW = 8;
const VECTOR = ['zve32f', 'zve32x', 'zve64d', 'zve64f', 'zve64x', 'zvl128b', 'zvl32b', 'zvl64b'];
const ARCH = `rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_v1p0_zicsr2p0_${VECTOR.join('1p0_')}1p0`;
const NAMES = {
  integer: (register: number) => `x${register}`,
  float: (register: number) => `f${register}`,
};

describe.skipIf(!hasObjdump())('against objdump', () => {
  it('every row, random operands, seed 5', () => {
    const random = new Random(5);
    const { rows } = vectorTable();
    const words = rows.flatMap(({ match, mask }) =>
      Array.from({ length: WORDS_PER_ROW }, () => (random.bits32() & ~mask) | match),
    );
    const code = Buffer.alloc(words.length * 4);
    words.forEach((word, index) => {
      code.writeInt32LE(word, index * 4);
    });
    const expected = objdump(code, { registers: 'numeric', aliases: false, arch: ARCH });
    expect(expected.size).toBe(words.length);
    const differences: string[] = [];
    for (const [pc, wanted] of expected) {
      const word = code.readUInt32LE(pc);
      const row = vectorTable().decode(word);
      const text = row ? vectorText(row, word, NAMES) : 'nothing';
      if (text !== wanted) differences.push(`${text}, not ${wanted}`);
    }
    expect(differences).toEqual([]);
  });
});
