import { describe, expect, it } from 'vitest';
import { ElfError, readElfCode } from './elf-code.ts';
import { listing } from './listing.ts';

const HEADER = 64;
const NAMES = '\0.text\0.shstrtab\0.symtab\0.strtab\0';
const SYMBOLS = '\0main\0';
/** auipc a0,1; addi a0,a0,16; ret. */
const CODE = [0x17, 0x15, 0, 0, 0x13, 0x05, 0x05, 0x01, 0x82, 0x80];

/** A file with .text at 0x1000, main at its start, and the tables that name them: System V ABI, figures 1-3 and 1-8. */
function elf(): Uint8Array {
  const bytes = new Uint8Array(HEADER + 512);
  const view = new DataView(bytes.buffer);
  const put = (at: number, content: ArrayLike<number>): number => {
    bytes.set(content, at);
    return at + content.length;
  };
  const text = (value: string): number[] => [...value].map((c) => c.charCodeAt(0));
  put(0, [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, 243, true);
  const namesAt = put(HEADER, CODE);
  const stringsAt = put(namesAt, text(NAMES));
  const symbolsAt = put(stringsAt, text(SYMBOLS));
  view.setUint32(symbolsAt + 24, 1, true);
  bytes[symbolsAt + 24 + 4] = 0x12;
  view.setUint16(symbolsAt + 24 + 6, 1, true);
  view.setBigUint64(symbolsAt + 24 + 8, 0x1000n, true);
  const sectionsAt = symbolsAt + 48;
  const section = (k: number, fields: readonly number[]): void => {
    const [name = 0, type = 0, flags = 0, address = 0, offset = 0, size = 0, link = 0] = fields;
    const at = sectionsAt + k * 64;
    view.setUint32(at, name, true);
    view.setUint32(at + 4, type, true);
    view.setBigUint64(at + 8, BigInt(flags), true);
    view.setBigUint64(at + 16, BigInt(address), true);
    view.setBigUint64(at + 24, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(size), true);
    view.setUint32(at + 40, link, true);
  };
  section(1, [1, 1, 6, 0x1000, HEADER, CODE.length]);
  section(2, [7, 3, 0, 0, namesAt, NAMES.length]);
  section(3, [17, 2, 0, 0, symbolsAt, 48, 4]);
  section(4, [25, 3, 0, 0, stringsAt, SYMBOLS.length]);
  view.setBigUint64(40, BigInt(sectionsAt), true);
  view.setUint16(60, 5, true);
  view.setUint16(62, 2, true);
  return bytes.subarray(0, sectionsAt + 5 * 64);
}

describe('code of an ELF file', () => {
  it('has no name from a symbol that another file defines, though it has an address here', () => {
    const bytes = elf();
    expect(readElfCode(bytes).symbols).toHaveLength(1);
    const sectionOfMain = HEADER + CODE.length + NAMES.length + SYMBOLS.length + 24 + 6;
    new DataView(bytes.buffer).setUint16(sectionOfMain, 0, true);
    expect(readElfCode(bytes).symbols).toEqual([]);
  });

  it('is listed with labels and computed addresses', () => {
    const { sections, symbols } = readElfCode(elf());
    expect([...listing(sections, { aliases: true, symbols })]).toEqual([
      '',
      'Disassembly of section .text:',
      '',
      '0000000000001000 <main>:',
      '    1000:\t00001517          \tauipc\ta0,0x1',
      '    1004:\t01050513          \tadd\ta0,a0,16 # 2010 <main+0x1010>',
      '    1008:\t8082                \tret',
    ]);
  });

  it('cut short anywhere, or with any byte changed, is read or refused', () => {
    const whole = elf();
    const read = (bytes: Uint8Array): void => {
      try {
        const { sections, symbols } = readElfCode(bytes);
        [...listing(sections, { aliases: true, symbols })];
      } catch (error) {
        if (!(error instanceof ElfError)) throw error;
      }
    };
    for (let length = 0; length < whole.length; length++) {
      expect(() => readElfCode(whole.slice(0, length))).toThrow(ElfError);
    }
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const changed = whole.slice();
        changed[at] = value;
        expect(() => read(changed)).not.toThrow();
      }
    }
  });
});
