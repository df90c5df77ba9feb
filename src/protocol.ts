/** Messages between the main thread (api) and the machine thread. Types and constants only; docstrings give units and owners. */

export interface WindowSize {
  rows: number;
  columns: number;
}

/** A folder of the host, or an object of the main thread that speaks node:fs (`volume`: its index), seen by the guest through 9p. */
export interface MountOption {
  hostPath?: string;
  volume?: number;
  guestPath: string;
  isReadOnly: boolean;
}

export interface DiskOption {
  path: string;
  isReadOnly: boolean;
}

/** workerData of the machine thread. */
export interface MachineOptions {
  memoryBytes: number;
  harts: number;
  /** Root image file; changes stay in memory. */
  rootImage: string;
  mounts: MountOption[];
  disks: DiskOption[];
  /** Whether init opens a session on the console. */
  hasConsole: boolean;
  windowSize: WindowSize;
  /** Environment of the console session and of init. */
  environment: Record<string, string>;
  /** Seed of every random source when deterministic; time is then virtual. Otherwise undefined. */
  deterministicSeed: number | undefined;
  isTranslating: boolean;
  trace: string[];
  /** Appended to the kernel command line. */
  commandLine: string;
  /** Int32Array[DOORBELL_WORDS]: see DOORBELL. */
  doorbell: SharedArrayBuffer;
  /** Requests for volumes: see VOLUME. Undefined without volumes. */
  volumeChannel: SharedArrayBuffer | undefined;
  /** File of the generated interpreter, and of the translator thread's entry. */
  interpreterFile: string;
  translatorFile: string;
}

/** Words of the doorbell. The main thread adds 1 to REQUESTS and notifies after each postMessage; the machine sleeps on it. */
export const DOORBELL = { REQUESTS: 0, WORDS: 4 } as const;

/**
 * Shared area for one synchronous volume request at a time. The machine thread posts a `volume` event and waits on STATE until the
 * main thread has stored the answer: STATE 1, LENGTH bytes of answer from BYTES on (v8.serialize of VolumeAnswer).
 */
export const VOLUME = { STATE: 0, LENGTH: 4, BYTES: 8, SIZE: 8 + 1024 * 1024 } as const;

/** code: Node's error code, such as ENOENT; EIO for anything else. */
export type VolumeAnswer = { value: unknown } | { code: string };

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

/** Main to machine. `program` is the id of the spawn request. */
export type Request =
  | {
      type: 'spawn';
      id: number;
      argv: string[];
      environment: Record<string, string>;
      directory: string;
      user: string;
      terminal: WindowSize | undefined;
    }
  | { type: 'file'; id: number; operation: FileOperation }
  /** Bytes for standard input; undefined is end of file. */
  | { type: 'input'; program: number; bytes: Uint8Array | undefined }
  /** Output bytes of a program that the main thread has passed on: the credit returns. */
  | { type: 'consumed'; program: number; bytes: number }
  /** The reader of a stream is gone: the guest gets EPIPE. */
  | { type: 'closeOutput'; program: number; stream: 1 | 2 }
  /** To the foreground process group of the program's terminal, or its own group. */
  | { type: 'signal'; program: number; signal: number }
  | { type: 'resize'; program: number; size: WindowSize }
  | { type: 'consoleInput'; bytes: Uint8Array }
  | { type: 'consoleResize'; size: WindowSize }
  /** Orderly: signals to all processes, sync, power off. */
  | { type: 'shutdown' };

/** Machine to main. */
export type Event =
  /** The root is mounted and programs can be spawned. */
  | { type: 'booted' }
  | { type: 'reply'; id: number; value: FileResult | number }
  /** errno 0: a wrong request, in words; otherwise Linux's number and name. */
  | { type: 'failure'; id: number; errno: number; code: string; message: string }
  | { type: 'output'; program: number; stream: 1 | 2; bytes: Uint8Array }
  /** Input bytes that the guest has read: the credit returns. */
  | { type: 'inputConsumed'; program: number; bytes: number }
  /** status is a wait status word, as wait4 gives it. */
  | { type: 'exit'; program: number; status: number }
  | { type: 'console'; bytes: Uint8Array }
  | { type: 'log'; channel: string; text: string }
  /** Call a node:fs-like method of volume `volume`; the answer goes to the volume channel. */
  | { type: 'volume'; volume: number; method: string; arguments: unknown[] }
  | { type: 'panic'; report: string }
  /** A wrong option or file: one line for the user. */
  | { type: 'bootFailure'; message: string }
  | { type: 'halted'; status: number };

/** Bytes of output per program that may be on their way to the main thread before the guest has to wait. */
export const OUTPUT_CREDIT_BYTES = 1024 * 1024;
/** Bytes of input per program that the main thread may have sent and the guest not read yet. */
export const INPUT_CREDIT_BYTES = 256 * 1024;
