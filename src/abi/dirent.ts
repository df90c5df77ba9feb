/** Directory entry types of getdents64(2): DT_* of include/linux/fs_types.h. */
export const DT_UNKNOWN = 0;
export const DT_FIFO = 1;
export const DT_CHR = 2;
export const DT_DIR = 4;
export const DT_BLK = 6;
export const DT_REG = 8;
export const DT_LNK = 10;
export const DT_SOCK = 12;

/** DT_* of a file mode: the type bits shifted down. */
export function direntType(mode: number): number {
  return (mode >>> 12) & 15;
}
