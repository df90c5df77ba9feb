/**
 * FILE.lock: a disk file has one writer at a time. The lock is made with O_EXCL and says who holds it; one whose holder is dead is
 * taken over. Readers need none.
 */
import { spawnSync } from 'node:child_process';
import { linkSync, readFileSync, realpathSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { DiskOption } from '../protocol.ts';
import { OptionError } from './errors.ts';

/** How often a lock that others make and remove meanwhile is looked at again. */
const ATTEMPTS = 100;

/** Of a process, by which it is told from another that has its number later; undefined if there is no such process. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): field 22, counted from behind the name, which may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch (error) {
    if (!('code' in Object(error))) throw error;
  }
  if (process.platform === 'linux') return undefined;
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim().replaceAll(/\s+/g, '_') || undefined;
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** `pid start-time host`, of this process. */
function ownText(): string {
  return `${process.pid} ${startTimeOf(process.pid)} ${hostname()}\n`;
}

/** Its holder is gone. What another host wrote cannot be judged. */
function isStale(text: string): boolean {
  const [pid = '', start = '', host = ''] = text.trim().split(' ');
  // Cut short, as when the disk was full: nobody holds a lock that does not say who.
  if (host === '') return true;
  return host === hostname() && startTimeOf(Number(pid)) !== start;
}

/** In one step with its text, by a link, which fails where there is one; O_EXCL on media without links. */
function tryCreate(path: string): boolean {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, ownText(), { mode: 0o644 });
    try {
      linkSync(draft, path);
    } catch (error) {
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error))) throw error;
      writeFileSync(path, ownText(), { flag: 'wx', mode: 0o644 });
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    remove(draft);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/**
 * Remove a stale lock. Two that found the same one stale must not remove each other's new one: who removes holds a second lock
 * for these few microseconds, and looks again.
 */
function removeStale(path: string): void {
  const guard = `${path}.takeover`;
  if (!tryCreate(guard)) {
    const holder = textOf(guard);
    if (holder !== undefined && isStale(holder)) remove(guard);
    return;
  }
  try {
    const text = textOf(path);
    if (text !== undefined && isStale(text)) remove(path);
  } finally {
    remove(guard);
  }
}

function refuse(file: string, lock: string, holder: string): never {
  const [pid, , host] = holder.trim().split(' ');
  const where = host === hostname() ? `process ${pid}` : `process ${pid} of ${host}`;
  throw new OptionError(
    `disk: '${file}' is written by ${where}; use '${file}:ro' or '${file}:cow', or remove ${lock} if that is wrong`,
  );
}

/** A process that ends without closing its machines leaves no locks. */
const held = new Set<DiskLock>();

function releaseAll(): void {
  for (const lock of held) lock.release();
}

class DiskLock {
  private readonly path: string;

  private constructor(path: string) {
    this.path = path;
    if (held.size === 0) process.on('exit', releaseAll);
    held.add(this);
  }

  /** Throws OptionError when somebody else, or this process, writes `file` already, and where no lock can be made. */
  static acquire(file: string): DiskLock {
    const path = `${realpathSync(file)}.lock`;
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (tryCreate(path)) return new DiskLock(path);
        const holder = textOf(path);
        if (holder === undefined) continue;
        if (!isStale(holder)) refuse(file, path, holder);
        removeStale(path);
      }
    } catch (cause) {
      if (cause instanceof OptionError) throw cause;
      throw new OptionError(
        `disk: cannot lock '${file}' against a second writer: ${path}: ${codeOf(cause)}; use '${file}:ro' or '${file}:cow'`,
        { cause },
      );
    }
    throw new OptionError(`disk: ${path} changes all the time; try again`);
  }

  /** Safe to call twice. */
  release(): void {
    if (!held.delete(this)) return;
    if (held.size === 0) process.off('exit', releaseAll);
    remove(this.path);
  }
}

/** The locks of one machine: of the disks that it begins with, and of those that come and go by name. */
export class DiskLocks {
  private readonly locks = new Map<string, DiskLock>();

  /** A disk that is only read needs none. Throws OptionError. */
  add(name: string, { path, isReadOnly, isCopied }: DiskOption): void {
    if (!isReadOnly && !isCopied) this.locks.set(name, DiskLock.acquire(path));
  }

  /** The machine calls the disk something else. */
  rename(from: string, to: string): void {
    const lock = this.locks.get(from);
    if (!lock) return;
    this.locks.delete(from);
    this.locks.set(to, lock);
  }

  remove(name: string): void {
    this.locks.get(name)?.release();
    this.locks.delete(name);
  }

  releaseAll(): void {
    for (const name of [...this.locks.keys()]) this.remove(name);
  }
}
