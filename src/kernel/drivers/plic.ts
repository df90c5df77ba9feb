/** Platform-level interrupt controller: RISC-V PLIC specification 1.0.0, one supervisor context per hart. */
import type { Platform } from '../../platform/platform.ts';
import type { DeviceNode } from './device-tree.ts';

const PRIORITY = 0x0;
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

/** One line of /proc/interrupts: who listens, and how often it fired, by hart. */
export interface InterruptLine {
  readonly number: number;
  readonly target: InterruptTarget;
  readonly counts: number[];
}

export class Plic {
  readonly lines = new Map<number, InterruptLine>();
  /** Claims of a line that nobody listens to. */
  spurious = 0;
  private readonly platform: Platform;
  private readonly base: number;
  /** PLIC context of each hart's supervisor mode. */
  private readonly contexts: number[];

  constructor(platform: Platform, base: number, contexts: number[]) {
    this.platform = platform;
    this.base = base;
    this.contexts = contexts;
    for (const context of contexts) {
      platform.writeMmio(this.contextAddress(context) + THRESHOLD, 4, 0);
    }
  }

  /** Listen to a line: it is enabled on hart 0. */
  connect(number: number, target: InterruptTarget): void {
    const counts = this.contexts.map(() => 0);
    this.lines.set(number, { number, target, counts });
    this.platform.writeMmio(this.base + PRIORITY + number * 4, 4, 1);
    const context = this.contexts[0] ?? 0;
    const register = this.base + ENABLE + context * ENABLE_STRIDE + (number >>> 5) * 4;
    const enabled = this.platform.readMmio(register, 4);
    this.platform.writeMmio(register, 4, (enabled | (1 << (number & 31))) >>> 0);
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

  private contextAddress(context: number): number {
    return this.base + CONTEXT_BASE + context * CONTEXT_STRIDE;
  }
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
