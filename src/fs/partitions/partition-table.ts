/** What is read of a disk's partition table, of either kind. */
import type { BlockDevice } from '../block-device.ts';
import { readGpt } from './gpt.ts';
import { type MasterBootRecord, readMbr } from './mbr.ts';

/** What a table is read from. */
export type SectorSource = Pick<BlockDevice, 'sectors' | 'read'>;

/** Sectors of 512 bytes. */
export interface PartitionEntry {
  /** From 1 on, as in vda1. */
  readonly number: number;
  readonly start: number;
  readonly sectors: number;
}

export interface PartitionTable {
  readonly entries: readonly PartitionEntry[];
  /** What the kernel's log says of damage. */
  readonly warnings: readonly string[];
}

/** Undefined for a disk without one. Throws EIO. */
export function readPartitionTable(device: SectorSource): PartitionTable | undefined {
  if (device.sectors === 0) return undefined;
  const record: MasterBootRecord | undefined = readMbr(device);
  if (record === undefined) return undefined;
  return record.isProtective ? readGpt(device) : record;
}
