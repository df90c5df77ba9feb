/**
 * What lies in a JBD2 journal, all big-endian. Linux: include/linux/jbd2.h.
 *
 *     every block but data  h_magic u32, h_blocktype u32, h_sequence u32
 *     descriptor            tags, one for each of the data blocks that follow it; after the first a UUID of 16 bytes
 *     revoke                r_count u32 (bytes used, header included), then block numbers
 *     commit                h_chksum_type u8, size u8, pad u16, h_chksum u32[8], h_commit_sec u64, h_commit_nsec u32
 */
import { crc32c, crc32cOfZeros } from '../checksum.ts';

export const MAGIC = 0xc03b_3998;
export const HEADER_BYTES = 12;

export const DESCRIPTOR = 1;
export const COMMIT = 2;
export const SUPERBLOCK_V1 = 3;
export const SUPERBLOCK_V2 = 4;
export const REVOKE = 5;

/** t_flags. */
export const TAG_ESCAPE = 1;
export const TAG_SAME_UUID = 2;
export const TAG_LAST = 8;

const COMPAT_CHECKSUM = 1;
const INCOMPAT_REVOKE = 1;
const INCOMPAT_64BIT = 2;
const INCOMPAT_ASYNC_COMMIT = 4;
const INCOMPAT_CSUM_V2 = 8;
const INCOMPAT_CSUM_V3 = 16;
const KNOWN_INCOMPAT =
  INCOMPAT_REVOKE | INCOMPAT_64BIT | INCOMPAT_ASYNC_COMMIT | INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3;

/** Bytes at the end of descriptor and revoke blocks that hold a checksum. */
const TAIL_BYTES = 4;
const COMMIT_CHECKSUM = 16;
const COMMIT_SECONDS = 48;

/** Fields of the journal's superblock. */
const BLOCK_SIZE = 0x0c;
const MAX_LENGTH = 0x10;
const FIRST = 0x14;
const SEQUENCE = 0x18;
const START = 0x1c;
const ERRNO = 0x20;
const FEATURE_COMPAT = 0x24;
const FEATURE_INCOMPAT = 0x28;
const UUID = 0x30;
const CHECKSUM_TYPE = 0x50;
const CHECKSUM = 0xfc;
const SUPERBLOCK_BYTES = 1024;
const CRC32C_TYPE = 4;

export interface Header {
  readonly type: number;
  readonly sequence: number;
}

export interface Tag {
  readonly block: number;
  readonly flags: number;
  readonly checksum: number;
}

/** The header of a block; undefined for data. */
export function readHeader(view: DataView): Header | undefined {
  if (view.getUint32(0) !== MAGIC) return undefined;
  return { type: view.getUint32(4), sequence: view.getUint32(8) };
}

export function writeHeader(view: DataView, type: number, sequence: number): void {
  view.setUint32(0, MAGIC);
  view.setUint32(4, type);
  view.setUint32(8, sequence);
}

/** The journal's superblock, and the shapes of records that its features ask for. */
export class JournalSuperblock {
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  /** `bytes`: the first block of the journal. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** What is wrong with it; undefined if nothing is. `blocks`: length of the journal's file. */
  findProblem(blockSize: number, blocks: number): string | undefined {
    const header = readHeader(this.view);
    const isSuperblock = header?.type === SUPERBLOCK_V1 || header?.type === SUPERBLOCK_V2;
    if (!isSuperblock) return 'no journal superblock';
    if (this.view.getUint32(BLOCK_SIZE) !== blockSize) return 'block size of the journal';
    const isSound =
      this.first > 0 &&
      this.first < this.length &&
      this.length <= blocks &&
      this.length - this.first >= 64 &&
      (this.start === 0 || (this.start >= this.first && this.start < this.length));
    if (!isSound) return 'geometry of the journal';
    if (header.type === SUPERBLOCK_V1) return undefined;
    const unknown = this.view.getUint32(FEATURE_INCOMPAT) & ~KNOWN_INCOMPAT;
    if (unknown !== 0) return `unknown journal features 0x${unknown.toString(16)}`;
    if (this.hasChecksums && this.view.getUint32(CHECKSUM) !== this.checksum()) {
      return 'checksum of the journal superblock';
    }
    return undefined;
  }

  /** Blocks of the journal, this one included. */
  get length(): number {
    return this.view.getUint32(MAX_LENGTH);
  }

  /** First block of the log. */
  get first(): number {
    return this.view.getUint32(FIRST);
  }

  /** Sequence number that the log begins with. */
  get sequence(): number {
    return this.view.getUint32(SEQUENCE);
  }

  /** Where it begins; 0: it is empty. */
  get start(): number {
    return this.view.getUint32(START);
  }

  setStart(start: number, sequence: number): void {
    this.view.setUint32(START, start);
    this.view.setUint32(SEQUENCE, sequence);
    this.view.setUint32(ERRNO, 0);
    this.seal();
  }

  private has(feature: number): boolean {
    const isNew = readHeader(this.view)?.type === SUPERBLOCK_V2;
    return isNew && (this.view.getUint32(FEATURE_INCOMPAT) & feature) !== 0;
  }

  get hasChecksums(): boolean {
    return this.has(INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3);
  }

