/** The superblock of ext2: "The Second Extended File System", D. Poirier, section 3.1; Linux: fs/ext4/ext4.h. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { layout } from '../../lib/layout.ts';

export const SUPERBLOCK_OFFSET = 1024;
export const EXT2_MAGIC = 0xef53;
export const ROOT_INO = 2;
/** struct ext2_group_desc. */
export const DESCRIPTOR_BYTES = 32;
export const STATE_CLEAN = 1;

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
  reserved: 'bytes664',
  s_checksum: 'u32',
});

export const COMPAT_EXT_ATTR = 0x8;
export const INCOMPAT_FILETYPE = 0x2;
export const RO_COMPAT_SPARSE_SUPER = 0x1;
export const RO_COMPAT_LARGE_FILE = 0x2;
const RO_COMPAT_EXTRA_ISIZE = 0x40;
const RO_COMPAT_DIR_NLINK = 0x20;

const SUPPORTED_INCOMPAT = INCOMPAT_FILETYPE;
const SUPPORTED_RO_COMPAT =
  RO_COMPAT_SPARSE_SUPER | RO_COMPAT_LARGE_FILE | RO_COMPAT_DIR_NLINK | RO_COMPAT_EXTRA_ISIZE;

const INCOMPAT_NAMES: Readonly<Record<number, string>> = {
  1: 'compression',
  4: 'needs_recovery',
  8: 'journal_dev',
  16: 'meta_bg',
  64: 'extents',
  128: '64bit',
  256: 'mmp',
  512: 'flex_bg',
  1024: 'ea_inode',
  4096: 'dirdata',
  8192: 'metadata_csum_seed',
  16384: 'large_dir',
  32768: 'inline_data',
  65536: 'encrypt',
  131072: 'casefold',
};

const RO_COMPAT_NAMES: Readonly<Record<number, string>> = {
  4: 'btree_dir',
  8: 'huge_file',
  16: 'uninit_bg',
  256: 'quota',
  512: 'bigalloc',
  1024: 'metadata_csum',
  4096: 'read-only',
  8192: 'project',
};

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

  /** Throws EINVAL if it is no superblock that we can work with; what is wrong goes to `log`. */
  constructor(raw: Uint8Array, log: (text: string) => void) {
    this.raw = raw;
    this.fields = SuperblockLayout.decode(raw);
    const { fields } = this;
    const isOld = fields.s_rev_level === 0;
    this.inodeSize = isOld ? 128 : fields.s_inode_size;
    this.firstInode = isOld ? 11 : fields.s_first_ino;
    this.blockSize = 1024 << fields.s_log_block_size;
    this.sectorsPerBlock = this.blockSize / 512;
    const problem = this.findProblem();
    if (problem !== undefined) {
      log(`EXT2-fs: ${problem}`);
      throw fail(EINVAL, problem);
    }
    const dataBlocks = fields.s_blocks_count - fields.s_first_data_block;
    this.groupCount = Math.ceil(dataBlocks / fields.s_blocks_per_group);
  }

  private findProblem(): string | undefined {
    const { fields, blockSize, inodeSize } = this;
    if (fields.s_magic !== EXT2_MAGIC) return 'no ext2 file system found';
    if (fields.s_log_block_size > 2) return `block size ${blockSize} is larger than a page`;
    const isPowerOfTwo = (inodeSize & (inodeSize - 1)) === 0;
    if (inodeSize < 128 || inodeSize > blockSize || !isPowerOfTwo) return 'bad inode size';
    const bitsPerBlock = blockSize * 8;
    const groups = [fields.s_blocks_per_group, fields.s_inodes_per_group];
    if (groups.some((count) => count === 0 || count > bitsPerBlock)) return 'bad group size';
    if (fields.s_first_data_block !== (blockSize === 1024 ? 1 : 0)) return 'bad first data block';
    if (fields.s_blocks_count <= fields.s_first_data_block) return 'bad block count';
    if (fields.s_rev_level === 0) return undefined;
    const names = unsupported(fields.s_feature_incompat, SUPPORTED_INCOMPAT, INCOMPAT_NAMES);
    return names === '' ? undefined : `unsupported features: ${names}`;
  }

  /** Features, by name, that forbid writing; '' if none. */
  get unwritableFeatures(): string {
    return unsupported(this.fields.s_feature_ro_compat, SUPPORTED_RO_COMPAT, RO_COMPAT_NAMES);
  }

  get hasFileTypes(): boolean {
    return (this.fields.s_feature_incompat & INCOMPAT_FILETYPE) !== 0;
  }

  /** Blocks that hold metadata, so that no file can have them. */
  get overheadBlocks(): number {
    const { fields, blockSize, groupCount, inodeSize } = this;
    const isSparse = (fields.s_feature_ro_compat & RO_COMPAT_SPARSE_SUPER) !== 0;
    const copyBlocks = 1 + Math.ceil((groupCount * DESCRIPTOR_BYTES) / blockSize);
    const tableBlocks = Math.ceil((fields.s_inodes_per_group * inodeSize) / blockSize);
    let blocks = fields.s_first_data_block + groupCount * (2 + tableBlocks);
    for (let group = 0; group < groupCount; group++) {
      if (!isSparse || hasSparseCopy(group)) blocks += copyBlocks;
    }
    return blocks;
  }

  /** First block of a group. */
  groupStart(group: number): number {
    return this.fields.s_first_data_block + group * this.fields.s_blocks_per_group;
  }

  blocksInGroup(group: number): number {
    const left = this.fields.s_blocks_count - this.groupStart(group);
    return Math.min(this.fields.s_blocks_per_group, left);
  }

  /** The 1024 bytes to store. */
  encode(): Uint8Array {
    this.raw.set(SuperblockLayout.encode(this.fields));
    return this.raw;
  }
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

function unsupported(
  features: number,
  supported: number,
  names: Readonly<Record<number, string>>,
): string {
  const found: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    const mask = (1 << bit) >>> 0;
    if ((features & mask & ~supported) === 0) continue;
    found.push(names[mask] ?? `0x${mask.toString(16)}`);
  }
  return found.join(' ');
}
