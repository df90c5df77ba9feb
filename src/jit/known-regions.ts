/** What the translator has made lately: a region that one hart's engine asked for serves the others as it is. */
import { INTERPRETED, type RegionRequest } from './control-flow.ts';

/** Regions that are remembered; with them lives their module's code. */
const CAPACITY = 4096;
const HALFWORDS_PER_PAGE = 2048;

export interface KnownRegion {
  readonly module: WebAssembly.Module;
  /** Of the module's export. */
  readonly name: string;
  /** The halfwords that the region was made from. */
  readonly covered: Uint16Array;
  readonly byteLength: number;
}

interface Entry extends KnownRegion {
  readonly code: Uint16Array;
}

export class KnownRegions {
  /** By page and entry, oldest first. */
  private readonly entries = new Map<number, Entry>();

  /** A region for the request, made from the same bytes, of which none is to be interpreted now. */
  find(request: RegionRequest): KnownRegion | undefined {
    const entry = this.entries.get(keyOf(request));
    const { code, executed } = request;
    const isSame = entry?.covered.every(
      (halfword) => code[halfword] === entry.code[halfword] && executed[halfword] !== INTERPRETED,
    );
    return isSame === true ? entry : undefined;
  }

  remember({ code, ...request }: RegionRequest, region: KnownRegion): void {
    const key = keyOf(request);
    this.entries.delete(key);
    this.entries.set(key, { ...region, code });
    const [oldest] = this.entries.keys();
    if (this.entries.size > CAPACITY && oldest !== undefined) this.entries.delete(oldest);
  }
}

function keyOf({ page, entry }: Pick<RegionRequest, 'page' | 'entry'>): number {
  return page * HALFWORDS_PER_PAGE + entry / 2;
}
