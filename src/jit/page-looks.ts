/** Asks the translator what is known of each page that begins to be executed, so that its regions are there before its code is hot. */
import { SLOTS_PER_PAGE } from '../machine/record-layout.ts';
import type { CodeCache, PageState, RegionOrder } from './code-cache.ts';
import type { KnownPages, TranslatedRegion, TranslatorPort } from './translator-port.ts';

/** At a poll. Hot code must not wait for long behind them in the translator. */
const MAX_PAGES = 16;

/** A region, and where it is to be installed. */
export interface Arrival {
  readonly order: RegionOrder;
  readonly region: TranslatedRegion;
}

export class PageLooks {
  private readonly cache: CodeCache;
  private readonly port: TranslatorPort;
  /** Host pages that were not asked for yet. */
  private readonly used = new Set<number>();
  private readonly sent = new Map<number, readonly PageState[]>();
  private looks = 0;

  constructor(cache: CodeCache, port: TranslatorPort) {
    this.cache = cache;
    this.port = port;
    cache.onUsed = (hostPage) => this.used.add(hostPage);
  }

  get pending(): number {
    return this.sent.size;
  }

  /** Ask for some pages. Only once the translator was asked for something else. */
  send(): void {
    if (this.used.size === 0) return;
    const pages: PageState[] = [];
    for (const hostPage of this.used) {
      this.used.delete(hostPage);
      const state = this.cache.stateOf(hostPage);
      if (state !== undefined) pages.push(state);
      if (pages.length === MAX_PAGES) break;
    }
    if (pages.length === 0) return;
    const code = new Uint16Array(pages.length * SLOTS_PER_PAGE);
    for (const [index, page] of pages.entries()) code.set(page.code, index * SLOTS_PER_PAGE);
    this.sent.set(++this.looks, pages);
    this.port.look(
      this.looks,
      pages.map(({ hostPage }) => hostPage),
      code,
    );
  }

  take({ look, pages }: KnownPages): Arrival[] {
    const asked = this.sent.get(look) ?? [];
    this.sent.delete(look);
    return pages.flatMap(({ index, code, regions }) => {
      const { hostPage, generation } = asked[index] as PageState;
      return regions.map((region) => ({
        order: { hostPage, generation, slot: region.entry >>> 1, request: { code } },
        region,
      }));
    });
  }
}
