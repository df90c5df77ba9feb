/** A scripted Platform: no processor. Tests say which traps come, and what the "user program" did to its registers before. */
import {
  CONTEXT,
  type Platform,
  type PlatformMemory,
  type Trap,
} from '../../src/platform/platform.ts';

const BASE = 0x8000_0000;
export const CAUSE_ECALL = 8;
export const CAUSE_TIMER = 5;

/** One step of the script: what user code does on a hart, and the trap that it ends with. */
export type Step = (platform: FakePlatform) => Partial<Trap>;

function fakeMemory(size: number): PlatformMemory {
  const buffer = new ArrayBuffer(size);
  const u8 = new Uint8Array(buffer);
  return {
    base: BASE,
    size,
    u8,
    u16: new Uint16Array(buffer),
    u32: new Uint32Array(buffer),
    i32: new Int32Array(buffer),
    copy: (to, from, length) => u8.copyWithin(to - BASE, from - BASE, from - BASE + length),
    fill: (at, value, length) => u8.fill(value, at - BASE, at - BASE + length),
  };
}

/** Header of a device tree with an empty root node: Devicetree Specification 0.4, chapter 5. */
function emptyDeviceTree(): Uint8Array {
  const words = [0xd00dfeed, 88, 56, 72, 40, 17, 16, 0, 0, 16, 0, 0, 0, 0, 1, 0, 2, 9, 0, 0, 0, 0];
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    view.setUint32(4 * i, word);
  });
  return bytes;
}

export class FakePlatform implements Platform {
  readonly harts: number;
  readonly firmware = {
    name: 'fake',
    specificationVersion: 0x0200_0000,
    implementationId: 0,
    implementationVersion: 1,
  };
  readonly memory: PlatformMemory;
  readonly deviceTree = emptyDeviceTree();
  readonly timebaseHz = 1e9;
  readonly script: Step[] = [];
  /** Nanoseconds; steps and tests move it. */
  now = 0;
  readonly timers: number[];
  readonly roots: number[] = [];
  readonly flushed: (number | undefined)[] = [];
  readonly invalidated: number[] = [];
  /** Harts that were sent an interprocessor interrupt, in order. */
  readonly ipis: number[] = [];
  private readonly contexts: Uint32Array[];

  constructor(megabytes = 8, harts = 1) {
    this.memory = fakeMemory(megabytes * 1024 * 1024);
    this.harts = harts;
    this.timers = new Array<number>(harts).fill(Number.POSITIVE_INFINITY);
    this.contexts = Array.from({ length: harts }, () => new Uint32Array(CONTEXT.WORDS));
  }

  // It has no instructions.
  readonly branches = { count: () => undefined, passed: () => 0, missed: () => 0 };

  registers(hart: number): Uint32Array {
    return this.contexts[hart] as Uint32Array;
  }
  setAddressSpace(hart: number, root: number): void {
    this.roots[hart] = root;
  }
  flushTlb(_asid: number, address?: number): void {
    this.flushed.push(address);
  }
  protectTlb(): void {
    this.flushed.push(undefined);
  }
  invalidateCode(frame: number): void {
    this.invalidated.push(frame);
  }
  fenceI(): void {
    this.invalidated.push(-1);
  }
  sendIpi(hart: number): void {
    this.ipis.push(hart);
  }
  resume(): void {
    this.now += 1;
  }
  idle(): void {
    this.now += 1;
  }
  nextEvent(): Trap {
    const step = this.script.shift();
    if (step) return { hart: 0, isInterrupt: false, cause: CAUSE_ECALL, tval: 0, ...step(this) };
    const due = Math.min(...this.timers);
    if (due === Number.POSITIVE_INFINITY) throw new Error('the script is over and no timer is set');
    this.now = Math.max(this.now, due);
    return { hart: this.timers.indexOf(due), isInterrupt: true, cause: CAUSE_TIMER, tval: 0 };
  }
  time(): number {
    return this.now;
  }
  setTimer(hart: number, ticks: number): void {
    this.timers[hart] = ticks;
  }
  instret(): number {
    return this.now;
  }
  charge(ns: number): void {
    this.now += ns;
  }
  readMmio(): number {
    return 0;
  }
  writeMmio(): void {
    throw new Error('the fake platform has no devices');
  }
  statistics(): Record<string, number> {
    return {};
  }
  powerOff(): void {
    this.script.length = 0;
  }
}
