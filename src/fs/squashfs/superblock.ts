/** The superblock of squashfs 4.0. https://dr-emann.github.io/squashfs/ */
import { EINVAL, fail } from '../../abi/errno.ts';
import { layout } from '../../lib/layout.ts';
import type { BlockDevice } from '../block-device.ts';

export const SQUASHFS_MAGIC = 0x73717368;
/** No fragment, no attributes. */
export const NONE = 0xffff_ffff;
const SUPERBLOCK_BYTES = 96;
const MIN_BLOCK_LOG = 12;
const MAX_BLOCK_LOG = 20;
const ZLIB = 1;
const COMPRESSORS = ['', 'zlib', 'lzma', 'lzo', 'xz', 'lz4', 'zstd'];

const Fields = layout({
  magic: 'u32',
  inodeCount: 'u32',
  modified: 'u32',
  blockBytes: 'u32',
  fragmentCount: 'u32',
  compressor: 'u16',
  blockLog: 'u16',
  flags: 'u16',
  idCount: 'u16',
  major: 'u16',
  minor: 'u16',
  root: 'u64',
  bytesUsed: 'u64',
  ids: 'u64',
  xattrs: 'u64',
  inodes: 'u64',
  directories: 'u64',
  fragments: 'u64',
  exports: 'u64',
});

export type Superblock = Readonly<ReturnType<typeof Fields.decode>>;

/** Errors: EINVAL for what is no squashfs, or is compressed by something else than zlib; EIO. */
export function readSuperblock(disk: BlockDevice, log: (text: string) => void): Superblock {
  if (disk.sectors * 512 < SUPERBLOCK_BYTES) throw fail(EINVAL, 'device without a superblock');
  const raw = new Uint8Array(512);
  disk.read(0, raw);
  const fields = Fields.decode(raw);
  if (fields.magic !== SQUASHFS_MAGIC) throw fail(EINVAL, 'no squashfs');
  if (fields.major !== 4 || fields.minor !== 0) {
    log(`Major/Minor mismatch, filesystem is ${fields.major}.${fields.minor}`);
    throw fail(EINVAL, 'version of squashfs');
  }
  if (fields.compressor !== ZLIB) {
    const name = COMPRESSORS[fields.compressor] ?? 'unknown';
    log(`Filesystem uses "${name}" compression. This is not supported`);
    throw fail(EINVAL, name);
  }
  const { blockLog, blockBytes, bytesUsed } = fields;
  const isPossible =
    blockLog >= MIN_BLOCK_LOG && blockLog <= MAX_BLOCK_LOG && blockBytes === 1 << blockLog;
  if (!isPossible || fields.idCount === 0 || bytesUsed > disk.sectors * 512)
    throw fail(EINVAL, 'superblock of squashfs');
  return fields;
}
