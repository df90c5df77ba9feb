/** Block entries that are hot and wait for their translation: the page first whose entries are executed most now, and none that cooled down. */

/** Executions so far, modulo 65536; undefined where nothing can be translated (any more). */
export type HeatOf = (hostPage: number, slot: number) => number | undefined;

export interface HotPage {
  readonly hostPage: number;
  readonly slots: readonly number[];
}

interface Entry {
  readonly slot: number;
  heat: number;
  /** Executions lately: half of what it was a round ago, and what has come since. 0 in its first round: nothing is known of its rate. */
  score: number;
}

const HEAT_MASK = 0xffff;
/** Entries below it are forgotten. */
const MIN_SCORE = 16;
/** Entries of a page that are executed less than this share of its best are not worth a region yet. */
const GOOD_SHARE = 1 / 16;
/** Beside one that is worth a module, others of its page need less. */
const FELLOW_SHARE = 1 / 4;
/** What a module costs, in regions. */
const MODULE_COST = 1;

export class HotEntries {
  private readonly heatOf: HeatOf;
  private readonly pages = new Map<number, Entry[]>();
  private count = 0;

  constructor(heatOf: HeatOf) {
    this.heatOf = heatOf;
  }

  get size(): number {
    return this.count;
  }

  /** `isProven`: it is worth a translation however often it is executed now. */
  add(hostPage: number, slot: number, isProven = false): void {
    const entries = this.pages.get(hostPage) ?? [];
    if (entries.some((entry) => entry.slot === slot)) return;
    const heat = this.heatOf(hostPage, slot) ?? 0;
    entries.push({ slot, heat, score: isProven ? HEAT_MASK : 0 });
    this.pages.set(hostPage, entries);
    this.count++;
  }

  /** A round is over. Returns the entries that are forgotten: cold by now, or gone. */
  age(): HotPage[] {
    const forgotten: HotPage[] = [];
    for (const [hostPage, entries] of this.pages) {
      const slots: number[] = [];
      const left = entries.filter((entry) => {
        const isLeft = this.isHot(hostPage, entry);
        if (!isLeft) slots.push(entry.slot);
        return isLeft;
      });
      if (slots.length > 0) forgotten.push({ hostPage, slots });
      this.keep(hostPage, entries, left);
    }
    return forgotten;
  }

  private isHot(hostPage: number, entry: Entry): boolean {
    const heat = this.heatOf(hostPage, entry.slot);
    if (heat === undefined) return false;
    entry.score = (entry.score >>> 1) + ((heat - entry.heat) & HEAT_MASK);
    entry.heat = heat;
    return entry.score >= MIN_SCORE;
  }

  private keep(hostPage: number, before: readonly Entry[], after: Entry[]): void {
    this.count -= before.length - after.length;
    if (after.length === 0) this.pages.delete(hostPage);
    else this.pages.set(hostPage, after);
  }

  /** The page with most executions a region, and its entries that are worth one now. One of them was executed `least` times lately. */
  take(least: number): HotPage | undefined {
    let best: number | undefined;
    let bestValue = 0;
    for (const [hostPage, entries] of this.pages) {
      if (!entries.some(({ score }) => score > 0 && score >= least)) continue;
      const total = entries.reduce((sum, { score }) => sum + score, 0);
      const value = (total + 1) / (entries.length + MODULE_COST);
      if (value <= bestValue) continue;
      bestValue = value;
      best = hostPage;
    }
    return best === undefined ? undefined : this.takeFrom(best, least);
  }

  private takeFrom(hostPage: number, least: number): HotPage {
    const entries = this.pages.get(hostPage) ?? [];
    const best = Math.max(...entries.map(({ score }) => score));
    const enough = Math.max(GOOD_SHARE * best, FELLOW_SHARE * least);
    const left = entries.filter(({ score }) => score < enough);
    const slots = entries.filter(({ score }) => score >= enough).map(({ slot }) => slot);
    this.keep(hostPage, entries, left);
    return { hostPage, slots };
  }
}
