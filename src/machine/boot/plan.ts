/** Where firmware, kernel and initial RAM disk lie in RAM, and where the harts start. */
import { isElf, type Program, parseElf, type Segment } from './elf.ts';
import { ImageError } from './image-error.ts';
import { linuxImage } from './linux-image.ts';

/** A file that was read and expanded; `name` is for messages. */
export interface BootFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface BootOptions {
  /** A program for M-mode; builtin, none, or automatic: none where the kernel lies in firmware's place. */
  readonly firmware: BootFile | 'builtin' | 'none' | 'automatic';
  readonly kernel?: BootFile;
  readonly initrd?: BootFile;
  readonly ramBase: number;
  readonly ramBytes: number;
}

export interface BootPlan {
  readonly segments: readonly Segment[];
  /** First instruction of the harts: of M-mode, or of the kernel under the built-in firmware. */
  readonly entry: number;
  readonly isBuiltIn: boolean;
  /** Entry of the kernel: for firmware that is told. The place where kernels begin when there is none. */
  readonly kernelEntry: number;
  readonly initrd?: { readonly start: number; readonly end: number };
  /** Physical address of the page for OpenSBI's fw_dynamic_info. */
  readonly dynamicInfo: number;
}

const MIB = 1024 * 1024;
const PAGE_BYTES = 4096;
/** Firmware lies in the first 2 MiB of RAM; Linux wants its own address to be a multiple of that. */
const FIRMWARE_BYTES = 2 * MIB;
/** At the end of RAM, for the device tree and fw_dynamic_info. */
const TABLES_BYTES = MIB;

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** A file without addresses of its own: whole, at `address`. */
function flat(bytes: Uint8Array, address: number, memoryBytes = bytes.length): Program {
  return { entry: address, segments: [{ address, bytes, memoryBytes }] };
}

/** An ELF program, moved to `base` if it goes anywhere and was linked for an address below RAM, as OpenSBI 1.6 is for 0. */
function elfProgram({ name, bytes }: BootFile, ramBase: number, base: number): Program {
  const program = parseElf(bytes, name);
  const lowest = program.segments[0]?.address ?? 0;
  if (program.isRelocatable !== true || lowest >= ramBase) return program;
  const distance = base - Math.floor(lowest / PAGE_BYTES) * PAGE_BYTES;
  return {
    entry: program.entry + distance,
    segments: program.segments.map((it) => ({ ...it, address: it.address + distance })),
  };
}

function firmwareProgram(file: BootFile, ramBase: number): Program {
  return isElf(file.bytes) ? elfProgram(file, ramBase, ramBase) : flat(file.bytes, ramBase);
}

/** `isBare`: nothing lies below it. */
function kernelProgram(file: BootFile, ramBase: number, isBare: boolean): Program {
  const { bytes } = file;
  if (isElf(bytes)) return elfProgram(file, ramBase, isBare ? ramBase : ramBase + FIRMWARE_BYTES);
  const image = linuxImage(bytes);
  if (image) return flat(bytes, ramBase + image.textOffset, image.memoryBytes);
  return flat(bytes, isBare ? ramBase : ramBase + FIRMWARE_BYTES);
}

/** A kernel whose segments begin in firmware's place was made to run without any. */
function takesFirmwarePlace(kernel: BootFile, ramBase: number): boolean {
  const [first] = kernelProgram(kernel, ramBase, false).segments;
  return first !== undefined && first.address < ramBase + FIRMWARE_BYTES;
}

interface Placed extends Segment {
  readonly what: string;
}

function checkPlaces(placed: readonly Placed[], options: BootOptions): void {
  const { ramBase, ramBytes } = options;
  const end = ramBase + ramBytes - TABLES_BYTES;
  for (const { what, address, memoryBytes } of placed) {
    const range = `${what} takes ${hex(address)} to ${hex(address + memoryBytes)}`;
    if (address < ramBase) {
      throw new ImageError(`${range}, but RAM begins at ${hex(ramBase)}: link it for there`);
    }
    if (address + memoryBytes > end) {
      throw new ImageError(
        `${range}, but RAM for programs ends at ${hex(end)}: give the machine more with --memory`,
      );
    }
  }
  const sorted = placed.toSorted((a, b) => a.address - b.address);
  for (const [index, next] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before && before.address + before.memoryBytes > next.address) {
      throw new ImageError(`${before.what} and ${next.what} overlap at ${hex(next.address)}`);
    }
  }
}

/** As high as it can be: kernels may use RAM after their own end before they look at the device tree. */
function placeInitrd(initrd: BootFile, options: BootOptions): Placed {
  const end = options.ramBase + options.ramBytes - TABLES_BYTES;
  const { bytes, name } = initrd;
  const address = Math.floor((end - bytes.length) / PAGE_BYTES) * PAGE_BYTES;
  if (address < options.ramBase) {
    throw new ImageError(`${name} does not fit into RAM: give the machine more with --memory`);
  }
  return { address, bytes, memoryBytes: bytes.length, what: name };
}

function chosenFirmware({ firmware, kernel, ramBase }: BootOptions): BootFile | 'builtin' | 'none' {
  if (firmware !== 'automatic') return firmware;
  return kernel && takesFirmwarePlace(kernel, ramBase) ? 'none' : 'builtin';
}

/** Throws ImageError. */
export function planBoot(options: BootOptions): BootPlan {
  const { ramBase, ramBytes, kernel } = options;
  const firmware = chosenFirmware(options);
  const placed: Placed[] = [];
  const place = (program: Program, what: string): Program => {
    placed.push(...program.segments.map((segment) => ({ ...segment, what })));
    return program;
  };
  const machineProgram =
    typeof firmware === 'object'
      ? place(firmwareProgram(firmware, ramBase), firmware.name)
      : undefined;
  const kernelStart = kernel
    ? place(kernelProgram(kernel, ramBase, firmware === 'none'), kernel.name).entry
    : undefined;
  const initrd = options.initrd && placeInitrd(options.initrd, options);
  if (initrd) placed.push(initrd);
  checkPlaces(placed, options);
  const entry = machineProgram?.entry ?? kernelStart;
  if (entry === undefined) {
    throw new ImageError(
      'nothing to boot: name a kernel with --kernel or a program with --firmware',
    );
  }
  return {
    segments: placed,
    entry,
    isBuiltIn: firmware === 'builtin',
    kernelEntry: kernelStart ?? ramBase + FIRMWARE_BYTES,
    ...(initrd
      ? { initrd: { start: initrd.address, end: initrd.address + initrd.memoryBytes } }
      : {}),
    dynamicInfo: ramBase + ramBytes - TABLES_BYTES,
  };
}
