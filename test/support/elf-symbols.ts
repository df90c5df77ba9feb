/** Symbols of a 64-bit little-endian ELF file (System V ABI, chapter 4). */

const SECTION_SYMBOL_TABLE = 2;
const SYMBOL_BYTES = 24;

/** Address by name; throws when the file has no symbol table. */
export function elfSymbols(elf: Uint8Array): ReadonlyMap<string, number> {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const long = (at: number): number => Number(view.getBigUint64(at, true));
  const section = (index: number): number => long(40) + index * view.getUint16(58, true);
  const count = view.getUint16(60, true);
  const table = Array.from({ length: count }, (_, k) => section(k)).find(
    (at) => view.getUint32(at + 4, true) === SECTION_SYMBOL_TABLE,
  );
  if (table === undefined) throw new Error('the file has no symbols');
  const names = long(section(view.getUint32(table + 40, true)) + 24);
  const symbols = new Map<string, number>();
  const first = long(table + 24);
  for (let at = first; at < first + long(table + 32); at += SYMBOL_BYTES) {
    const start = names + view.getUint32(at, true);
    const name = new TextDecoder().decode(elf.subarray(start, elf.indexOf(0, start)));
    symbols.set(name, long(at + 8));
  }
  return symbols;
}
