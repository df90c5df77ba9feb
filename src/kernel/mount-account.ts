/** What mounts, and the file systems behind them, cost the guest's memory. */
import type { MountPayer } from '../fs/mount-table.ts';
import { ObjectCharge, type Slab } from './mm/slab.ts';

/** What the host takes for them, about (test/hostile/README.md); struct mount is 320 bytes on Linux. */
const MOUNT_BYTES = 1280;
const FILE_SYSTEM_BYTES = 4096;
/** File systems are few: so many are charged at a time. */
const FILE_SYSTEM_STEP = 4;
const MOUNT_STEP = 64;
/** Share of RAM that mounts leave to others: they outlive who made them, and whoever is to take them down has to start. */
const KEPT_SHARE = 16;

export class MountAccount implements MountPayer {
  private readonly mountCharge: ObjectCharge;
  private readonly fileSystemCharge: ObjectCharge;

  /** `frames`: of all of RAM. */
  constructor(slab: Slab, frames: number) {
    const keep = Math.floor(frames / KEPT_SHARE);
    this.mountCharge = new ObjectCharge(slab, MOUNT_BYTES, MOUNT_STEP, keep);
    this.fileSystemCharge = new ObjectCharge(slab, FILE_SYSTEM_BYTES, FILE_SYSTEM_STEP, keep);
  }

  reserve(mounts: number, fileSystems: number): void {
    this.mountCharge.reserve(mounts);
    this.fileSystemCharge.reserve(fileSystems);
  }

  settle(mounts: number, fileSystems: number): void {
    this.mountCharge.settle(mounts);
    this.fileSystemCharge.settle(fileSystems);
  }
}
