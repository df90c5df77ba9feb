/** The machine as the options ask for it: its disks, console, random source and mounted volumes, then the platform on it. */

import { readFileSync } from 'node:fs';
import { EXT2_MAGIC, SUPERBLOCK_OFFSET, SuperblockLayout } from '../fs/ext4/superblock.ts';
import { DEFAULT_ISA, type Isa, IsaError, parseIsa } from '../isa/extensions.ts';
import { createEngine, type Translation } from '../jit/engine.ts';
import type { FaultPlan } from '../kernel/faults/fault-plan.ts';
import { FileDisk } from '../machine/host/file-disk.ts';
import { Machine } from '../machine/machine.ts';
import type { CountedMemory } from '../machine/memory.ts';
import { Virtio9p } from '../machine/virtio/9p.ts';
import { VirtioBlock } from '../machine/virtio/block.ts';
import type { BlockBackend } from '../machine/virtio/block-backend.ts';
import { VirtioConsole } from '../machine/virtio/console.ts';
import type { VirtioModel } from '../machine/virtio/mmio.ts';
import { OverlayDisk } from '../machine/virtio/overlay.ts';
import { VirtioRng } from '../machine/virtio/rng.ts';
import type { Riscv64Platform } from '../platform/riscv64.ts';
import { createPlatform } from '../platform/threaded.ts';
import type { MachineOptions } from '../protocol.ts';
import { ConsoleCredit, ConsoleStream } from './console-stream.ts';
import { diskSerial, openDisk } from './disk.ts';
import { createEntropy } from './entropy.ts';
import { FaultyDisk } from './faulty-disk.ts';
import { HartWorkers } from './hart-workers.ts';
import type { HostPort } from './host-port.ts';
import { processorMs } from './processor-time.ts';
import type { Repetition } from './repeat/repetition.ts';
import type { ScheduleExplorer } from './schedule-explorer.ts';
import { codeBudget, createTranslator } from './translator-client.ts';
import type { Turns } from './turns.ts';
import { vectorModuleFor } from './vector-module.ts';
import { createVolumeServer } from './volumes.ts';

/** The channel of --trace that every instruction is a line of. */
export const EXEC_CHANNEL = 'exec';

export interface Board {
  readonly machine: Machine;
  readonly platform: Riscv64Platform;
  readonly console: VirtioConsole;
  readonly typed: ConsoleStream;
  readonly credit: ConsoleCredit;
  /** Translations keep the bytes of their modules from now on. */
  keepCode(): void;
  /** Ends all threads of the machine. */
  close(): void;
}

/** What the machine asks of its host between slices. */
export interface BoardHost {
  readonly repetition: Repetition;
  /** Passes on what programs wrote; true if the guest may have something to do. */
  readonly pump: () => boolean;
  readonly faults: FaultPlan | undefined;
  /** Of a schedule that is looked for; it is made after the machine. */
  readonly explorer: () => ScheduleExplorer | undefined;
  /** A disk has lost its power, and the machine with it. */
  readonly powerLost: () => void;
  /** Of a machine that shares its thread. */
  readonly turns: Turns | undefined;
  /** Of the machine's memory by V8. */
  readonly counted: CountedMemory;
}

/** 2026-01-01T00:00:00Z: the wall clock at reset of deterministic machines. */
const DETERMINISTIC_EPOCH_NS = 1_767_225_600e9;

/** The root image under a layer of its own; as large as its superblock says, for the shipped one has lost the zeros at its end. */
function rootDisk(path: string): OverlayDisk {
  const image = new FileDisk(path, true);
  const start = new Uint8Array(SUPERBLOCK_OFFSET + SuperblockLayout.size);
  image.read(0, start);
  const { s_magic, s_blocks_count, s_log_block_size } = SuperblockLayout.decode(
    start,
    SUPERBLOCK_OFFSET,
  );
  const bytes = s_magic === EXT2_MAGIC ? s_blocks_count * 1024 * 2 ** s_log_block_size : 0;
  return new OverlayDisk(image, Math.max(image.sizeBytes, bytes));
}

/** The tools' disk comes behind the root and the user's. */
export function toolsDisk({ toolsImage, disks }: MachineOptions): string | undefined {
  const letter = String.fromCharCode('b'.charCodeAt(0) + disks.length);
  return toolsImage === undefined ? undefined : `/dev/vd${letter}`;
}

/** Mount tag of the n-th mount, which the kernel is told on its command line. */
export function mountTag(index: number): string {
  return `mount${index}`;
}

/** Disks fail as the rules say: those of the user, or the root where there are none. */
function diskMaker(
  { disks }: MachineOptions,
  { faults, powerLost }: BoardHost,
): (backend: BlockBackend, index: number) => BlockBackend {
  if (!faults?.rules.some(({ calls }) => calls.size === 0)) return (backend) => backend;
  return (backend, index) => {
    if (index === 0 && disks.length > 0) return backend;
    const name = `/dev/vd${String.fromCharCode('a'.charCodeAt(0) + index)}`;
    return new FaultyDisk(backend, { name, plan: faults, onCut: powerLost });
  };
}

