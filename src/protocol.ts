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
  /** What the guest writes stays in memory and is gone at the end; the file is only read. */
  isCopied: boolean;
  /** How long it takes, in virtual time. */
  model?: 'hdd' | 'ssd' | 'nvme';
  /** File that its writes and flushes are also written to, for `hartix crash --recording`. */
  recordPath?: string;
}

/** Translations that are kept from run to run: a folder, made if its parent is there, and how large it may get. */
export interface CacheOption {
  folder: string;
  /** Default 128 MiB. */
  budgetBytes?: number;
}

/** workerData of a machine thread that runs Hartix's own kernel. */
export interface MachineOptions {
  kind: 'hartix';
  memoryBytes: number;
  harts: number;
  /** Root image file; changes stay in memory. */
  rootImage: string;
  /** The package's own image, if the root is another system's: init and the console's session come from there. */
  toolsImage: string | undefined;
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
  cache: CacheOption | undefined;
  /** Bytes of translated code that are kept at most; undefined for the default. */
  codeBudgetBytes: number | undefined;
  /** ISA string or profile; undefined for all that the harts have by default. */
  isa: string | undefined;
  trace: string[];
  /** The time of slices is measured, for /proc/jit. */
  isMeasured: boolean;
  /** Programs are sampled; harts then take turns. */
  isProfiled: boolean;
  /** A gdb may come; the first program that is spawned waits for one. */
  isDebugged: boolean;
  /** Appended to the kernel command line. */
  commandLine: string;
  /** Shared, DOORBELL.WORDS long: see DOORBELL. */
  doorbell: Int32Array;
  /** Requests for volumes: see VOLUME. Undefined without volumes. */
  volumeChannel: SharedArrayBuffer | undefined;
  /** File of the generated interpreter, of the functions of vector instructions, and of the translator thread's entry. */
  interpreterFile: string;
  vectorFile: string;
  translatorFile: string;
  /** Of the entry of the thread of harts 1 and up. */
  hartFile: string;
}

/** A folder of the host, or volume number `volume`, as a 9p share with a tag of its own. */
export interface ShareOption {
  tag: string;
  hostPath?: string;
  volume?: number;
  isReadOnly: boolean;
}

/**
 * What runs in M-mode. builtin: the SBI of the machine itself; none: the kernel; file: a program for M-mode, which is told where
 * the kernel is as OpenSBI's fw_dynamic wants it.
 */
export type FirmwareOption =
  | { kind: 'builtin' }
  | { kind: 'none' }
  | { kind: 'file'; path: string }
  /** builtin, or none where the kernel's own place is that of firmware. */
  | { kind: 'automatic' };

/** A network card on a hub. */
export interface NetworkOption {
  /** The hub's, HUB.BYTES long, and the doorbells of the machines on it, of which number `port` is this machine's. */
  area: SharedArrayBuffer;
  bells: Int32Array;
  port: number;
  /** Six bytes. */
  mac: Uint8Array;
  /** File that frames are captured to. */
  capture: string | undefined;
}

/** Devices that the user's program drives. */
export type PeripheralName = 'balloon' | 'keyboard' | 'tablet';

/** What it does with them. */
export type PeripheralRequest =
  /** The guest shall give away this much of its memory in all. */
  | { type: 'balloon'; bytes: number }
  /** Linux's key code. */
  | { type: 'key'; code: number; isDown: boolean }
  /** From the left and upper edge, 0 to 1. */
  | { type: 'pointer'; x: number; y: number }
  | { type: 'button'; button: 'LEFT' | 'RIGHT' | 'MIDDLE'; isDown: boolean };

/** A further port of the virtio console: what the guest writes to it goes to a file. */
export interface PortOption {
  name: string;
  path: string;
}

/** A device that is put into a machine while it runs. */
export type PluggedDevice =
  | { kind: 'disk'; disk: DiskOption }
  | { kind: 'share'; share: ShareOption }
  | { kind: 'rng' };

