/** The machine for a foreign kernel, as the options ask for it: images read and placed, devices, console, engine. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { DEFAULT_ISA, parseIsa } from '../../isa/extensions.ts';
import { SATP_MODE } from '../../isa/sv39.ts';
import { createEngine, type Translation } from '../../jit/engine.ts';
import { ImageError } from '../../machine/boot/image-error.ts';
import { loadBoot } from '../../machine/boot/load.ts';
import { type BootFile, type BootPlan, planBoot } from '../../machine/boot/plan.ts';
import { deviceTable } from '../../machine/devices.ts';
import { banner } from '../../machine/firmware/banner.ts';
import { BuiltInFirmware } from '../../machine/firmware/firmware.ts';
import { RAM_PHYSICAL_BASE } from '../../machine/hart-layout.ts';
import { decompress } from '../../machine/host/decompress.ts';
import { Machine } from '../../machine/machine.ts';
import { VirtioConsole } from '../../machine/virtio/console.ts';
import type { ForeignOptions, ForeignRequest } from '../../protocol.ts';
import { HartWorkers } from '../hart-workers.ts';
import type { HostPort } from '../host-port.ts';
import { createTranslator } from '../translator-client.ts';
import { vectorModuleFor } from '../vector-module.ts';
import { ForeignConsole } from './console.ts';
import { consolePorts, virtioDevices } from './devices.ts';
import { Peripherals } from './peripherals.ts';
import type { Repetition } from './repeat.ts';

export interface ForeignBoard {
  readonly machine: Machine;
  readonly console: ForeignConsole;
  readonly terminal: VirtioConsole;
  readonly peripherals: Peripherals;
  /** The firmware is the machine's own. */
  readonly isBuiltIn: boolean;
  /** Whether there are images to power on with: a restored machine may have none. */
  readonly canPowerOn: boolean;
  /** To the state at power-on, with the images in RAM. */
  powerOn(): void;
  /** Ends all threads of the machine. */
  close(): void;
}

/** 2026-01-01T00:00:00Z: the wall clock at reset of deterministic machines. */
const DETERMINISTIC_EPOCH_NS = 1_767_225_600e9;
const SATP_MODES = { 3: SATP_MODE.SV39, 4: SATP_MODE.SV48, 5: SATP_MODE.SV57 } as const;

/** Throws ImageError for a file that cannot be read. */
function readImage(path: string, limit: number, isExpanded: boolean): BootFile {
  const name = basename(path);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new ImageError(`cannot read '${path}'`, { cause });
  }
  if (bytes.length === 0) throw new ImageError(`${name} is empty`);
  return { name, bytes: isExpanded ? decompress(bytes, name, limit) : bytes };
}

function planOf(options: ForeignOptions): BootPlan {
  const { firmware, kernel, initrd, memoryBytes } = options;
  return planBoot({
    firmware:
      firmware.kind === 'file' ? readImage(firmware.path, memoryBytes, true) : firmware.kind,
    ...(kernel === undefined ? {} : { kernel: readImage(kernel, memoryBytes, true) }),
    // The kernel expands it itself.
    ...(initrd === undefined ? {} : { initrd: readImage(initrd, memoryBytes, false) }),
    ramBase: RAM_PHYSICAL_BASE,
    ramBytes: memoryBytes,
  });
}

/** Throws ImageError, and node's errors for disks and folders that cannot be opened. */
export function createForeignBoard(
  options: ForeignOptions,
  port: HostPort<ForeignRequest>,
  repetition: Repetition,
  /** Of a machine that is restored; then images are needed for a reboot only. */
  restoredFirmware?: boolean,
): ForeignBoard {
  const hasImages = options.kernel !== undefined || options.firmware.kind === 'file';
  const plan = restoredFirmware === undefined || hasImages ? planOf(options) : undefined;
  const isBuiltIn = restoredFirmware ?? plan?.isBuiltIn ?? false;
  const console = new ForeignConsole(
    (event) => port.post(event),
    (source) => repetition.stream('console', source),
  );
  const serial = console.open();
  const port0 = console.open();
  const terminal = new VirtioConsole(port0, port0, consolePorts(options));
  const peripherals = new Peripherals(options.peripherals);
  terminal.resize(options.windowSize.columns, options.windowSize.rows);
  const { hash } = repetition;
  const isDeterministic = options.deterministicSeed !== undefined;
  const interpreter = new WebAssembly.Module(readFileSync(options.interpreterFile));
  const isa = options.isa === undefined ? DEFAULT_ISA : parseIsa(options.isa);
  const translator = createTranslator(options, isa, port.doorbell);
  const translation: Translation = translator
    ? { mode: 'background', port: translator }
    : { mode: 'interpret' };
  const vector = vectorModuleFor(isa, options.vectorFile);
  const workers = new HartWorkers({
    file: options.hartFile,
    interpreter,
    vector,
    hasFirmware: isBuiltIn,
    translator,
  });
  const wallClockNs = isDeterministic ? () => DETERMINISTIC_EPOCH_NS : () => Date.now() * 1e6;
  let clocked: Machine | undefined;
  const virtio = virtioDevices(
    options,
    port,
    terminal,
    wallClockNs,
    repetition,
    peripherals,
    () => clocked?.clock,
  );
  let firmware: BuiltInFirmware | undefined;
  const machine = new Machine({
    ramBytes: options.memoryBytes,
    counted: 'least',
    harts: options.harts,
    isa,
    maxSatpMode: SATP_MODES[options.pageTableLevels],
    tracksCode: true,
    isDeterministic,
    wallClockNs,
    uartSource: serial,
    uartSink: serial,
    virtio,
    variant: { hasAclint: options.hasAclint },
    bootArguments: options.commandLine,
    ...(plan?.initrd ? { initrd: plan.initrd } : {}),
    observers: (board) => {
      if (!isBuiltIn) return [];
      firmware = new BuiltInFirmware(board);
      return [firmware];
    },
    ...(isDeterministic && {
      onTrap: (hart, cause, isInterrupt) => hash.trap(hart, cause, isInterrupt),
    }),
    createEngine: (memory, calls, isa, share) =>
      createEngine({ memory, calls, isa, interpreter, translation, ...share, ...vector }),
    // Under a debugger all harts take turns: then each stop is exact for all of them. Lines of a trace are in order, too.
    ...(options.isDebugged || options.trace.length > 0
      ? {}
      : { threads: workers.threads(port.doorbell) }),
  });
  clocked = machine;
  console.onPrinted = (bytes) => hash.bytes(bytes);
  repetition.attach(machine);
  const rows = deviceTable(virtio, { hasAclint: options.hasAclint });
  const canPowerOn = plan !== undefined;
  return { machine, console, terminal, peripherals, isBuiltIn, canPowerOn, powerOn, close };

  function close(): void {
    machine.close();
    workers.close();
  }

  function powerOn(): void {
    if (!plan) throw new Error('there are no images to power on with');
    repetition.poweringOn();
    machine.reset();
    loadBoot(machine, plan);
    if (!firmware) return;
    if (options.hasBanner) firmware.print(banner(machine, isa, rows, plan));
    firmware.start(machine.harts, plan.entry, machine.deviceTreeAddress);
  }
}