/** Throws IsaError: the programs of the root image are made for rv64gc. */
function isaOf({ isa: text }: MachineOptions): Isa {
  if (text === undefined) return DEFAULT_ISA;
  const isa = parseIsa(text);
  for (const extension of ['m', 'a', 'd', 'c'] as const) {
    if (isa.has(extension)) continue;
    throw new IsaError(`isa: '${text}' leaves out '${extension}', which Hartix's programs need`);
  }
  return isa;
}

/** Throws IsaError, and node's errors for files that cannot be opened. */
export function createBoard(
  options: MachineOptions,
  port: HostPort,
  bootArguments: string,
  host: BoardHost,
): Board {
  const credit = new ConsoleCredit(options.hasConsole);
  const typed = new ConsoleStream(port, credit);
  const serial = new ConsoleStream(port, credit);
  const console = new VirtioConsole(typed, typed);
  console.resize(options.windowSize.columns, options.windowSize.rows);
  const isDeterministic = options.deterministicSeed !== undefined;
  let clocked: Machine | undefined;
  const clock = () => clocked?.clock;
  const { repetition } = host;
  const disk = diskMaker(options, host);
  const { diskBytes: bytes, inodes } = options.limits;
  const virtio: VirtioModel[] = [
    new VirtioBlock(disk(rootDisk(options.rootImage), 0), 'hartix-root'),
    console,
    new VirtioRng(createEntropy(options.deterministicSeed)),
    ...options.disks.map((settings, index) => {
      const backend = disk(openDisk(settings, clock), index + 1);
      return new VirtioBlock(backend, diskSerial(settings, `disk${index}`));
    }),
    ...(options.toolsImage === undefined
      ? []
      : [new VirtioBlock(rootDisk(options.toolsImage), 'hartix-tools')]),
    ...options.mounts.map((mount, index) => {
      const tag = mountTag(index);
      const open = () => createVolumeServer(mount, options.volumeChannel, port, { bytes, inodes });
      return new Virtio9p(tag, repetition.share(tag, open));
    }),
  ];
  const interpreter = new WebAssembly.Module(readFileSync(options.interpreterFile));
  const isa = isaOf(options);
  const translator = createTranslator(options, isa, port.doorbell);
  const translation: Translation = translator
    ? { mode: 'background', port: translator }
    : { mode: 'interpret' };
  // Harts then take turns in this thread, and a single step ends with the trap that it takes.
  const isWatched = options.isDebugged || options.trace.includes(EXEC_CHANNEL);
  const vector = vectorModuleFor(isa, options.vectorFile);
  const budget = codeBudget(options);
  const workers = new HartWorkers({
    vector,
    file: options.hartFile,
    interpreter,
    hasFirmware: false,
    translator,
    ...budget,
  });
  const machine = new Machine({
    ramBytes: options.memoryBytes,
    counted: host.counted,
    harts: options.harts,
    isa,
    isDeterministic,
    wallClockNs: isDeterministic
      ? () => options.epochNs ?? DETERMINISTIC_EPOCH_NS
      : () => Date.now() * 1e6,
    uartSource: serial,
    uartSink: serial,
    virtio,
    bootArguments,
    createEngine: (memory, calls, isa, share) =>
      createEngine({
        memory,
        calls,
        isa,
        interpreter,
        translation,
        ...share,
        ...vector,
        ...budget,
        ...(options.isMeasured && { now: processorMs }),
        // A schedule chooses its instructions itself.
        ...(options.schedule && { spread: 0 }),
      }),
    ...(isWatched && { observers: () => [{ trapped: () => 'stop' as const }] }),
    ...(!isWatched &&
      !options.isProfiled && { threads: { ...workers.threads(port.doorbell), isUserOnly: true } }),
  });
  clocked = machine;
  const { pump, turns } = host;
  const { gate } = repetition;
  const passIdle = gate.passIdle?.bind(gate);
  const platform = createPlatform({
    machine,
    doorbell: port.doorbell,
    sharesThread: turns !== undefined,
    pollHost: () =>
      host.explorer()?.takePoint() || gate.isRung() || pump() || (turns?.isOver() ?? false),
    ...(passIdle && {
      passIdle: (deadline: number, rings: number) => {
        const explorer = host.explorer();
        explorer?.idles(deadline);
        return explorer?.isStuck ? 0 : passIdle(deadline, rings);
      },
    }),
  });
  const close = (): void => {
    machine.close();
    workers.close();
    // The end of a thread of its own closes its files.
    if (turns) for (const device of virtio) device.close?.();
  };
  const keepCode = (): void => translator?.keepWasm();
  return { machine, platform, console, typed, credit, keepCode, close };
}
