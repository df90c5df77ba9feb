/** The fabric of harts that take turns on one thread: what one asks of another happens at once. */
import { PAGE_SIZE } from '../isa/sv39.ts';
import type { Engine } from './engine.ts';
import type { HartFabric, RemoteFence, TranslationFence } from './fabric.ts';
import type { Hart } from './hart.ts';
import { HART } from './hart-layout.ts';
import type { TranslationBanks } from './tlb.ts';

/** A huge attention value: any budget is below it. */
const ATTENTION = 0x7fff_ffff;
/** Beyond this many pages the whole address space is cleared. */
const MAX_PAGES = 64;
const TWO_32 = 0x1_0000_0000;

export class LocalFabric implements HartFabric {
  readonly harts: number;
  private readonly all: readonly Hart[];
  private readonly engine: () => Engine;

  constructor(harts: readonly Hart[], engine: () => Engine) {
    this.harts = harts.length;
    this.all = harts;
    this.engine = engine;
  }

  setPending(hart: number, bits: number, isPending: boolean): void {
    this.all[hart]?.state.setMip(bits, isPending);
    if (isPending) this.wake(hart);
  }

  fence(mask: number, fence: RemoteFence): void {
    if (fence.kind === 'code') this.engine().invalidateAll();
    else for (const { banks } of this.selected(mask)) clearTranslations(banks, fence);
  }

  wake(hart: number): void {
    this.all[hart]?.state.setWord(HART.ATTENTION, ATTENTION);
  }

  private selected(mask: number): Hart[] {
    return this.all.filter((_hart, id) => ((mask >>> id) & 1) === 1);
  }
}

/** Pages that a range of addresses touches. */
export function pagesOf({ address, bytes }: NonNullable<TranslationFence['range']>): number {
  return bytes === 0 ? 0 : Math.ceil(((address[0] % PAGE_SIZE) + bytes) / PAGE_SIZE);
}

/** sfence.vma as a remote fence describes it, on the tables of one hart. */
export function clearTranslations(
  banks: TranslationBanks,
  { range, asid }: TranslationFence,
): void {
  const pages = range ? pagesOf(range) : Infinity;
  if (range && pages <= MAX_PAGES) {
    const first = range.address[0] - (range.address[0] % PAGE_SIZE);
    for (let page = 0; page < pages; page++) {
      const low = first + page * PAGE_SIZE;
      banks.clearPage(low >>> 0, (range.address[1] + Math.floor(low / TWO_32)) >>> 0, asid);
    }
  } else if (asid === undefined) banks.clearAll();
  else banks.clearAsid(asid);
}
