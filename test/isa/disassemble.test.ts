/** Decoder and disassembler against objdump: every row with random operands, every compressed halfword. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CSR } from '../../src/isa/csr.ts';
import { csrName } from '../../src/isa/csr-names.ts';
import { checkDisjoint, IsaDecoder } from '../../src/isa/decode.ts';
import { disassemble } from '../../src/isa/disassemble.ts';
import { readElfCode } from '../../src/isa/elf-code.ts';
import { type Extension, isaWith } from '../../src/isa/extensions.ts';
import type { Instruction } from '../../src/isa/instruction.ts';
import { INSTRUCTIONS } from '../../src/isa/instructions.ts';
import { listing } from '../../src/isa/listing.ts';
import { debianFolder } from '../support/debian.ts';
import { hasObjdump, knownExtensions, objdump, objdumpListing } from '../support/objdump.ts';
import { Random } from '../support/random.ts';

const available = hasObjdump();
/** What this objdump knows: instructions of others are data to both. */
const extensions = available ? knownExtensions() : new Set<Extension>();
const decoder = new IsaDecoder(isaWith(extensions));
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

const STYLES = [
  { registers: 'abi', aliases: false },
  { registers: 'numeric', aliases: false },
  { registers: 'abi', aliases: true },
] as const;

/** Fields that pseudoinstructions look for: registers x0 and x1, both sources the same, and immediates 0, 1, -1 and 255. */
function pickyWord(row: Instruction, random: Random): number {
  const registers = [0, 0, 1, 2, 10];
  const [rd, rs1, rs2] = [random.pick(registers), random.pick(registers), random.pick(registers)];
  const source2 = random.chance(0.3) ? rs1 : rs2;
  const shape = (rd << 7) | (rs1 << 15) | (source2 << 20) | (random.bits32() & 0x7000);
  const immediate = random.pick([0, 1, -1, 255, 0x0f, 0xc00, 0xc01, 0xc02]);
  const isImmediate = row.format === 'I' || row.format === 'csr' || row.format === 'csri';
  const word = isImmediate ? (shape & 0xfffff) | (immediate << 20) : shape;
  return ((word & ~row.mask) | row.match) >>> 0;
}

/** What objdump prints for it, the manual says something else: see randomWord. */
function isDisputed(row: Instruction, word: number): boolean {
  if (row.assembly?.endsWith('rm?')) return (word & 0x7000) !== 0;
  return row.name === 'fence' || row.name === 'fence.i';
}

describe.skipIf(!available)('against objdump', () => {
  it.each(STYLES)('every row, $registers registers, aliases: $aliases', (style) => {
    const random = new Random(39);
    const words = INSTRUCTIONS.flatMap((row) => [
      ...Array.from({ length: WORDS_PER_ROW }, () => randomWord(row, random)),
      ...Array.from({ length: WORDS_PER_ROW }, () => pickyWord(row, random)).filter(
        (word) => !isDisputed(row, word),
      ),
    ]);
    const code = Buffer.alloc(words.length * 4);
    words.forEach((word, index) => {
      code.writeUInt32LE(word, index * 4);
    });
    const expected = objdump(code, style);
    const differences: string[] = [];
    for (const [pc, wanted] of expected) {
      const text = disassemble(code.readUInt16LE(pc), code.readUInt16LE(pc + 2), {
        pc,
        extensions,
        ...style,
      });
      if (text !== wanted) differences.push(`${text}, not ${wanted}`);
    }
    expect(expected.size).toBe(words.length);
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
    for (const [pc, text] of objdump(code, { registers: 'numeric', aliases: false })) {
      const word = code.readUInt32LE(pc);
      const row = INSTRUCTIONS[decoder.indexOf(word)];
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

  it.each(STYLES)('every compressed halfword, $registers, aliases: $aliases', (style) => {
    const halfwords = Array.from({ length: 65536 }, (_, h) => h).filter((h) => (h & 3) !== 3);
    const code = Buffer.alloc(halfwords.length * 2);
    halfwords.forEach((halfword, index) => {
      code.writeUInt16LE(halfword, index * 2);
    });
    const expected = objdump(code, style);
    const differences: string[] = [];
    halfwords.forEach((halfword, index) => {
      // objdump prints it as an instruction; the manual reserves it ("C.ADDI16SP", nzimm = 0).
      if (halfword === C_ADDI16SP_ZERO) return;
      const pc = index * 2;
      const actual = disassemble(halfword, 0, { pc, extensions, ...style });
      const wanted = expected.get(pc);
      if (actual !== wanted) differences.push(`${halfword.toString(16)}: ${actual}, not ${wanted}`);
    });
    expect(differences).toEqual([]);
  });

  it('names of all CSRs', () => {
    const code = Buffer.alloc(4096 * 4);
    for (let csr = 0; csr < 4096; csr++) code.writeUInt32LE(((csr << 20) | 0x2573) >>> 0, csr * 4);
    const names = [...objdump(code, { registers: 'abi', aliases: false }).values()].map(
      (text) => /,(\w+),/.exec(text)?.[1],
    );
    const ours = Array.from({ length: 4096 }, (_, csr) => csrName(csr) ?? `0x${csr.toString(16)}`);
    expect(ours).toEqual(names);
  });
});

const C_ADDI16SP_ZERO = 0x6101;

const busybox = available ? debianFolder('busybox', ['busybox-static'], false) : undefined;

function expectListing(file: string, aliases: boolean, atLeast: number): void {
  const { sections, symbols, extensions } = readElfCode(readFileSync(file));
  const options = { aliases, symbols, ...(extensions && { extensions }) };
  const expected = objdumpListing(file, aliases).trimEnd().split('\n').slice(3);
  const actual = [...listing(sections, options)];
  const differing = actual.findIndex((line, k) => line !== expected[k]);
  expect(actual[differing]).toBe(expected[differing]);
  expect(actual.length).toBe(expected.length);
  expect(actual.length).toBeGreaterThan(atLeast);
}

describe.skipIf(!available || busybox === undefined)('a whole program', () => {
  it.each([true, false])("Debian's busybox, aliases: %s", (aliases) => {
    expectListing(`${busybox}/usr/bin/busybox`, aliases, 300_000);
  });
});

describe.skipIf(!available)('a program for V', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-disassemble-'));
  const file = join(folder, 'loops');
  beforeAll(() => {
    const zig = new URL('../../node_modules/.bin/zig', import.meta.url).pathname;
    const source = new URL('vector/loops.c', import.meta.url).pathname;
    const target = ['-target', 'riscv64-linux-musl', '-mcpu=baseline_rv64+v', '-static'];
    execFileSync(zig, ['cc', ...target, '-O3', '-ffast-math', '-o', file, source], {
      stdio: 'pipe',
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([true, false])('whose loops a compiler made vectors of, aliases: %s', (aliases) => {
    expectListing(file, aliases, 500);
  });
});

describe('decoding tables', () => {
  it('have no two rows for one word', () => {
    // Named hints refine what they are encoded as.
    expect(() => checkDisjoint(INSTRUCTIONS, true)).not.toThrow();
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
