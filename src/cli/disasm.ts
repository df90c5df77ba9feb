/** `hartix disasm`: the instructions of a RISC-V file as `objdump -d` lists them. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ElfCode, ElfError, readElfCode } from '../isa/elf-code.ts';
import { listing } from '../isa/listing.ts';
import { type OptionTable, optionHelp } from './arguments.ts';
import { UsageError } from './usage-error.ts';

/** Of `hartix disasm`. */
export const DISASM_ROWS = {
  'no-aliases': {
    type: 'boolean',
    help: 'each instruction under its own name: addi, not mv or li',
  },
  numeric: { type: 'boolean', help: 'registers as x10, f10' },
  binary: {
    type: 'string',
    value: 'ADDRESS',
    help: 'FILE is plain code, as it lies at this address',
  },
  help: { type: 'boolean', short: 'h', help: 'print this text' },
} as const satisfies OptionTable;

const USAGE = `usage: hartix disasm [options] FILE

The instructions of a riscv64 ELF file, in the form of objdump -d.

options:
${optionHelp(DISASM_ROWS)}
`;

const CHUNK_CHARACTERS = 1 << 16;

function readFile(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code = String(cause) } = cause as { code?: string };
    throw new UsageError(`cannot read ${file}: ${code}`, { cause });
  }
}

function codeOf(file: string, binary: string | undefined): ElfCode {
  const bytes = readFile(file);
  if (binary !== undefined) {
    if (!/^(0x[0-9a-f]+|\d+)$/i.test(binary)) {
      throw new UsageError(`--binary wants an address such as 0x80000000, not '${binary}'`);
    }
    const section = { name: '.data', address: BigInt(binary), bytes };
    return { sections: [section], symbols: [], extensions: undefined };
  }
  try {
    return readElfCode(bytes);
  } catch (cause) {
    if (!(cause instanceof ElfError)) throw cause;
    const hint = 'for plain code give its address: --binary ADDRESS';
    throw new UsageError(`cannot list ${file}: ${cause.message}; ${hint}`, { cause });
  }
}

/** Write a listing of the file to stdout; returns the exit status. Throws UsageError. */
export async function disasm(argv: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  const { values, positionals } = parsed;
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new UsageError('disasm wants one file: hartix disasm FILE');
  }
  const { sections, symbols, extensions } = codeOf(file, values.binary);
  const format = values.binary === undefined ? 'elf64-littleriscv' : 'binary';
  // A reader that has seen enough (head) ends the listing.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  let pending = `\n${file}:     file format ${format}\n\n`;
  const lines = listing(sections, {
    aliases: !values['no-aliases'],
    registers: values.numeric ? 'numeric' : 'abi',
    symbols,
    ...(extensions && { extensions }),
  });
  for (const line of lines) {
    pending += `${line}\n`;
    if (pending.length < CHUNK_CHARACTERS) continue;
    if (!process.stdout.write(pending)) await once(process.stdout, 'drain');
    pending = '';
  }
  process.stdout.write(pending);
  return 0;
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: DISASM_ROWS,
  });
}
