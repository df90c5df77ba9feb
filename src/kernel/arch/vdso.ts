/** The vDSO: a page with an ELF image that the kernel maps into every process, behind a page of data that it keeps. vdso(7). */
import type { FrameSource } from '../../fs/page-frames.ts';
import { type Clock, NS_PER_SECOND, type Ns } from '../clock.ts';
import { SharedMemory } from '../mm/shared-memory.ts';
import { buildSharedObject, type SharedSymbol } from './vdso-elf.ts';

const PAGE_BYTES = 4096;
/** Of the code in the image: headers and tables come before. */
const CODE = 0x800;

/** Words of the functions of vdso.S, in its order. */
const FUNCTIONS: Readonly<Record<string, readonly number[]>> = {
  clock_gettime: [
    0x00700293, 0x02a2ee63, 0x0f300293, 0x00a2d2b3, 0x0012f293, 0x02028663, 0x02100f13, 0x00af5f33,
    0x001f7f13, 0x41e00f33, 0x018f7f13, 0x0d8002ef, 0x01f5b023, 0x01c5b423, 0x00000513, 0x00008067,
    0x07100893, 0x00000073, 0x00008067,
  ],
  gettimeofday: [
    0x02059463, 0x02050263, 0x01800f13, 0x0ac002ef, 0x3e800e93, 0x03de5e33, 0x01f53023, 0x01c53423,
    0x00000513, 0x00008067, 0x0a900893, 0x00000073, 0x00008067,
  ],
  clock_getres: [
    0x00700293, 0x04a2e463, 0x0f300293, 0x00a2d2b3, 0x0012f293, 0x02028c63, 0x06000293, 0x00a2d2b3,
    0x0012f293, 0x00329293, 0xffffe317, 0x75830313, 0x00530333, 0x05033e03, 0x00058663, 0x0005b023,
    0x01c5b423, 0x00000513, 0x00008067, 0x07200893, 0x00000073, 0x00008067,
  ],
  getcpu: [0x0a800893, 0x00000073, 0x00008067],
  flush_icache: [0x10300893, 0x00000073, 0x00008067],
  hwprobe: [0x10200893, 0x00000073, 0x00008067],
  rt_sigreturn: [0x08b00893, 0x00000073],
  read_clock: [
    0xffffe317, 0x6fc30313, 0x006f0f33, 0x00032383, 0x0013fe13, 0xfe0e1ce3, 0x0220000f, 0x00833e83,
    0x01033f83, 0xc0102e73, 0x03de0e33, 0x41fe0e33, 0x000e5463, 0x00000e13, 0x030f3f83, 0x03cf8fb3,
    0x420fdf93, 0x01fe0e33, 0x028f3f83, 0x01fe0e33, 0x020f3f83, 0x0220000f, 0x00032e83, 0xfa7e98e3,
    0x01833e83, 0x01de6863, 0x41de0e33, 0x001f8f93, 0xff5ff06f, 0x00028067,
  ],
};

/** The helper that has no name outside. */
const INTERNAL = 'read_clock';
const CLOCK_FUNCTIONS: readonly string[] = ['clock_gettime', 'gettimeofday', 'clock_getres'];

/**
 * The data, as vdso.S reads it: all but `seq` are 64-bit. While `seq` is odd, or has changed in between, they are to be read
 * again. The times are those of one moment, at most a second or so ago.
 */
const VVAR = {
  SEQ: 0,
  NS_PER_TICK: 8,
  BASE_NS: 16,
  NS_PER_SECOND: 24,
  /** Of each: seconds, nanoseconds, and how much faster than the ticks it goes, in 2^-32. */
  MONOTONIC: 32,
  REALTIME: 56,
  RESOLUTION: 80,
  COARSE_RESOLUTION: 88,
} as const;

/** How long the data may be left alone: the code counts seconds from there one by one. */
const MAX_AGE_NS = NS_PER_SECOND;
const COARSE_NS = 4_000_000;

