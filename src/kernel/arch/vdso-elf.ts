/** A minimal ELF shared object with versioned dynamic symbols and no relocations: System V ABI, chapter 5; LSB, "Symbol Versioning". */
import { Ehdr, EM_RISCV, ET_DYN, PF_R, PF_X, Phdr, PT_DYNAMIC, PT_LOAD } from '../../abi/elf.ts';
import { layout } from '../../lib/layout.ts';
import { assert } from '../../lib/panic.ts';

export interface SharedSymbol {
  readonly name: string;
  readonly value: number;
  readonly size: number;
}

const Sym = layout({
  st_name: 'u32',
  st_info: 'u8',
  st_other: 'u8',
  st_shndx: 'u16',
  st_value: 'u64',
  st_size: 'u64',
});

const DT_HASH = 4;
const DT_STRTAB = 5;
const DT_SYMTAB = 6;
const DT_STRSZ = 10;
const DT_SYMENT = 11;
const DT_SONAME = 14;
/** STB_GLOBAL, STT_FUNC. */
const GLOBAL_FUNCTION = 0x12;
/** Any section but SHN_UNDEF: there is no section table. */
const DEFINED_SECTION = 1;
const FLAG_RVC_DOUBLE = 5;
const NAME = 'linux-vdso.so.1';
/** Of all functions of Linux's vDSO on riscv. */
const VERSION = 'LINUX_4.15';
const DT_VERSYM = 0x6fff_fff0;
const DT_VERDEF = 0x6fff_fffc;
const DT_VERDEFNUM = 0x6fff_fffd;
const VERDEF_BYTES = 28;
const VER_FLG_BASE = 1;
/** Index of VERSION; 1 is the object's own. */
const VERSION_INDEX = 2;
/** Tables must end before this offset, where the caller's code begins. */
const TABLES_END = 0x800;

/** Headers and tables in `bytes` bytes, loaded at 0. Symbol values are offsets. */
export function buildSharedObject(symbols: readonly SharedSymbol[], bytes: number): Uint8Array {
  const image = new Uint8Array(bytes);
  const view = new DataView(image.buffer);
  const strings = `\0${NAME}\0${VERSION}\0${symbols.map(({ name }) => `${name}\0`).join('')}`;
  const symbolTable = Ehdr.size + 2 * Phdr.size;
  const count = symbols.length + 1;
  const stringTable = symbolTable + count * Sym.size;
  const hashTable = align(stringTable + strings.length);
  const versions = align(hashTable + 4 * (3 + count));
  const definitions = align(versions + 2 * count);
  const dynamic = align(definitions + 2 * VERDEF_BYTES);
  const entries = [
    [DT_HASH, hashTable],
    [DT_STRTAB, stringTable],
    [DT_SYMTAB, symbolTable],
    [DT_STRSZ, strings.length],
    [DT_SYMENT, Sym.size],
    [DT_SONAME, 1],
    [DT_VERSYM, versions],
    [DT_VERDEF, definitions],
    [DT_VERDEFNUM, 2],
    [0, 0],
  ] as const;
  assert(dynamic + 16 * entries.length <= TABLES_END, 'vDSO tables overlap its code');
  image.set(headers(bytes, dynamic, 16 * entries.length));
  for (let i = 0; i < strings.length; i++) image[stringTable + i] = strings.charCodeAt(i);
  symbols.forEach(({ name, value, size }, i) => {
    const symbol = Sym.encode({
      st_name: strings.indexOf(`\0${name}\0`) + 1,
      st_info: GLOBAL_FUNCTION,
      st_shndx: DEFINED_SECTION,
      st_value: value,
      st_size: size,
    });
    image.set(symbol, symbolTable + (i + 1) * Sym.size);
  });
  // One bucket, whose chain is all symbols in order: nbucket, nchain, first, then the successor of each symbol.
  const hash = [1, count, 1, 0, ...symbols.map((_, i) => (i + 2) % count)];
  hash.forEach((word, i) => {
    view.setUint32(hashTable + 4 * i, word, true);
  });
  for (let i = 1; i < count; i++) view.setUint16(versions + 2 * i, VERSION_INDEX, true);
  defineVersion(view, definitions, 1, VER_FLG_BASE, NAME, 1, VERDEF_BYTES);
  defineVersion(view, definitions + VERDEF_BYTES, VERSION_INDEX, 0, VERSION, NAME.length + 2, 0);
  entries.forEach(([tag, value], i) => {
    view.setUint32(dynamic + 16 * i, tag, true);
    view.setUint32(dynamic + 16 * i + 8, value, true);
  });
  return image;
}

/** Elf64_Verdef with its one Elf64_Verdaux. */
function defineVersion(
  view: DataView,
  at: number,
  index: number,
  flags: number,
  name: string,
  nameOffset: number,
  next: number,
): void {
  const halfwords = [1, flags, index, 1];
  halfwords.forEach((value, i) => {
    view.setUint16(at + 2 * i, value, true);
  });
  const words = [hashOf(name), 20, next, nameOffset, 0];
  words.forEach((value, i) => {
    view.setUint32(at + 8 + 4 * i, value, true);
  });
}

/** The hash function of the System V ABI. */
function hashOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) {
    hash = ((hash << 4) + name.charCodeAt(i)) >>> 0;
    const top = hash & 0xf000_0000;
    hash = (hash ^ (top >>> 24)) & ~top;
  }
  return hash >>> 0;
}

function headers(bytes: number, dynamic: number, dynamicBytes: number): Uint8Array {
  const head = new Uint8Array(Ehdr.size + 2 * Phdr.size);
  head.set(
    Ehdr.encode({
      e_ident: new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]),
      e_type: ET_DYN,
      e_machine: EM_RISCV,
      e_version: 1,
      e_phoff: Ehdr.size,
      e_flags: FLAG_RVC_DOUBLE,
      e_ehsize: Ehdr.size,
      e_phentsize: Phdr.size,
      e_phnum: 2,
    }),
  );
  const segment = { p_flags: PF_R | PF_X, p_align: 4096 };
  const load = { ...segment, p_type: PT_LOAD, p_filesz: bytes, p_memsz: bytes };
  head.set(Phdr.encode(load), Ehdr.size);
  const at = { p_offset: dynamic, p_vaddr: dynamic, p_paddr: dynamic };
  head.set(
    Phdr.encode({
      ...at,
      p_type: PT_DYNAMIC,
      p_flags: PF_R,
      p_align: 8,
      p_filesz: dynamicBytes,
      p_memsz: dynamicBytes,
    }),
    Ehdr.size + Phdr.size,
  );
  return head;
}

function align(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}
