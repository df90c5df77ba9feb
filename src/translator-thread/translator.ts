/** Answers engines' requests: from the library at once, the others page by page as they are translated. */
import type { RegionRequest } from '../jit/control-flow.ts';
import type { Translation } from '../jit/translate.ts';
import type { TranslatedRegion, TranslatorAnswer } from '../jit/translator-port.ts';
import type { CacheFolder } from './cache-folder.ts';
import type { LibraryPage, PageLibrary } from './page-library.ts';

/** What machine-thread/port-translator.ts sends. */
export interface TranslationRequest {
  readonly batch: number;
  readonly requests: readonly RegionRequest[];
}

/** An engine. */
export interface Client {
  post(answer: TranslatorAnswer): void;
}

type Translate = (requests: readonly RegionRequest[]) => Translation;

/** Requests of one batch for one page. */
interface Order {
  readonly client: Client;
  readonly batch: number;
  readonly indices: readonly number[];
  readonly requests: readonly RegionRequest[];
}

/** What came of a page's orders. */
interface Outcome {
  readonly fresh: ReadonlyMap<number, TranslatedRegion>;
  readonly failure: string | undefined;
  readonly costMs: number;
}

const NOTHING_MADE: Outcome = { fresh: new Map(), failure: undefined, costMs: 0 };

/** After so many a client is told again what is known of a page. */
const REMEMBERED_PAGES = 8192;

/** What V8's threads take for translated code, as a rule: measured on gcc, 1.14 s for 4.3 MB. */
const COMPILE_MS_PER_BYTE = 0.27 / 1024;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Translator {
  private readonly library: PageLibrary;
  private readonly folder: CacheFolder | undefined;
  private readonly loadTranslate: () => Promise<Translate>;
  private readonly now: () => number;
  /** What waits for translation, by page: what comes meanwhile is translated with it. */
  private readonly queue = new Map<LibraryPage, Order[]>();
  private isRunning = false;
  /** Host pages, with their keys, whose known regions a client has. */
  private readonly told = new WeakMap<Client, Set<string>>();
  private readonly totals = {
    translations: 0,
    translatedModules: 0,
    translatedBytes: 0,
    translateMs: 0,
  };

  /** `now`: milliseconds of this thread's processor time. */
  constructor(
    library: PageLibrary,
    folder: CacheFolder | undefined,
    loadTranslate: () => Promise<Translate>,
    now: () => number = () => performance.now(),
  ) {
    this.now = now;
    this.library = library;
    this.folder = folder;
    this.loadTranslate = loadTranslate;
  }

  request(client: Client, { batch, requests }: TranslationRequest): void {
    const byPage = new Map<LibraryPage, number[]>();
    requests.forEach(({ code }, index) => {
      const page = this.library.page(code);
      byPage.set(page, [...(byPage.get(page) ?? []), index]);
    });
    for (const [page, indices] of byPage) {
      const isKnown = (index: number): boolean => {
        const { entry, executed, next } = requests[index] as RegionRequest;
        return this.library.find(page, entry, executed, next) !== undefined;
      };
      const orderOf = (some: readonly number[]): Order => ({
        ...{ client, batch, indices: some },
        requests: some.map((index) => requests[index] as RegionRequest),
      });
      // What is known does not wait for what is not: that may take as long as binaryen needs to load.
      const known = indices.filter(isKnown);
      const missing = indices.filter((index) => !isKnown(index));
      if (known.length > 0) this.answer(page, orderOf(known));
      if (missing.length === 0) continue;
      this.queue.set(page, [...(this.queue.get(page) ?? []), orderOf(missing)]);
    }
    if (!this.isRunning && this.queue.size > 0) void this.run();
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    try {
      const translate = await this.loadTranslate();
      for (;;) {
        const [next] = this.queue;
        if (next === undefined) return;
        const [page, orders] = next;
        this.queue.delete(page);
        this.serve(page, orders, translate);
        // Requests that have come meanwhile may need no translation.
        await nextTurn();
      }
    } finally {
      this.isRunning = false;
    }
  }

  private serve(page: LibraryPage, orders: readonly Order[], translate: Translate): void {
    let fresh: ReadonlyMap<number, TranslatedRegion> = new Map();
    let failure: string | undefined;
    const start = this.now();
    const bytes = this.totals.translatedBytes;
    try {
      fresh = this.translateMissing(page, orders, translate);
    } catch (error) {
      // A bug in the translator: the code stays with the interpreter, and /proc/jit counts it.
      failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    const takenMs = this.now() - start;
    const costMs = takenMs + (this.totals.translatedBytes - bytes) * COMPILE_MS_PER_BYTE;
    this.totals.translateMs += takenMs;
    orders.forEach((order, index) => {
      this.answer(page, order, { fresh, failure, costMs: index === 0 ? costMs : 0 });
    });
    if (fresh.size > 0) this.library.save(page);
  }

  private translateMissing(
    page: LibraryPage,
    orders: readonly Order[],
    translate: Translate,
  ): Map<number, TranslatedRegion> {
    const missing = new Map<number, RegionRequest>();
    for (const request of orders.flatMap(({ requests }) => requests)) {
      const { entry, executed, next } = request;
      if (this.library.find(page, entry, executed, next) === undefined) missing.set(entry, request);
    }
    const requests = [...missing.values()];
    const fresh = new Map<number, TranslatedRegion>();
    if (requests.length === 0) return fresh;
    const { bytes, covered } = translate(requests);
    if (bytes !== undefined) {
      const regions = this.library.add(page, requests, bytes, covered);
      for (const region of regions) fresh.set(region.entry, region);
      this.totals.translations += regions.length;
      this.totals.translatedModules++;
      this.totals.translatedBytes += bytes.length;
    }
    return fresh;
  }

  private answer(
    page: LibraryPage,
    { client, batch, indices, requests }: Order,
    { fresh, failure, costMs }: Outcome = NOTHING_MADE,
  ): void {
    const last = requests.at(-1);
    const isTold = last === undefined || this.tell(client, `${last.page} ${page.key}`);
    const known = isTold
      ? requests.flatMap(
          ({ entry, executed, next }) => this.library.find(page, entry, executed, next) ?? [],
        )
      : this.library.all(page, last.executed, last.next);
    const asked = requests.flatMap(({ entry }) => fresh.get(entry) ?? []);
    const regions = [...asked, ...known.filter(({ entry }) => !fresh.has(entry))];
    client.post({
      batch,
      answered: indices,
      regions,
      costMs,
      ...(failure === undefined ? {} : { failure }),
      counters: this.counters(),
    });
  }

  /** Whether the client knew; now it does. */
  private tell(client: Client, place: string): boolean {
    const told = this.told.get(client) ?? new Set();
    this.told.set(client, told);
    const isTold = told.has(place);
    if (told.size >= REMEMBERED_PAGES) told.clear();
    told.add(place);
    return isTold;
  }

  private counters(): TranslatorAnswer['counters'] {
    const { loaded, rejected, saved } = this.library.counters;
    return {
      ...this.totals,
      translateMs: Math.round(this.totals.translateMs),
      cachePagesLoaded: loaded,
      cacheFilesRejected: rejected,
      cachePagesSaved: saved,
      cacheWritesFailed: this.folder?.counters.failed ?? 0,
      cacheFilesEvicted: this.folder?.counters.evicted ?? 0,
    };
  }
}
