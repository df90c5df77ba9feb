/** 9P2000.L requests on one file: open, read, write, attributes, locks. */
import {
  BackendError,
  type FileStat,
  type Handle,
  isDirectory,
  type OpenAccess,
  type Timestamp,
} from './backend.ts';
import { type Fid, pathOf, targetOf } from './files.ts';
import {
  FILE_SYSTEM_TYPE,
  GETATTR_BASIC,
  LOCK_SUCCESS,
  LOCK_TYPE_UNLOCK,
  OPEN,
  SETATTR,
  T,
  writeQid,
} from './message.ts';
import type { RequestHandler, Session } from './server.ts';

const MAX_NAME_BYTES = 255;

export function accessOf(flags: number): OpenAccess {
  const access = flags & OPEN.ACCESS;
  if (access === OPEN.WRITE) return 'write';
  return access === OPEN.BOTH ? 'both' : 'read';
}

export function refuseIfReadOnly(session: Session): void {
  if (session.backend.isReadOnly) throw new BackendError('EROFS');
}

function statOf(session: Session, fid: Fid): FileStat {
  const target = targetOf(fid, false);
  const { backend } = session;
  return typeof target === 'number' ? backend.statHandle(target) : backend.stat(target);
}

function handleOf(fid: Fid): Handle {
  if (fid.isLost) throw new BackendError('EIO');
  if (fid.handle === undefined) throw new BackendError('EBADF');
  return fid.handle;
}

/** Tlopen fid[4] flags[4]: Rlopen qid[13] iounit[4]. An open directory is its list of names. */
const lopen: RequestHandler = (session, request, reply) => {
  const fid = session.fids.get(request.u32());
  const flags = request.u32();
  if (fid.handle !== undefined || fid.isLost) throw new BackendError('EBADF');
  const path = pathOf(fid);
  const stat = session.backend.stat(path);
  const access = accessOf(flags);
  const isTruncated = (flags & OPEN.TRUNCATE) !== 0;
  if (isDirectory(stat.mode)) {
    if (access !== 'read') throw new BackendError('EISDIR');
  } else {
    if (access !== 'read' || isTruncated) refuseIfReadOnly(session);
    session.fids.opened(fid, session.backend.open(path, access, isTruncated), access);
  }
  writeQid(reply, stat, session.rootDevice);
  reply.u32(0);
};

/** Tread fid[4] offset[8] count[4]: Rread count[4] data[count] */
const read: RequestHandler = (session, request, reply) => {
  const handle = handleOf(session.fids.get(request.u32()));
  const position = request.u64();
  const count = request.u32();
  const countAt = reply.length;
  reply.u32(0);
  const done = session.backend.read(handle, reply.space(count), position);
  reply.advance(done);
  reply.patch32(countAt, done);
};

/** Twrite fid[4] offset[8] count[4] data[count]: Rwrite count[4] */
const write: RequestHandler = (session, request, reply) => {
  const handle = handleOf(session.fids.get(request.u32()));
  const position = request.u64();
  refuseIfReadOnly(session);
  const data = request.data(request.u32());
  reply.u32(session.backend.write(handle, data, position));
};

const clunk: RequestHandler = (session, request) => {
  session.fids.remove(request.u32());
};

/** Tfsync fid[4] datasync[4]. A directory has no handle, and nothing of its own to write. */
const fsync: RequestHandler = (session, request) => {
  const fid = session.fids.get(request.u32());
  if (fid.handle !== undefined) session.backend.sync(fid.handle, request.u32() !== 0);
};

/** Tgetattr fid[4] request_mask[8]; the reply carries the basic fields whatever was asked for. */
const getattr: RequestHandler = (session, request, reply) => {
  const stat = statOf(session, session.fids.get(request.u32()));
  reply.u64(GETATTR_BASIC);
  writeQid(reply, stat, session.rootDevice);
  reply.u32(stat.mode);
  reply.u32(stat.uid);
  reply.u32(stat.gid);
  reply.u64(stat.nlink);
  reply.u64(stat.rdev);
  reply.u64(stat.size);
  reply.u64(stat.blockSize);
  reply.u64(stat.blocks);
  for (const time of [stat.atime, stat.mtime, stat.ctime]) {
    reply.u64(time.seconds);
    reply.u64(time.nanoseconds);
  }
  // Birth time, generation and data version are not known.
  for (let field = 0; field < 4; field++) reply.u64(0);
};

