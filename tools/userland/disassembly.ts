/**
 * C tables for the guest's objdump, made from the rows of the instruction set: encodings, operands, aliases, names of CSRs.
 * A compressed form is a map of bits (each bit of the word is a bit of the halfword, or a constant); that is checked for every halfword.
 */
import { aliasesOf } from '../../src/isa/aliases.ts';
import { csrName } from '../../src/isa/csr-names.ts';
import { assemblyOf, COMPRESSED_OPERANDS } from '../../src/isa/disassemble.ts';
import { fliText } from '../../src/isa/fli-constants.ts';
import type { CompressedInstruction, Instruction } from '../../src/isa/instruction.ts';
import { INSTRUCTIONS } from '../../src/isa/instructions.ts';
import { RVC } from '../../src/isa/rvc.ts';

const HALFWORD_BITS = 16;
const CSR_COUNT = 4096;
const FLI_COUNT = 32;

const text = (value: string): string => JSON.stringify(value);
const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
const bitCount = (value: number): number => value.toString(2).replaceAll('0', '').length;

/** Names of formats as C has them: fli.s is FLI_S. */
const formatName = (format: string): string => `FORMAT_${format.replace('.', '_').toUpperCase()}`;

interface BitMap {
  /** Of the word, with all variable bits 0. */
  readonly base: number;
  /** What bit i of the halfword changes in the word. */
  readonly contributions: readonly number[];
  /** Illegal where all these bits are 0; 0 if none is. */
  readonly reserved: number;
}

function halfwordsOf({ match, mask }: CompressedInstruction): number[] {
  const all = Array.from({ length: 2 ** HALFWORD_BITS }, (_, halfword) => halfword);
  return all.filter((halfword) => (halfword & mask) === match);
}

/** Throws for a form that is no such map. */
function bitMapOf(form: CompressedInstruction): BitMap {
  const halfwords = halfwordsOf(form);
  const legal = new Map<number, number>();
  for (const halfword of halfwords) {
    const word = form.expand(halfword);
    if (word !== undefined) legal.set(halfword, word);
  }
  const contributions = Array.from({ length: HALFWORD_BITS }, (_, bit) => {
    for (const [halfword, word] of legal) {
      const other = legal.get(halfword ^ (1 << bit));
      if (other !== undefined) return word ^ other;
    }
    return 0;
  });
  const [sample] = legal;
  if (!sample) throw new Error(`${form.name} has no legal encoding`);
  const spread = (halfword: number): number =>
    contributions.reduce((word, change, bit) => (halfword & (1 << bit) ? word ^ change : word), 0);
  const base = sample[1] ^ spread(sample[0] & ~form.mask);
  const illegal = halfwords.filter((halfword) => !legal.has(halfword));
  let reserved = 0;
  for (const halfword of illegal) {
    for (let bit = 0; bit < HALFWORD_BITS; bit++) {
      if (legal.has(halfword ^ (1 << bit))) reserved |= 1 << bit;
    }
  }
  for (const halfword of halfwords) {
    const isReserved = reserved !== 0 && (halfword & reserved) === 0;
    const word = isReserved ? undefined : (base ^ spread(halfword & ~form.mask)) >>> 0;
    const expected = legal.get(halfword);
    if (word !== (expected === undefined ? undefined : expected >>> 0)) {
      throw new Error(`${form.name}: ${hex(halfword)} is no map of bits`);
    }
  }
  return { base, contributions, reserved };
}

function rowTables(rows: readonly Instruction[]): string[] {
  const aliases: string[] = [];
  const entries = rows.map((row) => {
    const own = aliasesOf(row.name).map(({ name, assembly, when }) => {
      const fields = (['rd', 'rs1', 'rs2', 'imm', 'csr'] as const).filter(
        (field) => when[field] !== undefined,
      );
      const tests = [
        ...fields.map((field) => `TEST_${field.toUpperCase()}`),
        ...(when.sameSources ? ['TEST_SAME_SOURCES'] : []),
      ];
      const values = fields.map((field) => `.${field} = ${when[field]}`).join(', ');
      return `\t{${text(name)}, ${text(assembly)}, ${tests.join(' | ') || '0'}, {${values || '0'}}},`;
    });
    const first = aliases.length;
    aliases.push(...own);
    return `\t{${text(row.name)}, ${text(assemblyOf(row))}, ${hex(row.match)}, ${hex(row.mask)}, ${formatName(row.format)}, ${first}, ${own.length}},`;
  });
  return [
    'const struct alias disassembly_aliases[] = {',
    ...aliases,
    '};',
    'const struct row disassembly_rows[] = {',
    ...entries,
    '};',
    `const size_t disassembly_row_count = ${rows.length};`,
  ];
}

function compressedTable(): string[] {
  const forms = RVC.toSorted((a, b) => bitCount(b.mask) - bitCount(a.mask));
  const entries = forms.map((form) => {
    const { base, contributions, reserved } = bitMapOf(form);
    const operands = COMPRESSED_OPERANDS[form.name];
    const changes = contributions.map(hex).join(', ');
    return `\t{${text(form.name)}, ${operands === undefined ? 'NULL' : text(operands)}, ${hex(form.match)}, ${hex(form.mask)}, ${hex(reserved)}, ${hex(base)}, {${changes}}},`;
  });
  return [
    'const struct compressed disassembly_compressed[] = {',
    ...entries,
    '};',
    `const size_t disassembly_compressed_count = ${RVC.length};`,
  ];
}

function csrTable(): string[] {
  const numbers = Array.from({ length: CSR_COUNT }, (_, number) => number);
  const entries = numbers.flatMap((number) => {
    const name = csrName(number);
    return name === undefined ? [] : [`\t{${number}, ${text(name)}},`];
  });
  return [
    'const struct csr_name disassembly_csrs[] = {',
    ...entries,
    '};',
    `const size_t disassembly_csr_count = ${entries.length};`,
  ];
}

/** The C source; userland/objdump/disassembly.h declares what it defines. The most specific rows and forms come first. */
export function disassemblyTables(): string {
  const rows = INSTRUCTIONS.filter(({ format }) => format !== 'vector').sort(
    (a, b) => bitCount(b.mask >>> 0) - bitCount(a.mask >>> 0),
  );
  const constants = Array.from({ length: FLI_COUNT }, (_, index) => text(fliText(index)));
  return [
    '/* The instruction set, generated by tools/userland/disassembly.ts from src/isa. */',
    '#include "disassembly.h"',
    '',
    ...rowTables(rows),
    ...compressedTable(),
    ...csrTable(),
    `const char *const disassembly_constants[] = {${constants.join(', ')}};`,
    '',
  ].join('\n');
}