  /** What we write with, as Linux chooses: revoke records always, wide numbers and checksums as the file system has them. */
  chooseFeatures(isWide: boolean, hasChecksums: boolean): void {
    if (readHeader(this.view)?.type !== SUPERBLOCK_V2) return;
    const compat = this.view.getUint32(FEATURE_COMPAT) & ~COMPAT_CHECKSUM;
    const kept = this.view.getUint32(FEATURE_INCOMPAT) & ~INCOMPAT_ASYNC_COMMIT;
    const withoutChecksums = kept & ~(INCOMPAT_CSUM_V2 | INCOMPAT_CSUM_V3);
    this.view.setUint32(FEATURE_COMPAT, compat);
    this.view.setUint32(
      FEATURE_INCOMPAT,
      withoutChecksums |
        INCOMPAT_REVOKE |
        (isWide ? INCOMPAT_64BIT : 0) |
        (hasChecksums ? INCOMPAT_CSUM_V3 : 0),
    );
    this.view.setUint8(CHECKSUM_TYPE, hasChecksums ? CRC32C_TYPE : 0);
  }

  private checksum(): number {
    const crc = crc32cOfZeros(crc32c(0xffff_ffff, this.bytes, 0, CHECKSUM), 4);
    return crc32c(crc, this.bytes, CHECKSUM + 4, SUPERBLOCK_BYTES);
  }

  private seal(): void {
    if (this.hasChecksums) this.view.setUint32(CHECKSUM, this.checksum());
  }

  private get seed(): number {
    return crc32c(0xffff_ffff, this.bytes, UUID, UUID + 16);
  }

  /** The journal's UUID, which follows the first tag of a descriptor. */
  get uuid(): Uint8Array {
    return this.bytes.subarray(UUID, UUID + 16);
  }

  get tagBytes(): number {
    if (this.has(INCOMPAT_CSUM_V3)) return 16;
    return 8 + (this.has(INCOMPAT_CSUM_V2) ? 2 : 0) + (this.has(INCOMPAT_64BIT) ? 4 : 0);
  }

  get numberBytes(): number {
    return this.has(INCOMPAT_64BIT) ? 8 : 4;
  }

  /** Bytes of a descriptor or revoke block that records may fill. */
  room(blockSize: number): number {
    return blockSize - (this.hasChecksums ? TAIL_BYTES : 0);
  }

  readTag(view: DataView, at: number): Tag {
    const low = view.getUint32(at);
    if (this.has(INCOMPAT_CSUM_V3)) {
      const high = view.getUint32(at + 8);
      return {
        block: low + high * 2 ** 32,
        flags: view.getUint32(at + 4),
        checksum: view.getUint32(at + 12),
      };
    }
    const high = this.has(INCOMPAT_64BIT) ? view.getUint32(at + 8) : 0;
    return {
      block: low + high * 2 ** 32,
      flags: view.getUint16(at + 6),
      checksum: view.getUint16(at + 4),
    };
  }

  writeTag(view: DataView, at: number, { block, flags, checksum }: Tag): void {
    view.setUint32(at, block % 2 ** 32);
    if (this.has(INCOMPAT_CSUM_V3)) {
      view.setUint32(at + 4, flags);
      view.setUint32(at + 8, Math.floor(block / 2 ** 32));
      view.setUint32(at + 12, checksum);
      return;
    }
    view.setUint16(at + 4, checksum & 0xffff);
    view.setUint16(at + 6, flags);
    if (this.has(INCOMPAT_64BIT)) view.setUint32(at + 8, Math.floor(block / 2 ** 32));
  }

  /** Of a data block as it lies in the log; 0 without checksums. */
  dataChecksum(data: Uint8Array, sequence: number): number {
    if (!this.hasChecksums) return 0;
    const number = new Uint8Array(4);
    new DataView(number.buffer).setUint32(0, sequence);
    return crc32c(crc32c(this.seed, number), data);
  }

  matchesData(tag: Tag, data: Uint8Array, sequence: number): boolean {
    if (!this.hasChecksums) return true;
    const crc = this.dataChecksum(data, sequence);
    return tag.checksum === (this.has(INCOMPAT_CSUM_V3) ? crc : crc & 0xffff);
  }

  /** The checksum at the end of a descriptor or revoke block. */
  sealTail(bytes: Uint8Array): void {
    if (!this.hasChecksums) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    view.setUint32(bytes.length - TAIL_BYTES, this.tailChecksum(bytes));
  }

  hasRightTail(bytes: Uint8Array): boolean {
    if (!this.hasChecksums) return true;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return view.getUint32(bytes.length - TAIL_BYTES) === this.tailChecksum(bytes);
  }

  private tailChecksum(bytes: Uint8Array): number {
    return crc32cOfZeros(crc32c(this.seed, bytes, 0, bytes.length - TAIL_BYTES), TAIL_BYTES);
  }

  sealCommit(bytes: Uint8Array, seconds: number, nanoseconds: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    view.setUint32(COMMIT_SECONDS, Math.floor(seconds / 2 ** 32));
    view.setUint32(COMMIT_SECONDS + 4, seconds % 2 ** 32);
    view.setUint32(COMMIT_SECONDS + 8, nanoseconds);
    if (this.hasChecksums) view.setUint32(COMMIT_CHECKSUM, this.commitChecksum(bytes));
  }

  hasRightCommit(bytes: Uint8Array): boolean {
    if (!this.hasChecksums) return true;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return view.getUint32(COMMIT_CHECKSUM) === this.commitChecksum(bytes);
  }

  private commitChecksum(bytes: Uint8Array): number {
    const crc = crc32cOfZeros(crc32c(this.seed, bytes, 0, COMMIT_CHECKSUM), 4);
    return crc32c(crc, bytes, COMMIT_CHECKSUM + 4);
  }
}
