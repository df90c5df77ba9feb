/** What the thread of a hart does when others ask (REQUEST), and the encoding of remote fences as requests. */
import { PAGE_SIZE } from '../../isa/sv39.ts';
import type { Engine } from '../engine.ts';
import type { RemoteFence } from '../fabric.ts';
import type { Hart } from '../hart.ts';
import { clearTranslations, pagesOf } from '../local-fabric.ts';
import type { PhysicalMemory } from '../memory.ts';
import { NO_ASID, REQUEST, type RequestHandler } from './mailbox.ts';
import type { Peers } from './peers.ts';

const MAX_PAGES = 0xffff_ffff;

export class HartRequests implements RequestHandler {
  private readonly memory: PhysicalMemory;
  private readonly hart: Hart;
  private readonly engine: Engine;

  constructor(memory: PhysicalMemory, hart: Hart, engine: Engine) {
    this.memory = memory;
    this.hart = hart;
    this.engine = engine;
  }

  perform(kind: number, a: number, b: number, c: number, d: number): void {
    const { banks } = this.hart;
    switch (kind) {
      case REQUEST.TRANSLATION:
        clearTranslations(banks, {
          kind: 'translation',
          ...(a === NO_ASID ? {} : { asid: a }),
          ...(b === 0 ? {} : { range: { address: [c, d], bytes: b * PAGE_SIZE } }),
        });
        break;
      case REQUEST.CODE:
        this.engine.invalidateAll();
        break;
      case REQUEST.PAGE:
        this.engine.invalidatePage(a);
        break;
      case REQUEST.TO_DATA:
        this.engine.invalidatePage(a);
        banks.clearFetches();
        break;
      case REQUEST.TO_CODE:
        banks.clearWrites();
        break;
      case REQUEST.EVERYTHING:
        banks.clearAll();
        this.memory.forEachCodePage((page) => this.engine.invalidatePage(page));
        break;
      default:
        throw new RangeError(`request ${kind} is unknown`);
    }
  }
}

/** Have the harts of `mask` execute a fence. */
export function askFence(peers: Peers, mask: number, fence: RemoteFence): void {
  if (fence.kind === 'code') {
    peers.ask(mask, REQUEST.CODE);
    return;
  }
  const { range, asid = NO_ASID } = fence;
  const pages = range ? Math.min(MAX_PAGES, pagesOf(range)) : 0;
  // A range of no bytes has nothing to forget.
  if (range && pages === 0) return;
  const [low, high] = range?.address ?? [0, 0];
  // From the first page's start, so that as many pages are touched as were counted.
  peers.ask(mask, REQUEST.TRANSLATION, asid, pages, low & -PAGE_SIZE, high);
}
