/** Nodes of /dev, those of disks among them. */
import type { Disk } from '../drivers/disk.ts';

/** Group `disk` of Debian and of our image. */
export const DISK_GROUP = 6;

/** A node that devtmpfs shows. */
export interface DeviceNodeRow {
  readonly name: string;
  readonly mode: number;
  readonly gid: number;
  readonly device: number;
  readonly isBlock: boolean;
}

/** The node of a disk. */
export function diskNode({ name, deviceNumber: device }: Disk): DeviceNodeRow {
  return { name, mode: 0o660, gid: DISK_GROUP, device, isBlock: true };
}
