/** 9P2000.L requests on names: walk, directories, links, create, rename, unlink. */
import { BackendError, type FileStat, isDirectory, isRegular } from './backend.ts';
import { accessOf, refuseIfReadOnly } from './file-requests.ts';
import { childPath, type Fid, join, parentOf, pathOf } from './files.ts';
import { T, UNLINK_DIRECTORY, writeQid } from './message.ts';
import type { RequestHandler, Session } from './server.ts';

const MAX_WALK = 16;
/** Fixed part of a directory entry: qid[13] offset[8] type[1] and the name's length[2]. */
const ENTRY_BYTES = 24;
const encoder = new TextEncoder();

/** Twalk fid[4] newfid[4] nwname[2] nwname*(wname[s]): Rwalk nwqid[2] nwqid*(qid[13]) */
const walk: RequestHandler = (session, request, reply) => {
  const number = request.u32();
  const from = session.fids.get(number);
  const newNumber = request.u32();
  const count = request.u16();
  if (count > MAX_WALK) throw new BackendError('EINVAL');
  if (count === 0) {
    if (newNumber !== number) session.fids.clone(newNumber, from);
    reply.u16(0);
    return;
  }
  let path = pathOf(from);
  const stats: FileStat[] = [];
  for (let i = 0; i < count; i++) {
    const next = step(session, path, request.string(), i === 0);
    if (!next) break;
    path = next.path;
    stats.push(next.stat);
  }
  reply.u16(stats.length);
  for (const stat of stats) writeQid(reply, stat, session.rootDevice);
  // A walk that stops half-way leaves the fids as they were.
  if (stats.length < count) return;
  if (newNumber === number) session.fids.move(number, path);
  else session.fids.add(newNumber, path);
};

/** One name of a walk: '..' stays inside the root. Only the first name's failure is an error. */
function step(
  session: Session,
  from: string,
  name: string,
  isFirst: boolean,
): { path: string; stat: FileStat } | undefined {
  try {
    const path = name === '..' ? parentOf(from) : join(from, name);
    return { path, stat: session.backend.stat(path) };
  } catch (error) {
    if (isFirst) throw error;
    return undefined;
  }
}

/** Treaddir fid[4] offset[8] count[4]: Rreaddir count[4] data[count]; an entry's offset is its position plus 1. */
const readdir: RequestHandler = (session, request, reply) => {
  const fid = session.fids.get(request.u32());
  const offset = request.u64();
  const count = Math.min(request.u32(), reply.room - 4);
  const path = pathOf(fid);
  if (offset === 0 || !fid.entries) fid.entries = ['.', '..', ...session.backend.list(path)];
  const start = reply.length;
  reply.u32(0);
  const names = fitting(fid.entries, offset, count);
  statsOf(session, path, names).forEach((stat, i) => {
    // Removed since the list was made.
    if (!stat) return;
    writeQid(reply, stat, session.rootDevice);
    reply.u64(offset + i + 1);
    // DT_* of dirent.h is the type part of the mode.
    reply.u8((stat.mode >>> 12) & 0xf);
    reply.string(names[i] as string);
  });
  reply.patch32(start, reply.length - start - 4);
};

/** The entries from `offset` on that `room` bytes hold. */
function fitting(entries: readonly string[], offset: number, room: number): string[] {
  let left = room;
  let end = offset;
  for (; end < entries.length; end++) {
    left -= ENTRY_BYTES + encoder.encode(entries[end]).length;
    if (left < 0) break;
  }
  return entries.slice(offset, end);
}

function statsOf(
  session: Session,
  directory: string,
  names: readonly string[],
): (FileStat | undefined)[] {
  const { backend } = session;
  const own = names.filter((name) => name !== '.' && name !== '..');
  for (const name of own) join(directory, name);
  const stats = backend.statEntries(directory, own);
  let next = 0;
  return names.map((name) => {
    if (name === '.') return backend.stat(directory);
    return name === '..' ? backend.stat(parentOf(directory)) : stats[next++];
  });
}

/** Tlcreate fid[4] name[s] flags[4] mode[4] gid[4]: Rlcreate qid[13] iounit[4]; the fid becomes the new, open file. */
const lcreate: RequestHandler = (session, request, reply) => {
  const number = request.u32();
  const directory = session.fids.get(number);
  const path = childPath(directory, request.string());
  const access = accessOf(request.u32());
  const mode = request.u32();
  refuseIfReadOnly(session);
  const handle = session.backend.create(path, access, mode);
  session.fids.move(number, path);
  session.fids.opened(session.fids.get(number), handle, access);
  writeQid(reply, session.backend.statHandle(handle), session.rootDevice);
  reply.u32(0);
};

