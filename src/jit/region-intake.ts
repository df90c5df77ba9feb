/** What an engine has asked its translator for, and what came of it until it is installed: a little at each poll. */
import { SLOTS_PER_PAGE } from '../machine/record-layout.ts';
import type { CodeCache, LoadedModule, RegionOrder } from './code-cache.ts';
import { HotEntries } from './hot-entries.ts';
import type {
  TranslatedRegion,
  TranslatorAnswer,
  TranslatorCounters,
  TranslatorPort,
} from './translator-port.ts';

interface Arrival {
  readonly order: RegionOrder;
  readonly region: TranslatedRegion;
}

/** Of this thread, at each poll; then there is the last one's work. */
const MAX_INSTALL_MS = 0.5;
/** The first request, which starts the translator's thread, waits for so many polls: what ends sooner than that gains nothing by it. */
const START_POLLS = 4;
/** Pages that the translator has at a time: what is hotter meanwhile goes before all others. */
const MAX_PAGES_SENT = 8;
/** Hot entries are looked at every so many polls: which are still executed, and how often. */
const AGE_POLLS = 8;
/** Polls that an entry's score stands for: that of the last round, and the halves of those before. */
const SCORE_POLLS = 12;
/** Entries that wait; beyond it they are forgotten until they are reported again. */
const MAX_WAITING = 1024;
/**
 * A region costs some 3 ms of processor time, what V8 needs for it included, and an execution of it saves 0.15 us. Worth it is what pays if
 * the program goes on for as long as it has run so far: what is executed all the time at once, a flat profile only where it runs long.
 */
const PAYING_EXECUTIONS = 20_000;
/** In SCORE_POLLS: worth it however short the program has run. */
const SURELY_PAYING = 8000;
/** What was hot and was forgotten so often, as programs are that are started again and again, pays in the end. */
const PROVING_RETURNS = 3;
const MAX_RETURNS = 16_384;
/**
 * What translations may cost in other threads, for this engine: so much at once, then a share of the polls' time (each ends a slice, of a
 * millisecond as a rule).
 */
const FREE_MS = 1000;
const TRANSLATOR_SHARE = 1 / 16;
/** Regions that wait for their entry to be executed are looked at every so many polls; the oldest are forgotten. */
const READY_POLLS = 16;
const MAX_READY = 2000;

export class RegionIntake {
  readonly origins = { translated: 0, shared: 0, cached: 0 };
  translator: Partial<TranslatorCounters> = {};
  failures = 0;
  /** Of this thread, for what the translator made: in all, and at most at one poll. */
  installMs = 0;
  longestInstallMs = 0;
  private readonly cache: CodeCache;
  private readonly port: TranslatorPort;
  private readonly instantiate: (region: TranslatedRegion) => LoadedModule;
  private readonly now: () => number;
  private readonly hot: HotEntries;
  /** Block entries that were reported and are not dealt with yet: host page and slot in one number. */
  private readonly pending = new Set<number>();
  /** By batch, then by index in the batch: what has not been answered. */
  private readonly sent = new Map<number, Map<number, RegionOrder>>();
  /** By the module's id. */
  private readonly loaded = new Map<number, LoadedModule>();
  /** How often an entry was forgotten. */
  private readonly returns = new Map<number, number>();
  private batches = 0;
  /** What the answers so far took the translator. */
  private spentMs = 0;
  /** The first look is with the first request. */
  private agePolls = AGE_POLLS - 1;
  /** With something wanted, or once it was. */
  private busyPolls = 0;
  /** To be installed, the first of them from `installed` on. */
  private arrivals: Arrival[] = [];
  private installed = 0;
  /** Known regions of pages in use, whose entries the interpreter has not come to yet. */
  private ready: Arrival[] = [];
  private polls = 0;
  /** With something wanted, before the first request. */
  private waits = 0;

  /** `now`: milliseconds of the clock, or of the thread's processor time. */
  constructor(
    cache: CodeCache,
    port: TranslatorPort,
    instantiate: (region: TranslatedRegion) => LoadedModule,
    now: () => number,
  ) {
    this.cache = cache;
    this.port = port;
    this.instantiate = instantiate;
    this.now = now;
    this.hot = new HotEntries((hostPage, slot) => cache.heat(hostPage, slot));
    cache.onReleased = ({ id }) => {
      if (id !== undefined) this.loaded.delete(id);
    };
  }

  get batchesPending(): number {
    return this.sent.size;
  }

  /** Hot entries that wait for the translator. */
  get entriesWaiting(): number {
    return this.hot.size;
  }

  get regionsPending(): number {
    return this.arrivals.length - this.installed;
  }

  /** A block entry is hot. Heat wraps: one that waits for its translation is reported again. */
  want(hostPage: number, slot: number): void {
    const key = hostPage * SLOTS_PER_PAGE + slot;
    if (this.pending.has(key)) return;
    if (this.hot.size >= MAX_WAITING) {
      this.cache.cool(hostPage, slot);
      return;
    }
    this.pending.add(key);
    this.hot.add(hostPage, slot, (this.returns.get(key) ?? 0) >= PROVING_RETURNS);
  }

