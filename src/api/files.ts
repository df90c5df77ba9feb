/** Files of the guest, in the manner of node:fs/promises. Acts as root; paths are absolute. Errors: GuestFileError with code ENOENT … */
import type { DirectoryItem, FileAttributes, FileOperation, FileResult } from '../protocol.ts';
import { bytesOf } from './argument-checks.ts';
import type { Connection } from './connection.ts';
import { GuestFileError } from './errors.ts';
import { checkData, checkOperation, settingsOf, type Time, timeOf } from './file-arguments.ts';
import { GuestDirent, GuestStats } from './guest-stats.ts';

export interface WriteOptions {
  /** Of a string. Default utf8. */
  encoding?: BufferEncoding | null;
  /** Permission bits of a new file; default 0o644. */
  mode?: number;
  flag?: 'w' | 'wx' | 'a' | 'ax';
}

export interface ReadOptions {
  /** null, the default: bytes. */
  encoding?: BufferEncoding | null;
}

export interface ListOptions {
  withFileTypes?: boolean;
  /** What is in the directories below, too: names are paths from `path` on then. Links are not followed. */
  recursive?: boolean;
}

/** Node's COPYFILE_EXCL, F_OK and X_OK. */
const COPYFILE_EXCL = 1;
const X_OK = 1;
const EACCES = 13;
const TRIES = 1000;

function under(folder: string, name: string): string {
  return `${folder === '/' ? '' : folder}/${name}`;
}

/**
 * The methods and arguments of node:fs/promises, where they are there: not open, opendir, watch, cp, statfs, lchown, lutimes.
 */
export class GuestFiles {
  private readonly connection: Connection;
  constructor(connection: Connection) {
    this.connection = connection;
  }

  readFile(path: string, options?: { encoding?: null } | null): Promise<Buffer>;
  readFile(path: string, options: BufferEncoding | { encoding: BufferEncoding }): Promise<string>;
  readFile(path: string, options?: ReadOptions | BufferEncoding | null): Promise<Buffer | string>;
  async readFile(
    path: string,
    options: ReadOptions | BufferEncoding | null = null,
  ): Promise<Buffer | string> {
    const { encoding } = settingsOf('fs.readFile', options);
    const bytes = (await this.ask({ name: 'readFile', path }, path)) as Uint8Array;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return encoding ? buffer.toString(encoding) : buffer;
  }

  async writeFile(
    path: string,
    data: string | NodeJS.ArrayBufferView,
    settings: WriteOptions | BufferEncoding = {},
  ): Promise<void> {
    const options = settingsOf('fs.writeFile', settings);
    checkData('fs.writeFile', data);
    const flag = options.flag ?? 'w';
    await this.ask(
      {
        name: 'writeFile',
        path,
        bytes: bytesOf(data, options.encoding ?? 'utf8'),
        mode: options.mode ?? 0o644,
        append: flag.startsWith('a'),
        exclusive: flag.endsWith('x'),
      },
      path,
    );
  }

  appendFile(
    path: string,
    data: string | NodeJS.ArrayBufferView,
    options: Pick<WriteOptions, 'mode' | 'encoding'> | BufferEncoding = {},
  ): Promise<void> {
    const settings = typeof options === 'string' ? { encoding: options } : options;
    return this.writeFile(path, data, { ...settings, flag: 'a' });
  }

  /** With the permissions of `from`. `mode`: 1 (COPYFILE_EXCL), where nothing may be replaced. */
  async copyFile(from: string, to: string, mode = 0): Promise<void> {
    const [bytes, stats] = await Promise.all([this.readFile(from), this.stat(from)]);
    const flag = (mode & COPYFILE_EXCL) === 0 ? 'w' : 'wx';
    await this.writeFile(to, bytes, { mode: stats.mode & 0o777, flag });
  }

  readdir(path: string, options: ListOptions & { withFileTypes: true }): Promise<GuestDirent[]>;
  readdir(path: string, options?: ListOptions & { withFileTypes?: false }): Promise<string[]>;
  async readdir(
    path: string,
    { withFileTypes = false, recursive = false }: ListOptions = {},
  ): Promise<GuestDirent[] | string[]> {
    const entries = await this.list(path, recursive);
    if (withFileTypes) return entries;
    const start = under(path, '').length;
    return entries.map(({ name, parentPath }) => under(parentPath, name).slice(start));
  }

