/** fanotify(7): linux/fanotify.h. Events up to 0x800 are those of inotify. */
import { layout } from '../lib/layout.ts';

export const FAN_OPEN_EXEC = 0x1000;
export const FAN_Q_OVERFLOW = 0x4000;
/** The call waits for an answer. */
export const FAN_OPEN_PERM = 0x1_0000;
export const FAN_ACCESS_PERM = 0x2_0000;
export const FAN_OPEN_EXEC_PERM = 0x4_0000;
export const FAN_PERMISSIONS = FAN_OPEN_PERM | FAN_ACCESS_PERM | FAN_OPEN_EXEC_PERM;
export const FAN_EVENT_ON_CHILD = 0x0800_0000;
export const FAN_RENAME = 0x1000_0000;
export const FAN_ONDIR = 0x4000_0000;

/** fanotify_init. */
export const FAN_CLOEXEC = 1;
export const FAN_NONBLOCK = 2;
export const FAN_CLASS_CONTENT = 4;
export const FAN_CLASS_PRE_CONTENT = 8;
export const FAN_UNLIMITED_QUEUE = 0x10;
export const FAN_UNLIMITED_MARKS = 0x20;
export const FAN_REPORT_PIDFD = 0x80;
export const FAN_REPORT_TID = 0x100;
export const FAN_REPORT_FID = 0x200;
export const FAN_REPORT_DIR_FID = 0x400;
export const FAN_REPORT_NAME = 0x800;
export const FAN_REPORT_TARGET_FID = 0x1000;

/** fanotify_mark. */
export const FAN_MARK_ADD = 1;
export const FAN_MARK_REMOVE = 2;
export const FAN_MARK_DONT_FOLLOW = 4;
export const FAN_MARK_ONLYDIR = 8;
export const FAN_MARK_MOUNT = 0x10;
export const FAN_MARK_IGNORED_MASK = 0x20;
export const FAN_MARK_IGNORED_SURV_MODIFY = 0x40;
export const FAN_MARK_FLUSH = 0x80;
export const FAN_MARK_FILESYSTEM = 0x100;
export const FAN_MARK_EVICTABLE = 0x200;
export const FAN_MARK_IGNORE = 0x400;

export const FANOTIFY_METADATA_VERSION = 3;
export const FAN_NOFD = -1;

/** struct fanotify_event_metadata. */
export const FanotifyEventMetadata = layout({
  event_len: 'u32',
  vers: 'u8',
  reserved: 'u8',
  metadata_len: 'u16',
  mask_low: 'u32',
  mask_high: 'u32',
  fd: 'i32',
  pid: 'i32',
});

/** FAN_EVENT_INFO_TYPE_*. */
export const INFO = {
  FID: 1,
  DFID_NAME: 2,
  DFID: 3,
  PIDFD: 4,
  OLD_DFID_NAME: 10,
  NEW_DFID_NAME: 12,
} as const;

/** struct fanotify_response: fd, and one of these. */
export const FANOTIFY_RESPONSE_BYTES = 8;
export const FAN_ALLOW = 1;
export const FAN_DENY = 2;
