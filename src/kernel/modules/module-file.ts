/**
 * Module files: relocatable ELF objects for RISC-V with a section .modinfo of NUL-terminated `name=value` strings, as
 * Linux's. The one string that Linux has not is `hartix_driver`: which driver of this kernel the file stands for.
 */
import { ENOEXEC, fail } from '../../abi/errno.ts';

const ELF_MAGIC = 0x7f454c46;
const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const ET_REL = 1;
const EM_RISCV = 243;
const HEADER_BYTES = 64;
const SECTION_BYTES = 64;

/** The strings of .modinfo by name; a name may come more than once (parm, alias). Throws ENOEXEC. */
export function readModuleInfo(bytes: Uint8Array): Map<string, string[]> {
  const section = findSection(bytes, '.modinfo');
  const info = new Map<string, string[]>();
  const strings = String.fromCharCode(...section).split('\0');
  for (const text of strings) {
    const equals = text.indexOf('=');
    if (equals < 0) continue;
    const name = text.slice(0, equals);
    info.set(name, [...(info.get(name) ?? []), text.slice(equals + 1)]);
  }
  return info;
}

function findSection(bytes: Uint8Array, wanted: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER_BYTES || view.getUint32(0) !== ELF_MAGIC)
    throw fail(ENOEXEC, 'no ELF file');
  const isOurs =
    bytes[4] === ELFCLASS64 &&
    bytes[5] === ELFDATA2LSB &&
    view.getUint16(16, true) === ET_REL &&
    view.getUint16(18, true) === EM_RISCV;
  if (!isOurs) throw fail(ENOEXEC, 'no relocatable object for riscv64');
  const sections = Number(view.getBigUint64(40, true));
  const stride = view.getUint16(58, true);
  const count = view.getUint16(60, true);
  if (stride < SECTION_BYTES || sections + count * stride > bytes.length)
    throw fail(ENOEXEC, 'section headers');
  const range = (index: number): Uint8Array => {
    const at = sections + index * stride;
    const offset = Number(view.getBigUint64(at + 24, true));
    const size = Number(view.getBigUint64(at + 32, true));
    if (offset + size > bytes.length) throw fail(ENOEXEC, 'section behind the end');
    return bytes.subarray(offset, offset + size);
  };
  const names = range(Math.min(view.getUint16(62, true), count - 1));
  for (let index = 0; index < count; index++) {
    const start = view.getUint32(sections + index * stride, true);
    const end = names.indexOf(0, start);
    if (String.fromCharCode(...names.subarray(start, end)) === wanted) return range(index);
  }
  throw fail(ENOEXEC, `no section ${wanted}`);
}

/** A file that readModuleInfo reads: three sections, no code. */
export function writeModuleFile(info: readonly (readonly [string, string])[]): Uint8Array {
  const encode = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
  const modinfo = encode(info.map(([name, value]) => `${name}=${value}\0`).join(''));
  const names = encode('\0.modinfo\0.shstrtab\0');
  const namesAt = HEADER_BYTES + modinfo.length;
  const sections = Math.ceil((namesAt + names.length) / 8) * 8;
  const bytes = new Uint8Array(sections + 3 * SECTION_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, ELF_MAGIC);
  bytes.set([ELFCLASS64, ELFDATA2LSB, 1], 4);
  view.setUint16(16, ET_REL, true);
  view.setUint16(18, EM_RISCV, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(40, BigInt(sections), true);
  view.setUint16(52, HEADER_BYTES, true);
  view.setUint16(58, SECTION_BYTES, true);
  view.setUint16(60, 3, true);
  view.setUint16(62, 2, true);
  bytes.set(modinfo, HEADER_BYTES);
  bytes.set(names, namesAt);
  const section = (index: number, values: readonly [number, number, number, number]): void => {
    const at = sections + index * SECTION_BYTES;
    const [name, type, offset, size] = values;
    view.setUint32(at, name, true);
    view.setUint32(at + 4, type, true);
    view.setBigUint64(at + 24, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(size), true);
    view.setBigUint64(at + 48, 1n, true);
  };
  section(1, [1, 1, HEADER_BYTES, modinfo.length]);
  section(2, [10, 3, namesAt, names.length]);
  return bytes;
}
