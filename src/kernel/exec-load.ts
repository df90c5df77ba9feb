/** Mapping an ELF image into an address space. Linux: load_elf_binary, load_elf_interp. */
import { ENOEXEC, fail } from '../abi/errno.ts';
import { PROT_EXEC, PROT_WRITE } from '../abi/mman.ts';
import type { File } from '../fs/file.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import type { ElfImage, ElfSegment } from './elf.ts';
import type { AddressSpace } from './mm/address-space.ts';
import { mapRegion, pageDown, pageUp } from './mm/mmap.ts';
import type { MappedFile } from './mm/vma.ts';

export interface LoadedImage {
  /** What was added to the image's addresses. */
  readonly bias: number;
  readonly entry: number;
  /** End of the last segment, bss included. */
  readonly end: number;
}

/** Map all segments; `base` is the address of the lowest page of a relocatable image. Throws ENOMEM, ENOEXEC. */
export function loadImage(
  space: AddressSpace,
  file: File,
  image: ElfImage,
  base: number,
): LoadedImage {
  const first = image.segments[0] as ElfSegment;
  const bias = image.isRelocatable ? base - pageDown(first.address) : 0;
  const mapped: MappedFile = { inode: file.inode, dentry: file.dentry, isWritable: false };
  let end = 0;
  readAhead(file, image);
  for (const segment of image.segments) {
    mapSegment(space, mapped, segment, bias);
    end = Math.max(end, bias + segment.address + segment.memoryBytes);
  }
  return { bias, entry: bias + image.entry, end };
}

/** Pages of a program that are read at once: then its first faults find them, and small programs have no major fault. */
const READ_AHEAD_PAGES = 256;

function readAhead(file: File, image: ElfImage): void {
  const { pages, size } = file.inode;
  if (!pages || pages.pages.size * PAGE_SIZE >= size) return;
  const last = Math.max(...image.segments.map(({ offset, fileBytes }) => offset + fileBytes));
  const count = Math.min(Math.ceil(Math.min(last, size) / PAGE_SIZE), READ_AHEAD_PAGES);
  for (let index = 0; index < count; index++)
    if (!pages.pages.has(index) && !pages.owner.isHole(index))
      pages.getPage(index, false, count - index);
}

/** Bytes from the first page of the image to its last. */
export function imageSpan(image: ElfImage): number {
  const first = image.segments[0] as ElfSegment;
  const end = Math.max(...image.segments.map(({ address, memoryBytes }) => address + memoryBytes));
  return pageUp(end) - pageDown(first.address);
}

function mapSegment(
  space: AddressSpace,
  file: MappedFile,
  segment: ElfSegment,
  bias: number,
): void {
  const start = bias + segment.address;
  const within = start % PAGE_SIZE;
  const fileEnd = start + segment.fileBytes;
  const memoryEnd = start + segment.memoryBytes;
  if (!file.inode.pages) throw fail(ENOEXEC, 'the file cannot be mapped');
  if (segment.fileBytes > 0)
    mapRegion(space, {
      address: start - within,
      length: segment.fileBytes + within,
      protection: segment.protection,
      file,
      offset: segment.offset - within,
      placement: 'fixed',
    });
  // The bss: the rest of the last file page is cleared, further pages are anonymous.
  const anonymousStart = segment.fileBytes > 0 ? pageUp(fileEnd) : start - within;
  const isWritable = (segment.protection & PROT_WRITE) !== 0;
  if (memoryEnd > fileEnd && isWritable && segment.fileBytes > 0 && fileEnd % PAGE_SIZE !== 0)
    space.memory.fill(fileEnd, 0, Math.min(anonymousStart, pageUp(memoryEnd)) - fileEnd);
  if (memoryEnd > anonymousStart)
    mapRegion(space, {
      address: anonymousStart,
      length: memoryEnd - anonymousStart,
      protection: segment.protection,
      placement: 'fixed',
    });
  noteSegment(space, segment, start);
}

/** startCode … endData of /proc/<pid>/stat. */
function noteSegment(space: AddressSpace, segment: ElfSegment, start: number): void {
  const { layout } = space;
  const end = start + segment.fileBytes;
  if ((segment.protection & PROT_EXEC) !== 0) {
    if (layout.startCode === 0 || start < layout.startCode) layout.startCode = start;
    layout.endCode = Math.max(layout.endCode, end);
  }
  if (start > layout.startData) layout.startData = start;
  layout.endData = Math.max(layout.endData, end);
}
