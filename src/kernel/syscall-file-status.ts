/** What stat(2) and statx(2) tell, as strace(1) shows it. */
import * as stat from '../abi/stat.ts';
import { flagSet, hex, named, nameOf, octal } from './syscall-format.ts';
import type { Look, Reader } from './syscall-reader.ts';

const fileType = nameOf(() => named(stat, 'S_IF').filter(([bits]) => bits !== stat.S_IFMT));

function fileMode(mode: number): string {
  const flags = [
    [stat.S_ISUID, 'S_ISUID'],
    [stat.S_ISGID, 'S_ISGID'],
    [stat.S_ISVTX, 'S_ISVTX'],
  ] as const;
  const names = flags.flatMap(([bit, name]) => ((mode & bit) === 0 ? [] : [name]));
  const type = mode & stat.S_IFMT;
  return [fileType(type) ?? hex(type), ...names, octal(mode & 0o777)].join('|');
}

/** dev_t of Linux: 12 bits of the major number above 8 of the minor one, the rest of that above. */
function device(value: number): string {
  return `makedev(${hex((value >>> 8) & 0xfff)}, ${hex((value & 0xff) | ((value >>> 12) & 0xfff00))})`;
}

/** struct stat, without -v what ls shows first. */
export function fileStatus(look: Look, at: number): string {
  const s = look.memory.read(stat.Stat, at);
  const type = s.st_mode & stat.S_IFMT;
  const isDevice = type === stat.S_IFCHR || type === stat.S_IFBLK;
  const extent = isDevice ? `st_rdev=${device(Number(s.st_rdev))}` : `st_size=${s.st_size}`;
  if (!look.style.isVerbose) return `{st_mode=${fileMode(s.st_mode)}, ${extent}, ...}`;
  const time = (name: string, seconds: number, nanoseconds: number) => {
    const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
    const fraction = Number(nanoseconds) === 0 ? '' : `.${String(nanoseconds).padStart(9, '0')}`;
    return `${name}=${seconds} /* ${date}${fraction}+0000 */, ${name}_nsec=${nanoseconds}`;
  };
  const parts = [
    `st_dev=${device(Number(s.st_dev))}`,
    `st_ino=${s.st_ino}`,
    `st_mode=${fileMode(s.st_mode)}`,
    `st_nlink=${s.st_nlink}`,
    `st_uid=${s.st_uid}`,
    `st_gid=${s.st_gid}`,
    `st_blksize=${s.st_blksize}`,
    `st_blocks=${s.st_blocks}`,
    extent,
    time('st_atime', s.st_atime, s.st_atime_nsec),
    time('st_mtime', s.st_mtime, s.st_mtime_nsec),
    time('st_ctime', s.st_ctime, s.st_ctime_nsec),
  ];
  return `{${parts.join(', ')}}`;
}

const BASIC = 'TYPE MODE NLINK UID GID ATIME MTIME CTIME INO SIZE BLOCKS'.split(' ');
/** STATX_*: the eleven of struct stat have one name together. */
export const statxMask = flagSet([
  [stat.STATX_BASIC_STATS, 'STATX_BASIC_STATS'],
  ...BASIC.map((name, i) => [1 << i, `STATX_${name}`] as const),
  [stat.STATX_BTIME, 'STATX_BTIME'],
  [stat.STATX_MNT_ID, 'STATX_MNT_ID'],
]);
/** STATX_ATTR_*: linux/stat.h. */
const ATTRIBUTES = flagSet(
  (
    [
      [2, 'COMPRESSED'],
      [4, 'IMMUTABLE'],
      [5, 'APPEND'],
      [6, 'NODUMP'],
      [11, 'ENCRYPTED'],
      [12, 'AUTOMOUNT'],
      [13, 'MOUNT_ROOT'],
      [20, 'VERITY'],
      [21, 'DAX'],
    ] as const
  ).map(([bit, name]) => [1 << bit, `STATX_ATTR_${name}`] as const),
);

export const statxStatus: Reader = ({ memory, style }, at) => {
  const s = memory.read(stat.Statx, at);
  const mask = `stx_mask=${statxMask(s.stx_mask)}`;
  const attributes = `stx_attributes=${ATTRIBUTES(s.stx_attributes)}`;
  const mode = `stx_mode=${fileMode(s.stx_mode)}`;
  const size = `stx_size=${s.stx_size}`;
  if (!style.isVerbose) return `{${[mask, attributes, mode, size].join(', ')}, ...}`;
  const time = (name: 'stx_atime' | 'stx_btime' | 'stx_ctime' | 'stx_mtime') => {
    const seconds = s[name];
    const nanoseconds = s[`${name}_nsec`];
    const date = new Date(seconds * 1000).toISOString().slice(0, 19);
    const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0')}`;
    return `${name}={tv_sec=${seconds}, tv_nsec=${nanoseconds}} /* ${date}${fraction}+0000 */`;
  };
  const has = (bit: number) => (s.stx_mask & bit) !== 0;
  const parts = [
    mask,
    `stx_blksize=${s.stx_blksize}`,
    attributes,
    `stx_nlink=${s.stx_nlink}`,
    `stx_uid=${s.stx_uid}`,
    `stx_gid=${s.stx_gid}`,
    mode,
    `stx_ino=${s.stx_ino}`,
    size,
    `stx_blocks=${s.stx_blocks}`,
    `stx_attributes_mask=${ATTRIBUTES(s.stx_attributes_mask)}`,
    time('stx_atime'),
    ...(has(stat.STATX_BTIME) ? [time('stx_btime')] : []),
    time('stx_ctime'),
    time('stx_mtime'),
    `stx_rdev_major=${s.stx_rdev_major}`,
    `stx_rdev_minor=${s.stx_rdev_minor}`,
    `stx_dev_major=${s.stx_dev_major}`,
    `stx_dev_minor=${s.stx_dev_minor}`,
    ...(has(stat.STATX_MNT_ID) ? [`stx_mnt_id=${hex(s.stx_mnt_id)}`] : []),
  ];
  return `{${parts.join(', ')}}`;
};
