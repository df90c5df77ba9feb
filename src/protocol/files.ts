/** Operations on the guest's files, in messages between the main thread and the machine thread. Types only. */

export interface FileAttributes {
  ino: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  size: number;
  blocks: number;
  /** Milliseconds since 1970. */
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
}

/** Operations on the guest's files, as root, from the root directory. Paths are absolute. */
export type FileOperation =
  | { name: 'readFile'; path: string }
  | {
      name: 'writeFile';
      path: string;
      bytes: Uint8Array;
      mode: number;
      append: boolean;
      exclusive: boolean;
    }
  | { name: 'readdir'; path: string }
  | { name: 'stat'; path: string; follow: boolean }
  | { name: 'mkdir'; path: string; mode: number; recursive: boolean }
  | { name: 'remove'; path: string; recursive: boolean; force: boolean }
  | { name: 'unlink'; path: string }
  | { name: 'rmdir'; path: string }
  | { name: 'rename'; from: string; to: string }
  | { name: 'symlink'; target: string; path: string }
  | { name: 'link'; existing: string; path: string }
  | { name: 'readlink'; path: string }
  | { name: 'realpath'; path: string }
  | { name: 'chmod'; path: string; mode: number }
  | { name: 'chown'; path: string; uid: number; gid: number }
  | { name: 'utimes'; path: string; atimeMs: number; mtimeMs: number }
  | { name: 'truncate'; path: string; size: number };

/** `size` in bytes, `type` is DT_*. */
export interface DirectoryItem {
  name: string;
  type: number;
}

export type FileResult = Uint8Array | string | FileAttributes | DirectoryItem[] | undefined;
