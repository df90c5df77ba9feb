/** workerData of a machine thread: what the main thread (api) says when it starts one. Types only. */

/** Of a terminal, in characters. */
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
  /** Of a restored machine whose user has not named it again: all of it gives EIO. */
  isAbsent?: boolean;
}

/** A machine that was saved. isShipped: at its prompt, when the package was built, for everybody. twin: parts of one, as a machine of this process gave them (SystemParts); direct: which come from its thread. */
export type SnapshotSource =
  | { kind: 'direct'; port: MessagePort }
  | { kind: 'file'; path: string; isShipped: boolean }
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'twin'; parts: SystemParts };

/** Plain data by name, as parts of a machine are saved. */
export type SavedValue =
  | number
  | boolean
  | string
  | Uint8Array
  | readonly SavedValue[]
  | { readonly [name: string]: SavedValue };

/** A saved machine that is not in a file: nothing is compressed, nothing is checked. What is large lies in shared memory. */
export interface SystemParts {
  state: SavedValue;
  blocks: Uint8Array[];
}

/** Where the parts of a machine go that a thread waits for: to the other end of the port, after which the bell is rung. */
export interface TwinTarget {
  port: MessagePort;
  doorbell: Int32Array;
}

export interface DiskOption {
  path: string;
  isReadOnly: boolean;
  /** What the guest writes stays in memory and is gone at the end; the file is only read. */
  isCopied: boolean;
  /** How long it takes, in virtual time. */
  model?: 'hdd' | 'ssd' | 'nvme' | 'tape';
  /** Lost with the power; `lying`: flushed or not. */
  cache?: 'volatile' | 'lying';
  /** Defects of the medium: wrong bits by sector. */
  wrongBits?: ReadonlyMap<number, number>;
  /** File that its writes and flushes are also written to, for `hartix crash --recording`. */
  recordPath?: string;
}

/** Translations that are kept from run to run: a folder, made if its parent is there, and how large it may get. */
export interface CacheOption {
  folder: string;
  /** Default 128 MiB. */
  budgetBytes?: number;
}

/** Of a run that repeats: after so many events, with so many instructions retired. */
export type Instant = Pick<Place, 'events' | 'retired'>;

/** A debugger of a recording goes back: another machine replays it to where that is, and takes over the client. */
export interface RewindOption {
  /** Break- and watchpoints of the client (machine/debug/points.ts). */
  points: readonly { kind: 0 | 1 | 2 | 3; low: number; high: number; bytes: number }[];
  /** Whom they are for; undefined: every process. */
  pid: number | undefined;
  /** Packets of the client are acknowledged. */
  hasAcks: boolean;
  /** Look for the last instruction, or the last of the points, before an instant; or stop at one (undefined: the first instruction). */
  goal:
    | { kind: 'search'; how: 'step' | 'continue'; before: Instant }
    | { kind: 'reach'; found: RewindPlace | undefined };
}

export interface RewindPlace extends Instant {
  /** Of the point; undefined for a step. `address`: of the first watched byte. */
  point: { kind: 0 | 1 | 2 | 3; address: number } | undefined;
}

/** In the place of the fair schedule. */
export interface ScheduleOption {
  /** random:SEED or pct:SEED:DEPTH:LENGTH: kernel/schedule-policy.ts. */
  text: string;
  /** Instructions of programs after which they are taken to run for ever. */
  limit: number;
}

/** What a guest may use; undefined is without limit. */
export interface MachineLimits {
  /** That all harts together retire, until the machine ends. */
  readonly instructions: number | undefined;
  /** Threads and processes at a time: EAGAIN. */
  readonly tasks: number | undefined;
  /** By which files may grow, in the root and in each mount: ENOSPC. */
  readonly diskBytes: number | undefined;
  /** Files that may be added there: ENOSPC. */
  readonly inodes: number | undefined;
}

/** A place in a recorded run: before the call that is event number `events`, or before an instruction. */
export interface Place {
  kind: 'call' | 'instruction';
  events: number;
  retired: number;
}

