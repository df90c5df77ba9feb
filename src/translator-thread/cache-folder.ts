/**
 * The folder of the translation cache: small files that many processes read and write at once. A file appears whole (rename) or
 * not at all; what cannot be read is absent, what cannot be written is not saved: none of it is an error.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export interface CacheFolderOptions {
  readonly path: string;
  /** Of all files together; beyond it those that were used least lately go. */
  readonly budgetBytes: number;
}

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** Others could put code there. */
const OTHERS_WRITE = 0o022;
const MAX_FILE_BYTES = 4 << 20;
/** A file that is used is marked so at most this often. */
const MARK_MS = 3_600_000;
/** The folder is looked through when a process has written this share of the budget, or this long after the last time. */
const SCAN_SHARE = 1 / 16;
const SCAN_MS = 600_000;
/** After eviction this share of the budget is in use. */
const KEPT_SHARE = 3 / 4;
/** What a process that was killed left of a write. */
const TEMPORARY = /\.tmp$/;
const STALE_TEMPORARY_MS = 60_000;
const SCAN_MARK = 'last-scan';

/** The file system's answers are all the same here: it does not work. Other exceptions are bugs. */
function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if ((error as { code?: unknown }).code === undefined) throw error;
    return undefined;
  }
}

function isOwn(stats: Stats): boolean {
  return process.getuid === undefined || stats.uid === process.getuid();
}

export class CacheFolder {
  readonly counters = { failed: 0, evicted: 0 };
  private readonly path: string;
  private readonly budgetBytes: number;
  private writtenBytes = Number.POSITIVE_INFINITY;

  private constructor({ path, budgetBytes }: CacheFolderOptions) {
    this.path = path;
    this.budgetBytes = budgetBytes;
  }

  /** Undefined where there can be no such folder, or where others may write to it. Its parent must exist. */
  static open(options: CacheFolderOptions): CacheFolder | undefined {
    const { path } = options;
    attempt(() => mkdirSync(path, { mode: FOLDER_MODE }));
    const stats = attempt(() => lstatSync(path));
    if (!stats?.isDirectory() || !isOwn(stats)) return undefined;
    if (stats.mode & OTHERS_WRITE && attempt(() => chmodSync(path, FOLDER_MODE)) === undefined) {
      const again = attempt(() => lstatSync(path));
      if (again === undefined || again.mode & OTHERS_WRITE) return undefined;
    }
    return new CacheFolder(options);
  }

  /** A file's bytes; undefined if there is none. */
  read(name: string): Uint8Array | undefined {
    return attempt(() => {
      const path = join(this.path, name);
      // A pipe in its place must not stop this thread, nor a link lead elsewhere.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      const fd = openSync(path, flags);
      try {
        const stats = fstatSync(fd);
        if (!stats.isFile() || !isOwn(stats) || stats.size > MAX_FILE_BYTES) return undefined;
        const bytes = new Uint8Array(stats.size);
        const length = readSync(fd, bytes);
        if (Date.now() - stats.mtimeMs > MARK_MS) this.mark(path);
        return bytes.subarray(0, length);
      } finally {
        closeSync(fd);
      }
    });
  }

  private mark(path: string): void {
    const now = new Date();
    attempt(() => utimesSync(path, now, now));
  }

  /** Put the file in place, instead of one that is there. */
  write(name: string, bytes: Uint8Array): boolean {
    const path = join(this.path, name);
    const temporary = `${path}.${process.pid}.${crypto.randomUUID().slice(0, 8)}.tmp`;
    const isWritten = attempt(() => {
      writeFileSync(temporary, bytes, { mode: FILE_MODE, flag: 'wx' });
      renameSync(temporary, path);
      return true;
    });
    if (isWritten === undefined) {
      attempt(() => unlinkSync(temporary));
      this.counters.failed++;
      return false;
    }
    this.writtenBytes += bytes.length;
    if (this.writtenBytes > this.budgetBytes * SCAN_SHARE) this.scan();
    return true;
  }

  remove(name: string): void {
    attempt(() => unlinkSync(join(this.path, name)));
  }

  /** Keep the folder within its budget. At a process's first write only if nobody else has done so lately. */
  private scan(): void {
    const isFirst = this.writtenBytes === Number.POSITIVE_INFINITY;
    this.writtenBytes = 0;
    const mark = join(this.path, SCAN_MARK);
    const last = attempt(() => lstatSync(mark))?.mtimeMs ?? 0;
    if (isFirst && Math.abs(Date.now() - last) < SCAN_MS) return;
    attempt(() => writeFileSync(mark, '', { mode: FILE_MODE }));
    this.evict();
  }

  private evict(): void {
    const files = (attempt(() => readdirSync(this.path)) ?? []).flatMap((name) => {
      const path = join(this.path, name);
      const stats = attempt(() => lstatSync(path));
      return stats?.isFile() ? [{ path, bytes: stats.size, usedMs: stats.mtimeMs }] : [];
    });
    const drop = (path: string): void => {
      attempt(() => unlinkSync(path));
      this.counters.evicted++;
    };
    const left = files.filter(({ path, usedMs }) => {
      const isStale = TEMPORARY.test(path) && Date.now() - usedMs > STALE_TEMPORARY_MS;
      if (isStale) drop(path);
      return !isStale;
    });
    let total = left.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total <= this.budgetBytes) return;
    for (const { path, bytes } of left.toSorted((a, b) => a.usedMs - b.usedMs)) {
      if (total <= this.budgetBytes * KEPT_SHARE) break;
      drop(path);
      total -= bytes;
    }
  }
}
