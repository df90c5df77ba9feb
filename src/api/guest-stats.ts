/** What stat and readdir tell of a file of the guest, in the shape of node:fs's Stats and Dirent. */
import type { FileAttributes } from '../protocol.ts';

type Kind = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character' | 'block';

/** Indexed by the type nibble of a mode, which is also DT_*. */
const KINDS: Readonly<Record<number, Kind>> = {
  1: 'fifo',
  2: 'character',
  4: 'directory',
  6: 'block',
  8: 'file',
  10: 'symlink',
  12: 'socket',
};

class FileKind {
  readonly kind: Kind;

  /** `type`: the nibble of a mode. */
  protected constructor(type: number) {
    this.kind = KINDS[type] ?? 'file';
  }

  isFile(): boolean {
    return this.kind === 'file';
  }

  isDirectory(): boolean {
    return this.kind === 'directory';
  }

  isSymbolicLink(): boolean {
    return this.kind === 'symlink';
  }

  isFIFO(): boolean {
    return this.kind === 'fifo';
  }

  isSocket(): boolean {
    return this.kind === 'socket';
  }

  isCharacterDevice(): boolean {
    return this.kind === 'character';
  }

  isBlockDevice(): boolean {
    return this.kind === 'block';
  }
}

/** In Node's names; there is no time of birth. */
export class GuestStats extends FileKind implements FileAttributes {
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  /** Of 512 bytes. */
  readonly blocks: number;
  /** Milliseconds since 1970. */
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;

  constructor(attributes: FileAttributes) {
    super((attributes.mode >> 12) & 15);
    this.ino = attributes.ino;
    this.mode = attributes.mode;
    this.nlink = attributes.nlink;
    this.uid = attributes.uid;
    this.gid = attributes.gid;
    this.rdev = attributes.rdev;
    this.size = attributes.size;
    this.blocks = attributes.blocks;
    this.atimeMs = attributes.atimeMs;
    this.mtimeMs = attributes.mtimeMs;
    this.ctimeMs = attributes.ctimeMs;
  }

  get atime(): Date {
    return new Date(this.atimeMs);
  }

  get mtime(): Date {
    return new Date(this.mtimeMs);
  }

  get ctime(): Date {
    return new Date(this.ctimeMs);
  }
}

export class GuestDirent extends FileKind {
  readonly name: string;
  /** Of the directory that it is in. */
  readonly parentPath: string;

  constructor(name: string, parentPath: string, type: number) {
    super(type);
    this.name = name;
    this.parentPath = parentPath;
  }
}
