/** Messages between the main thread (api) and the machine thread. Types and constants only; docstrings give units and owners. */
import type { DeviceItem, DeviceRequest, PeripheralRequest } from './protocol/devices.ts';
import type { EventsMessage, EventsRequest } from './protocol/events.ts';
import type { FileOperation, FileResult } from './protocol/files.ts';
import type { HookEvent, HookRequest } from './protocol/hooks.ts';
import type {
  Place,
  RewindOption,
  SystemParts,
  TwinTarget,
  WindowSize,
} from './protocol/thread-options.ts';
import type { ViewQuestion, ViewReply } from './protocol/views.ts';

export type * from './protocol/devices.ts';
export type * from './protocol/events.ts';
export type * from './protocol/files.ts';
export type * from './protocol/hooks.ts';
export type * from './protocol/thread-options.ts';
export type * from './protocol/views.ts';

/**
 * Words of the doorbell. The main thread adds 1 to REQUESTS and notifies after each postMessage; the machine sleeps on it. AWAKE: of a
 * shared thread, how many of its machines have something to do.
 */
export const DOORBELL = { REQUESTS: 0, AWAKE: 1, WORDS: 4 } as const;

/** A hub between machines of this process; machine/network/hub.ts lays the area out and checks its size. */
export const HUB = { PORTS: 16, BYTES: 16 * (64 + 512 * 1024) } as const;

/**
 * Shared area for one synchronous volume request at a time. The machine thread posts a `volume` event and waits on STATE until the
 * main thread has stored the answer: STATE 1, LENGTH bytes of answer from BYTES on (v8.serialize of VolumeAnswer).
 */
export const VOLUME = { STATE: 0, LENGTH: 4, BYTES: 8, SIZE: 8 + 1024 * 1024 } as const;

/** code: Node's error code, such as ENOENT; EIO for anything else. */
export type VolumeAnswer = { value: unknown } | { code: string };

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

/** Of commands of the host that guests run (api/host-commands.ts); `call` is one run of one. */
export type CommandRequest =
  /** There are some, from now on. */
  | { type: 'commandListen' }
  /** Bytes for the guest's side of the call. */
  | { type: 'commandOutput'; call: number; bytes: Uint8Array }
  /** Bytes that the main thread has passed on: the credit (INPUT_CREDIT_BYTES at first) returns. */
  | { type: 'commandConsumed'; call: number; bytes: number }
  /** The call is over when all output before this was taken. */
  | { type: 'commandEnd'; call: number };

export type CommandEvent =
  /** By a process of the guest. */
  | { type: 'commandCalled'; call: number; pid: number; uid: number; gid: number }
  | { type: 'commandInput'; call: number; bytes: Uint8Array }
  /** Bytes that the guest has room for, or has read: the credit (OUTPUT_CREDIT_BYTES at first) returns. */
  | { type: 'commandTaken'; call: number; bytes: number }
  /** Nothing more comes, nothing more is taken. */
  | { type: 'commandClosed'; call: number };

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
      /** Standard input is at its end from the start: no request tells it. Recordings from before do not have this. */
      endsInput?: boolean;
      /** System calls that wait for the main thread's word, by name; '*' is all. */
      hooks: string[];
    }
  | { type: 'file'; id: number; operation: FileOperation }
  /** Save the system: the reply is the length of the file at `path`, without one the bytes, or its parts for a twin. */
  | { type: 'snapshot'; id: number; path: string | undefined; isForTwin: boolean }
  /** Save it for a twin whose thread takes the parts from this one; the reply is 0. */
  | { type: 'fork'; id: number; twin: TwinTarget }
  /** Samples so far, of a machine that is profiled. */
  | { type: 'profile'; id: number }
  /** Its translated regions that have samples, most first. */
  | { type: 'regions'; id: number; most: number }
  | { type: 'view'; id: number; question: ViewQuestion }
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
  /** Bytes of the console that its listener has taken: the credit returns. */
  | { type: 'consoleConsumed'; bytes: number }
  | DeviceRequest
  | CommandRequest
  | HookRequest
  | EventsRequest
  /** The recording is to be completed: nothing of what comes is written down any more. */
  | { type: 'endRecording'; id: number }
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
  | ViewReply
  | SystemParts
  | number;

/** A program of the API that was running when the snapshot was made. `id`: of the request that started it. */
export interface RunningProgram {
  id: number;
  pid: number;
  terminal: WindowSize | undefined;
}