/** Of the board's monitor. */
export type DeviceRequest =
  /** name: '' for one that is free. The reply is a DeviceItem, once the guest has seen it. */
  | { type: 'deviceAdd'; id: number; name: string; device: PluggedDevice }
  /** isPulled: without asking the guest. The reply comes when it is out. */
  | { type: 'deviceRemove'; id: number; name: string; isPulled: boolean }
  /** The reply is DeviceItem[]. */
  | { type: 'deviceList'; id: number };

/** A device in a virtio slot. */
export interface DeviceItem {
  name: string;
  kind: 'block' | 'net' | 'console' | 'rng' | 'balloon' | '9p' | 'input';
  slot: number;
}

/** workerData of a machine thread that runs somebody else's kernel. */
export interface ForeignOptions {
  kind: 'foreign';
  memoryBytes: number;
  harts: number;
  firmware: FirmwareOption;
  /** Paths of files. */
  kernel: string | undefined;
  initrd: string | undefined;
  commandLine: string;
  disks: DiskOption[];
  shares: ShareOption[];
  /** An ACLINT in place of the CLINT. */
  hasAclint: boolean;
  /** Largest page tables: levels of Sv39, Sv48, Sv57. */
  pageTableLevels: 3 | 4 | 5;
  windowSize: WindowSize;
  deterministicSeed: number | undefined;
  isTranslating: boolean;
  cache: CacheOption | undefined;
  /** A reboot starts the machine again; otherwise it is the end, with status 0. */
  canReboot: boolean;
  /** Snapshot that the machine begins with, instead of power-on. What it says about the machine counts. */
  restoreFile: string | undefined;
  /** Channels, and the file that their lines go to; standard error without one. */
  trace: string[];
  traceFile: string | undefined;
  /** Log of inputs that is written, or that they are taken from. Only for deterministic machines. */
  recordFile: string | undefined;
  replayFile: string | undefined;
  /** The machine stands still at power-on until a gdb lets it go. */
  isDebugged: boolean;
  /** Whether the built-in firmware prints its banner. */
  hasBanner: boolean;
  /** As the user wrote it; undefined for all that the machine has. */
  isa: string | undefined;
  network: NetworkOption | undefined;
  peripherals: readonly PeripheralName[];
  ports: readonly PortOption[];
  doorbell: Int32Array;
  volumeChannel: SharedArrayBuffer | undefined;
  interpreterFile: string;
  vectorFile: string;
  translatorFile: string;
  /** Of the entry of the thread of harts 1 and up. */
  hartFile: string;
}

export type ThreadOptions = MachineOptions | ForeignOptions;

/**
 * Words of the doorbell. The main thread adds 1 to REQUESTS and notifies after each postMessage; the machine sleeps on it. It adds 1 to
 * TICKS each other millisecond where programs are profiled: the machine's thread samples when that has changed.
 */
export const DOORBELL = { REQUESTS: 0, TICKS: 1, WORDS: 4 } as const;

/** A hub between machines of this process; machine/network/hub.ts lays the area out and checks its size. */
export const HUB = { PORTS: 16, BYTES: 16 * (64 + 512 * 1024) } as const;

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

/** A place in a file's code: a byte offset in file number `file`. */
export interface ProfileFrame {
  file: number;
  at: number;
}

/** Who ran, and where: innermost frame first. idle: nobody did, and `name` is who ran next. */
export interface ProfileStack {
  kind: 'user' | 'kernel' | 'idle';
  pid: number;
  tid: number;
  name: string;
  frames: ProfileFrame[];
}

/** Samples of a machine, in order: indices of stacks, and the microseconds since the one before. */
export interface ProfileData {
  /** Guest paths, or names of mappings without a file. */
  files: string[];
  stacks: ProfileStack[];
  samples: number[];
  deltasUs: number[];
}

/** A translated region, with what its samples were. */
export interface RegionReport {
  /** Where it begins: undefined where no sample fell. */
  place: ProfileFrame | undefined;
  /** Page offset of its first instruction. */
  entry: number;
  /** The page's halfwords, and which of them it is made from. */
  code: Uint16Array;
  covered: Uint16Array;
  /** Samples by halfword of the page. */
  samples: [halfword: number, count: number][];
  /** Its module, and the name of its export. */
  wasm: Uint8Array;
  name: string;
}

