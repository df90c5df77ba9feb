/** Platform-level interrupt controller: RISC-V PLIC specification 1.0.0; register map of SiFive's and QEMU's. */
import { BUS_ERROR, type Device, type InterruptLine } from './device.ts';
import type { StateValue } from './state.ts';
import { StateFields } from './state-fields.ts';

/** Sources 1 to 95; 0 means "no interrupt". As in QEMU's virt machine. */
export const PLIC_SOURCES = 96;
export const PLIC_BYTES = 0x60_0000;
const MAX_PRIORITY = 7;
const WORDS = PLIC_SOURCES / 32;

const PENDING_BASE = 0x1000;
const ENABLE_BASE = 0x2000;
const ENABLE_STRIDE = 0x80;
const CONTEXT_BASE = 0x20_0000;
const CONTEXT_STRIDE = 0x1000;
const THRESHOLD = 0;
const CLAIM = 4;

/** A context is one privilege level of one hart: 2 * hart is M-mode, 2 * hart + 1 S-mode. */
export class Plic implements Device {
  private readonly contexts: number;
  private readonly notify: (context: number, isPending: boolean) => void;
  private readonly priority = new Uint8Array(PLIC_SOURCES);
  /** Bit sets by source: the wire, the request, claimed but not completed, and pulsed while it was claimed. */
  private readonly level = new Uint32Array(WORDS);
  private readonly pending = new Uint32Array(WORDS);
  private readonly claimed = new Uint32Array(WORDS);
  private readonly latched = new Uint32Array(WORDS);
  private readonly enable: Uint32Array;
  private readonly threshold: Uint8Array;
  /** What was last told to `notify`, by context. */
  private readonly told: Uint8Array;

  /** `notify` is called when the external interrupt line of a context changes. */
  constructor(harts: number, notify: (context: number, isPending: boolean) => void) {
    this.contexts = 2 * harts;
    this.notify = notify;
    this.enable = new Uint32Array(this.contexts * WORDS);
    this.threshold = new Uint8Array(this.contexts);
    this.told = new Uint8Array(this.contexts);
  }

  reset(): void {
    for (const state of [this.level, this.pending, this.claimed, this.latched]) state.fill(0);
    this.priority.fill(0);
    this.enable.fill(0);
    this.threshold.fill(0);
    this.update();
  }

  save(): StateValue {
    const saved: Record<string, StateValue> = {};
    for (const [name, array] of Object.entries(this.arrays())) saved[name] = [...array];
    return saved;
  }

  restore(state: StateValue): void {
    const fields = new StateFields('plic', state);
    for (const [name, array] of Object.entries(this.arrays())) {
      array.set(fields.numbers(name, array.length));
    }
    // Wires are told from here, whatever the harts remember.
    this.told.fill(2);
    this.update();
  }

  private arrays(): Record<string, Uint8Array | Uint32Array> {
    const { priority, level, pending, claimed, latched, enable, threshold } = this;
    return { priority, level, pending, claimed, latched, enable, threshold };
  }

  /** The wire of one source. */
  line(source: number): InterruptLine {
    if (source < 1 || source >= PLIC_SOURCES) throw new Error(`no interrupt source ${source}`);
    return {
      set: (isHigh) => this.setLevel(source, isHigh),
      pulse: () => this.pulse(source),
    };
  }

  read(offset: number, size: number): number {
    if (size !== 4) return BUS_ERROR;
    if (offset < PENDING_BASE) return this.priority[offset >>> 2] ?? 0;
    if (offset < ENABLE_BASE) return this.pending[(offset - PENDING_BASE) >>> 2] ?? 0;
    if (offset < CONTEXT_BASE) {
      const index = this.enableIndex(offset);
      return index < 0 ? 0 : (this.enable[index] as number);
    }
    const context = Math.floor((offset - CONTEXT_BASE) / CONTEXT_STRIDE);
    if (context >= this.contexts) return 0;
    const register = (offset - CONTEXT_BASE) % CONTEXT_STRIDE;
    if (register === THRESHOLD) return this.threshold[context] as number;
    return register === CLAIM ? this.claim(context) : 0;
  }

  write(offset: number, size: number, value: number): number {
    if (size !== 4) return BUS_ERROR;
    if (offset < PENDING_BASE) this.setPriority(offset >>> 2, value);
    else if (offset >= ENABLE_BASE && offset < CONTEXT_BASE) this.setEnable(offset, value);
    else if (offset >= CONTEXT_BASE) this.writeContext(offset - CONTEXT_BASE, value);
    this.update();
    return 0;
  }

