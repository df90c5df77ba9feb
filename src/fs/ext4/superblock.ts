/** The superblock of ext2, ext3 and ext4: "The Second Extended File System", D. Poirier, section 3.1; Linux: fs/ext4/ext4.h. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { layout } from '../../lib/layout.ts';
import { crc32c } from './checksum.ts';
import {
  COMPAT_HAS_JOURNAL,
  COMPAT_SPARSE_SUPER2,
  INCOMPAT_64BIT,
  INCOMPAT_CSUM_SEED,
  INCOMPAT_FILETYPE,
  INCOMPAT_META_BG,
  INCOMPAT_RECOVER,
  RO_COMPAT_BIGALLOC,
  RO_COMPAT_GDT_CSUM,
  RO_COMPAT_METADATA_CSUM,
  RO_COMPAT_SPARSE_SUPER,
  type TypeName,
  unknownIncompat,
} from './features.ts';

export const SUPERBLOCK_OFFSET = 1024;
export const EXT2_MAGIC = 0xef53;
export const ROOT_INO = 2;
/** struct ext2_group_desc. */
export const DESCRIPTOR_BYTES = 32;
export const STATE_CLEAN = 1;
/** s_checksum_type. */
const CHECKSUM_CRC32C = 1;

export const SuperblockLayout = layout({
  s_inodes_count: 'u32',
  s_blocks_count: 'u32',
  s_r_blocks_count: 'u32',
  s_free_blocks_count: 'u32',
  s_free_inodes_count: 'u32',
  s_first_data_block: 'u32',
  s_log_block_size: 'u32',
  s_log_cluster_size: 'u32',
  s_blocks_per_group: 'u32',
  s_clusters_per_group: 'u32',
  s_inodes_per_group: 'u32',
  s_mtime: 'u32',
  s_wtime: 'u32',
  s_mnt_count: 'u16',
  s_max_mnt_count: 'u16',
  s_magic: 'u16',
  s_state: 'u16',
  s_errors: 'u16',
  s_minor_rev_level: 'u16',
  s_lastcheck: 'u32',
  s_checkinterval: 'u32',
  s_creator_os: 'u32',
  s_rev_level: 'u32',
  s_def_resuid: 'u16',
  s_def_resgid: 'u16',
  s_first_ino: 'u32',
  s_inode_size: 'u16',
  s_block_group_nr: 'u16',
  s_feature_compat: 'u32',
  s_feature_incompat: 'u32',
  s_feature_ro_compat: 'u32',
  s_uuid: 'bytes16',
  s_volume_name: 'bytes16',
  s_last_mounted: 'bytes64',
  s_algorithm_usage_bitmap: 'u32',
  s_prealloc_blocks: 'u8',
  s_prealloc_dir_blocks: 'u8',
  s_reserved_gdt_blocks: 'u16',
  s_journal_uuid: 'bytes16',
  s_journal_inum: 'u32',
  s_journal_dev: 'u32',
  s_last_orphan: 'u32',
  s_hash_seed: 'bytes16',
  s_def_hash_version: 'u8',
  s_jnl_backup_type: 'u8',
  s_desc_size: 'u16',
  s_default_mount_opts: 'u32',
  s_first_meta_bg: 'u32',
  s_mkfs_time: 'u32',
  s_jnl_blocks: 'bytes68',
  s_blocks_count_hi: 'u32',
  s_r_blocks_count_hi: 'u32',
  s_free_blocks_count_hi: 'u32',
  s_min_extra_isize: 'u16',
  s_want_extra_isize: 'u16',
  s_flags: 'u32',
  s_raid_stride: 'u16',
  s_mmp_interval: 'u16',
  s_mmp_block: 'u64',
  s_raid_stripe_width: 'u32',
  s_log_groups_per_flex: 'u8',
  s_checksum_type: 'u8',
  s_encryption_level: 'u8',
  s_reserved_pad: 'u8',
  s_kbytes_written: 'bytes8',
  s_snapshot: 'bytes20',
  s_error_count: 'u32',
  s_errors_told: 'bytes176',
  s_overhead_clusters: 'u32',
  s_backup_bgs0: 'u32',
  s_backup_bgs1: 'u32',
  s_encrypt: 'bytes24',
  s_prj_quota_inum: 'u32',
  s_checksum_seed: 'u32',
  reserved: 'bytes392',
  s_checksum: 'u32',
});

