/** What every block driver offers to the rest of the kernel, whatever it drives. */
import type { BlockDevice } from '../../fs/block-device.ts';
import type { File } from '../../fs/file.ts';
import type { Partition } from '../block/partition.ts';
import type { RequestQueue } from '../block/request-queue.ts';
import type { Result } from '../block.ts';
import type { Task } from '../task.ts';

/** What /proc/diskstats shows: completed requests and 512-byte sectors. */
export interface DiskStatistics {
  reads: number;
  sectorsRead: number;
  writes: number;
  sectorsWritten: number;
  flushes: number;
  /** Writes that became part of another. */
  writesMerged: number;
  /** Time with a request under way. */
  busyNs: number;
}

export function newStatistics(): DiskStatistics {
  return {
    reads: 0,
    sectorsRead: 0,
    writes: 0,
    sectorsWritten: 0,
    flushes: 0,
    writesMerged: 0,
    busyNs: 0,
  };
}

/** The kernel log, for drivers that report while they work. */
export interface Journal {
  print(text: string, level: number): void;
}

export interface Disk extends BlockDevice {
  readonly deviceNumber: number;
  /** As /proc/devices names it. */
  readonly driver: string;
  readonly statistics: DiskStatistics;
  /** It was taken away: open descriptors give ENODEV, file systems on it EIO. */
  readonly isGone: boolean;
  /** BLKROSET: it counts as read-only, to who opens or mounts it. What is mounted already may write. */
  isWriteProtected: boolean;
  /** Open descriptors of its node. */
  openCount: number;
  /** Who has it for itself, besides a file system (`mounted`). */
  claim: object | undefined;
  /** Device numbers of its own: partitions beyond them have one that all disks share. */
  readonly minors: number;
  /** By number, in order. None for a partition. */
  readonly partitions: Partition[];
  /** It has heads that move. */
  readonly isRotational?: boolean;
  /** Where requests wait; absent for disks that are memory, or parts of others. */
  readonly queue?: RequestQueue;
  /** What it is a view of, where that is a file. */
  readonly file?: File | undefined;
  /** Requests of its own kind, through an open descriptor of its node; undefined for others. */
  ioctl?(task: Task, file: File, request: number, argument: number): Result | undefined;
  /** The last descriptor of its node was closed. */
  lastClose?(): void;
}
