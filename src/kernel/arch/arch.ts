/** The machine as the kernel's portable parts see it: time, RAM, registers of harts, translations. */
import type { Platform } from '../../platform/platform.ts';
import { SHARED_ASID } from './asid.ts';
import { Ram } from './memory.ts';

export class Arch {
  readonly platform: Platform;
  readonly ram: Ram;
  readonly harts: number;
  private readonly nsPerTick: number;
  private readonly armedNs: number[];
  /** By hart, 1: an interprocessor interrupt was sent and not taken yet. */
  private readonly isSignalled: Uint8Array;
  /** By hart, 1: it was let go into user mode. */
  private readonly isInUser: Uint8Array;
  /** By hart: the address space that it translates by. */
  private readonly asids: Int32Array;
  /** By hart: how often it had to forget translations while it was in user mode, because another changed them. */
  readonly shootdowns: Float64Array;
  /** By hart: the root of its page tables. */
  private readonly roots: Float64Array;
  /** For /proc/tlbstat. */
  readonly tlb = { satpWrites: 0, pageFlushes: 0, spaceFlushes: 0, writeFlushes: 0 };

  constructor(platform: Platform) {
    this.platform = platform;
    this.ram = new Ram(platform.memory);
    this.harts = platform.harts;
    this.nsPerTick = 1e9 / platform.timebaseHz;
    this.armedNs = new Array<number>(platform.harts).fill(Number.POSITIVE_INFINITY);
    this.isSignalled = new Uint8Array(platform.harts);
    this.isInUser = new Uint8Array(platform.harts);
    this.asids = new Int32Array(platform.harts).fill(-1);
    this.shootdowns = new Float64Array(platform.harts);
    this.roots = new Float64Array(platform.harts);
  }

  /** The mask of all harts: bit per hart. */
  get allHarts(): number {
    return 2 ** this.harts - 1;
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

  /** Make a hart come into the kernel as soon as it can. */
  sendIpi(hart: number): void {
    if (this.isSignalled[hart] === 1) return;
    this.isSignalled[hart] = 1;
    this.platform.sendIpi(hart);
  }

  /** A hart took a software interrupt: true if sendIpi asked for it, and not the host's threads alone. */
  takeIpi(hart: number): boolean {
    const isOurs = this.isSignalled[hart] === 1;
    this.isSignalled[hart] = 0;
    return isOurs;
  }

  /** The hart has trapped: it stands still until resume() or idle(). */
  entered(hart: number): void {
    this.isInUser[hart] = 0;
  }

  /** The hart was let go into user mode, and has not trapped since. */
  runsUser(hart: number): boolean {
    return this.isInUser[hart] === 1;
  }

  resume(hart: number): void {
    this.isInUser[hart] = 1;
    this.platform.resume(hart);
  }

  idle(hart: number): void {
    this.platform.idle(hart);
  }

  setAddressSpace(hart: number, root: number, asid: number): void {
    this.asids[hart] = asid;
    const isOther = this.roots[hart] !== root;
    this.roots[hart] = root;
    if (isOther) this.tlb.satpWrites++;
    this.platform.setAddressSpace(hart, root, asid);
    if (isOther && asid === SHARED_ASID) this.flushTlb(asid);
  }

  /**
   * Forget translations of an address space on all harts: of one page, or all. When it returns no hart uses them any more, and
   * their frames may be used for something else.
   */
  flushTlb(asid: number, virtualAddress?: number): void {
    this.countShootdowns(asid);
    if (virtualAddress === undefined) this.tlb.spaceFlushes++;
    else this.tlb.pageFlushes++;
    this.platform.flushTlb(asid, virtualAddress);
  }

  /** As flushTlb of all of an address space's pages, which have lost the permission to be written and nothing else. */
  protectTlb(asid: number): void {
    this.countShootdowns(asid);
    this.tlb.writeFlushes++;
    this.platform.protectTlb(asid);
  }

  private countShootdowns(asid: number): void {
    for (let hart = 0; hart < this.harts; hart++) {
      if (this.isInUser[hart] === 1 && this.asids[hart] === asid)
        this.shootdowns[hart] = (this.shootdowns[hart] as number) + 1;
    }
  }

  registers(hart: number): Uint32Array {
    return this.platform.registers(hart);
  }

  /** Virtual cost of kernel work, in deterministic mode. */
  charge(ns: number): void {
    this.platform.charge(ns);
  }
}