/** What a mounted file system changes, and what differs in a copy. */
const CHANGING_FIELDS: ReadonlySet<string> = new Set([
  's_free_blocks_count',
  's_free_blocks_count_hi',
  's_free_inodes_count',
  's_mtime',
  's_wtime',
  's_mnt_count',
  's_state',
  's_lastcheck',
  's_block_group_nr',
  's_feature_ro_compat',
  's_feature_compat',
  's_last_mounted',
  's_last_orphan',
  's_kbytes_written',
  's_error_count',
  's_errors_told',
  's_checksum',
]);

/** The decoded superblock with the geometry that follows from it. Counters change while mounted. */
export class Superblock {
  /** As read: fields that we do not know survive. */
  private readonly raw: Uint8Array;
  readonly fields: ReturnType<typeof SuperblockLayout.decode>;
  readonly blockSize: number;
  readonly sectorsPerBlock: number;
  readonly groupCount: number;
  readonly inodeSize: number;
  readonly firstInode: number;
  /** Bytes of a group descriptor. */
  readonly descriptorBytes: number;
  readonly blockCount: number;
  /** Counters, stored by encode. */
  freeBlocks: number;
  /** Free ones that are not given out: FileSystem.restrict. Not on the disk. */
  withheldBlocks = 0;
  withheldInodes = 0;
  /** metadata_csum: every metadata block has a checksum. */
  readonly hasChecksums: boolean;
  /** Or, older, group descriptors alone. */
  readonly hasDescriptorChecksums: boolean;
  readonly hasFileTypes: boolean;
  /** False: it was written in part, or damaged. */
  readonly hasRightChecksum: boolean;

  /** Throws EINVAL if it is no superblock that we can work with; what is wrong goes to `log`. */
  constructor(raw: Uint8Array, type: TypeName, log: (text: string) => void) {
    this.raw = raw;
    this.fields = SuperblockLayout.decode(raw);
    const { fields } = this;
    const isOld = fields.s_rev_level === 0;
    this.inodeSize = isOld ? 128 : fields.s_inode_size;
    this.firstInode = isOld ? 11 : fields.s_first_ino;
    this.blockSize = 1024 << Math.min(fields.s_log_block_size, 16);
    this.sectorsPerBlock = this.blockSize / 512;
    const is64 = this.hasIncompat(INCOMPAT_64BIT);
    this.descriptorBytes = is64 ? fields.s_desc_size : DESCRIPTOR_BYTES;
    this.blockCount = fields.s_blocks_count + (is64 ? fields.s_blocks_count_hi * 2 ** 32 : 0);
    this.freeBlocks =
      fields.s_free_blocks_count + (is64 ? fields.s_free_blocks_count_hi * 2 ** 32 : 0);
    this.hasChecksums = this.hasRoCompat(RO_COMPAT_METADATA_CSUM);
    this.hasDescriptorChecksums = !this.hasChecksums && this.hasRoCompat(RO_COMPAT_GDT_CSUM);
    this.hasFileTypes = this.hasIncompat(INCOMPAT_FILETYPE);
    const problem = this.findProblem(type);
    if (problem !== undefined) {
      log(`${type.toUpperCase()}-fs: ${problem}`);
      throw fail(EINVAL, problem);
    }
    this.hasRightChecksum = !this.hasChecksums || this.checksum() === fields.s_checksum;
    const dataBlocks = this.blockCount - fields.s_first_data_block;
    this.groupCount = Math.ceil(dataBlocks / fields.s_blocks_per_group);
  }

  hasCompat(feature: number): boolean {
    return (this.fields.s_feature_compat & feature) !== 0;
  }