/** Machine to main. */
export type Event =
  | CommandEvent
  | HookEvent
  | EventsMessage
  /** The root is mounted and programs can be spawned. programs: those that run already in a restored machine. */
  | { type: 'booted'; programs?: RunningProgram[] }
  | { type: 'reply'; id: number; value: Reply }
  /** errno 0: a wrong request, in words; otherwise Linux's number and name. */
  | { type: 'failure'; id: number; errno: number; code: string; message: string }
  | { type: 'output'; program: number; stream: 1 | 2; bytes: Uint8Array }
  /** Input bytes that the guest has read: the credit returns. */
  | { type: 'inputConsumed'; program: number; bytes: number }
  /** status is a wait status word, as wait4 gives it. */
  | { type: 'exit'; program: number; status: number; trace: RunTrace | undefined }
  | { type: 'console'; bytes: Uint8Array }
  | { type: 'log'; lines: TraceLine[] }
  /** To the client of the gdb stub. */
  | { type: 'gdbOutput'; bytes: Uint8Array }
  /** The debugger of a recording cannot go back in this machine: another one shall begin with this. */
  | { type: 'gdbBack'; rewind: RewindOption }
  /** Call a node:fs-like method of volume `volume`; the answer goes to the volume channel. */
  | { type: 'volume'; volume: number; method: string; arguments: unknown[] }
  /** Programs under a schedule that is looked for do not go on: the machine halts. */
  | { type: 'stuck'; stuck: Stuck }
  /** A recorded program was started, with this id. */
  | { type: 'replayed'; program: number; pid: number; terminal: WindowSize | undefined }
  /** Something failed because a rule said so. */
  | { type: 'fault'; fault: InjectedFault }
  | { type: 'panic'; report: string }
  /** The machine has ended because it used more than it may. */
  | { type: 'limit'; name: 'instructions'; most: number }
  /** The thread that the machine shared has nothing of it any more. */
  | { type: 'gone' }
  /** A wrong option or file: one line for the user. */
  | { type: 'bootFailure'; message: string }
  /** counters: of a foreign machine's run. */
  | { type: 'halted'; status: number; counters?: Counters; repetition?: RepetitionResult };

/** Where a replay has stopped. */
export interface SeekStop {
  pid: number;
  tid: number;
  name: string;
  pc: number;
  /** At pc. */
  instruction: string;
  /** With its arguments, where it is one. */
  call: string | undefined;
  /** x0 to x31 by their ABI names. */
  registers: [name: string, value: bigint][];
  /** Innermost first: guest path, and offset in that file. */
  stack: CodePlace[];
  callBefore: Place | undefined;
  /** Instructions retired, 100 ns of virtual time, events. */
  position: { retired: number; ticks: number; events: number };
}

/** In a file of the guest; `at`: offset in the file. */
export interface CodePlace {
  path: string;
  at: number;
}

/** Programs that do not go on: all wait for each other, or run without end. */
export interface Stuck {
  reason: 'deadlock' | 'endless';
  /** One line for each thread: its name, tid, and what it waits in. */
  tasks: string[];
  /** Of each of them, where it is and which calls are on its stack, innermost first. */
  places: CodePlace[][];
  /** Of programs. */
  instructions: number;
}

/** A failure by a rule of the option `faults`. */
export interface InjectedFault {
  /** As it was written. */
  rule: string;
  /** What failed, and how: `cp[12]: write(4, 0x3f7c, 4096) = ENOSPC`. */
  text: string;
  /** Instructions that had retired. */
  instructions: number;
}

/** What a deterministic machine has done since the boot: runs that are the same have the same. */
export interface RunTrace {
  /** Sixteen hexadecimal digits, of all traps: where they came, and what was in the registers. */
  hash: string;
  /** Retired in user mode. */
  instructions: number;
}

/** At the end of a deterministic foreign machine. */
export interface RepetitionResult {
  traceHash: string;
  /** Why a replay was not the run that was recorded. */
  difference: string | undefined;
  /** Of a pass that looked for a place: the last one, and how many there were. */
  found?: { place: Place | undefined; hits: number } | undefined;
  /** Of a pass that was to stop at one. */
  stop?: SeekStop | undefined;
}

/** Bytes of a foreign machine's console that may be on their way to the main thread before the machine stands still. */
export const CONSOLE_CREDIT_BYTES = 1024 * 1024;
/**
 * Bytes of Hartix's console that may be on their way to its listener before the machine stands still: what is still printed
 * after ^C, and less than a terminal takes in within a frame or two.
 */
export const SCREEN_CREDIT_BYTES = 256 * 1024;
/** Lines of traces that may be on their way to the main thread before the machine stands still. */
export const TRACE_CREDIT_LINES = 64 * 1024;
/** Bytes of output per program that may be on their way to the main thread before the guest has to wait. */
export const OUTPUT_CREDIT_BYTES = 1024 * 1024;
/** Bytes of input per program that the main thread may have sent and the guest not read yet. */
export const INPUT_CREDIT_BYTES = 256 * 1024;
