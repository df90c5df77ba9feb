/** Snapshots of Hartix: the machine, the kernel's objects on it, and what the host holds of its programs. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { SI_KERNEL, SIGPWR } from '../abi/signal.ts';
import { restoreState, saveState } from '../kernel/arch/saved-state.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Random } from '../kernel/random.ts';
import { sendToProcess } from '../kernel/signal.ts';
import { releaseHeldCalls } from '../kernel/syscall-hook.ts';
import type { SavedGraph } from '../lib/graph/types.ts';
import { decodeFile, readSnapshot } from '../machine/host/snapshot-file.ts';
import { type SnapshotContent, SnapshotError } from '../machine/snapshot/file.ts';
import {
  extraOf,
  type RestoredMemory,
  restoreMachine,
  saveHardware,
  saveMachine,
} from '../machine/snapshot/machine-state.ts';
import { savePages, sharePages } from '../machine/snapshot/pages.ts';
import type { StateValue } from '../machine/state.ts';
import { StateFields } from '../machine/state-fields.ts';
import type { DiskOption, MachineOptions, MountOption, SnapshotSource } from '../protocol.ts';
import type { Board } from './board.ts';
import type { PartsSender } from './direct-parts.ts';
import { createEntropy } from './entropy.ts';
import { FileRequests } from './file-requests.ts';
import type { CommandState } from './host-commands.ts';
import type { HostPort } from './host-port.ts';
import { plugAgain, readContents, type SlotContent, saveContents } from './plugged-devices.ts';
import type { ProgramState } from './program.ts';
import type { GateState } from './repeat/request-gate.ts';
import { describeRoot } from './root-identity.ts';
import { stateBuild } from './state-build.ts';

const NO_SEED = -1;
const KIND = 'hartix';
const MAX_HARTS = 8;
const SEED_BYTES = 32;
/** userland/sh/shell.h. */
const RESUMED_ENVIRONMENT = '/run/environment';
const BOOT_ID_BYTES = 16;
const GRAPH_PARTS = ['index', 'objects', 'tags', 'ints', 'doubles', 'bytes'] as const;

/** What the kernel's state and the host's share of it lead to. */
export interface SystemState {
  readonly kernel: Kernel;
  readonly programs: readonly ProgramState[];
  readonly commands: CommandState;
  /** Of a run that repeats: its trace so far, and where it takes requests. */
  readonly hash: string | undefined;
  readonly gate: GateState | undefined;
}

/** What a snapshot says about the machine that it is of. */
export interface RestoredSystem {
  /** The given options, with the machine's own properties as they were. */
  readonly options: MachineOptions;
  /**
   * Put the state into the board that was made with these options: that is new, or has its harts, devices and RAM already. Throws an Error that
   * says what does not fit.
   */
  into(board: Board, port: HostPort, isFilled: boolean): SystemState;
  /** What is in its slots, if that is not as it was at power-on. */
  readonly devices: readonly SlotContent[];
  /** What its console printed last; nothing for a twin, whose screen is elsewhere. */
  readonly screen: Uint8Array;
  /**
   * Run through the code of into(), for its first runs are much slower than the others. What comes of it is no machine yet: RAM is as it
   * was.
   */
  rehearse(board: Board): void;
}

interface SaveOptions {
  readonly isForTwin: boolean;
  /** To the twin's thread. */
  readonly sender?: PartsSender | undefined;
  /** Of a board that is not as it was at power-on. */
  readonly devices: readonly SlotContent[];
  /** What the console printed last. */
  readonly screen?: Uint8Array;
}

/** Between events. Throws GraphError for a kernel that has something that cannot be saved. */
export function saveSystem(
  { machine, platform }: Board,
  options: MachineOptions,
  state: SystemState,
  { isForTwin, sender, devices, screen }: SaveOptions = { isForTwin: false, devices: [] },
): SnapshotContent {
  const { frames } = state.kernel;
  machine.pause();
  try {
    const used = frames.inUse();
    const described = { kind: KIND, build: stateBuild(), ...describe(options, isForTwin) };
    if (devices.length === 0) sender?.offer(machine.memory, used, described, saveHardware(machine));
    const graph = saveState(state, platform, isForTwin);
    const extra = {
      ...described,
      graph: { ...graph },
      platform: platform.save(),
      plugged: saveContents(devices),
      screen: screen && !isForTwin ? screen : new Uint8Array(),
    };
    if (sender?.areCopied()) return { state: { extra }, blocks: [] };
    const pages = (isForTwin ? sharePages : savePages)(machine.memory, used);
    return saveMachine(machine, extra, pages);
  } finally {
    machine.resume();
  }
}

