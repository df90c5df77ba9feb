/** Which blocks of a file make pages of swap: iomap_swapfile_add_extent of Linux, by hand. */
import { expect, it } from 'vitest';
import type { FileExtent } from '../../fs/inode.ts';
import { alignedPages } from './swap-area.ts';

const KIB = 1024;

/** [place on the disk, length] of each piece, in KiB. */
function pagesOf(...pieces: readonly (readonly [number, number])[]): number {
  let logical = 0;
  const extents = pieces.map(([at, length]): FileExtent => {
    const extent: FileExtent = {
      logical,
      physical: at * KIB,
      length: length * KIB,
      kind: 'data',
    };
    logical += length * KIB;
    return extent;
  });
  return alignedPages(extents);
}

it.each([
  { pieces: [[400, 64]], pages: 16, what: 'that begins with a page' },
  { pieces: [[401, 64]], pages: 15, what: 'that begins within a page' },
  {
    pieces: [
      [400, 3],
      [404, 3],
      [408, 3],
    ],
    pages: 0,
    what: 'shorter than a page each',
  },
  {
    pieces: [
      [402, 3],
      [405, 3],
    ],
    pages: 1,
    what: 'that are in a row',
  },
  {
    pieces: [
      [405, 3],
      [402, 3],
    ],
    pages: 0,
    what: 'that would be, the other way round',
  },
  {
    pieces: [
      [401, 5],
      [500, 9],
    ],
    pages: 2,
    what: 'one without a whole page',
  },
  { pieces: [], pages: 0, what: 'none' },
] as const)('pieces $what: $pages pages', ({ pieces, pages }) => {
  expect(pagesOf(...pieces)).toBe(pages);
});