  /** Send what is wanted, take in what has come. Must be cheap when there is nothing. */
  poll(): void {
    this.port.attend?.();
    if (this.batches > 0 || this.hot.size > 0) this.busyPolls++;
    if (this.hot.size > 0 && (this.batches > 0 || ++this.waits >= START_POLLS)) this.send();
    const isLooking = this.ready.length > 0 && ++this.polls % READY_POLLS === 0;
    let answer = this.receive();
    if (answer === undefined && this.regionsPending === 0 && !isLooking) return;
    const start = this.now();
    const isInTime = (): boolean => this.now() - start < MAX_INSTALL_MS;
    while (answer !== undefined) {
      this.take(answer);
      this.installArrivals(isInTime);
      answer = isInTime() ? this.receive() : undefined;
    }
    this.installArrivals(isInTime);
    if (isLooking) this.installReady(isInTime);
    this.cache.trim();
    const takenMs = this.now() - start;
    this.installMs += takenMs;
    this.longestInstallMs = Math.max(this.longestInstallMs, takenMs);
  }

  /** The next answer, if the last one's regions are all in place. */
  private receive(): TranslatorAnswer | undefined {
    return this.sent.size > 0 && this.regionsPending === 0 ? this.port.receive() : undefined;
  }

  /** The hottest pages, a batch each: as many as the translator may have, in the time that it may take. */
  private send(): void {
    if (++this.agePolls % AGE_POLLS === 0) this.age();
    const least = this.leastExecutions();
    const allowedMs = FREE_MS + this.busyPolls * TRANSLATOR_SHARE;
    while (this.sent.size < MAX_PAGES_SENT && this.spentMs < allowedMs) {
      const page = this.hot.take(least);
      if (page === undefined) return;
      const orders = this.cache.orders(page.hostPage, page.slots);
      this.sent.set(++this.batches, new Map(orders.entries()));
      this.port.post(
        this.batches,
        orders.map((order) => order.request),
      );
    }
  }

  /** Executions in SCORE_POLLS that are worth a translation. */
  private leastExecutions(): number {
    return Math.min(SURELY_PAYING, (PAYING_EXECUTIONS * SCORE_POLLS) / this.busyPolls);
  }

  /** What is cold by now is reported again when it was executed as often as the first time. */
  private age(): void {
    for (const { hostPage, slots } of this.hot.age()) {
      for (const slot of slots) {
        const key = hostPage * SLOTS_PER_PAGE + slot;
        this.pending.delete(key);
        this.cache.cool(hostPage, slot);
        if (this.returns.size >= MAX_RETURNS) this.returns.clear();
        this.returns.set(key, (this.returns.get(key) ?? 0) + 1);
      }
    }
  }

  /** Regions of one page: what was asked for, and what else is known of it. */
  private take(answer: TranslatorAnswer): void {
    const orders = this.sent.get(answer.batch) ?? new Map<number, RegionOrder>();
    let last: RegionOrder | undefined;
    const wanted = new Map<number, RegionOrder>();
    for (const index of answer.answered) {
      last = orders.get(index);
      if (last === undefined) continue;
      orders.delete(index);
      wanted.set(last.slot, last);
      this.pending.delete(last.hostPage * SLOTS_PER_PAGE + last.slot);
    }
    if (orders.size === 0) this.sent.delete(answer.batch);
    if (answer.failure !== undefined) this.failures++;
    this.translator = answer.counters;
    this.spentMs += answer.costMs;
    if (last === undefined) return;
    for (const region of answer.regions) {
      const slot = region.entry >>> 1;
      const order = wanted.get(slot);
      if (order) this.arrivals.push({ order, region });
      else this.ready.push({ order: { ...last, slot }, region });
    }
    // Those whose entry the interpreter has come to by now are found at the next look.
    this.polls = READY_POLLS - 1;
  }

  private installArrivals(isInTime: () => boolean): void {
    while (this.regionsPending > 0 && isInTime())
      this.install(this.arrivals[this.installed++] as Arrival);
    if (this.regionsPending > 0) return;
    this.arrivals = [];
    this.installed = 0;
  }

  /** Regions that nobody asked for: where the interpreter has come to their entry by now. */
  private installReady(isInTime: () => boolean): void {
    this.ready = this.ready.slice(-MAX_READY).filter((arrival) => {
      const { hostPage, slot } = arrival.order;
      if (!this.cache.isCurrent(arrival.order)) return false;
      if (!this.cache.canInstall(hostPage, slot) || !isInTime()) return true;
      this.install(arrival);
      return false;
    });
  }

  private install({ order, region }: Arrival): void {
    const module = this.moduleOf(region);
    if (module === undefined) return;
    const isInstalled = this.cache.install(order, region.covered, module, region.name);
    if (isInstalled) this.origins[region.origin]++;
    else if (module.regions === 0) this.loaded.delete(region.id);
  }

  private moduleOf(region: TranslatedRegion): LoadedModule | undefined {
    const known = this.loaded.get(region.id);
    if (known !== undefined) return known;
    try {
      const loaded = this.instantiate(region);
      this.loaded.set(region.id, loaded);
      return loaded;
    } catch (error) {
      // A module of the cache that is not of this version, though it says so.
      if (!(error instanceof WebAssembly.LinkError)) throw error;
      this.failures++;
      return undefined;
    }
  }

  close(): void {
    this.port.close();
  }
}
