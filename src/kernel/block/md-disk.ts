/** An array of disks as a disk: /dev/md0. Linux: drivers/md/md.c, with superblocks of version 1 on the disks, or none. */
import { EBUSY, EINVAL, EIO, fail } from '../../abi/errno.ts';
import { makeDevice } from '../../abi/stat.ts';
import { bestEffort } from '../../fs/best-effort.ts';
import type { BlockDevice } from '../../fs/block-device.ts';
import type { File } from '../../fs/file.ts';
import type { FileSystem } from '../../fs/filesystem.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { MemberArea } from '../../fs/raid/member-area.ts';
import { FEWEST, RaidArray, type RaidLevel } from '../../fs/raid/raid-array.ts';
import { MdSuperblock, ROLE_FAULTY, ROLE_SPARE } from '../../fs/raid/superblock.ts';
import { type Disk, newStatistics } from '../drivers/disk.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task.ts';
import { claimDisk, isUsed, releaseDisk } from './claim.ts';
import { nodeChanged, nodeDisappeared } from './disk-nodes.ts';
import { mdIoctl } from './md-ioctl.ts';
import { layoutOf, levelOf } from './md-level.ts';
import type { Partition } from './partition.ts';
import { findPartitions, forgetPartitions } from './partitions.ts';

const MD_MAJOR = 9;
const SECTOR_BYTES = 512;
/** Level of syslog(2). */
const LOG_ERROR = 3;
const LOG_WARNING = 4;

export interface MdMember {
  readonly disk: Disk;
  /** As its superblock says; else in order of arrival. */
  readonly number: number;
  readonly superblock: MdSuperblock | undefined;
  /** Its place in the array; undefined for a spare, or one that was not given a place yet. */
  slot: number | undefined;
  isFaulty: boolean;
}

/** What of a member holds data. */
function areaOf({ disk, superblock }: MdMember): BlockDevice {
  if (!superblock) return disk;
  const { dataOffset, dataSectors, sizeSectors } = superblock;
  return new MemberArea(disk, dataOffset, sizeSectors || dataSectors);
}

export class MdDisk implements Disk {
  readonly name: string;
  /** Of its name. */
  readonly number: number;
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
  /** Of the superblocks on the members, 1.0 to 1.2; undefined where there are none. */
  minorVersion: number | undefined = undefined;
  /** STOP_ARRAY: it is no disk any more once nobody has it open. */
  private goesWhenClosed = false;
  /** Nothing was written since the superblocks said that all is in sync. */
  isClean = true;
  private readonly kernel: Kernel;
  /** Members that the array was seen without. */
  private missing = 0;

