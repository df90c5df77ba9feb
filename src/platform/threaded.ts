/**
 * The platform with a thread per hart: hart 0 runs user code in this thread, beside the kernel, the others in theirs
 * (machine/smp). Every trap is an event here, whichever hart it is of.
 */
import { SATP_HIGH } from '../isa/sv39.ts';
import { TIMEBASE_HZ } from '../machine/clock.ts';
import { Exit } from '../machine/engine.ts';
import type { Hart } from '../machine/hart.ts';
import { HART } from '../machine/hart-layout.ts';
import { SLOT } from '../machine/hart-state.ts';
import type { HartThreads } from '../machine/smp/hart-threads.ts';
import { REASON, REQUEST } from '../machine/smp/mailbox.ts';
import { Patience } from '../machine/smp/patience.ts';
import type { Peers } from '../machine/smp/peers.ts';
import type { StateValue } from '../machine/state.ts';
import { StateFields } from '../machine/state-fields.ts';
import { serveUserExit } from '../machine/user-exit.ts';
import type { Trap } from './platform.ts';
import { IDLE, Riscv64Platform, RUNNING } from './riscv64.ts';
import type { Riscv64Options } from './riscv64-options.ts';
import { SharingPlatform } from './sharing.ts';

const PAGE_BYTES = 4096;
const TWO_32 = 0x1_0000_0000;
const ASIDS = 0x1_0000;
/** Events of other harts in a row, after which hart 0 has its turn. */
const MAX_IN_A_ROW = 32;

export class ThreadedPlatform extends Riscv64Platform {
  readonly nearHart = 0;
  private readonly threads: HartThreads;
  private readonly peers: Peers;
  private readonly first: Hart;
  /** Bit per hart: resumed since the last event. */
  private starting = 0;
  /** The hart whose events are looked at first. */
  private next = 1;
  private inARow = 0;
  private readonly patience = new Patience();
  private readonly isWanted = (): boolean => this.peers.own.hasAttention;
  /** Of each hart. */
  private readonly asids: Uint16Array;
  /** By asid: the harts that have run it since it was flushed, a bit each. */
  private readonly usedBy = new Uint8Array(ASIDS);

  /** Throws where the harts of the machine have no threads. */
  constructor(options: Riscv64Options) {
    super(options);
    const { threads, harts } = this.machine;
    const [first] = harts;
    if (!threads || !first) throw new Error('the harts of this machine take turns');
    this.threads = threads;
    this.peers = threads.peers;
    this.first = first;
    this.peers.own.sleepsHere();
    this.asids = new Uint16Array(harts.length);
  }

  override setAddressSpace(hart: number, rootPhysicalAddress: number, asid: number): void {
    this.asids[hart] = asid;
    this.usedBy[asid] = (this.usedBy[asid] as number) | (1 << hart);
    if (hart === 0) {
      super.setAddressSpace(hart, rootPhysicalAddress, asid);
      return;
    }
    const { state } = this.machine.harts[hart] as Hart;
    const ppn = rootPhysicalAddress / PAGE_BYTES;
    const high = ((this.satpMode << SATP_HIGH.MODE_SHIFT) | (asid << SATP_HIGH.ASID_SHIFT)) >>> 0;
    if (state.low(SLOT.satp) === ppn && state.high(SLOT.satp) === high) return;
    state.set(SLOT.satp, ppn, high);
    this.threads.contextChanged(hart);
  }

  override flushTlb(asid: number, virtualAddress?: number): void {
    const used = this.usedBy[asid] as number;
    if ((used & 1) !== 0) {
      const { banks } = this.first;
      if (virtualAddress === undefined) banks.clearAsid(asid);
      else banks.clearPage(virtualAddress >>> 0, Math.floor(virtualAddress / TWO_32), asid);
    }
    let current = 0;
    for (let hart = 0; hart < this.harts; hart++)
      if (this.asids[hart] === asid) current |= 1 << hart;
    if (virtualAddress === undefined) this.usedBy[asid] = used & current;
    const others = used & ~1;
    if (others === 0) return;
    const pages = virtualAddress === undefined ? 0 : 1;
    const low = (virtualAddress ?? 0) >>> 0;
    const high = Math.floor((virtualAddress ?? 0) / TWO_32);
    this.peers.ask(others & current, REQUEST.TRANSLATION, asid, pages, low, high);
    // Harts that run something else look before they run this one again.
    this.peers.tell(others & ~current, REQUEST.TRANSLATION, asid, pages, low, high);
  }

  override protectTlb(asid: number): void {
    const used = this.usedBy[asid] as number;
    if ((used & ~1) !== 0) this.flushTlb(asid);
    else if (used !== 0) this.first.banks.clearWritesOf(asid);
  }

  override fenceI(): void {
    this.peers.ask(2 ** this.harts - 1, REQUEST.CODE);
  }

  override resume(hart: number): void {
    super.resume(hart);
    if (hart > 0) this.starting |= 1 << hart;
  }

  override idle(hart: number): void {
    super.idle(hart);
    this.starting &= ~(1 << hart);
  }

