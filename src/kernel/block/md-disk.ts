/** An array of disks as a disk: /dev/md0. Linux: drivers/md/md.c, without metadata on the disks (version "none"). */
import { EBUSY, EINVAL, EIO, fail } from '../../abi/errno.ts';
import { makeDevice } from '../../abi/stat.ts';
import { bestEffort } from '../../fs/best-effort.ts';
import type { FileSystem } from '../../fs/filesystem.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { FEWEST, RaidArray, type RaidLevel } from '../../fs/raid/raid-array.ts';
import { type Disk, newStatistics } from '../drivers/disk.ts';
import type { Kernel } from '../kernel.ts';
import { claimDisk, isUsed, releaseDisk } from './claim.ts';
import { nodeChanged } from './disk-nodes.ts';
import type { Partition } from './partition.ts';
import { findPartitions, forgetPartitions } from './partitions.ts';

const MD_MAJOR = 9;
const SECTOR_BYTES = 512;
/** Level of syslog(2). */
const LOG_ERROR = 3;

export interface MdMember {
  readonly disk: Disk;
  /** Its place in the array; undefined for a spare, or one that was not given a place yet. */
  slot: number | undefined;
  isFaulty: boolean;
}

export class MdDisk implements Disk {
  readonly name: string;
  readonly driver = 'md';
  readonly sectorBytes = SECTOR_BYTES;
  readonly deviceNumber: number;
  isWriteProtected = false;
  mounted: FileSystem | undefined = undefined;
  claim: object | undefined = undefined;
  readonly minors = 1;
  readonly partitions: Partition[] = [];
  readonly statistics = newStatistics();
  isGone = false;
  openCount = 0;
  /** Settings of an array that does not run yet. */
  level: RaidLevel | undefined = undefined;
  chunkSectors = 128;
  slots = 0;
  readonly members: MdMember[] = [];
  array: RaidArray | undefined = undefined;
  private readonly kernel: Kernel;
  /** Members that the array was seen without. */
  private missing = 0;

  constructor(number: number, kernel: Kernel) {
    this.name = `md${number}`;
    this.deviceNumber = makeDevice(MD_MAJOR, number);
    this.kernel = kernel;
  }

  get isReadOnly(): boolean {
    return this.isWriteProtected;
  }

  get sectors(): number {
    return this.array?.sectors ?? 0;
  }

  /** Takes a disk: for a place of its own before the array runs, as a spare afterwards. Errors: EBUSY. */
  add(disk: Disk): void {
    claimDisk(disk, this);
    this.members.push({ disk, slot: undefined, isFaulty: false });
    this.recover();
  }

  /** Errors: EBUSY while it runs or another has the place, EINVAL. */
  place(member: MdMember, slot: number): void {
    if (this.array) throw fail(EBUSY, `${this.name} runs`);
    if (!Number.isInteger(slot) || slot < 0 || slot >= this.slots) throw fail(EINVAL, 'slot');
    if (this.members.some((other) => other.slot === slot)) throw fail(EBUSY, 'slot');
    member.slot = slot;
  }

  /** Makes parity and copies right first. Errors: EINVAL for what is no array, EIO when too few disks are there. */
  run(): void {
    const { level, slots } = this;
    if (this.array) return;
    if (level === undefined || slots < FEWEST[level]) throw fail(EINVAL, 'level, raid_disks');
    const disks = Array.from({ length: slots }, (_, slot) => {
      return this.members.find((member) => member.slot === slot && !member.isFaulty)?.disk;
    });
    if (disks.every((disk) => disk === undefined)) throw fail(EINVAL, 'no disks');
    const array = new RaidArray(level, this.chunkSectors, disks);
    this.missing = array.missing;
    if (array.missing === 0) array.resync();
    this.array = array;
    this.kernel.printk(
      `md/${level}:${this.name}: active with ${slots - this.missing} out of ${slots} devices`,
    );
    nodeChanged(this.kernel, this);
    findPartitions(this.kernel, this);
    this.recover();
  }