  constructor(number: number, kernel: Kernel) {
    this.number = number;
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

  get hasStripes(): boolean {
    return this.level !== undefined && ['raid4', 'raid5', 'raid6'].includes(this.level);
  }

  get hasChunks(): boolean {
    return this.hasStripes || this.level === 'raid0';
  }

  get layout(): number {
    return layoutOf(this.level);
  }

  /** What was written last of the array's state. */
  get superblock(): MdSuperblock | undefined {
    const found = this.members.flatMap(({ superblock }) => superblock ?? []);
    return found.toSorted((one, other) => other.events - one.events)[0];
  }

  /** Takes a disk: for a place of its own before the array runs, as a spare afterwards. Errors: EBUSY. */
  add(disk: Disk): MdMember {
    return this.take(disk, undefined);
  }

  /** A disk with a superblock of version 1. Errors: EBUSY, EINVAL. */
  addStored(disk: Disk, minor: number): void {
    const superblock = MdSuperblock.read(disk, minor);
    const { superblock: known } = this;
    if (!superblock || (known && known.setUuid !== superblock.setUuid)) {
      const text = `md: ${disk.name} does not have a valid v1.${minor} superblock, not importing!`;
      this.kernel.printk(text, LOG_WARNING);
      throw fail(EINVAL, 'superblock');
    }
    this.take(disk, superblock);
  }

  private take(disk: Disk, superblock: MdSuperblock | undefined): MdMember {
    claimDisk(disk, this);
    const numbers = this.members.map((member) => member.number);
    const number = superblock?.number ?? Math.max(-1, ...numbers) + 1;
    const member: MdMember = { disk, number, superblock, slot: undefined, isFaulty: false };
    this.members.push(member);
    if (this.array) {
      this.recover();
      this.store();
    }
    return member;
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
    if (this.array) return;
    this.takePlaces();
    const { level, slots } = this;
    if (level === undefined || slots < FEWEST[level]) throw fail(EINVAL, 'level, raid_disks');
    const disks = Array.from({ length: slots }, (_, slot) => {
      const member = this.members.find((each) => each.slot === slot && !each.isFaulty);
      return member && areaOf(member);
    });
    if (disks.every((disk) => disk === undefined)) throw fail(EINVAL, 'no disks');
    const array = new RaidArray(level, this.chunkSectors, disks);
    this.missing = array.missing;
    if (array.missing === 0 && this.superblock?.isInSync !== true) array.resync();
    this.array = array;
    this.kernel.printk(
      `md/${level}:${this.name}: active with ${slots - this.missing} out of ${slots} devices`,
    );
    nodeChanged(this.kernel, this);
    findPartitions(this.kernel, this);
    this.recover();
    this.store();
  }

  /** From the superblocks: what the array is, and who has which place. Errors: EINVAL. */
  private takePlaces(): void {
    const newest = this.superblock;
    if (!newest) return;
    const level = levelOf(newest.level);
    if (level === undefined || (newest.layout !== layoutOf(level) && level !== 'raid0'))
      throw fail(EINVAL, `level ${newest.level}, layout ${newest.layout}`);
    this.level = level;
    this.slots = newest.raidDisks;
    if (newest.chunkSectors > 0) this.chunkSectors = newest.chunkSectors;
    for (const member of [...this.members]) {
      const role = newest.roleOf(member.number);
      const isStale = (member.superblock?.events ?? 0) + 1 < newest.events;
      if (role < this.slots && !isStale) member.slot = role;
      else if (role !== ROLE_SPARE || isStale) {
        this.kernel.printk(`md: kicking non-fresh ${member.disk.name} from array!`, LOG_WARNING);
        this.remove(member);
      }
    }
  }

  /** The superblocks of all members that work say what is. A member that cannot take it fails. */
  private store(): void {
    const { superblock: newest } = this;
    if (!newest || !this.array) return;
    const roles = new Map<number, number>();
    for (const { number, slot, isFaulty } of this.members)
      roles.set(number, isFaulty ? ROLE_FAULTY : (slot ?? ROLE_SPARE));
    const nowSeconds = this.kernel.clock.realtime().seconds;
    const events = newest.events + 1;
    for (const { superblock, disk, isFaulty } of this.members) {
      if (isFaulty || !superblock) continue;
      superblock.update({ events, nowSeconds, isInSync: this.isClean }, roles);
      bestEffort(() => superblock.write(disk));
    }
  }

  /** Parity and copies may be wrong from now on, should the power fail. */
  private soil(): void {
    if (!this.isClean || !this.superblock || this.level === 'raid0' || this.level === 'linear')
      return;
    this.isClean = false;
    this.store();
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

  /** STOP_ARRAY, through an open descriptor. Errors: EBUSY. */
  stopForGood(): void {
    this.stop(1);
    this.goesWhenClosed = true;
  }

  lastClose(): void {
    const isInUse = this.members.length > 0 || this.slots > 0;
    if (!this.goesWhenClosed || isInUse || this.isGone) return;
    this.isGone = true;
    const { disks } = this.kernel.hardware;
    disks.splice(disks.indexOf(this), 1);
    nodeDisappeared(this.kernel, this);
  }

  /** sync_action: make parity and copies what the data say. Errors: EIO. */
  repair(): void {
    if (this.array?.missing === 0) this.array.resync();
  }

  /** It is no array any more. `opened`: how often who stops it has it open. Errors: EBUSY. */
  stop(opened = 0): void {
    const isBusy = this.openCount > opened || this.mounted !== undefined;
    if (isBusy || this.claimedByOther(opened) || this.partitions.some(isUsed))
      throw fail(EBUSY, `${this.name} is in use`);
    forgetPartitions(this.kernel, this);
    // Of an array that has lost too many disks nothing can be kept.
    bestEffort(() => this.array?.flush());
    this.isClean = true;
    this.store();
    this.array = undefined;
    this.minorVersion = undefined;
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

  /** Who stops it may have it for himself: O_EXCL. */
  private claimedByOther(opened: number): boolean {
    return this.claim !== undefined && opened === 0;
  }

  ioctl(task: Task, _file: File, request: number, argument: number): number | undefined {
    return mdIoctl(task, this, request, argument);
  }

  write(sector: number, source: Uint8Array): void {
    this.soil();
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
    this.store();
  }

  /** Spares get what the missing disks had. */
  private recover(): void {
    const { array } = this;
    if (!array || array.level === 'linear' || array.level === 'raid0') return;
    for (const [slot, present] of array.members.entries()) {
      const spare = this.members.find((member) => member.slot === undefined && !member.isFaulty);
      if (present !== undefined || !spare) continue;
      const area = areaOf(spare);
      if (area.sectors < array.memberSectors) continue;
      this.kernel.printk(`md: recovery of RAID array ${this.name}`);
      array.rebuild(slot, area);
      spare.slot = slot;
      this.missing = array.missing;
      this.kernel.printk(`md: ${this.name}: recovery done.`);
    }
  }
}