  hasIncompat(feature: number): boolean {
    return this.fields.s_rev_level !== 0 && (this.fields.s_feature_incompat & feature) !== 0;
  }

  hasRoCompat(feature: number): boolean {
    return this.fields.s_rev_level !== 0 && (this.fields.s_feature_ro_compat & feature) !== 0;
  }

  private findProblem(type: TypeName): string | undefined {
    const { fields, blockSize } = this;
    if (fields.s_magic !== EXT2_MAGIC) return `no ${type} file system found`;
    if (type === 'ext3' && !this.hasCompat(COMPAT_HAS_JOURNAL)) return 'no journal';
    if (fields.s_log_block_size > 2) return `block size ${blockSize} is larger than a page`;
    if (fields.s_rev_level !== 0) {
      const names = unknownIncompat(type, fields.s_feature_incompat);
      if (names !== '') return `unsupported features: ${names}`;
      // Bitmaps of clusters: not even the geometry is the same.
      if (this.hasRoCompat(RO_COMPAT_BIGALLOC)) return 'unsupported features: bigalloc';
    }
    return this.findBadGeometry();
  }

  private findBadGeometry(): string | undefined {
    const { fields, blockSize, inodeSize, descriptorBytes, blockCount } = this;
    if (inodeSize < 128 || inodeSize > blockSize || !isPowerOfTwo(inodeSize)) {
      return 'bad inode size';
    }
    const isBadDescriptor =
      descriptorBytes < DESCRIPTOR_BYTES ||
      descriptorBytes > blockSize ||
      !isPowerOfTwo(descriptorBytes);
    if (isBadDescriptor) return 'bad descriptor size';
    const bitsPerBlock = blockSize * 8;
    const groups = [fields.s_blocks_per_group, fields.s_inodes_per_group];
    if (groups.some((count) => count === 0 || count > bitsPerBlock)) return 'bad group size';
    if (fields.s_first_data_block !== (blockSize === 1024 ? 1 : 0)) return 'bad first data block';
    if (blockCount <= fields.s_first_data_block || blockCount >= 2 ** 48) return 'bad block count';
    const groupCount = Math.ceil(
      (blockCount - fields.s_first_data_block) / fields.s_blocks_per_group,
    );
    if (groupCount * fields.s_inodes_per_group !== fields.s_inodes_count) return 'bad inode count';
    if (this.hasChecksums && this.hasRoCompat(RO_COMPAT_GDT_CSUM)) {
      return 'metadata_csum and uninit_bg together';
    }
    if (this.hasChecksums && fields.s_checksum_type !== CHECKSUM_CRC32C) {
      return 'unknown checksum algorithm';
    }
    return undefined;
  }

  /**
   * It says what the copy says but for what changes while it is mounted. With a wrong checksum that means that one of its two
   * sectors was written and the other, where the checksum is, was not: what it says is right.
   */
  matches(copy: Superblock): boolean {
    return Object.entries(this.fields).every(([name, value]) => {
      const other = copy.fields[name as keyof typeof copy.fields];
      if (CHANGING_FIELDS.has(name)) return true;
      if (name === 's_feature_incompat')
        return ((value as number) | INCOMPAT_RECOVER) === ((other as number) | INCOMPAT_RECOVER);
      return typeof value === 'number' ? value === other : String(value) === String(other);
    });
  }

  /** Where all checksums but the superblock's own begin. */
  get checksumSeed(): number {
    const { fields } = this;
    if (this.hasIncompat(INCOMPAT_CSUM_SEED)) return fields.s_checksum_seed;
    return crc32c(0xffff_ffff, fields.s_uuid);
  }

  private checksum(): number {
    return crc32c(0xffff_ffff, this.raw, 0, SuperblockLayout.offset.s_checksum);
  }

  get reservedBlocks(): number {
    const { s_r_blocks_count, s_r_blocks_count_hi } = this.fields;
    const high = this.hasIncompat(INCOMPAT_64BIT) ? s_r_blocks_count_hi : 0;
    return s_r_blocks_count + high * 2 ** 32;
  }

