/** Blocks on the disk by pointers: compressed, encrypted, found again where they are there already, and counted. */
import { EIO, fail } from '../../abi/errno.ts';
import { deflateZlib } from '../../lib/deflate.ts';
import { inflateZlib } from '../../lib/inflate.ts';
import type { BlockDevice } from '../block-device.ts';
import { crc32c } from '../ext4/checksum.ts';
import { chacha20 } from './chacha20.ts';
import {
  BLOCK_BYTES,
  COMPRESSED,
  type Pointer,
  SECTOR_BYTES,
  SECTORS_PER_BLOCK,
  sectorsOf,
} from './pointer.ts';
import { MAX_COUNT, SectorMap } from './sector-map.ts';
import { NO_COMPRESSION, NO_DEDUPLICATION, SLOTS, type Superblock } from './superblock.ts';

export class Store {
  readonly map: SectorMap;
  private readonly disk: BlockDevice;
  private readonly superblock: Superblock;
  private readonly key: Uint8Array | undefined;
  /** Blocks written since it was mounted. */
  private written = 0;
  /** Runs that were taken since the last commit: nothing on the disk needs them. */
  private readonly young = new Set<number>();
  /** Runs without a pointer that the last commit still has: [sector, length]. */
  private deferred: [number, number][] = [];
  deferredSectors = 0;
  /** A data block by the checksum of what is stored. */
  private readonly contents = new Map<number, Pointer>();

  constructor(disk: BlockDevice, superblock: Superblock, key: Uint8Array | undefined) {
    this.disk = disk;
    this.superblock = superblock;
    this.key = key;
    this.map = new SectorMap(superblock.blocks * SECTORS_PER_BLOCK, SLOTS * SECTORS_PER_BLOCK);
  }

  /** The nonce of a block: never the same twice for one sector, as each mount has its own epoch. */
  private crypt({ sector, epoch, count }: Pointer, bytes: Uint8Array): void {
    if (this.key !== undefined) chacha20(this.key, [sector, epoch, count], bytes);
  }

  private readStored(pointer: Pointer): Uint8Array {
    const length = sectorsOf(pointer);
    if (
      pointer.bytes === 0 ||
      length > SECTORS_PER_BLOCK ||
      pointer.sector + length > this.map.sectors
    )
      throw fail(EIO, 'cowfs: pointer');
    const bytes = new Uint8Array(length * SECTOR_BYTES);
    this.disk.read(pointer.sector, bytes);
    const stored = bytes.subarray(0, pointer.bytes);
    this.crypt(pointer, stored);
    return stored;
  }

  /** The 4096 bytes that it stands for. Throws EIO for what does not match its checksum. */
  read(pointer: Pointer): Uint8Array {
    const stored = this.readStored(pointer);
    if (crc32c(0xffff_ffff, stored) !== pointer.checksum) throw fail(EIO, 'cowfs: checksum');
    const isCompressed = (pointer.flags & COMPRESSED) !== 0;
    const bytes = isCompressed ? inflateZlib(stored, BLOCK_BYTES) : stored;
    if (bytes?.length !== BLOCK_BYTES) throw fail(EIO, 'cowfs: compressed block');
    return bytes;
  }

  /** A block of data; undefined for zeros. Throws ENOSPC, EIO. */
  writeData(bytes: Uint8Array): Pointer | undefined {
    if (bytes.every((byte) => byte === 0)) return undefined;
    const limit = BLOCK_BYTES - SECTOR_BYTES;
    const packs = (this.superblock.flags & NO_COMPRESSION) === 0;
    const packed = packs ? deflateZlib(bytes, limit) : undefined;
    const stored = packed ?? bytes;
    const checksum = crc32c(0xffff_ffff, stored);
    const same = this.findSame(stored, checksum);
    if (same !== undefined) {
      this.map.retain(same.sector);
      return same;
    }
    const pointer = this.put(stored, packed === undefined ? 0 : COMPRESSED, checksum);
    this.contents.set(checksum, pointer);
    return pointer;
  }

  private findSame(stored: Uint8Array, checksum: number): Pointer | undefined {
    if ((this.superblock.flags & NO_DEDUPLICATION) !== 0) return undefined;
    const known = this.contents.get(checksum);
    if (known === undefined || known.bytes !== stored.length) return undefined;
    if (this.map.count(known.sector) >= MAX_COUNT) return undefined;
    const there = this.readStored(known);
    return stored.every((byte, i) => byte === there[i]) ? known : undefined;
  }

  /** A block of the file system's own. Throws ENOSPC, EIO. */
  writeMetadata(bytes: Uint8Array): Pointer {
    return this.put(bytes, 0, crc32c(0xffff_ffff, bytes));
  }

  private put(stored: Uint8Array, flags: number, checksum: number): Pointer {
    const length = Math.ceil(stored.length / SECTOR_BYTES);
    const sector = this.map.allocate(length);
    const { epoch } = this.superblock;
    const pointer = { sector, bytes: stored.length, flags, checksum, epoch, count: ++this.written };
    const bytes = new Uint8Array(length * SECTOR_BYTES);
    bytes.set(stored);
    this.crypt(pointer, bytes.subarray(0, stored.length));
    this.young.add(sector);
    this.disk.write(sector, bytes);
    return pointer;
  }

  /** What is stored must be decrypted. */
  get isEncrypted(): boolean {
    return this.key !== undefined;
  }

  isShared(pointer: Pointer): boolean {
    return this.map.count(pointer.sector) > 1;
  }

  retain(pointer: Pointer): void {
    this.map.retain(pointer.sector);
  }

  /** A pointer to it is gone; true if it was the last. */
  release(pointer: Pointer): boolean {
    const { sector } = pointer;
    if (this.map.release(sector) > 0) return false;
    if (this.contents.get(pointer.checksum)?.sector === sector)
      this.contents.delete(pointer.checksum);
    const length = sectorsOf(pointer);
    if (this.young.delete(sector)) this.map.free(sector, length);
    else {
      this.deferred.push([sector, length]);
      this.deferredSectors += length;
    }
    return true;
  }

  /** While it is mounted; true if it was found for the first time. Throws EUCLEAN. */
  found(pointer: Pointer, isData: boolean): boolean {
    if (!this.map.found(pointer.sector, sectorsOf(pointer))) return false;
    if (isData) this.contents.set(pointer.checksum, pointer);
    return true;
  }

  /** The superblock is written: what it does not need is free. */
  committed(): void {
    for (const [sector, length] of this.deferred) this.map.free(sector, length);
    this.deferred = [];
    this.deferredSectors = 0;
    this.young.clear();
  }
}
