/** Where a program's file says that a variable lies. */
import { ElfError, type ElfPlace, findElfSymbol } from '../../isa/elf-code.ts';

/** A line that says why, where it does not. */
export function symbolPlace(elf: Uint8Array, name: string): ElfPlace | string {
  try {
    return findElfSymbol(elf, name) ?? `it has no symbol '${name}'`;
  } catch (error) {
    if (error instanceof ElfError) return error.message;
    throw error;
  }
}
