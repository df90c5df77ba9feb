/** Installed regions by host page: descriptors, table slots, invalidation, and a budget with eviction. */
import { log } from '../lib/log.ts';
import { clearJumpCache } from '../machine/empty-banks.ts';
import type { InstalledRegion } from '../machine/engine.ts';
import {
  BANK_BYTES,
  BANKS_BASE,
  BANKS_PER_HART,
  HART,
  physicalOf,
} from '../machine/hart-layout.ts';
import type { Interpreter } from '../machine/interpreter.ts';
import { OPERATION, RECORD, REGION, SIDE } from '../machine/record-layout.ts';
import type { RegionRequest } from './control-flow.ts';
import { pageProfile } from './page-profile.ts';

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
  readonly module: LoadedModule;
  /** For who wants to show it; undefined where the module's bytes are not kept. */
  readonly shown: InstalledRegion | undefined;
}

/** An instance of a module of regions. Nothing holds it once its last region is gone. */
export interface LoadedModule {
  /** Of the translator; undefined for one that was translated in this thread. */
  readonly id: number | undefined;
  /** Of wasm. */
  readonly byteLength: number;
  readonly wasm: Uint8Array | undefined;
  readonly exports: WebAssembly.Instance['exports'];
  /** Those that are installed. */
  regions: number;
}

/** Why regions went: their page's bytes changed, or its frame got other use; fence.i; breakpoints; out of record pages; budget. */
export type InvalidationCause = 'page' | 'fence' | 'breakpoint' | 'records';

const COUNTER_OF = {
  page: 'invalidatedPage',
  fence: 'invalidatedFence',
  breakpoint: 'invalidatedBreakpoint',
  records: 'invalidatedRecords',
} as const satisfies Record<InvalidationCause, string>;

function addressOf({ hostPage, slot }: Pick<Installed, 'hostPage' | 'slot'>): number {
  return physicalOf(hostPage * 4096 + slot * 2);
}

/** From this share of a limit on it is watched which regions are in use; eviction goes down to the second. */
const WATCHED_SHARE = 7 / 8;
const KEPT_SHARE = 3 / 4;

/** --trace jit */
const channel = log.channel('jit');

/** Physical address. */
function placeOf({ hostPage, slot }: Pick<Installed, 'hostPage' | 'slot'>): string {
  return addressOf({ hostPage, slot }).toString(16);
}

/** An instruction, if only half of it: of one that straddles, the region compares the other half each time. */
function isReplaceable(operation: number): boolean {
  return operation >= OPERATION.FIRST_ROW || operation === OPERATION.STRADDLE;
}

export class CodeCache {
  readonly counters = {
    regions: 0,
    regionBytes: 0,
    modulesLoaded: 0,
    discarded: 0,
    invalidated: 0,
    invalidatedPage: 0,
    invalidatedFence: 0,
    invalidatedBreakpoint: 0,
    invalidatedRecords: 0,
    evictions: 0,
    evicted: 0,
  };
  /** Of the invalidations that happen now. */
  cause: InvalidationCause = 'records';
  /** Told when the last region of a module is gone. */
  onReleased: (module: LoadedModule) => void = () => undefined;
  private readonly interpreter: Interpreter;
  private readonly budgetBytes: number;
  /** By descriptor number, from 1; undefined once it is invalid. */
  private readonly installed: (Installed | undefined)[] = [undefined];
  /** Numbers that can be given again, and those to which jump caches may still lead. */
  private free: number[] = [];
  private dead: number[] = [];
  /** By physical address, for who wants to show them. */
  private readonly gone = new Map<number, InstalledRegion>();
  /** Since then REGION.USED tells which regions are in use. */
  private isWatching = false;
  private readonly byPage = new Map<number, number[]>();
  private readonly generations = new Map<number, number>();
  private readonly harts = new Set<number>();
  private readonly stale: unknown;

  /** Beyond `budgetBytes` of wasm, or REGION.MAX regions, modules of which no region was in use lately are evicted. */
  constructor(interpreter: Interpreter, budgetBytes: number) {
    this.interpreter = interpreter;
    this.budgetBytes = budgetBytes;
    this.stale = interpreter.instance.exports['stale'];
    interpreter.pages.onForgotten = (hostPage) => this.invalidate(hostPage);
    interpreter.pages.isKept = (hostPage) => this.byPage.has(hostPage);
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
    return this.orders(hostPage, [slot])[0] as RegionOrder;
  }

