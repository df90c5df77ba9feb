/** The short entry of a file: its fields, but for the name. Microsoft FAT specification, section 6. */
import type { Timestamp } from '../inode.ts';
import type { FatInode } from './fat-inode.ts';
import { packTime, roundAccessed, roundCreated, roundModified } from './fat-time.ts';
import type { ShortEntry } from './slots.ts';

type Fields = Partial<ShortEntry>;

/** Of a file that is made now; `offset` is what local time is ahead of UTC, in seconds. */
export function newEntry(
  attributes: number,
  cluster: number,
  now: Timestamp,
  offset: number,
): Fields {
  const modified = roundModified(now, offset);
  const accessed = roundAccessed(now, offset);
  return {
    DIR_Attr: attributes,
    ...timeFields(modified, accessed, roundCreated(now, offset), offset),
    ...clusterFields(cluster),
    DIR_FileSize: 0,
  };
}

/** As the inode is now. */
export function entryOf(inode: FatInode): Fields {
  const { mtime, atime, btime = mtime } = inode;
  return {
    DIR_Attr: inode.attributes,
    ...timeFields(mtime, atime, btime, inode.fs.timeOffset),
    ...clusterFields(inode.chain.first),
    DIR_FileSize: inode.isDirectory ? 0 : inode.size,
  };
}

export function clusterFields(cluster: number): Fields {
  return { DIR_FstClusLO: cluster & 0xffff, DIR_FstClusHI: cluster >>> 16 };
}

function timeFields(mtime: Timestamp, atime: Timestamp, btime: Timestamp, offset: number): Fields {
  const written = packTime(mtime, offset);
  const made = packTime(btime, offset);
  return {
    DIR_WrtDate: written.date,
    DIR_WrtTime: written.time,
    DIR_LstAccDate: packTime(atime, offset).date,
    DIR_CrtDate: made.date,
    DIR_CrtTime: made.time,
    DIR_CrtTimeTenth: made.hundredths,
  };
}
