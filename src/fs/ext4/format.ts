/** mkfs: an empty ext2 on a zeroed device, laid out as mke2fs does. Poirier, sections 2 and 3. */
import { EINVAL, fail } from '../../abi/errno.ts';
import { S_IFDIR } from '../../abi/stat.ts';
import { toBytes } from '../../lib/bytes.ts';
import type { BlockDevice } from '../block-device.ts';
import { entryBytes } from './directory-block.ts';
import { INCOMPAT_FILETYPE, RO_COMPAT_LARGE_FILE, RO_COMPAT_SPARSE_SUPER } from './features.ts';
import { EXTRA_ISIZE, InodeLayout } from './inode-record.ts';
import {
  DESCRIPTOR_BYTES,
  EXT2_MAGIC,
  hasSparseCopy,
  ROOT_INO,
  STATE_CLEAN,
  SUPERBLOCK_OFFSET,
  SuperblockLayout,
} from './superblock.ts';

export interface FormatOptions {
  /** 1024, 2048 or 4096 (default). */
  readonly blockSize?: number;
  /** 128 or 256 (default). */
  readonly inodeSize?: number;
  /** One inode for so many bytes of the device; 16384 by default. */
  readonly bytesPerInode?: number;
  /** Blocks that only root may use. */
  readonly reservedBlocks?: number;
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  /** At most 16 bytes. */
  readonly label?: string;
  /** Time of everything, in seconds since 1970. */
  readonly seconds: number;
}

const FIRST_INODE = 11;
/** mke2fs leaves out a last group that has fewer data blocks than this. */
const MIN_GROUP_BLOCKS = 50;
const ERRORS_CONTINUE = 1;
const HALF_MD4 = 1;
const EXTRA_BYTES = 32;

interface Geometry {
  readonly blockSize: number;
  readonly inodeSize: number;
  readonly firstDataBlock: number;
  readonly blocksPerGroup: number;
  readonly inodesPerGroup: number;
  readonly tableBlocks: number;
  readonly descriptorBlocks: number;
  readonly blocks: number;
  readonly groups: number;
}

/** Throws EINVAL if the device is too small or an option out of range. */
export function format(device: BlockDevice, options: FormatOptions): void {
  const geometry = plan(device.sectors * 512, options);
  const { blockSize, groups, blocks, inodesPerGroup } = geometry;
  const descriptors = new Uint8Array(geometry.descriptorBlocks * blockSize);
  let freeBlocks = 0;
  for (let group = 0; group < groups; group++) {
    freeBlocks += formatGroup(device, geometry, group, descriptors);
  }
  const fields = {
    s_inodes_count: inodesPerGroup * groups,
    s_blocks_count: blocks,
    s_r_blocks_count: options.reservedBlocks ?? 0,
    s_free_blocks_count: freeBlocks,
    s_free_inodes_count: inodesPerGroup * groups - (FIRST_INODE - 1),
    s_first_data_block: geometry.firstDataBlock,
    s_log_block_size: Math.log2(blockSize / 1024),
    s_log_cluster_size: Math.log2(blockSize / 1024),
    s_blocks_per_group: geometry.blocksPerGroup,
    s_clusters_per_group: geometry.blocksPerGroup,
    s_inodes_per_group: inodesPerGroup,
    s_wtime: options.seconds,
    s_max_mnt_count: 0xffff,
    s_magic: EXT2_MAGIC,
    s_state: STATE_CLEAN,
    s_errors: ERRORS_CONTINUE,
    s_lastcheck: options.seconds,
    s_rev_level: 1,
    s_first_ino: FIRST_INODE,
    s_inode_size: geometry.inodeSize,
    s_feature_incompat: INCOMPAT_FILETYPE,
    s_feature_ro_compat: RO_COMPAT_SPARSE_SUPER | RO_COMPAT_LARGE_FILE,
    s_uuid: options.uuid,
    s_volume_name: toBytes((options.label ?? '').slice(0, 16)),
    s_hash_seed: options.uuid,
    s_def_hash_version: HALF_MD4,
    s_mkfs_time: options.seconds,
    s_min_extra_isize: geometry.inodeSize > EXTRA_ISIZE ? EXTRA_BYTES : 0,
    s_want_extra_isize: geometry.inodeSize > EXTRA_ISIZE ? EXTRA_BYTES : 0,
  };
  for (let group = 0; group < groups; group++) {
    if (!hasSparseCopy(group)) continue;
    const encoded = SuperblockLayout.encode({ ...fields, s_block_group_nr: group });
    const start = groupStart(geometry, group);
    const at = group === 0 ? SUPERBLOCK_OFFSET : start * blockSize;
    device.write(at / 512, encoded);
    device.write(((start + 1) * blockSize) / 512, descriptors);
  }
  formatRoot(device, geometry, options.seconds);
  device.flush();
}