  /** Rejects where there is nothing, and with EACCES for a file that nobody may execute where `mode` has X_OK: root may do the rest. */
  async access(path: string, mode = 0): Promise<void> {
    const stats = await this.stat(path);
    const isForbidden = (mode & X_OK) !== 0 && stats.isFile() && (stats.mode & 0o111) === 0;
    if (isForbidden) throw new GuestFileError('EACCES', EACCES, 'access', path);
  }

  stat(path: string): Promise<GuestStats> {
    return this.attributes(path, true);
  }

  lstat(path: string): Promise<GuestStats> {
    return this.attributes(path, false);
  }

  /** False only where stat gives ENOENT or ENOTDIR. */
  async exists(path: string): Promise<boolean> {
    try {
      await this.stat(path);
      return true;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'ENOENT' || code === 'ENOTDIR') return false;
      throw error;
    }
  }

  async mkdir(
    path: string,
    options: { mode?: number; recursive?: boolean } | number = {},
  ): Promise<void> {
    const settings = typeof options === 'number' ? { mode: options } : options;
    const { mode = 0o755, recursive = false } = settings;
    await this.ask({ name: 'mkdir', path, mode, recursive }, path);
  }

  /** A folder of its own, whose path is given: `prefix` and a number that is free, the same in runs that are the same. */
  async mkdtemp(prefix: string): Promise<string> {
    for (let number = 0; ; number++) {
      const path = `${prefix}${number.toString(36).padStart(6, '0')}`;
      try {
        await this.mkdir(path, 0o700);
        return path;
      } catch (error) {
        const { code } = error as { code?: string };
        if (code !== 'EEXIST' || number === TRIES) throw error;
      }
    }
  }

  async rm(path: string, options: { recursive?: boolean; force?: boolean } = {}): Promise<void> {
    const { recursive = false, force = false } = options;
    await this.ask({ name: 'remove', path, recursive, force }, path);
  }

  async unlink(path: string): Promise<void> {
    await this.ask({ name: 'unlink', path }, path);
  }

  async rmdir(path: string): Promise<void> {
    await this.ask({ name: 'rmdir', path }, path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.ask({ name: 'rename', from, to }, from);
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.ask({ name: 'symlink', target, path }, path);
  }

  async link(existing: string, path: string): Promise<void> {
    await this.ask({ name: 'link', existing, path }, path);
  }

  async readlink(path: string): Promise<string> {
    return (await this.ask({ name: 'readlink', path }, path)) as string;
  }

  async realpath(path: string): Promise<string> {
    return (await this.ask({ name: 'realpath', path }, path)) as string;
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.ask({ name: 'chmod', path, mode }, path);
  }

  async chown(path: string, uid: number, gid: number): Promise<void> {
    await this.ask({ name: 'chown', path, uid, gid }, path);
  }

  async utimes(path: string, atime: Time, mtime: Time): Promise<void> {
    const times = {
      atimeMs: timeOf('atime', atime),
      mtimeMs: timeOf('mtime', mtime),
    };
    await this.ask({ name: 'utimes', path, ...times }, path);
  }

  async truncate(path: string, size = 0): Promise<void> {
    await this.ask({ name: 'truncate', path, size }, path);
  }

  private async attributes(path: string, follow: boolean): Promise<GuestStats> {
    const attributes = (await this.ask({ name: 'stat', path, follow }, path)) as FileAttributes;
    return new GuestStats(attributes);
  }

  private async list(path: string, isRecursive: boolean): Promise<GuestDirent[]> {
    const items = (await this.ask({ name: 'readdir', path }, path)) as DirectoryItem[];
    const entries = items.map(({ name, type }) => new GuestDirent(name, path, type));
    if (!isRecursive) return entries;
    const found: GuestDirent[] = [];
    for (const entry of entries) {
      found.push(entry);
      if (entry.isDirectory()) found.push(...(await this.list(under(path, entry.name), true)));
    }
    return found;
  }

  private async ask(operation: FileOperation, path: string): Promise<FileResult> {
    checkOperation(operation);
    const request = this.connection.request(
      (id) => ({ type: 'file', id, operation }),
      operation.name,
      path,
    );
    return (await request.reply) as FileResult;
  }
}
