/** Files of the guest, in the manner of node:fs/promises. Acts as root; paths are absolute. Errors: GuestFileError with code ENOENT … */
import type { FileAttributes, FileOperation, FileResult } from '../protocol.ts';
import type { Connection } from './connection.ts';
import { OptionError } from './errors.ts';

/** Plain data in Node's names; times in milliseconds since 1970. */
export interface GuestStats extends FileAttributes {
  readonly kind: 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character' | 'block';
}

export interface GuestDirent {
  readonly name: string;
  readonly kind: GuestStats['kind'];
}

export interface WriteOptions {
  /** Permission bits of a new file; default 0o644. */
  mode?: number;
  flag?: 'w' | 'wx' | 'a' | 'ax';
}

/** Indexed by the type nibble of a mode, which is also DT_*. */
const KINDS: Readonly<Record<number, GuestStats['kind']>> = {
  1: 'fifo',
  2: 'character',
  4: 'directory',
  6: 'block',
  8: 'file',
  10: 'symlink',
  12: 'socket',
};

export class GuestFiles {
  private readonly connection: Connection;
  constructor(connection: Connection) {
    this.connection = connection;
  }

  readFile(path: string): Promise<Uint8Array>;
  readFile(path: string, encoding: 'utf8'): Promise<string>;
  async readFile(path: string, encoding?: 'utf8'): Promise<Uint8Array | string> {
    const bytes = (await this.ask({ name: 'readFile', path }, path)) as Uint8Array;
    return encoding === undefined ? bytes : new TextDecoder().decode(bytes);
  }

  async writeFile(
    path: string,
    data: string | Uint8Array,
    options: WriteOptions = {},
  ): Promise<void> {
    const flag = options.flag ?? 'w';
    await this.ask(
      {
        name: 'writeFile',
        path,
        bytes: typeof data === 'string' ? new TextEncoder().encode(data) : data,
        mode: options.mode ?? 0o644,
        append: flag.startsWith('a'),
        exclusive: flag.endsWith('x'),
      },
      path,
    );
  }

  appendFile(
    path: string,
    data: string | Uint8Array,
    options: { mode?: number } = {},
  ): Promise<void> {
    return this.writeFile(path, data, { ...options, flag: 'a' });
  }

  async readdir(path: string): Promise<GuestDirent[]> {
    const items = (await this.ask({ name: 'readdir', path }, path)) as {
      name: string;
      type: number;
    }[];
    return items.map(({ name, type }) => ({ name, kind: KINDS[type] ?? 'file' }));
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

  async mkdir(path: string, options: { mode?: number; recursive?: boolean } = {}): Promise<void> {
    const { mode = 0o755, recursive = false } = options;
    await this.ask({ name: 'mkdir', path, mode, recursive }, path);
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

  async utimes(path: string, atime: Date, mtime: Date): Promise<void> {
    const times = { atimeMs: atime.getTime(), mtimeMs: mtime.getTime() };
    await this.ask({ name: 'utimes', path, ...times }, path);
  }

  async truncate(path: string, size = 0): Promise<void> {
    await this.ask({ name: 'truncate', path, size }, path);
  }

  private async attributes(path: string, follow: boolean): Promise<GuestStats> {
    const attributes = (await this.ask({ name: 'stat', path, follow }, path)) as FileAttributes;
    return { ...attributes, kind: KINDS[(attributes.mode >> 12) & 15] ?? 'file' };
  }

  private async ask(operation: FileOperation, path: string): Promise<FileResult> {
    if (!path.startsWith('/'))
      throw new OptionError(`fs: the guest path '${path}' must begin with /`);
    const request = this.connection.request(
      (id) => ({ type: 'file', id, operation }),
      operation.name,
      path,
    );
    return (await request.reply) as FileResult;
  }
}
