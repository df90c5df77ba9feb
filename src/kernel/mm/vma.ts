/** One mapping of an address space. Linux: struct vm_area_struct. */
import type { Dentry } from '../../fs/dentry.ts';
import type { Inode } from '../../fs/inode.ts';
import type { AddressSpace } from './address-space.ts';
import type { SharedMemory } from './shared-memory.ts';

/** What a file mapping maps. */
export interface MappedFile {
  readonly inode: Inode;
  readonly dentry: Dentry | undefined;
  /** The file was open for writing: a shared mapping may become writable. */
  readonly isWritable: boolean;
}

/** [start, end), page-aligned. Owned by AddressSpace: fields change when it is split, merged or protected. */
export interface Vma {
  readonly space: AddressSpace;
  start: number;
  end: number;
  /** PROT_READ | PROT_WRITE | PROT_EXEC. */
  protection: number;
  readonly isShared: boolean;
  readonly file: MappedFile | undefined;
  /** Frames of a shared anonymous mapping. */
  readonly sharedMemory: SharedMemory | undefined;
  /** Byte offset in the file, or in the shared memory, of `start`. */
  offset: number;
  /** '[heap]', '[stack]', '[vdso]', '[anon: …]', or '' when the file names it. */
  name: string;
  growsDown: boolean;
  isLocked: boolean;
  /** madvise(MADV_DONTFORK), MADV_WIPEONFORK. */
  isDontFork: boolean;
  isWipeOnFork: boolean;
}

/** A copy of a mapping with other bounds; the offset follows the start. */
export function withBounds(vma: Vma, start: number, end: number): Vma {
  return { ...vma, start, end, offset: isBacked(vma) ? vma.offset + (start - vma.start) : 0 };
}

/** Pages come from a file or from shared memory, at an offset. */
export function isBacked(vma: Vma): boolean {
  return vma.file !== undefined || vma.sharedMemory !== undefined;
}

/** Whether `right`, which starts where `left` ends, could be one mapping with it. */
export function canMerge(left: Vma, right: Vma): boolean {
  return (
    left.end === right.start &&
    left.protection === right.protection &&
    left.isShared === right.isShared &&
    left.file?.inode === right.file?.inode &&
    left.file?.dentry === right.file?.dentry &&
    left.file?.isWritable === right.file?.isWritable &&
    left.sharedMemory === right.sharedMemory &&
    left.name === right.name &&
    left.growsDown === right.growsDown &&
    left.isLocked === right.isLocked &&
    left.isDontFork === right.isDontFork &&
    left.isWipeOnFork === right.isWipeOnFork &&
    (!isBacked(left) || left.offset + (left.end - left.start) === right.offset)
  );
}