/** Offsets of the functions in the image, by name. */
function place(): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  let at = CODE;
  for (const [name, words] of Object.entries(FUNCTIONS)) {
    offsets.set(name, at);
    at += 4 * words.length;
  }
  return offsets;
}

const OFFSETS = place();

/** Offset of the trampoline that signal handlers return to. */
export const VDSO_SIGRETURN = OFFSETS.get('rt_sigreturn') ?? CODE;

/** The words of all functions, as vdso.S assembles from its CODE on. */
export const VDSO_CODE: readonly number[] = Object.values(FUNCTIONS).flat();

export class Vdso {
  /** The page of data, then that of the image. */
  readonly memory: SharedMemory;
  static readonly PAGES = 2;
  /** Address of the image behind that of the data. */
  static readonly IMAGE = PAGE_BYTES;
  private readonly frames: FrameSource;
  private baseNs: Ns = 0;

  /** A tick that is no whole number of nanoseconds leaves the clocks to the system calls. */
  constructor(frames: FrameSource, timebaseHz: number) {
    this.frames = frames;
    this.memory = new SharedMemory(frames);
    this.memory.hold();
    const hasClock = NS_PER_SECOND % timebaseHz === 0;
    const symbols: SharedSymbol[] = [];
    for (const [name, words] of Object.entries(FUNCTIONS)) {
      const isOut = name === INTERNAL || (!hasClock && CLOCK_FUNCTIONS.includes(name));
      const value = OFFSETS.get(name) ?? 0;
      if (!isOut)
        symbols.push({ name: `__vdso_${SHOWN[name] ?? name}`, value, size: 4 * words.length });
    }
    const image = frames.bytes(this.memory.getPage(1));
    image.set(buildSharedObject(symbols, PAGE_BYTES));
    const code = new DataView(image.buffer, image.byteOffset + CODE);
    VDSO_CODE.forEach((word, i) => {
      code.setUint32(4 * i, word, true);
    });
    const { view } = this;
    view.setUint32(VVAR.NS_PER_TICK, Math.floor(NS_PER_SECOND / timebaseHz), true);
    view.setUint32(VVAR.NS_PER_SECOND, NS_PER_SECOND, true);
    view.setUint32(VVAR.RESOLUTION, 1, true);
    view.setUint32(VVAR.COARSE_RESOLUTION, COARSE_NS, true);
  }

  private get view(): DataView {
    const bytes = this.frames.bytes(this.memory.getPage(0));
    return new DataView(bytes.buffer, bytes.byteOffset, PAGE_BYTES);
  }

  /** Called at interrupts, which come every few milliseconds while a hart runs. */
  follow(clock: Clock, nowNs: Ns): void {
    if (nowNs - this.baseNs >= MAX_AGE_NS) this.update(clock, nowNs);
  }

  /** The data of now: also when the wall clock was set. Harts in user mode may be reading. */
  update(clock: Clock, nowNs: Ns): void {
    this.baseNs = Math.floor(nowNs);
    const { view, baseNs } = this;
    const seconds = Math.floor(baseNs / NS_PER_SECOND);
    const wall = clock.realtimeAt(baseNs);
    const seq = new Int32Array(view.buffer, view.byteOffset + VVAR.SEQ, 1);
    const put = (at: number, value: number): void => {
      view.setBigInt64(at, BigInt(value), true);
    };
    Atomics.add(seq, 0, 1);
    put(VVAR.BASE_NS, baseNs);
    put(VVAR.MONOTONIC, seconds);
    put(VVAR.MONOTONIC + 8, baseNs - seconds * NS_PER_SECOND);
    put(VVAR.REALTIME, wall.seconds);
    put(VVAR.REALTIME + 8, wall.nanoseconds);
    put(VVAR.REALTIME + 16, clock.rate);
    Atomics.add(seq, 0, 1);
  }
}

/** Where the name outside is another. */
const SHOWN: Readonly<Record<string, string>> = { hwprobe: 'riscv_hwprobe' };