/** What is looked for in a recorded run. */
export interface SeekOption {
  /** Undefined: the last call. */
  condition:
    | { kind: 'memory'; address: number; bytes: number }
    | { kind: 'file'; path: string }
    | { kind: 'syscall'; name: string }
    | undefined;
  /** Which time, from 1 on; undefined is the last. */
  nth: number | undefined;
  /** Second pass: the run ends here. */
  stopAt: Place | undefined;
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
  /** Nanoseconds since 1970 at reset of a deterministic machine; undefined for a fixed day. */
  epochNs: number | undefined;
  /** Of a deterministic machine: sleeps take as long as they do outside. */
  isPaced: boolean;
  /** Recording that is written, or that the machine is told by. Only for deterministic machines. */
  recordFile: string | undefined;
  replayFile: string | undefined;
  seek: SeekOption | undefined;
  /** Of a recording with a debugger: where to go before its client is heard. */
  rewind: RewindOption | undefined;
  /** Of a deterministic machine: a schedule that is looked for. */
  schedule: ScheduleOption | undefined;
  /** Rules of what is to fail, and the seed of their chance. */
  faults: { rules: string[]; seed: number } | undefined;
  isTranslating: boolean;
  cache: CacheOption | undefined;
  /** Bytes of translated code that are kept at most; undefined for the default. */
  codeBudgetBytes: number | undefined;
  /** ISA string or profile; undefined for all that the harts have by default. */
  isa: string | undefined;
  limits: MachineLimits;
  trace: string[];
  /** The time of slices is measured, for /proc/jit. */
  isMeasured: boolean;
  /** Programs are sampled; harts then take turns. */
  isProfiled: boolean;
  /** A gdb may come; the first program that is spawned waits for one. */
  isDebugged: boolean;
  /** Appended to the kernel command line. */
  commandLine: string;
  /** What it begins with, instead of a boot. What that says about the machine counts. */
  restore: SnapshotSource | undefined;
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

/** A further port of the virtio console: what the guest writes to it goes to a file. */
export interface PortOption {
  name: string;
  path: string;
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

/** workerData of a machine thread that waits until word 0 of `wakes` is not 0: its options are then in its port. */
interface WaitingOptions {
  wakes: Int32Array;
}

/** Of one that has loaded its code, no more: for a machine that is being asked for already. */
export interface AheadOptions extends WaitingOptions {
  kind: 'ahead';
  /** The file of the snapshot that it will most likely go on from. */
  snapshotFile: string | undefined;
}

/** Of one that makes itself ready for a machine from a snapshot. */
export interface SpareOptions extends WaitingOptions {
  kind: 'spare';
  /** Of the machine that it will most likely be asked for, with the doorbell that it is going to have. */
  rehearsal: MachineOptions | undefined;
}

/** workerData of a thread that runs several machines by turns. Its doorbell is theirs. */
export interface SharedThreadOptions {
  kind: 'shared';
  doorbell: Int32Array;
  /** Of the machine that it will most likely be asked for. */
  rehearsal: MachineOptions | undefined;
}

/** To such a thread; the doorbell is rung afterwards. */
export type SharedThreadRequest =
  /** Each machine has a port of its own, and posts `gone` there when it has ended. */
  | { type: 'begin'; machine: number; port: MessagePort; options: MachineOptions }
  /** Stop it at once. */
  | { type: 'end'; machine: number };

export type ThreadOptions = MachineOptions | ForeignOptions;

/** workerData of every machine thread has it besides: word 0 is not 0 when the thread's first message is there, its MachineCode. */
export interface CodeOption {
  codeGate: Int32Array;
}

/** What a machine thread runs. Both arrays go to the thread with it: to make a string of shared memory, Node copies that first. */
export interface MachineCode {
  /** Of `source`, absolute. */
  path: string;
  /** A script, a byte a character. */
  source: Uint8Array<ArrayBuffer>;
  /** By V8; undefined where nothing is kept. */
  compiled: Uint8Array<ArrayBuffer> | undefined;
  /** Whether that is of the beginning that was asked for, so that it need not be kept again. */
  isKept: boolean;
  /** Undefined where nothing can be kept. */
  keepAt: CodeFilePlace | undefined;
}

/** Where what V8 compiled is kept: code-file.ts. */
export interface CodeFilePlace {
  folder: string;
  key: string;
}
