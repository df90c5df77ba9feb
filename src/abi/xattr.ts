/** xattr(7): linux/xattr.h, linux/limits.h. */
import { layout } from '../lib/layout.ts';

export const XATTR_CREATE = 1;
export const XATTR_REPLACE = 2;
export const XATTR_NAME_MAX = 255;
export const XATTR_SIZE_MAX = 65536;
export const XATTR_LIST_MAX = 65536;

/** struct xattr_args of setxattrat and getxattrat. */
export const XattrArgs = layout({ value: 'u64', size: 'u32', flags: 'u32' });
