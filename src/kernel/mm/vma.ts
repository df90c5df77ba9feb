/** One mapping of an address space. Linux: struct vm_area_struct. */
import { PROT_EXEC, PROT_WRITE } from '../../abi/mman.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { Inode } from '../../fs/inode.ts';
import type { AddressSpace } from './address-space.ts';
import type { MemoryPolicy } from './memory-policy.ts';
import type { SharedMemory } from './shared-memory.ts';
import type { VmaChunk } from './vma-chunk.ts';

/** Attributes that are kept and merged as bits, under their names in Linux's include/linux/mm.h. */
export const VM_LOCKED = 1;
/** Locked pages are faulted in when they are touched: mlock2(MLOCK_ONFAULT). */
export const VM_LOCKONFAULT = 2;
/** madvise(2): MADV_DONTFORK, WIPEONFORK, DONTDUMP, SEQUENTIAL, RANDOM, HUGEPAGE, NOHUGEPAGE. */
export const VM_DONTCOPY = 4;
export const VM_WIPEONFORK = 8;
export const VM_DONTDUMP = 16;
export const VM_SEQ_READ = 32;
export const VM_RAND_READ = 64;
export const VM_HUGEPAGE = 128;
export const VM_NOHUGEPAGE = 256;
/** MAP_NORESERVE: pages are not counted as committed. */
export const VM_NORESERVE = 512;
/** Counted as committed memory: vm.overcommit_memory. */
export const VM_ACCOUNT = 1024;
/** MAP_HUGETLB: 2 MiB pages of the pool, of a file of hugetlbfs. */
export const VM_HUGETLB = 2048;

/** Who counts the mappings of a file: a System V segment. */
export interface MappingUsers {
  /** It was removed, and its last mapping is gone: it cannot be mapped again. */
  readonly isGone: boolean;
  mapped(): void;
  unmapped(): void;
}

/** What a file mapping maps. */
export interface MappedFile {
  readonly inode: Inode;
  readonly dentry: Dentry | undefined;
  /** The file was open for writing: a shared mapping may become writable. */
  readonly isWritable: boolean;
  /** Told of each mapping that comes and goes. */
  readonly users?: MappingUsers;
}

/** Memory that no file system has: shared anonymous memory, tmpfs. Its pages are the only copy. */
export function isShmem(vma: Vma): boolean {
  return vma.file !== undefined && vma.file.inode.pages?.owner.isStored === false;
}

/**
 * [start, end), page-aligned. Owned by AddressSpace: fields change when it is split, merged or protected. What VmaSet gives to
 * look at may be relatives', too.
 */
export interface Vma {
  /** Where it is: undefined until a set has it. */
  chunk: VmaChunk | undefined;
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
  /** VM_*. */
  flags: number;
  /** mbind(2); undefined for the task's own. */
  policy?: MemoryPolicy | undefined;
}

/** A copy of a mapping with other bounds; the offset follows the start. */
export function withBounds(vma: Vma, start: number, end: number): Vma {
  return { ...vma, start, end, offset: isBacked(vma) ? vma.offset + (start - vma.start) : 0 };
}

/** Pages come from a file or from shared memory, at an offset. */
export function isBacked(vma: Vma): boolean {
  return vma.file !== undefined || vma.sharedMemory !== undefined;
}

/** Counts as data (VmData): private and writable. */
export function isData({ growsDown, isShared, protection }: Vma): boolean {
  return !growsDown && !isShared && (protection & PROT_WRITE) !== 0;
}

/** Counts as code (VmExe, VmLib). */
export function isExecutable({ protection }: Vma): boolean {
  return (protection & (PROT_EXEC | PROT_WRITE)) === PROT_EXEC;
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
    left.file?.users === undefined &&
    right.file?.users === undefined &&
    left.sharedMemory === right.sharedMemory &&
    left.name === right.name &&
    left.growsDown === right.growsDown &&
    left.flags === right.flags &&
    left.policy === right.policy &&
    (!isBacked(left) || left.offset + (left.end - left.start) === right.offset)
  );
}

/** All that have the mapping. */
export function* spacesOf({ chunk }: Vma): Generator<AddressSpace> {
  for (const { spaces } of chunk?.trees ?? []) yield* spaces;
}
