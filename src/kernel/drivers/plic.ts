/** Platform-level interrupt controller: RISC-V PLIC specification 1.0.0, one supervisor context per hart. */
import type { Platform } from '../../platform/platform.ts';
import type { DeviceNode } from './device-tree.ts';

const PRIORITY = 0x0;
const PENDING = 0x1000;
const ENABLE = 0x2000;
const ENABLE_STRIDE = 0x80;
const CONTEXT_BASE = 0x20_0000;
const CONTEXT_STRIDE = 0x1000;
const THRESHOLD = 0;
const CLAIM = 4;
/** scause code of a supervisor external interrupt: how interrupts-extended names a supervisor context. */
const SUPERVISOR_EXTERNAL = 9;

/** A driver that takes interrupts. */
export interface InterruptTarget {
  /** As shown in /proc/interrupts. */
  readonly name: string;
  interrupt(): void;
}

/** A connected source: who listens, where it goes, and how often it fired, by hart. */
export interface InterruptLine {
  readonly number: number;
  readonly target: InterruptTarget;
  readonly counts: number[];
  /** Harts that may serve it: bit per hart. */
  affinity: number;
  /** The one of them that does. */
  hart: number;
  /** It is enabled nowhere: the controller keeps it pending. */
  isMasked: boolean;
}

export class Plic {
  readonly lines = new Map<number, InterruptLine>();
  /** Claims of a line that nobody listens to. */
  spurious = 0;
  /** Affinity of lines that are connected from now on. */
  defaultAffinity: number;
  private readonly platform: Platform;
  private readonly base: number;
  /** PLIC context of each hart's supervisor mode. */
  private readonly contexts: number[];

  constructor(platform: Platform, base: number, contexts: number[]) {
    this.platform = platform;
    this.base = base;
    this.contexts = contexts;
    this.defaultAffinity = 2 ** contexts.length - 1;
    for (const context of contexts) {
      platform.writeMmio(this.contextAddress(context) + THRESHOLD, 4, 0);
    }
  }

  /** Listen to a line. */
  connect(number: number, target: InterruptTarget): void {
    const counts = this.contexts.map(() => 0);
    const affinity = this.defaultAffinity;
    const line = { number, target, counts, affinity, hart: firstHart(affinity), isMasked: false };
    this.lines.set(number, line);
    this.platform.writeMmio(this.base + PRIORITY + number * 4, 4, 1);
    this.enable(line, true);
  }

  /** Nobody listens any more. */
  disconnect(number: number): void {
    const line = this.lines.get(number);
    if (!line) return;
    this.enable(line, false);
    this.platform.writeMmio(this.base + PRIORITY + number * 4, 4, 0);
    this.lines.delete(number);
  }

  /** Route a line to the first hart of a mask. False when the mask has no hart of this machine. */
  setAffinity(line: InterruptLine, mask: number): boolean {
    const possible = mask & (2 ** this.contexts.length - 1);
    if (possible === 0) return false;
    this.enable(line, false);
    line.affinity = possible;
    line.hart = firstHart(possible);
    this.enable(line, !line.isMasked);
    return true;
  }

  /** A masked line interrupts no hart; what its device signals stays pending, and comes when it is unmasked. */
  setMasked(line: InterruptLine, isMasked: boolean): void {
    line.isMasked = isMasked;
    this.enable(line, !isMasked);
  }

  isPending({ number }: InterruptLine): boolean {
    const word = this.platform.readMmio(this.base + PENDING + (number >>> 5) * 4, 4);
    return ((word >>> (number & 31)) & 1) === 1;
  }

  /** External interrupt on `hart`: claim, serve and complete until nothing is pending. Returns how many were served. */
  dispatch(hart: number): number {
    const claim = this.contextAddress(this.contexts[hart] ?? 0) + CLAIM;
    let served = 0;
    for (;;) {
      const number = this.platform.readMmio(claim, 4);
      if (number === 0) return served;
      const line = this.lines.get(number);
      if (line) {
        line.counts[hart] = (line.counts[hart] ?? 0) + 1;
        line.target.interrupt();
      } else {
        this.spurious++;
      }
      this.platform.writeMmio(claim, 4, number);
      served++;
    }
  }

  /** The enable bit of the line's hart. */
  private enable({ number, hart }: InterruptLine, isEnabled: boolean): void {
    const context = this.contexts[hart] ?? 0;
    const register = this.base + ENABLE + context * ENABLE_STRIDE + (number >>> 5) * 4;
    const before = this.platform.readMmio(register, 4);
    const bit = 1 << (number & 31);
    this.platform.writeMmio(register, 4, (isEnabled ? before | bit : before & ~bit) >>> 0);
  }

  private contextAddress(context: number): number {
    return this.base + CONTEXT_BASE + context * CONTEXT_STRIDE;
  }
}

/** The lowest hart of a mask that is not empty. */
function firstHart(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

/** The controller that a device-tree node describes: contexts are the entries of interrupts-extended, in order. */
export function probePlic(node: DeviceNode, platform: Platform): Plic {
  const pairs = node.cells('interrupts-extended');
  const contexts: number[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    if (pairs[i + 1] === SUPERVISOR_EXTERNAL) contexts.push(i / 2);
  }
  return new Plic(platform, node.regions()[0]?.address ?? 0, contexts);
}
