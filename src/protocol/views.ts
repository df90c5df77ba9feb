/** What the views of the terminal ask the machine thread for, and get. Types only; sent as the requests of protocol.ts. */

/** An entry that a walk of page tables met, from the root on. */
export interface PageWalkStep {
  /** 2 for the root table of Sv39, 0 for the last. */
  level: number;
  /** VPN[level]: which entry of its table. */
  index: number;
  /** Physical address of the entry. */
  entryAddress: number;
  /** Bits 31..0 and 63..32 of the entry. */
  low: number;
  high: number;
}

export interface PageWalk {
  address: number;
  /** Physical address of the root table, and its address-space number. */
  root: number;
  asid: number;
  steps: PageWalkStep[];
}

/** Lines as strace prints them, each with its time before it, in seconds since boot. */
export interface CallStream {
  lines: string[];
  /** Lines that were lost since the last look, because more came than are kept. */
  dropped: number;
}

/**
 * What the scheduler did since the last look, in order. kinds: 0 a task begins to run on a hart (tid 0: nobody does), 1 a task
 * waits for one.
 */
export interface SwitchStream {
  /** Nanoseconds since boot: when this was read. */
  nowNs: number;
  timesNs: Float64Array;
  kinds: Uint8Array;
  harts: Uint8Array;
  tids: Int32Array;
  /** Names of the tasks that are met here. */
  names: [tid: number, name: string][];
  dropped: number;
}

export interface LogLineItem {
  /** Counted from 0. */
  sequence: number;
  /** Since boot. */
  timeNs: number;
  /** 0 emergency to 7 debug: syslog(3). */
  level: number;
  text: string;
}

/** An instruction in memory. */
export interface CodeLine {
  address: number;
  /** As objdump prints it. */
  text: string;
}

/** Translated code in which samples fell. */
export interface HotRegion {
  /** Virtual address of its first instruction, in the process that ran it last. */
  entry: number;
  /** Whose code it is: a file, or the name of a mapping. */
  file: string;
  /** Samples in it, of `total`. */
  samples: number;
  /** The instructions that it was made from. */
  code: (CodeLine & { samples: number })[];
  /** Its module, and the name of its export. */
  wasm: Uint8Array;
  name: string;
}

export interface HotRegions {
  /** Samples in user mode so far: one at the end of each slice, which is about a millisecond. */
  total: number;
  regions: HotRegion[];
}

/**
 * How the machine runs. `instruction` and `call` execute one instruction, or up to the end of one system call, and pause then. `slow`:
 * so many instructions a second. The guest's clocks run only while it executes.
 */
export type Pace =
  | { kind: 'run' }
  | { kind: 'pause' }
  | { kind: 'instruction' }
  | { kind: 'call' }
  | { kind: 'slow'; perSecond: number };

/** Hart 0 as it stands. */
export interface Stand {
  pace: Pace;
  /** Its task; undefined while there is nothing to run. */
  task: { pid: number; tid: number; name: string } | undefined;
  /** Instructions that all harts have retired. */
  retired: number;
  pc: number;
  /** x0 to x31, sixteen hexadecimal digits each. */
  registers: string[];
  /** What was executed last, while it was stepped; oldest first. */
  trail: CodeLine[];
  /** From pc on. */
  code: CodeLine[];
  /** The trap that the last step ended with: 'system call write', 'store page fault'; '' for none. */
  event: string;
}

export type ViewReply =
  | PageWalk
  | CallStream
  | SwitchStream
  | LogLineItem[]
  | HotRegions
  | Stand
  | undefined;

export type ViewQuestion =
  /** To one process. */
  | { what: 'signal'; pid: number; signal: number }
  | { what: 'walk'; pid: number; address: number }
  /** Also begins the stream, changes whose calls they are, and ends it. */
  | { what: 'calls'; of: 'all' | 'none' | number }
  /** Also begins and ends the stream. */
  | { what: 'switches'; isOn: boolean }
  /** From a sequence number on. */
  | { what: 'log'; from: number }
  /** Also begins and ends the sampling. */
  | { what: 'regions'; isOn: boolean; most: number }
  | { what: 'pace'; pace: Pace }
  | { what: 'stand' };
