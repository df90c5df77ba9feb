/** Events of a fanotify group, and the records that name what they are about: fanotify(7), "Reading fanotify events". */
import * as abi from '../abi/fanotify.ts';
import { IN_CREATE, IN_DELETE, IN_MOVED_FROM, IN_MOVED_TO } from '../abi/inotify.ts';
import { S_IFDIR, S_IFMT } from '../abi/stat.ts';
import type { Dentry } from '../fs/dentry.ts';
import type { Inode } from '../fs/inode.ts';
import type { Happening } from '../fs/notify.ts';
import { toBytes } from '../lib/bytes.ts';
import type { FanotifyGroup } from './fanotify.ts';
import type { PermissionRequest } from './fanotify-permission.ts';

export interface InfoRecord {
  /** struct fanotify_event_info_fid with what follows it. */
  readonly bytes: Uint8Array;
  /** The same for the same content. */
  readonly key: string;
}

export interface QueuedEvent {
  mask: number;
  readonly pid: number;
  /** What a descriptor is opened for when the event is read; undefined where handles name it. */
  readonly dentry: Dentry | undefined;
  readonly records: readonly InfoRecord[];
  /** Somebody waits for the answer. */
  readonly request?: PermissionRequest;
}

/** Header, fsid, handle_bytes, handle_type, and a handle of inode number and generation. */
const HEADER_BYTES = 4;
const FSID_BYTES = 8;
const FILEID_INO32_GEN = 1;
/** Of a file system that cannot open handles: a number to compare. */
const FILEID_INO64_GEN = 0x81;
const ALIGN = 4;
const ENTRY_EVENTS = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

export function sizeOfEvent({ records }: QueuedEvent): number {
  return records.reduce((total, { bytes }) => total + bytes.length, abi.FanotifyEventMetadata.size);
}

function record(type: number, inode: Inode, name?: string): InfoRecord {
  const isWide = inode.fs.inodeByNumber === undefined;
  const handleBytes = isWide ? 12 : 8;
  const fixed = HEADER_BYTES + FSID_BYTES + 8 + handleBytes;
  const text = name === undefined ? new Uint8Array(0) : toBytes(`${name}\0`);
  const bytes = new Uint8Array(Math.ceil((fixed + text.length) / ALIGN) * ALIGN);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  view.setUint16(2, bytes.length, true);
  view.setUint32(4, inode.fs.device, true);
  view.setUint32(12, handleBytes, true);
  view.setInt32(16, isWide ? FILEID_INO64_GEN : FILEID_INO32_GEN, true);
  view.setUint32(20, inode.ino, true);
  view.setUint32(20 + handleBytes - 4, inode.generation ?? 0, true);
  bytes.set(text, fixed);
  const { device } = inode.fs;
  return { bytes, key: `${type} ${device} ${inode.ino} ${inode.generation ?? 0} ${name ?? ''}` };
}

/** The records of an event. Linux: fanotify_fid_inode, fanotify_dfid_inode, copy_info_records_to_user. */
export function infoRecords(group: FanotifyGroup, events: number, about: Happening): InfoRecord[] {
  const { inode, directory, name, isEntry } = about;
  const isDirectory = (inode.mode & S_IFMT) === S_IFDIR;
  const withName = group.has(abi.FAN_REPORT_NAME);
  if ((events & abi.FAN_RENAME) !== 0) return renameRecords(group, about);
  const isEntryEvent = isEntry && (events & ENTRY_EVENTS) !== 0;
  const object =
    isEntryEvent && !group.has(abi.FAN_REPORT_TARGET_FID) ? (directory ?? inode) : inode;
  if (!group.has(abi.FAN_REPORT_DIR_FID)) return [record(abi.INFO.FID, object)];
  // A directory names itself, where nothing happened to its entry.
  const dir = isEntryEvent || !isDirectory ? directory : inode;
  const records: InfoRecord[] = [];
  if (dir) {
    const entry = dir === inode ? '.' : name;
    records.push(
      withName ? record(abi.INFO.DFID_NAME, dir, entry ?? '.') : record(abi.INFO.DFID, dir),
    );
  }
  if (!dir || (group.has(abi.FAN_REPORT_FID) && object !== dir))
    records.push(record(abi.INFO.FID, object));
  return records;
}

/** Where it was and where it is, as far as those are watched. */
function renameRecords(group: FanotifyGroup, about: Happening): InfoRecord[] {
  const { inode, move } = about;
  const records: InfoRecord[] = [];
  const watches = (dir: Inode): boolean => group.marks.has(dir) || group.marks.has(dir.fs);
  if (move && watches(move.from.directory))
    records.push(record(abi.INFO.OLD_DFID_NAME, move.from.directory, move.from.name));
  if (move && watches(move.to.directory))
    records.push(record(abi.INFO.NEW_DFID_NAME, move.to.directory, move.to.name));
  if (group.has(abi.FAN_REPORT_TARGET_FID)) records.push(record(abi.INFO.FID, inode));
  return records;
}

/** Whether an event that waits says this too, with its mask. */
export function isSame(
  event: QueuedEvent,
  mask: number,
  pid: number,
  about: Happening,
  records: readonly InfoRecord[],
): boolean {
  if (event.pid !== pid || event.mask === abi.FAN_Q_OVERFLOW || event.request) return false;
  if (((event.mask ^ mask) & (abi.FAN_ONDIR | abi.FAN_RENAME)) !== 0) return false;
  if (event.dentry || records.length === 0)
    return event.dentry?.node === about.dentry?.node && event.dentry?.mount === about.dentry?.mount;
  return (
    event.records.length === records.length &&
    event.records.every(({ key }, i) => key === records[i]?.key)
  );
}