/** A twin has its parent's root image. */
function describe(options: MachineOptions, isForTwin: boolean): Record<string, StateValue> {
  const { memoryBytes, harts, isa, deterministicSeed, epochNs, commandLine, hasConsole } = options;
  return {
    memoryBytes,
    harts,
    isa: isa ?? '',
    seed: deterministicSeed ?? NO_SEED,
    epochNs: epochNs ?? NO_SEED,
    commandLine,
    hasConsole,
    root: isForTwin ? '' : describeRoot(options.rootImage),
    tools: isForTwin || options.toolsImage === undefined ? '' : describeRoot(options.toolsImage),
    mounts: options.mounts.map(({ guestPath, isReadOnly }) => ({ guestPath, isReadOnly })),
    disks: options.disks.map(describeDisk),
    environment: { ...options.environment },
  };
}

function describeDisk({ path, isReadOnly, isCopied, model }: DiskOption): StateValue {
  const { size, mtimeMs } = statSync(path);
  const name = basename(path);
  return { name, sizeBytes: size, mtimeMs, isReadOnly, isCopied, model: model ?? '' };
}

/** Of a file that a waiting thread has read already. */
let expected: { path: string; content: SnapshotContent } | undefined;

/** Read the shipped one before somebody asks for a system that goes on from it. What is wrong with it is told then. */
export function expectSnapshot(path: string): void {
  try {
    expected = { path, content: readSnapshot(path, true) };
    stateBuild();
  } catch {
    expected = undefined;
  }
}

function contentOfFile(path: string, isShipped: boolean): SnapshotContent {
  const known = expected;
  expected = undefined;
  return known?.path === path ? known.content : readSnapshot(path, isShipped);
}

function contentOf(source: SnapshotSource): SnapshotContent {
  switch (source.kind) {
    case 'file':
      return contentOfFile(source.path, source.isShipped);
    case 'bytes':
      return decodeFile(source.bytes);
    case 'twin':
      return source.parts;
    case 'direct':
      throw new Error('parts that come from another thread are waited for there');
  }
}

/** Throws SnapshotError, or an Error for a snapshot with wrong fields. */
export function readSystem(source: SnapshotSource, given: MachineOptions): RestoredSystem {
  const content = contentOf(source);
  const fields = new StateFields('snapshot', extraOf(content));
  if (given.recordFile !== undefined || given.replayFile !== undefined)
    throw new SnapshotError('a recording begins with a boot: leave out the snapshot');
  checkKind(extraOf(content), fields);
  if (source.kind !== 'twin') checkRoot(fields, given);
  checkDisks(fields.records('disks'), given.disks);
  const options = optionsAsSaved(fields, given);
  const devices = readContents(fields.records('plugged'), source.kind === 'twin');
  return {
    options,
    devices,
    screen: fields.bytes('screen'),
    into: (board, port, isFilled) => {
      const { deterministicSeed } = options;
      const { clock, hotPlug } = board.machine;
      plugAgain(hotPlug, devices, { clock, port, deterministicSeed });
      const isShipped = source.kind === 'file' && source.isShipped;
      const { environment } = options;
      const saved: Saved = { content, fields, isShipped, environment };
      return restoreInto(board, saved, isFilled ? undefined : 'fresh');
    },
    rehearse: (board) => {
      putInto(board, content, fields, 'untouched');
      newRandom();
    },
  };
}

/** The given options, with the machine's own properties as the snapshot has them. Throws SnapshotError. */
export function optionsAsSaved(fields: StateFields, given: MachineOptions): MachineOptions {
  const seed = fields.number('seed');
  const epochNs = fields.number('epochNs');
  const isa = fields.string('isa');
  return {
    ...given,
    restore: undefined,
    memoryBytes: fields.number('memoryBytes'),
    harts: fields.index('harts', MAX_HARTS),
    isa: isa === '' ? undefined : isa,
    deterministicSeed: seed === NO_SEED ? undefined : seed,
    epochNs: epochNs === NO_SEED ? undefined : epochNs,
    commandLine: fields.string('commandLine'),
    hasConsole: fields.boolean('hasConsole'),
    mounts: boundMounts(fields.records('mounts'), given.mounts),
    environment: { ...environmentOf(fields), ...given.environment },
  };
}

function checkKind(extra: StateValue, fields: StateFields): void {
  const isOurs = typeof extra === 'object' && 'kind' in extra;
  if (!isOurs || fields.string('kind') !== KIND)
    throw new SnapshotError(
      'the snapshot is of a machine with another kernel: restore it with hartix machine --restore',
    );
  if (fields.string('build') !== stateBuild())
    throw new SnapshotError(
      'the snapshot was made by another version of Hartix, whose kernel has other objects: make it anew',
    );
}

/** Throws SnapshotError. */
function checkRoot(fields: StateFields, { rootImage, toolsImage }: MachineOptions): void {
  if (describeRoot(rootImage) !== fields.string('root'))
    throw new SnapshotError(
      'the snapshot was made with another root image: name the same one with rootfs',
    );
  const hasTools = fields.string('tools') !== '';
  if (hasTools !== (toolsImage !== undefined))
    throw new SnapshotError('the snapshot was made with another root: name the same with rootfs');
}

