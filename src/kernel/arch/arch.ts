/** The machine as the kernel's portable parts see it: time, RAM, registers of harts, translations. */
import type { Platform } from '../../platform/platform.ts';
import { Ram } from './memory.ts';

export class Arch {
  readonly platform: Platform;
  readonly ram: Ram;
  readonly harts: number;
  private readonly nsPerTick: number;
  private readonly armedNs: number[];

  constructor(platform: Platform) {
    this.platform = platform;
    this.ram = new Ram(platform.memory);
    this.harts = platform.harts;
    this.nsPerTick = 1e9 / platform.timebaseHz;
    this.armedNs = new Array<number>(platform.harts).fill(Number.POSITIVE_INFINITY);
  }

  /** Nanoseconds since reset. */
  timeNs(): number {
    return this.platform.time() * this.nsPerTick;
  }

  /** Timer interrupt of a hart at a monotonic instant; Infinity for none. Cheap when nothing changes. */
  setTimer(hart: number, deadlineNs: number): void {
    if (this.armedNs[hart] === deadlineNs) return;
    this.armedNs[hart] = deadlineNs;
    this.platform.setTimer(hart, Math.ceil(deadlineNs / this.nsPerTick));
  }

  /** The timer interrupt was taken: the next setTimer counts, whatever it is. */
  timerFired(hart: number): void {
    this.armedNs[hart] = -1;
  }

  registers(hart: number): Uint32Array {
    return this.platform.registers(hart);
  }

  /** Virtual cost of kernel work, in deterministic mode. */
  charge(ns: number): void {
    this.platform.charge(ns);
  }
}
