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
  /** Reads that became part of another. */
  readsMerged: number;
  sectorsRead: number;
  /** From the arrival of each to its end, added up. */
  readNs: number;
  writes: number;
  writesMerged: number;
  sectorsWritten: number;
  writeNs: number;
  flushes: number;
  flushNs: number;
  /** Requests that are with the disk. */
  inFlight: number;
  /** Time with a request under way, and the same times how many there were. */
  busyNs: number;
  weightedNs: number;
  /** When the number in flight changed last. */
  changedNs: number;
}

export function newStatistics(): DiskStatistics {
  return {
    reads: 0,
    readsMerged: 0,
    sectorsRead: 0,
    readNs: 0,
    writes: 0,
    writesMerged: 0,
    sectorsWritten: 0,
    writeNs: 0,
    flushes: 0,
    flushNs: 0,
    inFlight: 0,
    busyNs: 0,
    weightedNs: 0,
    changedNs: 0,
  };
}

/** At least one tick, as Linux counts: what is done at once took time too. */
const TICK_NS = 100;

/** One request more, or less, is with the disk. */
export function noteInFlight(statistics: DiskStatistics, nowNs: number, change: 1 | -1): void {
  const { inFlight } = statistics;
  const passedNs = Math.max(nowNs - statistics.changedNs, change < 0 ? TICK_NS : 0);
  if (inFlight > 0) {
    statistics.busyNs += passedNs;
    statistics.weightedNs += passedNs * inFlight;
  }
  statistics.inFlight += change;
  statistics.changedNs = nowNs;
}

export function noteDone(
  statistics: DiskStatistics,
  { isWrite, sectors, arrivalNs }: { isWrite: boolean; sectors: number; arrivalNs: number },
  nowNs: number,
): void {
  if (isWrite) {
    statistics.writes++;
    statistics.sectorsWritten += sectors;
    statistics.writeNs += nowNs - arrivalNs;
  } else {
    statistics.reads++;
    statistics.sectorsRead += sectors;
    statistics.readNs += nowNs - arrivalNs;
  }
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
  /** Of a physical sector: as a logical one where left out. */
  readonly physicalBytes?: number;
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
