/** Decoder and disassembler against objdump: every row with random operands, every compressed halfword. */
import { describe, expect, it } from 'vitest';
import { CSR } from '../../src/isa/csr.ts';
import { checkDisjoint, decode } from '../../src/isa/decode.ts';
import { disassemble } from '../../src/isa/disassemble.ts';
import type { Instruction } from '../../src/isa/instruction.ts';
import { INSTRUCTIONS } from '../../src/isa/instructions.ts';
import { hasObjdump, objdump } from '../support/objdump.ts';
import { Random } from '../support/random.ts';

const available = hasObjdump();
const WORDS_PER_ROW = 64;

/** objdump names more CSRs than this machine has; these names are common to both. */
const CSRS = Object.values(CSR);

/** Random operands of a row, but for what objdump 2.40 does not print although the manual gives it a meaning. */
function randomWord(row: Instruction, random: Random): number {
  let free = ~row.mask;
  let fixed = row.match;
  // Reserved fields are to be ignored ("FENCE", "FENCE.I" in the unprivileged spec); objdump wants zeros.
  if (row.name === 'fence') free = random.chance(0.5) ? 0x0ff00000 : 0;
  if (row.name === 'fence' && free === 0) fixed |= 0x83300000;
  if (row.name === 'fence.i') free = 0;
  if (row.assembly?.endsWith('rm?')) free &= ~0x7000;
  if (row.format === 'csr' || row.format === 'csri') {
    free &= 0xfffff;
    fixed |= random.pick(CSRS) << 20;
  }
  return ((random.bits32() & free) | fixed) >>> 0;
}

describe.skipIf(!available)('against objdump', () => {
  it.each(['abi', 'numeric'] as const)('every row, %s registers', (registers) => {
    const random = new Random(39);
    const code = Buffer.alloc(INSTRUCTIONS.length * WORDS_PER_ROW * 4);
    INSTRUCTIONS.forEach((row, index) => {
      for (let k = 0; k < WORDS_PER_ROW; k++) {
        code.writeUInt32LE(randomWord(row, random), (index * WORDS_PER_ROW + k) * 4);
      }
    });
    const expected = objdump(code, registers);
    const differences: string[] = [];
    for (const [pc, wanted] of expected) {
      const text = disassemble(code.readUInt16LE(pc), code.readUInt16LE(pc + 2), { pc, registers });
      if (text !== wanted) differences.push(`${text}, not ${wanted}`);
    }
    expect(expected.size).toBe(INSTRUCTIONS.length * WORDS_PER_ROW);
    expect(differences).toEqual([]);
  });

  it('random words: what objdump does not know is illegal, and the other way round', () => {
    const random = new Random(40);
    const names = new Set(INSTRUCTIONS.map((row) => row.name));
    const majorOpcodes = [...new Set(INSTRUCTIONS.map((row) => row.match & 0x7f))];
    const code = Buffer.alloc(4 * 50_000);
    for (let pc = 0; pc < code.length; pc += 4) {
      const opcode = random.pick(majorOpcodes);
      code.writeUInt32LE(((random.bits32() & ~0x7f) | opcode) >>> 0, pc);
    }
    for (const [pc, text] of objdump(code, 'numeric')) {
      const word = code.readUInt32LE(pc);
      const row = decode(word);
      const mnemonic = (text.split(' ')[0] ?? '').replace(/\.(aq|rl|aqrl|tso)$/, '');
      if (row === undefined) {
        // Instructions of further extensions, or nothing at all.
        expect(names.has(mnemonic), `${word.toString(16)}: ${text}`).toBe(false);
        continue;
      }
      const isIgnoredField = row.name === 'fence' || row.name === 'fence.i';
      const isReservedMode = row.assembly?.endsWith('rm?') && (word & 0x7000) !== 0;
      if (isIgnoredField || isReservedMode) continue;
      expect(mnemonic, `${word.toString(16)}: ${text}`).toBe(row.name);
    }
  });

  it('every compressed halfword', () => {
    const halfwords = Array.from({ length: 65536 }, (_, h) => h).filter((h) => (h & 3) !== 3);
    const code = Buffer.alloc(halfwords.length * 2);
    halfwords.forEach((halfword, index) => {
      code.writeUInt16LE(halfword, index * 2);
    });
    const expected = objdump(code, 'numeric');
    const differences: string[] = [];
    halfwords.forEach((halfword, index) => {
      const pc = index * 2;
      const actual = disassemble(halfword, 0, { pc, registers: 'numeric' });
      const wanted = expansionOf(halfword, expected.get(pc) ?? 'nothing');
      if (actual !== wanted) differences.push(`${halfword.toString(16)}: ${actual}, not ${wanted}`);
    });
    expect(differences).toEqual([]);
  });
});

/** Expansions as the manual words them (unprivileged spec, chapter 27), on objdump's text; $1 is the first operand. */
const EXPANSIONS: readonly [RegExp, string][] = [
  [/^c\.addi4spn (.*)$/, 'addi $1'],
  [/^c\.addi16sp x2,(.*)$/, 'addi x2,x2,$1'],
  [/^c\.(addi|addiw|slli|srli|srai|andi|sub|xor|or|and|subw|addw|add) (x\d+),(.*)$/, '$1 $2,$2,$3'],
  // The assembler's name for a shift by 0, which RV64 has as a hint.
  [/^c\.(slli|srli|srai)64 (x\d+)$/, '$1 $2,$2,0x0'],
  [/^c\.li (x\d+),(.*)$/, 'addi $1,x0,$2'],
  [/^c\.lui (.*)$/, 'lui $1'],
  [/^c\.j (.*)$/, 'jal x0,$1'],
  [/^c\.beqz (x\d+),(.*)$/, 'beq $1,x0,$2'],
  [/^c\.bnez (x\d+),(.*)$/, 'bne $1,x0,$2'],
  [/^c\.mv (x\d+),(.*)$/, 'add $1,x0,$2'],
  [/^c\.jr (x\d+)$/, 'jalr x0,0($1)'],
  [/^c\.jalr (x\d+)$/, 'jalr x1,0($1)'],
  [/^c\.(lw|ld|sw|sd|fld|fsd)(sp)? (.*)$/, '$1 $3'],
  [/^c\.ebreak$/, 'ebreak'],
];

const C_ADDI16SP_ZERO = 0x6101;

function expansionOf(halfword: number, text: string): string {
  // objdump prints it as an instruction; the manual reserves it ("C.ADDI16SP", nzimm = 0).
  if (halfword === C_ADDI16SP_ZERO) return '.2byte 0x6101';
  if (text === 'c.unimp') return '.2byte 0x0';
  for (const [pattern, expansion] of EXPANSIONS) {
    if (pattern.test(text)) return text.replace(pattern, expansion);
  }
  return text;
}

describe('decoding tables', () => {
  it('have no two rows for one word', () => {
    expect(() => checkDisjoint(INSTRUCTIONS, false)).not.toThrow();
  });

  it('refuse overlapping rows', () => {
    const add = { name: 'add', match: 0x33, mask: 0xfe00707f };
    const other = { name: 'other', match: 0x33, mask: 0x0000707f };
    expect(() => checkDisjoint([add, other], false)).toThrow('add and other overlap');
    expect(() => checkDisjoint([add, other], true)).not.toThrow();
    const crossing = { name: 'crossing', match: 0x33, mask: 0x00f0007f };
    expect(() => checkDisjoint([add, crossing], true)).toThrow('add and crossing overlap');
  });
});
