/** Options of boot(): checked here, once, into what the machine thread takes. */
import { existsSync, statSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import type { MachineOptions, MountOption, SnapshotSource, WindowSize } from '../protocol.ts';
import {
  ABORT_SIGNAL,
  CHECKED_LATER,
  checkOptions,
  ENVIRONMENT,
  either,
  FLAG,
  FUNCTION,
  FUNCTIONS,
  type Kind,
  OBJECT,
  type Shape,
  SIZE,
  TEXTS,
  WORD,
  whole,
} from './argument-checks.ts';
import { bundleFile, translationCache } from './bundle.ts';
import { diskOption } from './disk-option.ts';
import { OptionError } from './errors.ts';
import type { HostCommand } from './host-commands.ts';
import { type Limits, machineLimits } from './limits.ts';
import { SHIPPED_SNAPSHOT } from './prompt-snapshot.ts';
import { type RootImage, SHIPPED_IMAGE } from './root-image.ts';
import { parseSize, type Range } from './size.ts';

/** The part of node:fs that a volume must have; node:fs itself and memfs volumes do. */
export interface VolumeLike {
  readonly lstatSync: unknown;
  readonly openSync: unknown;
  readonly readdirSync: unknown;
}

/** What is mounted, and how. */
export interface MountSource {
  readonly source: string | VolumeLike;
  readonly readOnly?: boolean;
}

export interface BootOptions {
  /** Guest RAM: bytes, or '256M', '1G'. 16 MiB to 3.5 GiB. Default 256M. */
  memory?: number | string;
  /** Number of harts, 1 to 8. Default 1; a deterministic machine has one. */
  harts?: number;
  /**
   * An ext2 image, or what one can be made from for this run: a folder, a tar archive, an OCI image. Default: the image of the
   * package. Never changed.
   */
  rootfs?: string;
  /**
   * Guest path to a folder of the host (':ro' at its end: read-only), to an object that speaks node:fs (a memfs volume), or to one of the two
   * with its options.
   */
  mounts?: Readonly<Record<string, string | VolumeLike | MountSource>>;
  /** Disk files, written through; append ':ro' for read-only, ':cow' to keep what is written in memory,
   * then settings (DISK_SETTINGS): ',model=hdd' for one that takes its time. Or only 'hdd', 'ssd', 'nvme', 'tape': such a disk of 64 MiB, empty. They appear as /dev/vdb, /dev/vdc … */
  disks?: readonly string[];
  /**
   * Functions that the guest runs as commands, by name: see System.addCommand. A system that goes on from a snapshot needs them again: calls
   * that were under way when it was saved have ended there with status 126 and a line on standard error; twins (System.fork) have them.
   */
  commands?: Readonly<Record<string, HostCommand>>;
  /** Environment that programs inherit. */
  env?: Readonly<Record<string, string>>;
  /** Guest user of programs that are started without one. Default root. */
  user?: string;
  /** Same inputs, same run: a seed, or true for seed 1. */
  deterministic?: boolean | number;
  /**
   * File that is written with all that comes into the machine, and when: replay() gives the same run. The machine is then deterministic; without
   * `deterministic` its clock begins with the host's time, and sleeps take as long as they do outside.
   */
  record?: string;
  /**
   * What is to fail on purpose: 'write:ENOSPC:p=0.01', 'read:short', 'openat:EACCES:path=/etc/*:nth=2', 'alloc:ENOMEM', 'disk:EIO:every=10', 'disk:cut:nth=5'.
   * TARGET:FAILURE, the target a system call, a kind of them (read, write, open, fork, alloc) or disk, then settings: p= (share), nth=, every=, after=, times=, path=, pid=, comm=, op=read|write|flush (disks). Programs only, not the boot.
   * The machine is then deterministic, unless `deterministic` is false or it has several harts; without a seed it gets one: System.seed.
   */
  faults?: readonly string[];
  /** The same as `deterministic` with a number: whole, from 0. */
  seed?: number;
  /** 'virtual': time passes as instructions do, and sleeps return at once: a deterministic machine, of seed 1 if no other is given. */
  clock?: 'real' | 'virtual';
  /** Network to the outside: there is none in this version, and no other policy. */
  net?: 'none';
  /** Aborted while it boots: boot() rejects with its reason; later: the machine is closed. */
  signal?: AbortSignal;
  /**
   * Another schedule than the fair one: 'random:SEED' preempts at random instructions, 'pct:SEED:DEPTH:LENGTH' has random priorities that change at
   * DEPTH - 1 of LENGTH instructions. The machine is deterministic, with seed 1 unless `deterministic` says another. When programs
   * do not go on, it halts, and System.stuck says why. See explore().
   */
  schedule?: string;
  /** Instructions of programs after which `schedule` takes them to run for ever. Default 10 billion. */
  scheduleLimit?: number;
  /** Measure how long slices of guest code take: /proc/jit shows it. */
  statistics?: boolean;
  /** Sample what programs execute: System.profile(). */
  profile?: boolean;
  /** False: interpreter only. */
  translate?: boolean;
  /** Keep translations from run to run: true (default) in ~/.cache/hartix, or in this folder, whose parent must exist. */
  cache?: boolean | string;
  /** Translated code that is kept in memory at most, in WebAssembly: bytes, or '8M'. 64 KiB to 256 MiB. Default 64M. */
  codeBudget?: number | string;
  /** Extensions of the harts, such as 'rv64gcv' or 'rva22u64'; the root image needs rv64gc. Default: all but V. */
  isa?: string;
  /** Log channels: syscall, signal, sched, irq, page, jit, errno, exec (each instruction from the first program on). */
  trace?: readonly string[];
  /** Port of localhost for a gdb, 0 for one that is free: the first program waits for it. See System.gdbPort. */
  gdb?: number;
  /** Called with each trace line. */
  onTrace?: (channel: string, text: string) => void;
  /** Appended to the kernel command line. */
  append?: string;
  /**
   * Go on from a snapshot (System.snapshot), a file or its bytes, instead of booting. Memory, harts, isa, console, seed and kernel
   * command line are its own, and so are its mounts and disks, which are named again: mounts by the same guest paths (those that
   * are not give EIO), disks in the same order, as they were.
   */
  snapshot?: string | Uint8Array;
  /** Start a session on the console (System.onConsole, System.writeConsole). Default false. */
  console?: boolean;
  windowSize?: WindowSize;
  /** What the guest may use beyond its RAM. */
  limits?: Limits;
}

const BYTES: Kind = { takes: 'bytes', fits: (value) => value instanceof Uint8Array };
const MOUNT_SHAPE: Shape<MountSource> = { source: CHECKED_LATER, readOnly: FLAG };

export const BOOT_SHAPE: Shape<BootOptions> = {
  memory: CHECKED_LATER,
  harts: CHECKED_LATER,
  rootfs: WORD,
  mounts: OBJECT,
  disks: TEXTS,
  commands: FUNCTIONS,
  env: ENVIRONMENT,
  user: WORD,
  deterministic: CHECKED_LATER,
  record: WORD,
  faults: TEXTS,
  seed: CHECKED_LATER,
  clock: CHECKED_LATER,
  net: CHECKED_LATER,
  signal: ABORT_SIGNAL,
  schedule: WORD,
  scheduleLimit: whole(1),
  statistics: FLAG,
  profile: FLAG,
  translate: FLAG,
  cache: either(FLAG, WORD),
  codeBudget: CHECKED_LATER,
  isa: WORD,
  trace: TEXTS,
  gdb: CHECKED_LATER,
  onTrace: FUNCTION,
  append: WORD,
  snapshot: either(WORD, BYTES),
  console: FLAG,
  windowSize: SIZE,
  limits: OBJECT,
};

/** A page of wasm. */
const PAGE = 65536;
const MAX_HARTS = 8;

const MEMORY: Range = { least: 2 ** 24, most: 3.5 * 2 ** 30, range: '16M to 3.5G', unit: PAGE };
const CODE_BUDGET: Range = { least: 2 ** 16, most: 2 ** 28, range: '64K to 256M', unit: PAGE };

/** Bytes of '256M', '1G', '65536K' or a plain number of bytes. */
export function parseMemory(value: number | string): number {
  return parseSize('memory', value, MEMORY);
}

/** Of these a snapshot knows better. */
const SAVED_OPTIONS = [
  'memory',
  'harts',
  'isa',
  'append',
  'deterministic',
  'seed',
  'clock',
] as const;

function snapshotSource(options: BootOptions): SnapshotSource | undefined {
  const { snapshot } = options;
  if (snapshot === undefined) return undefined;
  for (const name of SAVED_OPTIONS)
    if (options[name] !== undefined)
      throw new OptionError(`snapshot: ${name} is as the snapshot says; leave it out`);
  if (typeof snapshot !== 'string') return { kind: 'bytes', bytes: snapshot };
  const path = resolve(snapshot);
  if (existsSync(path)) return { kind: 'file', path, isShipped: path === SHIPPED_SNAPSHOT };
  throw new OptionError(`snapshot: no file '${path}'; make one with: hartix snapshot '${path}'`);
}

/** HOST or HOST:ro. Throws OptionError. */
export function folderOf(spec: string): { hostPath: string; isReadOnly: boolean } {
  const isReadOnly = spec.endsWith(':ro');
  const hostPath = resolve(isReadOnly ? spec.slice(0, -3) : spec);
  let isDirectory: boolean;
  try {
    isDirectory = statSync(hostPath).isDirectory();
  } catch (cause) {
    throw new OptionError(`mount: cannot read the host folder '${hostPath}'`, { cause });
  }
  if (!isDirectory) throw new OptionError(`mount: '${hostPath}' is not a folder`);
  return { hostPath, isReadOnly };
}

/** The seed of a deterministic machine; undefined for one that is not. Throws OptionError. */
export function seedOf(deterministic: boolean | number | undefined): number | undefined {
  if (deterministic === undefined || deterministic === false) return undefined;
  const seed = deterministic === true ? 1 : deterministic;
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new OptionError(`seed: ${seed} is none; write a whole number from 0`);
  return seed;
}

/** Of `deterministic`, `seed` and `clock`, which must agree. Throws OptionError. */
function seedOfRun({ deterministic, seed, clock }: BootOptions): number | undefined {
  if (clock !== undefined && clock !== 'real' && clock !== 'virtual')
    throw new OptionError(`clock: '${String(clock)}'; write real or virtual`);
  const first = seedOf(deterministic === true ? (seed ?? true) : deterministic);
  const second = seedOf(seed);
  if (first !== undefined && second !== undefined && first !== second)
    throw new OptionError(`seed: ${second} is not that of deterministic, ${first}; give one`);
  if (seed !== undefined && deterministic === false)
    throw new OptionError('seed: only a deterministic machine has one; leave out one of the two');
  const wanted = second ?? first;
  if (wanted !== undefined && clock === 'real')
    throw new OptionError('clock: a deterministic machine has virtual time; leave out one');
  return wanted ?? (clock === 'virtual' ? 1 : undefined);
}

/** Of the guest: it does not come up, or has them under something else. */
const OWN_FOLDERS = new Set(['/', '/bin/', '/dev/', '/proc/', '/run/', '/sys/']);

function isMountSource(source: VolumeLike | MountSource): source is MountSource {
  return 'source' in source;
}

/** Where a mount comes from; volumes are collected in `volumes`. Throws OptionError. */
function mountOption(
  guestPath: string,
  source: string | VolumeLike | MountSource,
  volumes: VolumeLike[],
): MountOption {
  if (!guestPath.startsWith('/'))
    throw new OptionError(`mount: the guest path '${guestPath}' must begin with /`);
  if (OWN_FOLDERS.has(posix.normalize(`${guestPath}/`)))
    throw new OptionError(
      `mount: '${guestPath}' is the system's own; write another folder, such as /mnt/data`,
    );
  if (typeof source === 'string') return { guestPath, ...folderOf(source) };
  if (typeof source === 'object' && source !== null && isMountSource(source)) {
    checkOptions(`boot: mounts '${guestPath}'`, source, MOUNT_SHAPE);
    const { source: inner, readOnly = false } = source;
    const option = mountOption(guestPath, inner, volumes);
    return { ...option, isReadOnly: option.isReadOnly || readOnly };
  }
  if (typeof (source as Partial<VolumeLike> | null)?.lstatSync !== 'function') {
    const hint = "give a folder's path, or an object with node:fs's synchronous functions";
    throw new OptionError(`mount: what is for '${guestPath}' cannot be mounted; ${hint}`);
  }
  volumes.push(source);
  return { volume: volumes.length - 1, guestPath, isReadOnly: false };
}

function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

/** Harts take turns as the host's cores let them: only one of them repeats its run. */
function hartCount(harts: number, isDeterministic: boolean): number {
  if (typeof harts !== 'number')
    throw new OptionError(`harts: '${String(harts)}' is no number; write 1 to ${MAX_HARTS}`);
  if (!Number.isInteger(harts) || harts < 1 || harts > MAX_HARTS)
    throw new OptionError(`harts: ${harts} is outside 1 to ${MAX_HARTS}`);
  if (isDeterministic && harts > 1)
    throw new OptionError(
      'harts: a deterministic machine has one; leave out one of the two options',
    );
  return harts;
}

export interface ResolvedOptions {
  machine: MachineOptions;
  volumes: VolumeLike[];
}

/** Throws OptionError with one line that says what to do. */
export function resolveOptions(
  options: BootOptions,
  root: RootImage,
): Omit<ResolvedOptions, 'machine'> & {
  machine: Omit<MachineOptions, 'doorbell' | 'volumeChannel'>;
} {
  if (options.net !== undefined && options.net !== 'none')
    throw new OptionError(`net: '${String(options.net)}'; this version has none`);
  const seed = seedOfRun(options);
  const rules = [...(options.faults ?? [])];
  const isRecorded = options.record !== undefined;
  const faultSeed = rules.length === 0 ? undefined : (seed ?? anySeed());
  const repeats =
    options.deterministic !== false && options.clock !== 'real' && (options.harts ?? 1) === 1;
  const impliedSeed = isRecorded ? (faultSeed ?? anySeed()) : repeats ? faultSeed : undefined;
  const deterministicSeed = seed ?? impliedSeed ?? (options.schedule === undefined ? undefined : 1);
  const isPaced = isRecorded && seed === undefined;
  const disks = (options.disks ?? []).map(diskOption);
  if (isRecorded && disks.some((disk) => !disk.isReadOnly && !disk.isCopied))
    throw new OptionError('record: a disk must be as it was for a replay; append :ro or :cow');
  const harts = hartCount(options.harts ?? 1, deterministicSeed !== undefined);
  const volumes: VolumeLike[] = [];
  const mounts = Object.entries(options.mounts ?? {}).map(([guestPath, source]) =>
    mountOption(guestPath, source, volumes),
  );
  return {
    volumes,
    machine: {
      kind: 'hartix',
      memoryBytes: parseMemory(options.memory ?? '256M'),
      harts,
      rootImage: root.path,
      toolsImage: root.isForeign ? SHIPPED_IMAGE : undefined,
      mounts,
      disks,
      hasConsole: options.console ?? false,
      windowSize: options.windowSize ?? { rows: 24, columns: 80 },
      environment: { ...options.env },
      deterministicSeed,
      epochNs: isPaced ? Date.now() * 1e6 : undefined,
      isPaced,
      schedule:
        options.schedule === undefined
          ? undefined
          : { text: options.schedule, limit: options.scheduleLimit ?? 1e10 },
      recordFile: options.record,
      replayFile: undefined,
      seek: undefined,
      rewind: undefined,
      faults: faultSeed === undefined ? undefined : { rules, seed: faultSeed },
      isTranslating: options.translate ?? true,
      cache: translationCache(options.cache),
      codeBudgetBytes:
        options.codeBudget === undefined
          ? undefined
          : parseSize('codeBudget', options.codeBudget, CODE_BUDGET),
      trace: [...(options.trace ?? [])],
      isMeasured: options.statistics ?? false,
      isProfiled: options.profile ?? false,
      isDebugged: options.gdb !== undefined,
      commandLine: options.append ?? '',
      isa: options.isa,
      limits: machineLimits(options.limits),
      restore: snapshotSource(options),
      interpreterFile: bundleFile('interpreter.wasm'),
      vectorFile: bundleFile('vector.wasm'),
      translatorFile: bundleFile('translator-thread.js'),
      hartFile: bundleFile('hart-thread.js'),
    },
  };
}
