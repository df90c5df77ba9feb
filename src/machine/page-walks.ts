/**
 * Which page-table walks the engine makes itself (jit/page-walker.ts): those of Sv39 where nothing stands between an access and its
 * page but the page tables. For all others it asks EngineCalls.
 */

import { PRIVILEGE } from '../isa/csr.ts';
import { PTE } from '../isa/sv39.ts';
import { HART, hostOf } from './hart-layout.ts';
import type { HartState } from './hart-state.ts';
import { PAGE_BYTES, type PhysicalMemory } from './memory.ts';
import { areWalksTraced, type Translation } from './mmu.ts';

const SV39_LEVELS = 3;

/** For what accesses a machine leaves walks to its engines at all. */
export interface EngineWalks {
  /** Loads and stores: no frame has to be known as data first (frame-use.ts). */
  readonly data: boolean;
  /** Instructions of frames that the engine has run before: no other thread's requests have to be served first. */
  readonly code: boolean;
}

export const NO_WALKS: EngineWalks = { data: false, code: false };

function isPlain({ levels, sum, mxr }: Translation): boolean {
  return levels === SV39_LEVELS && !sum && !mxr;
}

/** Tell the engine of the translations in use; `isGuarded`: protection, triggers or debuggers want to see accesses. */
export function allowWalks(
  state: HartState,
  memory: PhysicalMemory,
  walks: EngineWalks,
  { code, data }: { readonly code: Translation; readonly data: Translation },
  isGuarded: boolean,
): void {
  const isAllowed =
    walks.data &&
    !isGuarded &&
    isPlain(data) &&
    code.privilege === data.privilege &&
    memory.contains(data.root, PAGE_BYTES) &&
    !areWalksTraced();
  state.setWord(HART.WALK_ROOT, isAllowed ? hostOf(data.root) : 0);
  if (!isAllowed) return;
  state.setWord(HART.WALK_USER, data.privilege === PRIVILEGE.USER ? PTE.U : 0);
  state.setWord(HART.WALK_FRAMES, memory.size / PAGE_BYTES);
  state.setWord(HART.WALK_FETCHES, walks.code ? 1 : 0);
}