  /** Blocks that hold metadata, so that no file can have them: counted anew, as Linux does (ext4_calculate_overhead). */
  get overheadBlocks(): number {
    const { fields, blockSize, groupCount, inodeSize } = this;
    const tableBlocks = Math.ceil((fields.s_inodes_per_group * inodeSize) / blockSize);
    let blocks = fields.s_first_data_block + groupCount * (2 + tableBlocks);
    for (let group = 0; group < groupCount; group++) blocks += this.copyBlocks(group);
    return blocks;
  }

  /** Blocks of the descriptor table. */
  get descriptorBlocks(): number {
    return Math.ceil((this.groupCount * this.descriptorBytes) / this.blockSize);
  }

  /** The group begins with a copy of the superblock. */
  hasCopy(group: number): boolean {
    if (group === 0) return true;
    if (this.hasCompat(COMPAT_SPARSE_SUPER2)) {
      return group === this.fields.s_backup_bgs0 || group === this.fields.s_backup_bgs1;
    }
    return !this.hasRoCompat(RO_COMPAT_SPARSE_SUPER) || hasSparseCopy(group);
  }

  /** Blocks at the start of a group that hold copies of the superblock and the descriptors. Linux: ext4_bg_num_gdb. */
  copyBlocks(group: number): number {
    const superblocks = this.hasCopy(group) ? 1 : 0;
    const perBlock = this.blockSize / this.descriptorBytes;
    const metaGroup = Math.floor(group / perBlock);
    if (this.hasIncompat(INCOMPAT_META_BG) && metaGroup >= this.fields.s_first_meta_bg) {
      const within = group % perBlock;
      const isHolder = within === 0 || within === 1 || within === perBlock - 1;
      return superblocks + (isHolder ? 1 : 0);
    }
    if (superblocks === 0) return 0;
    const blocks = this.hasIncompat(INCOMPAT_META_BG)
      ? this.fields.s_first_meta_bg
      : this.descriptorBlocks;
    return superblocks + blocks + this.fields.s_reserved_gdt_blocks;
  }

  /** The block that holds block `index` of the descriptor table. Linux: descriptor_loc. */
  descriptorBlock(index: number): number {
    const { fields } = this;
    if (!this.hasIncompat(INCOMPAT_META_BG) || index < fields.s_first_meta_bg) {
      return fields.s_first_data_block + 1 + index;
    }
    const group = index * (this.blockSize / this.descriptorBytes);
    return this.groupStart(group) + (this.hasCopy(group) ? 1 : 0);
  }

  /** First block of a group. */
  groupStart(group: number): number {
    return this.fields.s_first_data_block + group * this.fields.s_blocks_per_group;
  }

  blocksInGroup(group: number): number {
    const left = this.blockCount - this.groupStart(group);
    return Math.min(this.fields.s_blocks_per_group, left);
  }

  /** The 1024 bytes to store. */
  encode(): Uint8Array {
    const { fields } = this;
    fields.s_free_blocks_count = this.freeBlocks % 2 ** 32;
    if (this.hasIncompat(INCOMPAT_64BIT)) {
      fields.s_free_blocks_count_hi = Math.floor(this.freeBlocks / 2 ** 32);
    }
    this.raw.set(SuperblockLayout.encode(fields));
    if (this.hasChecksums) {
      fields.s_checksum = this.checksum();
      new DataView(this.raw.buffer).setUint32(
        SuperblockLayout.offset.s_checksum,
        fields.s_checksum,
        true,
      );
    }
    return this.raw;
  }
}

function isPowerOfTwo(value: number): boolean {
  return (value & (value - 1)) === 0;
}

/** sparse_super: copies of the superblock are in groups 0 and 1 and the powers of 3, 5 and 7. */
export function hasSparseCopy(group: number): boolean {
  if (group <= 1) return true;
  return [3, 5, 7].some((base) => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  });
}
