/** Installed regions by host page: descriptors, table slots, invalidation, and a budget with eviction. */
import { log } from '../lib/log.ts';
import {
  BANK_BYTES,
  BANK_CLEAR_BYTE,
  BANKS_BASE,
  BANKS_PER_HART,
  HART,
  JUMP_CACHE,
  RAM_BASE,
  RAM_PHYSICAL_BASE,
} from '../machine/hart-layout.ts';
import type { Interpreter } from '../machine/interpreter.ts';
import {
  OPERATION,
  RECORD,
  RECORD_PAGE_BYTES,
  REGION,
  SIDE,
  SLOTS_PER_PAGE,
  TARGET_LOG,
} from '../machine/record-layout.ts';
import { EXECUTED, INTERPRETED, type RegionRequest, TRANSLATED } from './control-flow.ts';

/** Where a region shall be installed, and what its page held when it was asked for. */
export interface RegionOrder {
  readonly hostPage: number;
  readonly slot: number;
  readonly generation: number;
  readonly request: RegionRequest;
}

interface Installed {
  readonly hostPage: number;
  /** Halfword of the entry. */
  readonly slot: number;
}

/** --trace jit */
const channel = log.channel('jit');

/** Physical address. */
function placeOf({ hostPage, slot }: Installed): string {
  return (hostPage * 4096 + slot * 2 - RAM_BASE + RAM_PHYSICAL_BASE).toString(16);
}

export class CodeCache {
  readonly counters = { regions: 0, regionBytes: 0, discarded: 0, invalidated: 0, evictions: 0 };
  private readonly interpreter: Interpreter;
  private readonly budgetBytes: number;
  /** By descriptor number, from 1; undefined once it is invalid. */
  private installed: (Installed | undefined)[] = [undefined];
  private readonly byPage = new Map<number, number[]>();
  private readonly generations = new Map<number, number>();
  private readonly harts = new Set<number>();
  private readonly stale: unknown;

  /** `budgetBytes` of wasm, or REGION.MAX regions: then all are evicted. */
  constructor(interpreter: Interpreter, budgetBytes: number) {
    this.interpreter = interpreter;
    this.budgetBytes = budgetBytes;
    this.stale = interpreter.instance.exports['stale'];
    interpreter.onForgotten = (hostPage) => this.invalidate(hostPage);
    interpreter.isKept = (hostPage) => this.byPage.has(hostPage);
  }

  /** A hart that runs on this engine: its jump caches are cleared when slots are used again. */
  attach(hart: number): void {
    this.harts.add(hart);
  }

  /** Hart blocks that ran on this engine. */
  get attached(): readonly number[] {
    return [...this.harts];
  }

  /** What the translator needs to know about a hot block entry. */
  order(hostPage: number, slot: number): RegionOrder {
    const { interpreter } = this;
    const first = interpreter.recordAt(hostPage, 0);
    const executed = new Uint8Array(SLOTS_PER_PAGE);
    for (let k = 0; k < SLOTS_PER_PAGE; k++) {
      const operation = interpreter.halfwords[(first + k * RECORD.BYTES) >>> 1];
      if (operation === OPERATION.REGION) executed[k] = TRANSLATED;
      else if (operation === OPERATION.ILLEGAL) executed[k] = INTERPRETED;
      else if (operation !== OPERATION.UNDECODED) executed[k] = EXECUTED;
    }
    for (const slot of interpreter.marks.slotsOf(hostPage)?.keys() ?? [])
      executed[slot] = INTERPRETED;
    const request: RegionRequest = {
      page: hostPage,
      code: interpreter.codeOf(hostPage).slice(),
      executed,
      entry: slot * 2,
      indirect: this.recordedTargets(hostPage, first),
    };
    return { hostPage, slot, generation: this.generation(hostPage), request };
  }

  /** Computed jumps inside a page that the interpreter has logged, targets that are entered most first. */
  private recordedTargets(hostPage: number, first: number): [number, number][] {
    const { words, halfwords, area } = this.interpreter;
    const found: [number, number][] = [];
    for (let k = 0; k < TARGET_LOG.ENTRIES; k++) {
      const at = (area.targetLog + k * TARGET_LOG.BYTES) >>> 2;
      const site = (words[at] as number) - first;
      const target = (words[at + 1] as number) - first;
      if (site < 0 || site >= RECORD_PAGE_BYTES) continue;
      found.push([site / (RECORD.BYTES / 2), target / (RECORD.BYTES / 2)]);
    }
    const heat = (target: number): number =>
      halfwords[(this.interpreter.sideAt(hostPage, target / 2) + SIDE.HEAT) >>> 1] as number;
    return found.sort((a, b) => heat(b[1]) - heat(a[1]));
  }

