/** Features of ext2, ext3 and ext4 by name, and the rules that follow from them. Linux: fs/ext4/ext4.h, EXT4_FEATURE_*. */

export const COMPAT_HAS_JOURNAL = 0x4;
export const COMPAT_EXT_ATTR = 0x8;
export const COMPAT_DIR_INDEX = 0x20;
export const COMPAT_SPARSE_SUPER2 = 0x200;

export const INCOMPAT_FILETYPE = 0x2;
export const INCOMPAT_RECOVER = 0x4;
export const INCOMPAT_META_BG = 0x10;
export const INCOMPAT_EXTENTS = 0x40;
export const INCOMPAT_64BIT = 0x80;
const INCOMPAT_FLEX_BG = 0x200;
export const INCOMPAT_CSUM_SEED = 0x2000;
export const INCOMPAT_LARGEDIR = 0x4000;
export const INCOMPAT_INLINE_DATA = 0x8000;

export const RO_COMPAT_SPARSE_SUPER = 0x1;
export const RO_COMPAT_LARGE_FILE = 0x2;
export const RO_COMPAT_HUGE_FILE = 0x8;
export const RO_COMPAT_GDT_CSUM = 0x10;
export const RO_COMPAT_DIR_NLINK = 0x20;
const RO_COMPAT_EXTRA_ISIZE = 0x40;
export const RO_COMPAT_BIGALLOC = 0x200;
export const RO_COMPAT_METADATA_CSUM = 0x400;

/** What the old ext2 and ext3 knew: mounting with such a type takes no more. */
const EXT2_INCOMPAT = INCOMPAT_FILETYPE | INCOMPAT_META_BG;
const EXT2_RO_COMPAT = RO_COMPAT_SPARSE_SUPER | RO_COMPAT_LARGE_FILE;
const EXT3_INCOMPAT = EXT2_INCOMPAT | INCOMPAT_RECOVER;
const EXT4_INCOMPAT =
  EXT3_INCOMPAT |
  INCOMPAT_EXTENTS |
  INCOMPAT_64BIT |
  INCOMPAT_FLEX_BG |
  INCOMPAT_CSUM_SEED |
  INCOMPAT_LARGEDIR |
  INCOMPAT_INLINE_DATA;
const EXT4_RO_COMPAT =
  EXT2_RO_COMPAT |
  RO_COMPAT_HUGE_FILE |
  RO_COMPAT_GDT_CSUM |
  RO_COMPAT_DIR_NLINK |
  RO_COMPAT_EXTRA_ISIZE |
  RO_COMPAT_METADATA_CSUM;

export type TypeName = 'ext2' | 'ext3' | 'ext4';

interface Known {
  readonly incompat: number;
  readonly roCompat: number;
}

/** ext2 and ext3 images that newer tools made have these too, and Linux's ext2 and ext3 types take them. */
const HARMLESS = RO_COMPAT_DIR_NLINK | RO_COMPAT_EXTRA_ISIZE;

export const KNOWN_FEATURES: Readonly<Record<TypeName, Known>> = {
  ext2: { incompat: EXT2_INCOMPAT, roCompat: EXT2_RO_COMPAT | HARMLESS },
  ext3: { incompat: EXT3_INCOMPAT, roCompat: EXT2_RO_COMPAT | HARMLESS },
  ext4: { incompat: EXT4_INCOMPAT, roCompat: EXT4_RO_COMPAT },
};

/** Not an object by mask: that would be an array of 131,072 places. */
type Names = readonly (readonly [mask: number, name: string])[];

const INCOMPAT_NAMES: Names = [
  [1, 'compression'],
  [4, 'needs_recovery'],
  [8, 'journal_dev'],
  [16, 'meta_bg'],
  [64, 'extents'],
  [128, '64bit'],
  [256, 'mmp'],
  [512, 'flex_bg'],
  [1024, 'ea_inode'],
  [4096, 'dirdata'],
  [8192, 'metadata_csum_seed'],
  [16384, 'large_dir'],
  [32768, 'inline_data'],
  [65536, 'encrypt'],
  [131072, 'casefold'],
];

const RO_COMPAT_NAMES: Names = [
  [4, 'btree_dir'],
  [8, 'huge_file'],
  [16, 'uninit_bg'],
  [256, 'quota'],
  [512, 'bigalloc'],
  [1024, 'metadata_csum'],
  [4096, 'read-only'],
  [8192, 'project'],
  [16384, 'shared_blocks'],
  [32768, 'verity'],
  [65536, 'orphan_present'],
];

/** Names of the incompatible features in `found` that the type does not know; '' if it knows all. */
export function unknownIncompat(type: TypeName, found: number): string {
  return unsupported(found, KNOWN_FEATURES[type].incompat, INCOMPAT_NAMES);
}

/** Names of the features in `found` that the type can only read; '' for none. */
export function unknownRoCompat(type: TypeName, found: number): string {
  return unsupported(found, KNOWN_FEATURES[type].roCompat, RO_COMPAT_NAMES);
}

function unsupported(features: number, supported: number, names: Names): string {
  const found: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    const mask = (1 << bit) >>> 0;
    if ((features & mask & ~supported) === 0) continue;
    const row = names.find(([known]) => known === mask);
    found.push(row?.[1] ?? `0x${mask.toString(16)}`);
  }
  return found.join(' ');
}
