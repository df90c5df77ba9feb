/** Options of openMachine(): checked here, once, into what the machine thread takes. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type {
  FirmwareOption,
  ForeignOptions,
  PeripheralName,
  ShareOption,
  WindowSize,
} from '../protocol.ts';
import {
  CHECKED_LATER,
  checkOptions,
  either,
  FLAG,
  type Kind,
  OBJECT,
  type Shape,
  SIZE,
  TEXTS,
  WORD,
} from './argument-checks.ts';
import { bundleFile, translationCache } from './bundle.ts';
import type { ThreadStart } from './connection.ts';
import { diskOption } from './disk-option.ts';
import { OptionError } from './errors.ts';
import { Hub, type HubSocket } from './hub.ts';
import { folderOf, parseMemory, seedOf, type VolumeLike } from './options.ts';

export interface MachineOptions {
  /**
   * A program for M-mode, such as OpenSBI: ELF, or raw for 0x80000000. 'builtin': the machine's own SBI; 'none': the kernel runs
   * in M-mode. Default: none for kernels linked to the start of RAM, builtin for the others.
   */
  firmware?: string;
  /** ELF, Linux Image or raw file, perhaps compressed with gzip or zstd. */
  kernel?: string;
  /** Initial RAM disk. */
  initrd?: string;
  /** Kernel command line. */
  append?: string;
  /** Guest RAM: bytes, or '256M', '1G'. 16 MiB to 3.5 GiB. Default 256M. */
  memory?: number | string;
  /** 1 to 8. Default 1. */
  harts?: number;
  /** Disk files, written through; append ':ro' for read-only, ':cow' to keep what is written in memory. virtio block devices, in this order. */
  disks?: readonly string[];
  /** Tag of a 9p share to a folder of the host (append ':ro' for read-only), or to an object that speaks node:fs. */
  mounts?: Readonly<Record<string, string | VolumeLike>>;
  /** Largest page tables of the harts. Default sv39. */
  mmu?: 'sv39' | 'sv48' | 'sv57';
  /** An ACLINT in place of the CLINT, as QEMU's aclint=on. */
  aclint?: boolean;
  /** Extensions of the harts, such as 'rv64gc' or a profile's name. Default: all that the machine has. */
  isa?: string;
  /** A network card on this hub, or no card. */
  net?: Hub;
  /** File that the card's frames are captured to, in pcap format. */
  capture?: string;
  /** Devices that this program drives: Machine.setBalloon, key, pointer and button. */
  devices?: readonly PeripheralName[];
  /** Further ports of the virtio console, by name: the file that each writes to. In Linux /dev/vport… */
  ports?: Readonly<Record<string, string>>;
  /** Same inputs, same run: a seed, or true for seed 1. */
  deterministic?: boolean | number;
  /** False: interpreter only. */
  translate?: boolean;
  /** Keep translations from run to run: true (default) in ~/.cache/hartix, or in this folder, whose parent must exist. */
  cache?: boolean | string;
  /** Port of a gdb stub on localhost, 0 for one that is free: the machine stands still at power-on until a gdb lets it go. */
  gdb?: number;
  /**
   * A snapshot that the machine begins with. Its memory, harts, mmu, isa, aclint, append and determinism count, and must not be given;
   * disks and mounts are named again. Images are needed for a reboot only.
   */
  restore?: string;
  /**
   * File that console input, network frames and what the devices are told are recorded in, or are taken from. Needs `deterministic`; a replay has the
   * seed of the recording. What host folders and disks give must be the same by itself.
   */
  record?: string;
  replay?: string;
  /** Channels: exec, irq, page, jit. All harts take turns in one thread then. */
  trace?: readonly string[];
  /** File for their lines; standard error without one. */
  traceFile?: string;
  /** False: a reboot of the guest is its end. */
  reboot?: boolean;
  /** False: the built-in firmware starts without its banner. */
  banner?: boolean;
  /** Of the virtio console. */
  windowSize?: WindowSize;
}

const HUB: Kind = { takes: 'a Hub', fits: (value) => value instanceof Hub };
const SHAPE: Shape<MachineOptions> = {
  firmware: WORD,
  kernel: WORD,
  initrd: WORD,
  append: WORD,
  memory: CHECKED_LATER,
  harts: CHECKED_LATER,
  disks: TEXTS,
  mounts: OBJECT,
  mmu: CHECKED_LATER,
  aclint: FLAG,
  isa: WORD,
  net: HUB,
  capture: WORD,
  devices: TEXTS,
  ports: OBJECT,
  deterministic: CHECKED_LATER,
  translate: FLAG,
  cache: either(FLAG, WORD),
  gdb: CHECKED_LATER,
  restore: WORD,
  record: WORD,
  replay: WORD,
  trace: TEXTS,
  traceFile: WORD,
  reboot: FLAG,
  banner: FLAG,
  windowSize: SIZE,
};

export interface ResolvedMachineOptions {
  readonly machine: ThreadStart;
  readonly volumes: VolumeLike[];
  readonly socket: HubSocket | undefined;
}

const LEVELS: Readonly<Record<string, ForeignOptions['pageTableLevels']>> = {
  sv39: 3,
  sv48: 4,
  sv57: 5,
};
const MAX_HARTS = 8;

/** Absolute path of a file that exists. */
function imageFile(option: string, name: string): string {
  const path = resolve(name);
  let isFile: boolean;
  try {
    isFile = statSync(path).isFile();
  } catch (cause) {
    throw new OptionError(`${option}: no file '${path}'`, { cause });
  }
  if (!isFile) throw new OptionError(`${option}: '${path}' is not a file`);
  return path;
}