/** To the translator's thread: a region's text, please. The answer has the same `show`. */
export interface ShowRequest {
  show: number;
  wasm: Uint8Array;
  name: string;
}

/** Counters by name. */
export type Counters = Record<string, number>;

/** A client of the gdb stub came, sent bytes, went. */
export type GdbRequest =
  | { type: 'gdbConnected' }
  | { type: 'gdbInput'; bytes: Uint8Array }
  | { type: 'gdbDisconnected' };

/** A line of a trace. */
export interface TraceLine {
  channel: string;
  text: string;
}

/** Main to machine. `program` is the id of the spawn request. */
export type Request =
  | GdbRequest
  /** Lines of traces that the main thread has passed on: the credit returns. */
  | { type: 'traced'; lines: number }
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
  /** Samples so far, of a machine that is profiled. */
  | { type: 'profile'; id: number }
  /** Its translated regions that have samples, most first. */
  | { type: 'regions'; id: number; most: number }
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
  | DeviceRequest
  /** Orderly: signals to all processes, sync, power off. */
  | { type: 'shutdown' };

/** Main to a machine with a foreign kernel. */
export type ForeignRequest =
  | PeripheralRequest
  | DeviceRequest
  | { type: 'consoleInput'; bytes: Uint8Array }
  | { type: 'consoleResize'; size: WindowSize }
  /** Bytes of the console that the main thread has passed on: the credit returns. */
  | { type: 'consoleConsumed'; bytes: number }
  | { type: 'statistics'; id: number }
  /** Save the machine to a file; the reply is the length of that. */
  | { type: 'save'; id: number; path: string }
  | GdbRequest
  /** To the state at power-on, without asking the guest. */
  | { type: 'reset' }
  /** The supply is cut: the machine halts with status 0, without asking the guest. */
  | { type: 'powerOff' };

export type Reply =
  | FileResult
  | Counters
  | ProfileData
  | RegionReport[]
  | DeviceItem
  | DeviceItem[]
  | number;

/** Machine to main. */
export type Event =
  /** The root is mounted and programs can be spawned. */
  | { type: 'booted' }
  | { type: 'reply'; id: number; value: Reply }
  /** errno 0: a wrong request, in words; otherwise Linux's number and name. */
  | { type: 'failure'; id: number; errno: number; code: string; message: string }
  | { type: 'output'; program: number; stream: 1 | 2; bytes: Uint8Array }
  /** Input bytes that the guest has read: the credit returns. */
  | { type: 'inputConsumed'; program: number; bytes: number }
  /** status is a wait status word, as wait4 gives it. */
  | { type: 'exit'; program: number; status: number }
  | { type: 'console'; bytes: Uint8Array }
  | { type: 'log'; lines: TraceLine[] }
  /** To the client of the gdb stub. */
  | { type: 'gdbOutput'; bytes: Uint8Array }
  /** Call a node:fs-like method of volume `volume`; the answer goes to the volume channel. */
  | { type: 'volume'; volume: number; method: string; arguments: unknown[] }
  | { type: 'panic'; report: string }
  /** A wrong option or file: one line for the user. */
  | { type: 'bootFailure'; message: string }
  /** counters: of a foreign machine's run. */
  | { type: 'halted'; status: number; counters?: Counters; repetition?: RepetitionResult };

/** At the end of a deterministic foreign machine. */
export interface RepetitionResult {
  traceHash: string;
  /** Why a replay was not the run that was recorded. */
  difference: string | undefined;
}

/** Bytes of a foreign machine's console that may be on their way to the main thread before the machine stands still. */
export const CONSOLE_CREDIT_BYTES = 1024 * 1024;
/** Lines of traces that may be on their way to the main thread before the machine stands still. */
export const TRACE_CREDIT_LINES = 64 * 1024;
/** Bytes of output per program that may be on their way to the main thread before the guest has to wait. */
export const OUTPUT_CREDIT_BYTES = 1024 * 1024;
/** Bytes of input per program that the main thread may have sent and the guest not read yet. */
export const INPUT_CREDIT_BYTES = 256 * 1024;