function plan(bytes: number, options: FormatOptions): Geometry {
  const { blockSize = 4096, inodeSize = 256, bytesPerInode = 16384 } = options;
  if (![1024, 2048, 4096].includes(blockSize)) throw fail(EINVAL, 'block size');
  if (inodeSize !== 128 && inodeSize !== 256) throw fail(EINVAL, 'inode size');
  const firstDataBlock = blockSize === 1024 ? 1 : 0;
  const blocksPerGroup = blockSize * 8;
  const total = Math.floor(bytes / blockSize);
  const groups = Math.ceil((total - firstDataBlock) / blocksPerGroup);
  const inodesPerBlock = blockSize / inodeSize;
  const wanted = Math.max(16, bytes / bytesPerInode) / Math.max(groups, 1);
  const inodesPerGroup = Math.min(
    blockSize * 8,
    Math.ceil(wanted / inodesPerBlock / 8) * inodesPerBlock * 8,
  );
  const geometry = {
    blockSize,
    inodeSize,
    firstDataBlock,
    blocksPerGroup,
    inodesPerGroup,
    tableBlocks: inodesPerGroup / inodesPerBlock,
    descriptorBlocks: Math.ceil((groups * DESCRIPTOR_BYTES) / blockSize),
    blocks: total,
    groups,
  };
  const last = groups - 1;
  const lastBlocks = total - groupStart(geometry, last);
  if (lastBlocks >= overhead(geometry, last) + MIN_GROUP_BLOCKS) return geometry;
  if (groups < 2) throw fail(EINVAL, 'device is too small');
  return { ...geometry, groups: last, blocks: groupStart(geometry, last) };
}

function groupStart(geometry: Geometry, group: number): number {
  return geometry.firstDataBlock + group * geometry.blocksPerGroup;
}

/** Blocks of a group that hold metadata. */
function overhead(geometry: Geometry, group: number): number {
  const copies = hasSparseCopy(group) ? 1 + geometry.descriptorBlocks : 0;
  return copies + 2 + geometry.tableBlocks;
}

/** Write the group's bitmaps and fill in its descriptor; returns its free blocks. */
function formatGroup(
  device: BlockDevice,
  geometry: Geometry,
  group: number,
  descriptors: Uint8Array,
): number {
  const { blockSize, inodesPerGroup } = geometry;
  const start = groupStart(geometry, group);
  const count = Math.min(geometry.blocksPerGroup, geometry.blocks - start);
  // The root directory's block is the first behind the metadata of group 0.
  const used = overhead(geometry, group) + (group === 0 ? 1 : 0);
  const bitmapBlock = start + overhead(geometry, group) - geometry.tableBlocks - 2;
  const blockBitmap = new Uint8Array(blockSize);
  setBits(blockBitmap, 0, used);
  setBits(blockBitmap, count, blockSize * 8);
  const inodeBitmap = new Uint8Array(blockSize);
  if (group === 0) setBits(inodeBitmap, 0, FIRST_INODE - 1);
  setBits(inodeBitmap, inodesPerGroup, blockSize * 8);
  device.write((bitmapBlock * blockSize) / 512, blockBitmap);
  device.write(((bitmapBlock + 1) * blockSize) / 512, inodeBitmap);
  const view = new DataView(descriptors.buffer, group * DESCRIPTOR_BYTES, DESCRIPTOR_BYTES);
  view.setUint32(0, bitmapBlock, true);
  view.setUint32(4, bitmapBlock + 1, true);
  view.setUint32(8, bitmapBlock + 2, true);
  view.setUint16(12, count - used, true);
  view.setUint16(14, inodesPerGroup - (group === 0 ? FIRST_INODE - 1 : 0), true);
  view.setUint16(16, group === 0 ? 1 : 0, true);
  return count - used;
}

function setBits(bitmap: Uint8Array, from: number, to: number): void {
  for (let bit = from; bit < to; bit++) {
    bitmap[bit >>> 3] = (bitmap[bit >>> 3] as number) | (1 << (bit & 7));
  }
}

/** The root directory, empty: lost+found is made in it like any other directory. */
function formatRoot(device: BlockDevice, geometry: Geometry, seconds: number): void {
  const { blockSize, inodeSize, firstDataBlock } = geometry;
  const dataBlock = firstDataBlock + overhead(geometry, 0);
  const pointers = new Uint8Array(60);
  new DataView(pointers.buffer).setUint32(0, dataBlock, true);
  const table = new Uint8Array(Math.max(512, inodeSize * ROOT_INO));
  const at = (ROOT_INO - 1) * inodeSize;
  const fields = {
    i_mode: S_IFDIR | 0o755,
    i_size: blockSize,
    i_atime: seconds,
    i_ctime: seconds,
    i_mtime: seconds,
    i_links_count: 2,
    i_blocks: blockSize / 512,
    i_block: pointers,
  };
  table.set(InodeLayout.encode(fields), at);
  if (inodeSize > EXTRA_ISIZE)
    new DataView(table.buffer).setUint16(at + EXTRA_ISIZE, EXTRA_BYTES, true);
  const tableBlock = dataBlock - geometry.tableBlocks;
  device.write((tableBlock * blockSize) / 512, table);
  const directory = new Uint8Array(blockSize);
  const view = new DataView(directory.buffer);
  const first = entryBytes(1);
  const directoryType = 2;
  directory.set([0, 0, 0, 0, first, 0, 1, directoryType, 0x2e]);
  view.setUint32(0, ROOT_INO, true);
  view.setUint32(first, ROOT_INO, true);
  view.setUint16(first + 4, blockSize - first, true);
  directory.set([2, directoryType, 0x2e, 0x2e], first + 6);
  device.write((dataBlock * blockSize) / 512, directory);
}