function firmwareOption(name: string | undefined): FirmwareOption {
  if (name === undefined) return { kind: 'automatic' };
  if (name === 'builtin' || name === 'none') return { kind: name };
  return { kind: 'file', path: imageFile('firmware', name) };
}

function shareOptions(mounts: MachineOptions['mounts'], volumes: VolumeLike[]): ShareOption[] {
  return Object.entries(mounts ?? {}).map(([tag, source]): ShareOption => {
    if (tag === '' || tag.includes('/')) {
      throw new OptionError(
        `mount: '${tag}' is no tag; write HOST:TAG, and in the guest mount -t 9p TAG DIR`,
      );
    }
    if (typeof source === 'string') return { tag, ...folderOf(source) };
    volumes.push(source);
    return { tag, volume: volumes.length - 1, isReadOnly: false };
  });
}

function imageOptions(options: MachineOptions) {
  const hasImages = options.kernel !== undefined || options.firmware !== undefined;
  if (!hasImages && options.restore === undefined) {
    throw new OptionError('nothing to boot: name a kernel, or a program for M-mode as firmware');
  }
  return {
    firmware: firmwareOption(options.firmware),
    kernel: options.kernel === undefined ? undefined : imageFile('kernel', options.kernel),
    initrd: options.initrd === undefined ? undefined : imageFile('initrd', options.initrd),
    commandLine: options.append ?? '',
  };
}

/** Of these a snapshot knows better. */
const SAVED_OPTIONS = [
  'memory',
  'harts',
  'mmu',
  'isa',
  'aclint',
  'append',
  'deterministic',
] as const;

function restoreFile(options: MachineOptions): string | undefined {
  if (options.restore === undefined) return undefined;
  for (const name of SAVED_OPTIONS) {
    if (options[name] !== undefined)
      throw new OptionError(`restore: ${name} is as the snapshot says; leave it out`);
  }
  return imageFile('restore', options.restore);
}

function repetitionOptions(options: MachineOptions) {
  const { record, replay } = options;
  const isRepeated = record !== undefined || replay !== undefined;
  if (record !== undefined && replay !== undefined) {
    throw new OptionError('record and replay: only one of the two');
  }
  if (record !== undefined && !options.deterministic && options.restore === undefined) {
    throw new OptionError('record: only a deterministic machine can be repeated');
  }
  const window = isRepeated ? undefined : options.windowSize;
  return {
    windowSize: window ?? { rows: 24, columns: 80 },
    deterministicSeed: seedOf(options.deterministic),
    recordFile: record === undefined ? undefined : resolve(record),
    replayFile: replay === undefined ? undefined : imageFile('replay', replay),
  };
}

const PERIPHERALS: readonly PeripheralName[] = ['balloon', 'keyboard', 'tablet'];

function deviceOptions(options: MachineOptions) {
  const peripherals = options.devices ?? [];
  for (const name of peripherals) {
    if (!PERIPHERALS.includes(name)) {
      throw new OptionError(`devices: there is no '${name}'; write ${PERIPHERALS.join(', ')}`);
    }
  }
  const ports = Object.entries(options.ports ?? {}).map(([name, file]) => {
    return { name, path: resolve(file) };
  });
  return { peripherals, ports };
}

function hartOptions(options: MachineOptions) {
  const harts = options.harts ?? 1;
  if (!Number.isInteger(harts) || harts < 1 || harts > MAX_HARTS) {
    throw new OptionError(`harts: ${harts} is not possible; 1 to ${MAX_HARTS}`);
  }
  const mmu = options.mmu ?? 'sv39';
  const pageTableLevels = LEVELS[mmu];
  if (pageTableLevels === undefined) {
    throw new OptionError(`mmu: there is no '${mmu}'; write sv39, sv48 or sv57`);
  }
  return { harts, pageTableLevels, isa: options.isa, hasAclint: options.aclint ?? false };
}

/** Throws OptionError with one line that says what to do. */
export function resolveMachineOptions(options: MachineOptions): ResolvedMachineOptions {
  checkOptions('openMachine', options, SHAPE);
  const volumes: VolumeLike[] = [];
  if (options.capture !== undefined && options.net === undefined) {
    throw new OptionError('capture: there is no network; name a hub with net');
  }
  const machine = {
    kind: 'foreign' as const,
    memoryBytes: parseMemory(options.memory ?? '256M'),
    ...hartOptions(options),
    ...imageOptions(options),
    disks: (options.disks ?? []).map(diskOption),
    shares: shareOptions(options.mounts, volumes),
    ...deviceOptions(options),
    isTranslating: options.translate ?? true,
    cache: translationCache(options.cache),
    restoreFile: restoreFile(options),
    ...repetitionOptions(options),
    trace: [...(options.trace ?? [])],
    traceFile: options.traceFile === undefined ? undefined : resolve(options.traceFile),
    isDebugged: options.gdb !== undefined,
    canReboot: options.reboot ?? true,
    hasBanner: options.banner ?? true,
    interpreterFile: bundleFile('interpreter.wasm'),
    vectorFile: bundleFile('vector.wasm'),
    translatorFile: bundleFile('translator-thread.js'),
    hartFile: bundleFile('hart-thread.js'),
  };
  // Last: nothing may throw once a place on the hub is taken.
  const socket = options.net?.connect(options.capture && resolve(options.capture));
  return { machine: { ...machine, network: socket?.option }, volumes, socket };
}
