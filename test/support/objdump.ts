/** GNU objdump as oracle for decoding: text of each instruction of a piece of code at address 0. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_ISA, type Extension } from '../../src/isa/extensions.ts';

const OBJDUMP = 'riscv64-linux-gnu-objdump';

export function hasObjdump(): boolean {
  const found = spawnSync(OBJDUMP, ['--version']).status === 0;
  if (!found) console.warn(`SKIPPED: ${OBJDUMP} is absent (Debian: binutils-riscv64-linux-gnu)`);
  return found;
}

/** What binutils 2.40, of Debian 12, does not know; 2.44 knows all of it. */
const LATER: readonly Extension[] = [
  'zacas',
  'zabha',
  'zfa',
  'zicond',
  'zihintntl',
  'zimop',
  'zcb',
  'zcmop',
];

/** Extensions of the default machine that this objdump knows. */
export function knownExtensions(): ReadonlySet<Extension> {
  const version = execFileSync(OBJDUMP, ['--version'], { encoding: 'utf8' });
  const [, minor = '0'] = / 2\.(\d+)/.exec(version) ?? [];
  const unknown = Number(minor) < 44 ? LATER : [];
  if (unknown.length > 0) console.warn(`SKIPPED: ${OBJDUMP} does not know ${unknown.join(', ')}`);
  return new Set(DEFAULT_ISA.extensions.filter((name) => !unknown.includes(name)));
}

export interface ObjdumpOptions {
  readonly registers: 'abi' | 'numeric';
  readonly aliases: boolean;
  /** ISA string that the code is said to be made for: the default machine's if absent. */
  readonly arch?: string;
}

/** Text by address, one blank after the mnemonic, without comments. */
export function objdump(
  code: Buffer,
  { registers, aliases, arch = DEFAULT_ISA.text }: ObjdumpOptions,
): Map<number, string> {
  const folder = mkdtempSync(join(tmpdir(), 'objdump-'));
  try {
    const file = join(folder, 'code.o');
    writeFileSync(file, objectFile(code, arch));
    const styles = [
      ...(aliases ? [] : ['no-aliases']),
      ...(registers === 'abi' ? [] : ['numeric']),
    ];
    const style = styles.length > 0 ? ['-M', styles.join(',')] : [];
    const output = execFileSync(OBJDUMP, ['-d', '-z', ...style, file], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      // An old one complains of each extension that it does not know.
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return new Map([...output.matchAll(/^ *([0-9a-f]+):\t[0-9a-f]+ +\t(.*)$/gm)].map(parse));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The whole listing of a program, as objdump -d prints it. */
export function objdumpListing(file: string, aliases: boolean): string {
  const style = aliases ? [] : ['-M', 'no-aliases'];
  return execFileSync(OBJDUMP, ['-d', ...style, file], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

function parse(match: RegExpExecArray): [number, string] {
  const text = (match[2] ?? '')
    .replace(/\s+#.*$/, '')
    .replace('\t', ' ')
    // As binutils before 2.42 wrote data.
    .replace(/^\.insn ([24]), 0x0*(?=.)/, '.$1byte 0x');
  return [Number.parseInt(match[1] ?? '', 16), text.trim()];
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Attribute "arch" of a file, by which objdump knows what to expect: RISC-V ELF psABI, chapter "Attributes". */
function attributes(arch: string): Buffer {
  const [FILE, ARCH] = [1, 5];
  const text = Buffer.from(`${arch}\0`, 'latin1');
  const file = [Buffer.of(FILE), u32(6 + text.length), Buffer.of(ARCH), text];
  const section = Buffer.concat([Buffer.from('riscv\0', 'latin1'), ...file]);
  return Buffer.concat([Buffer.from('A'), u32(4 + section.length), section]);
}

const HEADER_BYTES = 64;

/** ELF64 object file with sections .text and .riscv.attributes: ELF specification, chapter 1. */
function objectFile(code: Buffer, arch: string): Buffer {
  const names = '\0.text\0.riscv.attributes\0.shstrtab\0';
  // Name, type (PROGBITS, RISCV_ATTRIBUTES, STRTAB), flags (ALLOC, EXECINSTR), content.
  const sections: readonly (readonly [string, number, number, Buffer])[] = [
    ['.text', 1, 6, code],
    ['.riscv.attributes', 0x7000_0003, 0, attributes(arch)],
    ['.shstrtab', 3, 0, Buffer.from(names, 'latin1')],
  ];
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(1, 16); // e_type ET_REL
  header.writeUInt16LE(243, 18); // e_machine EM_RISCV
  header.writeUInt32LE(1, 20); // e_version
  header.writeBigUInt64LE(BigInt(HEADER_BYTES), 40); // e_shoff
  header.writeUInt32LE(5, 48); // e_flags: RVC, double-float ABI
  header.writeUInt16LE(HEADER_BYTES, 52); // e_ehsize
  header.writeUInt16LE(HEADER_BYTES, 58); // e_shentsize
  header.writeUInt16LE(sections.length + 1, 60); // e_shnum
  header.writeUInt16LE(sections.length, 62); // e_shstrndx
  let offset = HEADER_BYTES * (sections.length + 2);
  const headers = sections.map(([name, type, flags, content]) => {
    const entry = Buffer.alloc(HEADER_BYTES);
    entry.writeUInt32LE(names.indexOf(name), 0); // sh_name
    entry.writeUInt32LE(type, 4); // sh_type
    entry.writeBigUInt64LE(BigInt(flags), 8); // sh_flags
    entry.writeBigUInt64LE(BigInt(offset), 24); // sh_offset
    entry.writeBigUInt64LE(BigInt(content.length), 32); // sh_size
    entry.writeBigUInt64LE(2n, 48); // sh_addralign
    offset += content.length;
    return entry;
  });
  const contents = sections.map(([, , , content]) => content);
  return Buffer.concat([header, Buffer.alloc(HEADER_BYTES), ...headers, ...contents]);
}