function environmentOf(fields: StateFields): Record<string, string> {
  const saved = fields.value('environment');
  const names = typeof saved === 'object' ? Object.keys(saved) : [];
  const environment = new StateFields('environment', saved);
  return Object.fromEntries(names.map((name) => [name, environment.string(name)]));
}

/** The folders and volumes of the host are named anew, by the same guest paths; without one its files give EIO. */
function boundMounts(saved: readonly StateFields[], given: readonly MountOption[]): MountOption[] {
  const paths = saved.map((mount) => mount.string('guestPath'));
  const unknown = given.find(({ guestPath }) => !paths.includes(guestPath));
  if (unknown)
    throw new SnapshotError(
      `mount: the snapshot has no mount on '${unknown.guestPath}'; it has ${paths.join(', ') || 'none'}`,
    );
  return saved.map((mount, index) => {
    const guestPath = paths[index] as string;
    const found = given.find((candidate) => candidate.guestPath === guestPath);
    return found ?? { guestPath, isReadOnly: mount.boolean('isReadOnly'), isAbsent: true };
  });
}

/** Disks of the host are named anew, too: no snapshot opens what its user did not hand in. */
function checkDisks(saved: readonly StateFields[], given: readonly DiskOption[]): void {
  const names = saved.map((disk) => disk.string('name'));
  if (names.length !== given.length)
    throw new SnapshotError(
      `the snapshot's machine had ${names.length} disks (${names.join(', ')}), not ${given.length}: name each`,
    );
  for (const [index, disk] of saved.entries()) {
    const option = given[index] as DiskOption;
    const { size, mtimeMs } = statSync(option.path);
    const isSame =
      size === disk.number('sizeBytes') &&
      mtimeMs === disk.number('mtimeMs') &&
      option.isCopied === disk.boolean('isCopied') &&
      (option.model ?? '') === disk.string('model');
    if (!isSame)
      throw new SnapshotError(
        `disk '${option.path}' is not as '${names[index]}' was when the snapshot was made ` +
          '(a copy for it is made with cp -p; :cow keeps what is written in the snapshot)',
      );
  }
}

function graphOf(fields: StateFields): SavedGraph {
  const parts = new StateFields('graph', fields.value('graph'));
  return Object.fromEntries(
    GRAPH_PARTS.map((part) => [part, parts.bytesThere(part)]),
  ) as unknown as SavedGraph;
}

/** `ram`: undefined where all of the machine is there. */
function putInto(
  { machine, platform }: Board,
  content: SnapshotContent,
  fields: StateFields,
  ram: RestoredMemory | undefined,
): SystemState {
  if (ram) restoreMachine(machine, content, ram);
  platform.restore(fields.value('platform'));
  return restoreState(graphOf(fields), platform) as SystemState;
}

interface Saved {
  readonly content: SnapshotContent;
  readonly fields: StateFields;
  readonly isShipped: boolean;
  /** Of the session. */
  readonly environment: Readonly<Record<string, string>>;
}

function restoreInto(
  board: Board,
  { content, fields, isShipped, environment }: Saved,
  ram: RestoredMemory | undefined,
): SystemState {
  const state = putInto(board, content, fields, ram);
  const { machine } = board;
  machine.resume();
  if (!machine.clock.isVirtual) moveOn(state.kernel);
  if (isShipped) begin(state.kernel, environment);
  releaseHeldCalls(state.kernel);
  return state;
}

/** Time has passed outside, and what was random has become known to whoever has the snapshot. */
function moveOn(kernel: Kernel): void {
  const { rtc } = kernel.hardware;
  if (rtc) kernel.setRealtime(rtc.now());
  kernel.generator = newRandom();
}

/**
 * A system that everybody begins with: this one is nobody else's, and its session begins now, in its own environment, which userland/init tells the
 * shell to take.
 */
function begin(kernel: Kernel, environment: Readonly<Record<string, string>>): void {
  kernel.bootId = kernel.random(BOOT_ID_BYTES);
  const now = new Date(kernel.clock.realtime().seconds * 1000).toISOString();
  kernel.printk(`snapshot: booted when it was built, goes on at ${now}`);
  const { init } = kernel;
  if (!init) return;
  const text = Object.entries(environment).map(([name, value]) => `${name}=${value}\0`);
  new FileRequests(init).perform({
    name: 'writeFile',
    path: RESUMED_ENVIRONMENT,
    bytes: new TextEncoder().encode(text.join('')),
    mode: 0o600,
    append: false,
    exclusive: false,
  });
  sendToProcess(init, SIGPWR, { code: SI_KERNEL });
}

function newRandom(): Random {
  const seed = new Uint8Array(SEED_BYTES);
  createEntropy(undefined)(seed);
  return new Random(seed);
}