  /** What it needs to know about hot entries of a page: they share what is the page's. */
  orders(hostPage: number, slots: readonly number[]): RegionOrder[] {
    const page = pageProfile(this.interpreter, hostPage);
    const generation = this.generation(hostPage);
    return slots.map((slot) => {
      const request: RegionRequest = { ...page, entry: slot * 2 };
      return { hostPage, slot, generation, request };
    });
  }

  /** Executions of a block entry, modulo 65536; undefined where no region can be installed. */
  heat(hostPage: number, slot: number): number | undefined {
    if (!this.canInstall(hostPage, slot)) return undefined;
    const { interpreter } = this;
    return interpreter.halfwords[(interpreter.pages.sideAt(hostPage, slot) + SIDE.HEAT) >>> 1];
  }

  /** Count the executions of a block entry anew. */
  cool(hostPage: number, slot: number): void {
    const side = this.interpreter.pages.sideAt(hostPage, slot);
    if (side !== 0) this.interpreter.halfwords[(side + SIDE.HEAT) >>> 1] = 0;
  }

  private generation(hostPage: number): number {
    return this.generations.get(hostPage) ?? 0;
  }

  /** Whether nothing has happened to the page since. */
  isCurrent({ hostPage, generation }: RegionOrder): boolean {
    return this.generation(hostPage) === generation;
  }

  /** Whether the interpreter has come to the place, and no region is there yet. */
  canInstall(hostPage: number, slot: number): boolean {
    const record = this.interpreter.pages.recordAt(hostPage, slot);
    return record !== 0 && isReplaceable(this.interpreter.halfwords[record >>> 1] as number);
  }

  /** Put a translated region in place, unless its code has changed meanwhile; whether that was done. */
  install(order: RegionOrder, covered: Uint16Array, module: LoadedModule, name: string): boolean {
    const region: unknown = module.exports[name];
    const { interpreter } = this;
    const code = interpreter.codeOf(order.hostPage);
    const isStale =
      typeof region !== 'function' ||
      this.generation(order.hostPage) !== order.generation ||
      covered.some((halfword) => code[halfword] !== order.request.code[halfword]);
    const record = interpreter.pages.recordAt(order.hostPage, order.slot);
    const operation = interpreter.halfwords[record >>> 1] as number;
    if (isStale || record === 0 || !isReplaceable(operation)) {
      this.counters.discarded++;
      if (channel.isOn) channel.write(`discarded ${placeOf(order)}: its code has changed`);
      return false;
    }
    const number = this.newNumber();
    const { hostPage, slot, request } = order;
    const { wasm } = module;
    const shown = wasm && {
      physicalAddress: addressOf(order),
      covered,
      code: request.code,
      wasm,
      name,
    };
    this.installed[number] = { hostPage, slot, module, shown };
    this.count(module);
    const { table, words, halfwords, area } = interpreter;
    if (number >= table.length) table.grow(table.length);
    table.set(number, region);
    const descriptor = area.regions + number * REGION.BYTES;
    words[(descriptor + REGION.SLOT) >>> 2] = number;
    halfwords[(descriptor + REGION.OPERATION) >>> 1] = operation;
    halfwords[(descriptor + REGION.USED) >>> 1] = 1;
    const side = interpreter.pages.sideAt(order.hostPage, order.slot);
    halfwords[(side + SIDE.REGION) >>> 1] = number;
    halfwords[(record + RECORD.OPERATION) >>> 1] = OPERATION.REGION;
    this.byPage.set(order.hostPage, [...(this.byPage.get(order.hostPage) ?? []), number]);
    if (channel.isOn) {
      channel.write(`installed ${placeOf(order)}: region ${number}, ${covered.length} halfwords`);
    }
    return true;
  }

  /** Those of modules with their bytes, that are in place or were: the last one of each address. */
  regions(): InstalledRegion[] {
    const all = new Map(this.gone);
    for (const region of this.installed) {
      if (region?.shown) all.set(region.shown.physicalAddress, region.shown);
    }
    return [...all.values()];
  }

  /** One more region of the module; the module just asked for is not evicted. */
  private count(module: LoadedModule): void {
    this.counters.regions++;
    module.regions++;
    if (module.regions > 1) return;
    this.counters.modulesLoaded++;
    this.counters.regionBytes += module.byteLength;
  }

  private newNumber(): number {
    const number = this.free.pop();
    if (number !== undefined) return number;
    if (this.installed.length < REGION.MAX) return this.installed.length;
    if (this.dead.length > 0) this.startWatching();
    else this.evict();
    return this.newNumber();
  }

  /** Keep within the budget. Between installing one answer of the translator and the next. */
  trim(): void {
    const { regions, regionBytes } = this.counters;
    const used = Math.max(regions / REGION.MAX, regionBytes / this.budgetBytes);
    if (used > 1) this.evict();
    else if (used > WATCHED_SHARE && !this.isWatching) this.startWatching();
  }

