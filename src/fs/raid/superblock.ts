/** The superblock of an array's member, version 1: struct mdp_superblock_1 of linux/raid/md_p.h. Little-endian. */
import type { BlockDevice } from '../block-device.ts';

const MAGIC = 0xa92b_4efc;
const BYTES = 4096;
const SECTOR_BYTES = 512;
const ROLES_AT = 256;
const MAX_DEVICES = (BYTES - ROLES_AT) / 2;
const OFFSET = {
  MAGIC: 0,
  MAJOR: 4,
  FEATURES: 8,
  SET_UUID: 16,
  CTIME: 64,
  LEVEL: 72,
  LAYOUT: 76,
  SIZE: 80,
  CHUNK: 88,
  RAID_DISKS: 92,
  DATA_OFFSET: 128,
  DATA_SIZE: 136,
  SUPER_OFFSET: 144,
  NUMBER: 160,
  UTIME: 192,
  EVENTS: 200,
  RESYNC: 208,
  CHECKSUM: 216,
  MAX_DEVICES: 220,
} as const;
const UUID_BYTES = 16;
/** Of a bad-block list that is empty: it need not be looked at. All others say what is not known here. */
const KNOWN_FEATURES = 0;
/** resync_offset of an array that is in sync. */
const ALL = 0xffff_ffff_ffff_ffffn;
export const ROLE_SPARE = 0xffff;
export const ROLE_FAULTY = 0xfffe;

/** Where minor version 0, 1 or 2 has it: near the end, at the start, 4 KiB behind the start. In sectors. */
function sectorOf(minor: number, sectors: number): number {
  if (minor === 0) return sectors - 16 - ((sectors - 16) % 8);
  return minor === 1 ? 0 : 8;
}

export class MdSuperblock {
  readonly minor: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  private constructor(bytes: Uint8Array, minor: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.minor = minor;
  }

  /** Undefined where there is none that is whole, or one of features that are not known. Throws EIO. */
  static read(device: BlockDevice, minor: number): MdSuperblock | undefined {
    const sector = sectorOf(minor, device.sectors);
    if (sector < 0 || sector + BYTES / SECTOR_BYTES > device.sectors) return undefined;
    const bytes = new Uint8Array(BYTES);
    device.read(sector, bytes);
    const found = new MdSuperblock(bytes, minor);
    return found.isValid(sector, device.sectors) ? found : undefined;
  }

  private isValid(sector: number, sectors: number): boolean {
    const { view } = this;
    return (
      this.word(OFFSET.MAGIC) === MAGIC &&
      this.word(OFFSET.MAJOR) === 1 &&
      this.maxDevices <= MAX_DEVICES &&
      this.word(OFFSET.CHECKSUM) === this.checksum() &&
      Number(view.getBigUint64(OFFSET.SUPER_OFFSET, true)) === sector &&
      (this.word(OFFSET.FEATURES) & ~KNOWN_FEATURES) === 0 &&
      this.dataOffset + this.dataSectors <= sectors &&
      this.sizeSectors <= this.dataSectors
    );
  }

  get setUuid(): string {
    const { SET_UUID } = OFFSET;
    return this.bytes.subarray(SET_UUID, SET_UUID + UUID_BYTES).join(':');
  }
  /** Seconds. */
  get createdAt(): number {
    return Number(this.view.getBigUint64(OFFSET.CTIME, true) & 0xff_ffff_ffffn);
  }
  get updatedAt(): number {
    return Number(this.view.getBigUint64(OFFSET.UTIME, true) & 0xff_ffff_ffffn);
  }
  get level(): number {
    return this.view.getInt32(OFFSET.LEVEL, true);
  }
  get layout(): number {
    return this.word(OFFSET.LAYOUT);
  }
  /** Used of each member; 0 where each gives what it has. */
  get sizeSectors(): number {
    return Number(this.view.getBigUint64(OFFSET.SIZE, true));
  }
  get chunkSectors(): number {
    return this.word(OFFSET.CHUNK);
  }
  get raidDisks(): number {
    return this.word(OFFSET.RAID_DISKS);
  }
  get dataOffset(): number {
    return Number(this.view.getBigUint64(OFFSET.DATA_OFFSET, true));
  }
  get dataSectors(): number {
    return Number(this.view.getBigUint64(OFFSET.DATA_SIZE, true));
  }
  /** Of the member, for as long as it is one: not its place. */
  get number(): number {
    return this.word(OFFSET.NUMBER);
  }
  get events(): number {
    return Number(this.view.getBigUint64(OFFSET.EVENTS, true));
  }
  get isInSync(): boolean {
    return this.view.getBigUint64(OFFSET.RESYNC, true) === ALL;
  }

  /** Of member `number`: its place, ROLE_SPARE or ROLE_FAULTY. */
  roleOf(number: number): number {
    return number < this.maxDevices ? this.view.getUint16(ROLES_AT + 2 * number, true) : ROLE_SPARE;
  }

  /** What the array is now, as `newest` has it for all its members; then its roles by number. */
  update(
    { events, nowSeconds, isInSync }: { events: number; nowSeconds: number; isInSync: boolean },
    roles: ReadonlyMap<number, number>,
  ): void {
    const { view } = this;
    view.setBigUint64(OFFSET.EVENTS, BigInt(events), true);
    view.setBigUint64(OFFSET.UTIME, BigInt(Math.floor(nowSeconds)), true);
    view.setBigUint64(OFFSET.RESYNC, isInSync ? ALL : 0n, true);
    const highest = Math.max(-1, ...roles.keys());
    const count = Math.min(Math.max(this.maxDevices, highest + 1), MAX_DEVICES);
    view.setUint32(OFFSET.MAX_DEVICES, count, true);
    for (let number = 0; number < count; number++)
      view.setUint16(ROLES_AT + 2 * number, roles.get(number) ?? ROLE_SPARE, true);
    view.setUint32(OFFSET.CHECKSUM, this.checksum(), true);
  }

  /** Throws EIO. */
  write(device: BlockDevice): void {
    device.write(sectorOf(this.minor, device.sectors), this.bytes);
    device.flush();
  }

  private get maxDevices(): number {
    return this.word(OFFSET.MAX_DEVICES);
  }

  private word(offset: number): number {
    return this.view.getUint32(offset, true);
  }

  /** Of all words up to the last role, its own taken for zero, with the carries added. Linux: calc_sb_1_csum. */
  private checksum(): number {
    const size = Math.min(ROLES_AT + this.maxDevices * 2, BYTES);
    let sum = 0;
    let at = 0;
    for (; at + 4 <= size; at += 4) if (at !== OFFSET.CHECKSUM) sum += this.word(at);
    if (at < size) sum += this.view.getUint16(at, true);
    return ((sum % 0x1_0000_0000) + Math.floor(sum / 0x1_0000_0000)) >>> 0;
  }
}
