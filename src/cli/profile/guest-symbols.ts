/** Names of places in the files of a guest, by their ELF symbols. */
import type { SourceLine } from '../../isa/dwarf/line-table.ts';
import { ElfError, type ElfFunctions, readElfFunctions } from '../../isa/elf-code.ts';
import { countUpTo } from '../../isa/search.ts';
import type { ProfileFrame } from '../../protocol.ts';

/** Names of functions by place. */
export class GuestSymbols {
  private readonly files: readonly string[];
  private readonly elves: readonly (ElfFunctions | undefined)[];

  constructor(files: readonly string[], elves: readonly (ElfFunctions | undefined)[]) {
    this.files = files;
    this.elves = elves;
  }

  url({ file }: ProfileFrame): string {
    return this.files[file] ?? '';
  }

  /** Of the instruction there; undefined where the file does not say. */
  lineOf(frame: ProfileFrame): SourceLine | undefined {
    const elf = this.elves[frame.file];
    const address = elf?.addressOf(frame.at);
    return address === undefined ? undefined : elf?.lines.lineOf(Number(address));
  }

  /** Where the function begins; undefined where the file does not say. */
  firstLineOf(frame: ProfileFrame): SourceLine | undefined {
    const elf = this.elves[frame.file];
    const address = elf?.addressOf(frame.at);
    const found = elf && address !== undefined ? nearest(elf.functions, address) : undefined;
    return found && elf?.lines.lineOf(Number(found.address));
  }

  /** File, function and offset in it, and the line of its source where that is known. */
  place(frame: ProfileFrame): string {
    const elf = this.elves[frame.file];
    const address = elf?.addressOf(frame.at);
    const symbol = elf && address !== undefined ? nearest(elf.functions, address) : undefined;
    const offset =
      symbol && address !== undefined ? address - symbol.address : (address ?? frame.at);
    const line = this.lineOf(frame);
    const source = line ? ` (${line.file.split('/').at(-1)}:${line.line})` : '';
    return `${this.url(frame)} ${symbol?.name ?? ''}+0x${offset.toString(16)}${source}`;
  }

  /** The function, by its start where it has no name; else the place in the file. */
  name(frame: ProfileFrame): string {
    const elf = this.elves[frame.file];
    const address = elf?.addressOf(frame.at);
    const found = elf && address !== undefined ? nearest(elf.functions, address) : undefined;
    const base = this.url(frame).split('/').at(-1) ?? '';
    if (found) return found.name;
    const start = elf && address !== undefined ? lastUpTo(elf.starts, address) : undefined;
    return `${base}+0x${(start ?? address ?? frame.at).toString(16)}`;
  }
}

function lastUpTo(starts: readonly bigint[], address: bigint): bigint | undefined {
  return starts[countUpTo(starts.length, (k) => (starts[k] ?? 0n) <= address) - 1];
}

/** The last symbol at or before the address, unless it ends before. */
function nearest(
  symbols: ElfFunctions['functions'],
  address: bigint,
): ElfFunctions['functions'][number] | undefined {
  const last =
    symbols[countUpTo(symbols.length, (k) => (symbols[k]?.address ?? 0n) <= address) - 1];
  const isInside = last && (last.size === 0n || address < last.address + last.size);
  return isInside ? last : undefined;
}

async function functionsOf(
  path: string,
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<ElfFunctions | undefined> {
  if (!path.startsWith('/')) return undefined;
  try {
    return readElfFunctions(await readFile(path));
  } catch (error) {
    // Deleted since, or generated code: its places have no names.
    const isExpected =
      error instanceof ElfError || (error as { code?: unknown }).code !== undefined;
    if (!isExpected) throw error;
    return undefined;
  }
}

/** `readFile` gives a guest's file; where it rejects, places keep their addresses. */
export async function guestSymbols(
  files: readonly string[],
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<GuestSymbols> {
  const elves = await Promise.all(files.map((path) => functionsOf(path, readFile)));
  return new GuestSymbols(files, elves);
}