  /** The disk is used no more, and a spare takes its place. Errors: EBUSY for the last copy. */
  fail(member: MdMember): void {
    const { array } = this;
    const { slot } = member;
    if (array?.level === 'raid1' && slot !== undefined && array.missing + 1 >= this.slots)
      throw fail(EBUSY, 'the last copy');
    member.isFaulty = true;
    if (!array || slot === undefined) return;
    array.drop(slot);
    this.noticeFailures();
  }

  /** Errors: EBUSY for one that works. */
  remove(member: MdMember): void {
    const isWorking = this.array !== undefined && member.slot !== undefined && !member.isFaulty;
    if (isWorking) throw fail(EBUSY, `${member.disk.name} is in use`);
    this.members.splice(this.members.indexOf(member), 1);
    releaseDisk(member.disk, this);
  }

  /** It is no array any more. Errors: EBUSY. */
  stop(): void {
    if ([this, ...this.partitions].some(isUsed)) throw fail(EBUSY, `${this.name} is in use`);
    forgetPartitions(this.kernel, this);
    // Of an array that has lost too many disks nothing can be kept.
    bestEffort(() => this.array?.flush());
    this.array = undefined;
    for (const { disk } of this.members.splice(0)) releaseDisk(disk, this);
    this.level = undefined;
    this.slots = 0;
    this.kernel.printk(`md: ${this.name} stopped.`);
    nodeChanged(this.kernel, this);
  }

  read(sector: number, target: Uint8Array): void {
    this.running(sector, target.length).read(sector, target);
    this.noticeFailures();
    this.statistics.reads++;
    this.statistics.sectorsRead += target.length / SECTOR_BYTES;
  }

  write(sector: number, source: Uint8Array): void {
    this.running(sector, source.length).write(sector, source);
    this.noticeFailures();
    this.statistics.writes++;
    this.statistics.sectorsWritten += source.length / SECTOR_BYTES;
  }

  readFrames(sector: number, frames: readonly number[]): void {
    frames.forEach((frame, i) => {
      this.read(sector + (i * PAGE_SIZE) / SECTOR_BYTES, this.kernel.frames.bytes(frame));
      this.kernel.frames.changed(frame);
    });
  }

  writeFrames(sector: number, frames: readonly number[]): void {
    frames.forEach((frame, i) => {
      this.write(sector + (i * PAGE_SIZE) / SECTOR_BYTES, this.kernel.frames.bytes(frame));
    });
  }

  flush(): void {
    this.array?.flush();
    this.statistics.flushes++;
  }

  private running(sector: number, bytes: number): RaidArray {
    if (!this.array) throw fail(EIO, `${this.name} does not run`);
    if (bytes % SECTOR_BYTES !== 0) throw fail(EINVAL, 'disk transfer is not whole sectors');
    if (sector + bytes / SECTOR_BYTES > this.sectors) throw fail(EIO, 'access beyond end of disk');
    return this.array;
  }

  /** Members that the array has dropped, by itself or because somebody said so. */
  private noticeFailures(): void {
    const { array } = this;
    if (!array || array.missing === this.missing) return;
    this.missing = array.missing;
    for (const member of this.members) {
      const { slot, disk } = member;
      if (slot === undefined || array.members[slot] !== undefined) continue;
      member.isFaulty = true;
      member.slot = undefined;
      const text = `md/${array.level}:${this.name}: Disk failure on ${disk.name}, disabling device.`;
      this.kernel.printk(text, LOG_ERROR);
    }
    this.recover();
  }

  /** Spares get what the missing disks had. */
  private recover(): void {
    const { array } = this;
    if (!array || array.level === 'linear' || array.level === 'raid0') return;
    for (const [slot, present] of array.members.entries()) {
      const spare = this.members.find((member) => member.slot === undefined && !member.isFaulty);
      if (present !== undefined || !spare) continue;
      if (spare.disk.sectors < array.memberSectors) continue;
      this.kernel.printk(`md: recovery of RAID array ${this.name}`);
      array.rebuild(slot, spare.disk);
      spare.slot = slot;
      this.missing = array.missing;
      this.kernel.printk(`md: ${this.name}: recovery done.`);
    }
  }
}