/** Tmkdir dfid[4] name[s] mode[4] gid[4]: Rmkdir qid[13] */
const mkdir: RequestHandler = (session, request, reply) => {
  const path = childPath(session.fids.get(request.u32()), request.string());
  refuseIfReadOnly(session);
  session.backend.makeDirectory(path, request.u32());
  writeQid(reply, session.backend.stat(path), session.rootDevice);
};

/** Tmknod dfid[4] name[s] mode[4] major[4] minor[4] gid[4]: Rmknod qid[13]. The host gets regular files only. */
const mknod: RequestHandler = (session, request, reply) => {
  const path = childPath(session.fids.get(request.u32()), request.string());
  const mode = request.u32();
  refuseIfReadOnly(session);
  if (!isRegular(mode)) throw new BackendError('EPERM');
  session.backend.close(session.backend.create(path, 'write', mode));
  writeQid(reply, session.backend.stat(path), session.rootDevice);
};

/** Tsymlink fid[4] name[s] symtgt[s] gid[4]: Rsymlink qid[13]. The target is text that only the guest follows. */
const symlink: RequestHandler = (session, request, reply) => {
  const path = childPath(session.fids.get(request.u32()), request.string());
  refuseIfReadOnly(session);
  session.backend.makeLink(request.string(), path);
  writeQid(reply, session.backend.stat(path), session.rootDevice);
};

const readlink: RequestHandler = (session, request, reply) => {
  reply.string(session.backend.readLink(pathOf(session.fids.get(request.u32()))));
};

/** Tlink dfid[4] fid[4] name[s] */
const link: RequestHandler = (session, request) => {
  const directory = session.fids.get(request.u32());
  const existing = pathOf(session.fids.get(request.u32()));
  const path = childPath(directory, request.string());
  refuseIfReadOnly(session);
  session.backend.link(existing, path);
};

function move(session: Session, from: string, to: string): void {
  refuseIfReadOnly(session);
  if (from === '') throw new BackendError('EBUSY');
  session.backend.rename(from, to);
  session.fids.renamed(from, to);
}

/** Trename fid[4] dfid[4] name[s] */
const rename: RequestHandler = (session, request) => {
  const from = pathOf(session.fids.get(request.u32()));
  move(session, from, childPath(session.fids.get(request.u32()), request.string()));
};

/** Trenameat olddirfid[4] oldname[s] newdirfid[4] newname[s] */
const renameat: RequestHandler = (session, request) => {
  const from = childPath(session.fids.get(request.u32()), request.string());
  move(session, from, childPath(session.fids.get(request.u32()), request.string()));
};

/** Tunlinkat dirfd[4] name[s] flags[4] */
const unlinkat: RequestHandler = (session, request) => {
  const path = childPath(session.fids.get(request.u32()), request.string());
  refuseIfReadOnly(session);
  if ((request.u32() & UNLINK_DIRECTORY) !== 0) session.backend.removeDirectory(path);
  else session.backend.unlink(path);
  session.fids.unlinked(path);
};

/** Tremove fid[4]: the fid is clunked even where the removal fails. */
const remove: RequestHandler = (session, request) => {
  const number = request.u32();
  const fid = session.fids.get(number);
  try {
    removeFile(session, fid);
  } finally {
    session.fids.remove(number);
  }
};

function removeFile(session: Session, fid: Fid): void {
  const path = pathOf(fid);
  refuseIfReadOnly(session);
  if (path === '') throw new BackendError('EBUSY');
  const { backend } = session;
  if (isDirectory(backend.stat(path).mode)) backend.removeDirectory(path);
  else backend.unlink(path);
  session.fids.unlinked(path);
}

export const NAME_REQUESTS: readonly (readonly [number, RequestHandler])[] = [
  [T.WALK, walk],
  [T.READDIR, readdir],
  [T.LCREATE, lcreate],
  [T.MKDIR, mkdir],
  [T.MKNOD, mknod],
  [T.SYMLINK, symlink],
  [T.READLINK, readlink],
  [T.LINK, link],
  [T.RENAME, rename],
  [T.RENAMEAT, renameat],
  [T.UNLINKAT, unlinkat],
  [T.REMOVE, remove],
];