  /** From now on a region that is in use gets REGION.USED: the interpreter enters it, for no jump cache knows it any more. */
  private startWatching(): void {
    const { area, halfwords } = this.interpreter;
    for (let number = 1; number < this.installed.length; number++) {
      halfwords[(area.regions + number * REGION.BYTES + REGION.USED) >>> 1] = 0;
    }
    this.clearJumpCaches();
    this.free.push(...this.dead);
    this.dead = [];
    this.isWatching = true;
  }

  /** The page's records are gone. Its regions must not run again; jump caches may still lead to their slots. */
  private invalidate(hostPage: number): void {
    this.generations.set(hostPage, this.generation(hostPage) + 1);
    const numbers = this.byPage.get(hostPage);
    if (numbers === undefined) return;
    if (channel.isOn) {
      const place = placeOf({ hostPage, slot: 0 });
      channel.write(`invalidated ${place} (${this.cause}): regions ${numbers.join(' ')}`);
    }
    this.byPage.delete(hostPage);
    for (const number of numbers) this.drop(number);
    this.counters.invalidated += numbers.length;
    this.counters[COUNTER_OF[this.cause]] += numbers.length;
  }

  /** The region's function, and with the last one its module, can be collected. */
  private drop(number: number): void {
    const region = this.installed[number];
    if (region === undefined) return;
    this.interpreter.table.set(number, this.stale);
    this.installed[number] = undefined;
    this.dead.push(number);
    if (region.shown) this.gone.set(region.shown.physicalAddress, region.shown);
    this.counters.regions--;
    const { module } = region;
    module.regions--;
    if (module.regions > 0) return;
    this.counters.modulesLoaded--;
    this.counters.regionBytes -= module.byteLength;
    this.onReleased(module);
  }

  /** Modules of which no region was in use lately go, then those that came first, down to KEPT_SHARE of the limits. */
  private evict(): void {
    const { area, halfwords } = this.interpreter;
    const modules = new Map<LoadedModule, { numbers: number[]; isUsed: boolean }>();
    this.installed.forEach((region, number) => {
      if (region === undefined) return;
      const entry = modules.get(region.module) ?? { numbers: [], isUsed: false };
      entry.numbers.push(number);
      entry.isUsed ||= halfwords[(area.regions + number * REGION.BYTES + REGION.USED) >>> 1] === 1;
      modules.set(region.module, entry);
    });
    const victims = [...modules.values()].sort((a, b) => Number(a.isUsed) - Number(b.isUsed));
    const before = this.counters.regions;
    for (const { numbers } of victims) {
      const { regions, regionBytes } = this.counters;
      const isEnough = regions <= REGION.MAX * KEPT_SHARE;
      if (isEnough && regionBytes <= this.budgetBytes * KEPT_SHARE) break;
      for (const number of numbers) this.remove(number);
    }
    this.startWatching();
    this.isWatching = false;
    this.counters.evictions++;
    this.counters.evicted += before - this.counters.regions;
    if (channel.isOn) channel.write(`evicted ${before - this.counters.regions} regions`);
  }

  /** Drop a region whose page still has its records. */
  private remove(number: number): void {
    const region = this.installed[number];
    if (region === undefined) return;
    const { interpreter } = this;
    const record = interpreter.pages.recordAt(region.hostPage, region.slot);
    const descriptor = interpreter.area.regions + number * REGION.BYTES;
    interpreter.halfwords[(record + RECORD.OPERATION) >>> 1] = interpreter.halfwords[
      (descriptor + REGION.OPERATION) >>> 1
    ] as number;
    // What is still hot comes back; heat that only wrapped would take 65,536 executions.
    const side = interpreter.pages.sideAt(region.hostPage, region.slot);
    interpreter.halfwords[(side + SIDE.HEAT) >>> 1] = 0;
    const others = this.byPage.get(region.hostPage)?.filter((it) => it !== number) ?? [];
    if (others.length > 0) this.byPage.set(region.hostPage, others);
    else this.byPage.delete(region.hostPage);
    this.drop(number);
  }

  private clearJumpCaches(): void {
    const { words } = this.interpreter;
    for (const hart of this.harts) {
      const id = words[(hart + HART.HART_ID) >>> 2] as number;
      for (let bank = 0; bank < BANKS_PER_HART; bank++)
        clearJumpCache(words, BANKS_BASE + (id * BANKS_PER_HART + bank) * BANK_BYTES);
    }
  }
}
