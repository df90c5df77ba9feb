/** What an engine says to the translator, and hears from it. */
import type { RegionRequest } from './control-flow.ts';

/** A region that can be installed wherever its bytes lie. */
export interface TranslatedRegion {
  readonly module: WebAssembly.Module;
  /** Equal for the regions of one module in all answers. */
  readonly id: number;
  /** Of the module. */
  readonly byteLength: number;
  /** The module's bytes, for who wants to show them. */
  readonly wasm?: Uint8Array;
  /** Of the module's export. */
  readonly name: string;
  /** Page offset. */
  readonly entry: number;
  /** The halfwords of the page that it was made from. */
  readonly covered: Uint16Array;
  /** Made for this request, for an earlier one of any engine, or by an earlier process. */
  readonly origin: 'translated' | 'shared' | 'cached';
}

/** Of the translator's thread since its start. */
export interface TranslatorCounters {
  /** Regions that were translated, modules they are in, and their bytes of wasm. */
  translations: number;
  translatedModules: number;
  translatedBytes: number;
  /** Processor time of that, milliseconds. */
  translateMs: number;
  /** Pages whose regions came from the cache, files that were refused, pages saved, and writes that failed. */
  cachePagesLoaded: number;
  cacheFilesRejected: number;
  cachePagesSaved: number;
  cacheWritesFailed: number;
  cacheFilesEvicted: number;
}

/** Some requests of a batch, all for one page, are dealt with. */
export interface TranslatorAnswer {
  readonly batch: number;
  /** Their indices in the batch. */
  readonly answered: readonly number[];
  /** Of that page: what was asked for as far as it can be translated, and what else is known. */
  readonly regions: readonly TranslatedRegion[];
  /** Processor time that the translator took for it, milliseconds. */
  readonly costMs: number;
  /** What went wrong in the translator. */
  readonly failure?: string;
  readonly counters: TranslatorCounters;
}

/** The way to a translator in another thread. */
export interface TranslatorPort {
  post(batch: number, requests: readonly RegionRequest[]): void;
  /** The next answer, without waiting. */
  receive(): TranslatorAnswer | undefined;
  /** At each poll, for the port that starts the thread. */
  attend?(): void;
  close(): void;
}