  /**
   * Raise or lower the wire of a source. While it is high there is one request per completion; a request that was made
   * stays when the wire falls (specification, "Interrupt Gateways").
   */
  setLevel(source: number, isHigh: boolean): void {
    const word = source >>> 5;
    const bit = 1 << (source & 31);
    if (isHigh === (((this.level[word] as number) & bit) !== 0)) return;
    if (!isHigh) {
      this.level[word] = (this.level[word] as number) & ~bit;
      return;
    }
    this.level[word] = (this.level[word] as number) | bit;
    if (((this.claimed[word] as number) & bit) === 0) this.request(word, bit);
  }

  /** One event on an edge-triggered wire. During a claim it is kept until the completion. */
  pulse(source: number): void {
    const word = source >>> 5;
    const bit = 1 << (source & 31);
    if (((this.claimed[word] as number) & bit) === 0) this.request(word, bit);
    else this.latched[word] = (this.latched[word] as number) | bit;
  }

  private request(word: number, bit: number): void {
    this.pending[word] = (this.pending[word] as number) | bit;
    this.update();
  }

  private setPriority(source: number, value: number): void {
    if (source > 0 && source < PLIC_SOURCES) this.priority[source] = value & MAX_PRIORITY;
  }

  private setEnable(offset: number, value: number): void {
    const index = this.enableIndex(offset);
    // Source 0 does not exist.
    if (index >= 0) this.enable[index] = index % WORDS === 0 ? value & ~1 : value;
  }

  private enableIndex(offset: number): number {
    const context = Math.floor((offset - ENABLE_BASE) / ENABLE_STRIDE);
    const word = ((offset - ENABLE_BASE) % ENABLE_STRIDE) >>> 2;
    return context < this.contexts && word < WORDS ? context * WORDS + word : -1;
  }

  private writeContext(offset: number, value: number): void {
    const context = Math.floor(offset / CONTEXT_STRIDE);
    if (context >= this.contexts) return;
    const register = offset % CONTEXT_STRIDE;
    if (register === THRESHOLD) this.threshold[context] = value & MAX_PRIORITY;
    else if (register === CLAIM) this.complete(context, value);
  }

  /** The pending, enabled source of highest priority (the lowest number among equals), or 0. */
  private best(context: number): number {
    let best = 0;
    let bestPriority = 0;
    for (let word = 0; word < WORDS; word++) {
      let bits = (this.pending[word] as number) & (this.enable[context * WORDS + word] as number);
      while (bits !== 0) {
        const source = word * 32 + 31 - Math.clz32(bits & -bits);
        const priority = this.priority[source] as number;
        if (priority > bestPriority) {
          best = source;
          bestPriority = priority;
        }
        bits &= bits - 1;
      }
    }
    return best;
  }

  /** A claim ignores the threshold (specification, "Interrupt Claim Process"). */
  private claim(context: number): number {
    const source = this.best(context);
    if (source === 0) return 0;
    const word = source >>> 5;
    const bit = 1 << (source & 31);
    this.pending[word] = (this.pending[word] as number) & ~bit;
    this.claimed[word] = (this.claimed[word] as number) | bit;
    this.update();
    return source;
  }

  /** A completion for a source that the context does not enable is ignored. */
  private complete(context: number, source: number): void {
    if (source < 1 || source >= PLIC_SOURCES) return;
    const word = source >>> 5;
    const bit = 1 << (source & 31);
    if (((this.enable[context * WORDS + word] as number) & bit) === 0) return;
    this.claimed[word] = (this.claimed[word] as number) & ~bit;
    const again = (this.level[word] as number) | (this.latched[word] as number);
    this.pending[word] = (this.pending[word] as number) | (again & bit);
    this.latched[word] = (this.latched[word] as number) & ~bit;
  }

  private update(): void {
    for (let context = 0; context < this.contexts; context++) {
      // Source 0 has priority 0, which is above no threshold.
      const priority = this.priority[this.best(context)] as number;
      const isPending = priority > (this.threshold[context] as number) ? 1 : 0;
      if (isPending === this.told[context]) continue;
      this.told[context] = isPending;
      this.notify(context, isPending === 1);
    }
  }
}