/** Tsetattr fid[4] valid[4] mode[4] uid[4] gid[4] size[8] atime_sec[8] atime_nsec[8] mtime_sec[8] mtime_nsec[8] */
const setattr: RequestHandler = (session, request) => {
  const fid = session.fids.get(request.u32());
  const valid = request.u32();
  const mode = request.u32();
  const uid = request.u32();
  const gid = request.u32();
  const size = request.u64();
  const atime = { seconds: request.u64(), nanoseconds: request.u64() };
  const mtime = { seconds: request.u64(), nanoseconds: request.u64() };
  refuseIfReadOnly(session);
  const { backend } = session;
  const stat = statOf(session, fid);
  if ((valid & SETATTR.MODE) !== 0) backend.setMode(targetOf(fid, false), mode);
  if ((valid & (SETATTR.UID | SETATTR.GID)) !== 0) {
    const newUid = (valid & SETATTR.UID) !== 0 ? uid : stat.uid;
    const newGid = (valid & SETATTR.GID) !== 0 ? gid : stat.gid;
    if (newUid !== stat.uid || newGid !== stat.gid) {
      backend.setOwner(targetOf(fid, false), newUid, newGid);
    }
  }
  if ((valid & SETATTR.SIZE) !== 0) backend.setSize(targetOf(fid, true), size);
  if ((valid & (SETATTR.ATIME | SETATTR.MTIME)) !== 0) {
    const now = { seconds: Math.floor(Date.now() / 1000), nanoseconds: 0 };
    backend.setTimes(
      targetOf(fid, false),
      chosenTime(valid, SETATTR.ATIME, SETATTR.ATIME_SET, atime, now, stat.atime),
      chosenTime(valid, SETATTR.MTIME, SETATTR.MTIME_SET, mtime, now, stat.mtime),
    );
  }
};

/** A time is given, or "now", or stays. */
function chosenTime(
  valid: number,
  changed: number,
  given: number,
  value: Timestamp,
  now: Timestamp,
  old: Timestamp,
): Timestamp {
  if ((valid & changed) === 0) return old;
  return (valid & given) !== 0 ? value : now;
}

/** Rstatfs type[4] bsize[4] blocks[8] bfree[8] bavail[8] files[8] ffree[8] fsid[8] namelen[4] */
const statfs: RequestHandler = (session, request, reply) => {
  session.fids.get(request.u32());
  const stat = session.backend.statFileSystem();
  reply.u32(FILE_SYSTEM_TYPE);
  reply.u32(stat.blockSize);
  reply.u64(stat.blocks);
  reply.u64(stat.freeBlocks);
  reply.u64(stat.availableBlocks);
  reply.u64(stat.files);
  reply.u64(stat.freeFiles);
  reply.u64(session.rootDevice);
  reply.u32(MAX_NAME_BYTES);
};

/** Tlock: one guest is the only client, and its kernel keeps its processes apart. */
const lock: RequestHandler = (session, request, reply) => {
  session.fids.get(request.u32());
  reply.u8(LOCK_SUCCESS);
};

/** Tgetlock fid[4] type[1] start[8] length[8] proc_id[4] client_id[s]: the same, with the type that is held. */
const getlock: RequestHandler = (session, request, reply) => {
  session.fids.get(request.u32());
  request.u8();
  reply.u8(LOCK_TYPE_UNLOCK);
  reply.u64(request.u64());
  reply.u64(request.u64());
  reply.u32(request.u32());
  reply.string(request.string());
};

/** Extended attributes are not carried. */
const noAttributes: RequestHandler = () => {
  throw new BackendError('EOPNOTSUPP');
};

export const FILE_REQUESTS: readonly (readonly [number, RequestHandler])[] = [
  [T.LOPEN, lopen],
  [T.READ, read],
  [T.WRITE, write],
  [T.CLUNK, clunk],
  [T.FSYNC, fsync],
  [T.GETATTR, getattr],
  [T.SETATTR, setattr],
  [T.STATFS, statfs],
  [T.LOCK, lock],
  [T.GETLOCK, getlock],
  [T.XATTRWALK, noAttributes],
  [T.XATTRCREATE, noAttributes],
];
