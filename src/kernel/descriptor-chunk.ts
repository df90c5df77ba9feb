/**
 * Descriptors in a row of one or more tables. fork shares them: a chunk holds one reference to each of its files, however many
 * tables have the chunk, and who changes a chunk that others have makes a copy first.
 */
import type { File } from '../fs/file.ts';
import { KernelFile } from './kernel-file.ts';

export const CHUNK_SHIFT = 5;
/** As many as a number has bits for the operators of bits. */
export const CHUNK_DESCRIPTORS = 1 << CHUNK_SHIFT;
/** `open` of a chunk without a free descriptor. */
export const ALL_OPEN = -1;

export class DescriptorChunk {
  /** Tables that have it. */
  tables = 1;
  /** By the low bits of the descriptor. */
  readonly files: (File | undefined)[] = [];
  /** Bits of the descriptors that are open, and of those that exec closes. */
  open = 0;
  closeOnExec = 0;
  /** Open descriptors of files that want to hear of each table's close. */
  private listeners = 0;

  put(place: number, file: File, isCloseOnExec: boolean): void {
    if (hearsEveryClose(this.files[place])) this.listeners--;
    if (hearsEveryClose(file)) this.listeners++;
    while (this.files.length < place) this.files.push(undefined);
    this.files[place] = file;
    this.open |= 1 << place;
    this.setCloseOnExec(place, isCloseOnExec);
  }

  take(place: number): void {
    if (hearsEveryClose(this.files[place])) this.listeners--;
    this.files[place] = undefined;
    this.open &= ~(1 << place);
    this.closeOnExec &= ~(1 << place);
  }

  setCloseOnExec(place: number, value: boolean): void {
    if (value) this.closeOnExec |= 1 << place;
    else this.closeOnExec &= ~(1 << place);
  }

  get hasListeners(): boolean {
    return this.listeners > 0;
  }

  /** For one of its tables, which leaves it to the others. */
  split(): DescriptorChunk {
    this.tables--;
    const copy = new DescriptorChunk();
    for (const file of this.files) {
      if (file) file.references++;
      copy.files.push(file);
    }
    copy.open = this.open;
    copy.closeOnExec = this.closeOnExec;
    copy.listeners = this.listeners;
    return copy;
  }
}

function hearsEveryClose(file: File | undefined): boolean {
  return file instanceof KernelFile && file.hearsEveryClose;
}

/** The place of the lowest bit that is set; -1 when none is. */
export function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