  protected override raise(hart: number, bit: number): void {
    super.raise(hart, bit);
    if (hart > 0 && this.wish[hart] === RUNNING) this.peers.box(hart).raiseAttention();
  }

  override nextEvent(): Trap {
    for (let hart = 1; this.starting !== 0; hart++) {
      if (((this.starting >>> hart) & 1) === 0) continue;
      this.starting &= ~(1 << hart);
      this.threads.run(hart);
    }
    for (;;) {
      if (this.machine.powerOffStatus !== undefined) throw new Error('the machine is off');
      // Before looking for events: those that come later raise it again.
      this.peers.own.clearAttention();
      const event = this.eventOfOthers() ?? this.runFirst();
      if (event) return event;
      if (this.wish[0] !== RUNNING) this.rest();
    }
  }

  override save(): StateValue {
    return { asids: [...this.asids], platform: super.save() };
  }

  /** A hart that was in user mode starts again: a trap that nobody had taken yet comes again. */
  override restore(state: StateValue): void {
    const fields = new StateFields('platform', state);
    super.restore(fields.value('platform'));
    this.asids.set(fields.numbers('asids', this.harts));
    for (const [hart, asid] of this.asids.entries()) {
      this.usedBy[asid] = (this.usedBy[asid] as number) | (1 << hart);
      if (hart > 0 && this.wish[hart] === RUNNING) this.starting |= 1 << hart;
    }
  }

  private eventOfOthers(): Trap | undefined {
    if (this.wish[0] === RUNNING && ++this.inARow > MAX_IN_A_ROW) return undefined;
    for (let k = 1; k < this.harts; k++) {
      const hart = this.next;
      this.next = hart + 1 < this.harts ? hart + 1 : 1;
      const event = this.eventOf(hart);
      if (event) return event;
    }
    return undefined;
  }

  private eventOf(hart: number): Trap | undefined {
    const base = this.bases[hart] as number;
    const wish = this.wish[hart];
    if (wish === IDLE) {
      const pending = this.pending(base);
      return pending === 0 ? undefined : this.interrupt(hart, pending);
    }
    if (wish !== RUNNING) return undefined;
    const reason = this.threads.takeReason(hart);
    if (reason === REASON.TRAP) return this.exception(hart, base);
    if (reason !== REASON.INTERRUPT) return undefined;
    const pending = this.pending(base);
    if (pending !== 0) return this.interrupt(hart, pending);
    // It was taken back meanwhile.
    this.threads.run(hart);
    return undefined;
  }

  /** Hart 0, until its trap, the end of its slice or an event of another hart. */
  private runFirst(): Trap | undefined {
    this.inARow = 0;
    const wish = this.wish[0];
    if (wish !== RUNNING && wish !== IDLE) return undefined;
    if (this.isReplanned) this.planFirst();
    const base = this.bases[0] as number;
    const pending = this.pending(base);
    if (pending !== 0) return this.interrupt(0, pending);
    if (wish === IDLE) return undefined;
    const { engine } = this.machine;
    const left = serveUserExit(engine.run(base << 2), this.first, engine);
    if (left === Exit.TRAP) return this.exception(0, base);
    // Attention leaves a rest.
    const isSpent = left === Exit.BUDGET && (this.first.state.word(HART.BUDGET) | 0) <= 0;
    if (isSpent) this.endSlice();
    return undefined;
  }

  private planFirst(): void {
    const now = this.checkTimers();
    this.first.state.setWord(HART.BUDGET, this.slices.next(now, this.deadline()));
    this.isReplanned = false;
  }

  protected override endSlice(): void {
    this.counters.slices++;
    const left = this.first.state.word(HART.BUDGET) | 0;
    // One that other harts' traps cut short says nothing about its length.
    if (left <= 0) this.slices.ended(this.machine.clock.now(), left);
    this.poll();
    this.restart(this.checkTimers());
    this.isReplanned = true;
  }

  /** Hart 0 has nothing to run: wait for an event of another hart, for input or for the nearest timer. */
  private rest(): void {
    const { own } = this.peers;
    if (this.patience.look(this.isWanted)) return;
    this.isReplanned = true;
    const { rings } = own;
    this.poll();
    for (let hart = 0; hart < this.harts; hart++) {
      if (this.wish[hart] === IDLE && this.pending(this.bases[hart] as number) !== 0) return;
    }
    if (own.hasAttention) return;
    const timeoutMs = ((this.deadline() - this.machine.clock.now()) / TIMEBASE_HZ) * 1000;
    this.counters.sleeps++;
    const longestMs = Math.min(timeoutMs, this.threads.longestSleepMs);
    if (timeoutMs > 0) this.patience.sleep(() => own.sleep(rings, longestMs));
    this.restart(this.checkTimers());
  }
}

/** The platform for the harts of a machine: with threads where they have some. */
export function createPlatform(options: Riscv64Options): Riscv64Platform {
  if (options.machine.threads) return new ThreadedPlatform(options);
  return options.sharesThread ? new SharingPlatform(options) : new Riscv64Platform(options);
}