  private generation(hostPage: number): number {
    return this.generations.get(hostPage) ?? 0;
  }

  /** Whether the interpreter has come to the place, and no region is there yet. */
  canInstall({ hostPage, slot }: RegionOrder): boolean {
    const record = this.interpreter.recordAt(hostPage, slot);
    return (
      record !== 0 && (this.interpreter.halfwords[record >>> 1] as number) >= OPERATION.FIRST_ROW
    );
  }

  /** Put a translated region in place, unless its code has changed meanwhile; whether that was done. */
  install(order: RegionOrder, covered: Uint16Array, region: unknown): boolean {
    const { interpreter } = this;
    const code = interpreter.codeOf(order.hostPage);
    const isStale =
      typeof region !== 'function' ||
      this.generation(order.hostPage) !== order.generation ||
      covered.some((halfword) => code[halfword] !== order.request.code[halfword]);
    const record = interpreter.recordAt(order.hostPage, order.slot);
    const operation = interpreter.halfwords[record >>> 1] as number;
    if (isStale || record === 0 || operation < OPERATION.FIRST_ROW) {
      this.counters.discarded++;
      if (channel.isOn) channel.write(`discarded ${placeOf(order)}: its code has changed`);
      return false;
    }
    if (this.installed.length >= REGION.MAX) this.evict();
    const number = this.installed.length;
    this.installed.push({ hostPage: order.hostPage, slot: order.slot });
    const { table, words, halfwords, area } = interpreter;
    if (number >= table.length) table.grow(table.length);
    table.set(number, region);
    const descriptor = area.regions + number * REGION.BYTES;
    words[(descriptor + REGION.SLOT) >>> 2] = number;
    halfwords[(descriptor + REGION.OPERATION) >>> 1] = operation;
    const side = interpreter.sideAt(order.hostPage, order.slot);
    halfwords[(side + SIDE.REGION) >>> 1] = number;
    halfwords[(record + RECORD.OPERATION) >>> 1] = OPERATION.REGION;
    this.byPage.set(order.hostPage, [...(this.byPage.get(order.hostPage) ?? []), number]);
    this.counters.regions++;
    if (channel.isOn) {
      channel.write(`installed ${placeOf(order)}: region ${number}, ${covered.length} halfwords`);
    }
    return true;
  }

  /** A module of regions was loaded. */
  addBytes(bytes: number): void {
    this.counters.regionBytes += bytes;
    if (this.counters.regionBytes > this.budgetBytes) this.evict();
  }

  /** The page's records are gone. Its regions must not run again; jump caches may still lead to their slots. */
  private invalidate(hostPage: number): void {
    this.generations.set(hostPage, this.generation(hostPage) + 1);
    const numbers = this.byPage.get(hostPage);
    if (numbers === undefined) return;
    if (channel.isOn) {
      channel.write(`invalidated ${placeOf({ hostPage, slot: 0 })}: regions ${numbers.join(' ')}`);
    }
    for (const number of numbers) {
      this.interpreter.table.set(number, this.stale);
      this.installed[number] = undefined;
      this.counters.regions--;
      this.counters.invalidated++;
    }
    this.byPage.delete(hostPage);
  }

  /** Throw all regions away and use their slots again. */
  private evict(): void {
    const { interpreter } = this;
    this.installed.forEach((region, number) => {
      interpreter.table.set(number, this.stale);
      if (region === undefined) return;
      const record = interpreter.recordAt(region.hostPage, region.slot);
      const descriptor = interpreter.area.regions + number * REGION.BYTES;
      interpreter.halfwords[(record + RECORD.OPERATION) >>> 1] = interpreter.halfwords[
        (descriptor + REGION.OPERATION) >>> 1
      ] as number;
      // What is still hot comes back; heat that only wrapped would take 65,536 executions.
      const side = interpreter.sideAt(region.hostPage, region.slot);
      interpreter.halfwords[(side + SIDE.HEAT) >>> 1] = 0;
    });
    this.installed = [undefined];
    this.byPage.clear();
    this.clearJumpCaches();
    this.counters.regions = 0;
    this.counters.regionBytes = 0;
    this.counters.evictions++;
    if (channel.isOn) channel.write('evicted all regions');
  }

  private clearJumpCaches(): void {
    const word = BANK_CLEAR_BYTE * 0x0101_0101;
    const { words } = this.interpreter;
    for (const hart of this.harts) {
      const id = words[(hart + HART.HART_ID) >>> 2] as number;
      for (let bank = 1; bank <= BANKS_PER_HART; bank++) {
        const end = BANKS_BASE + (id * BANKS_PER_HART + bank) * BANK_BYTES;
        words.fill(word, (end - JUMP_CACHE.BANK_BYTES) >>> 2, end >>> 2);
      }
    }
  }
}
