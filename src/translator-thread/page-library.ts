/** What is translated, by the bytes of the page that it is of: in memory, and behind it in the cache's folder. */
import { createHash } from 'node:crypto';
import { INTERPRETED, type RegionRequest } from '../jit/control-flow.ts';
import { regionName } from '../jit/engine.ts';
import type { TranslatedRegion } from '../jit/translator-port.ts';
import type { CacheFolder } from './cache-folder.ts';
import { decodePageFile, encodePageFile, type SavedRegion, type Segment } from './page-file.ts';

const DEFAULT_CAPACITY_BYTES = 32 << 20;
/** More than gcc has pages worth a translation. A page's modules and what describes them are some 4 KB. */
const CAPACITY_PAGES = 2048;
const SLOTS_PER_PAGE = 2048;

/** A module of a page's regions. */
interface Volume extends Segment {
  /**
   * Compiled when it is wanted, and again if no engine has had it since: V8's code and tables for a module are several times its bytes,
   * and would be kept for each program that ever ran.
   */
  module?: WeakRef<WebAssembly.Module>;
  readonly id: number;
  readonly isCached: boolean;
}

interface Found {
  readonly volume: Volume;
  readonly region: Segment['regions'][number];
}

export interface LibraryPage {
  readonly key: string;
  volumes: readonly Volume[];
}

export class PageLibrary {
  readonly counters = { loaded: 0, rejected: 0, saved: 0 };
  private readonly folder: CacheFolder | undefined;
  private readonly version: string;
  /** By key, least lately used first. */
  private readonly pages = new Map<string, LibraryPage>();
  private bytes = 0;
  private ids = 0;

  /** Whether engines get the bytes of their modules. */
  showsWasm = false;
  /** Bytes of wasm that are remembered; what is older is in the folder, or made again. */
  capacityBytes = DEFAULT_CAPACITY_BYTES;

  /** `version` stands for everything besides a page's bytes that a translation depends on: equal versions, equal meaning. */
  constructor(version: string, folder?: CacheFolder) {
    this.version = version;
    this.folder = folder;
  }

  /** The page with these bytes, loaded if it was saved. */
  page(code: Uint16Array): LibraryPage {
    const key = createHash('sha256').update(this.version).update(code).digest('hex').slice(0, 40);
    const known = this.pages.get(key);
    const page = known ?? { key, volumes: this.load(key) };
    this.pages.delete(key);
    this.pages.set(key, page);
    if (known === undefined) this.bytes += bytesOf(page);
    this.forget();
    return page;
  }

  private load(key: string): Volume[] {
    const file = this.folder?.read(key);
    if (file === undefined) return [];
    const segments = decodePageFile(key, file);
    if (segments?.every(({ wasm }) => WebAssembly.validate(wasm))) {
      this.counters.loaded++;
      return segments.map((segment) => ({ ...segment, id: ++this.ids, isCached: true }));
    }
    this.counters.rejected++;
    this.folder?.remove(key);
    return [];
  }

  /**
   * A region for the request: the latest, if it holds no instruction that is to be interpreted now. `next`: what the next page begins
   * with, if that is known; an instruction of which half lies there means something else with another half.
   */
  find(
    page: LibraryPage,
    entry: number,
    executed: Uint8Array,
    next?: number,
  ): TranslatedRegion | undefined {
    const found = this.latest(page, entry, next);
    if (found === undefined) return undefined;
    if (found.region.covered.some((halfword) => executed[halfword] === INTERPRETED))
      return undefined;
    return this.translated(found);
  }

  /** All regions of the page that can be used now. */
  all(page: LibraryPage, executed: Uint8Array, next?: number): TranslatedRegion[] {
    const entries = new Set(
      page.volumes.flatMap(({ regions }) => regions.map(({ entry }) => entry)),
    );
    return [...entries].flatMap((entry) => this.find(page, entry, executed, next) ?? []);
  }

  private latest(page: LibraryPage, entry: number, next?: number): Found | undefined {
    for (let i = page.volumes.length - 1; i >= 0; i--) {
      const volume = page.volumes[i] as Volume;
      const region = volume.regions.find(
        (candidate) => candidate.entry === entry && isFor(candidate, next),
      );
      if (region !== undefined) return { volume, region };
    }
    return undefined;
  }

  /**
   * Take in what was just translated of the page, in the order of the requests, and return it. A region that has code of other
   * pages too holds where they lie: it is good for this request only. Volumes that are superseded go.
   */
  add(
    page: LibraryPage,
    requests: readonly Pick<RegionRequest, 'entry' | 'next'>[],
    wasm: Uint8Array,
    covered: readonly (Uint16Array | undefined)[],
  ): TranslatedRegion[] {
    const regions = requests.flatMap(({ entry, next }, index) => {
      const halfwords = covered[index];
      if (halfwords === undefined) return [];
      // Where `next` is known an instruction begins in the last halfword.
      const isStraddling = next !== undefined && halfwords.includes(SLOTS_PER_PAGE - 1);
      return [{ entry, index, covered: halfwords, next: isStraddling ? next : undefined }];
    });
    const kept = regions.filter((region) => region.covered.every((it) => it < SLOTS_PER_PAGE));
    const volume = { wasm, regions: kept, id: ++this.ids, isCached: false };
    if (kept.length > 0) this.put(page, volume);
    return regions.map((region) => ({
      ...this.translated({ volume, region }),
      origin: 'translated',
    }));
  }

  private put(page: LibraryPage, added: Volume): void {
    const isReplaced = (old: SavedRegion): boolean =>
      added.regions.some(({ entry, next }) => entry === old.entry && next === old.next);
    const before = bytesOf(page);
    const kept = page.volumes.filter(({ regions }) => !regions.every(isReplaced));
    page.volumes = [...kept, added];
    if (this.pages.get(page.key) === page) this.bytes += bytesOf(page) - before;
  }

  save(page: LibraryPage): void {
    if (page.volumes.length === 0) return;
    if (this.folder?.write(page.key, encodePageFile(page.key, page.volumes))) this.counters.saved++;
  }

  private translated({ volume, region }: Found): TranslatedRegion {
    return {
      module: compiled(volume),
      id: volume.id,
      byteLength: volume.wasm.length,
      ...(this.showsWasm && { wasm: volume.wasm }),
      name: regionName(region.index),
      entry: region.entry,
      covered: region.covered,
      origin: volume.isCached ? 'cached' : 'shared',
    };
  }

  private forget(): void {
    for (const [key, page] of this.pages) {
      const isSmall = this.bytes <= this.capacityBytes && this.pages.size <= CAPACITY_PAGES;
      if (isSmall || this.pages.size === 1) break;
      this.pages.delete(key);
      this.bytes -= bytesOf(page);
    }
  }
}

function compiled(volume: Volume): WebAssembly.Module {
  const known = volume.module?.deref();
  if (known !== undefined) return known;
  const module = new WebAssembly.Module(volume.wasm);
  volume.module = new WeakRef(module);
  return module;
}

/** Whether the region holds what `next` makes of the page's last instruction, or does not hold that. */
function isFor(region: SavedRegion, next: number | undefined): boolean {
  return region.next === undefined || next === undefined || region.next === next;
}

function bytesOf({ volumes }: LibraryPage): number {
  return volumes.reduce((sum, { wasm }) => sum + wasm.length, 0);
}
