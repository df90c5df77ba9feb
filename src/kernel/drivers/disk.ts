/** What every block driver offers to the rest of the kernel, whatever it drives. */
import type { BlockDevice } from '../../fs/block-device.ts';

/** What /proc/diskstats shows: completed requests and 512-byte sectors. */
export interface DiskStatistics {
  reads: number;
  sectorsRead: number;
  writes: number;
  sectorsWritten: number;
  flushes: number;
  /** Time with a request under way. */
  busyNs: number;
}

export function newStatistics(): DiskStatistics {
  return { reads: 0, sectorsRead: 0, writes: 0, sectorsWritten: 0, flushes: 0, busyNs: 0 };
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
  /** Open descriptors of its node. */
  openCount: number;
}
