/** The pages of RAM that a snapshot holds: none of zeros, equal ones once. */
import { PAGE_BYTES, type PhysicalMemory } from '../memory.ts';
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';

const PAGE_WORDS = PAGE_BYTES / 4;
/** Pages are compressed in blocks of this many. */
const PAGES_PER_BLOCK = 256;

/** FNV-1a over words: finds candidates, which are then compared. */
function hashOf(words: Uint32Array, first: number): number {
  let hash = 0x811c_9dc5;
  for (let k = 0; k < PAGE_WORDS; k++) {
    hash = Math.imul(hash ^ (words[first + k] as number), 0x0100_0193);
  }
  return hash;
}

function isZero(words: Uint32Array, first: number): boolean {
  for (let k = 0; k < PAGE_WORDS; k++) if (words[first + k] !== 0) return false;
  return true;
}

function isEqual(words: Uint32Array, a: number, b: number): boolean {
  for (let k = 0; k < PAGE_WORDS; k++) if (words[a + k] !== words[b + k]) return false;
  return true;
}

/** `state` tells which frame holds which page of the blocks. */
export interface SavedPages {
  readonly state: StateValue;
  readonly blocks: readonly Uint8Array[];
}

/** `used`: the frames that mean anything, counted from the start of RAM; undefined for all. */
export function savePages(memory: PhysicalMemory, used?: Iterable<number>): SavedPages {
  const { u32, u8, size } = memory;
  const frames: number[] = [];
  const numbers: number[] = [];
  /** First frame of each distinct page, and pages by their hash. */
  const pages: number[] = [];
  const byHash = new Map<number, number[]>();
  for (const frame of used ?? new Uint32Array(size / PAGE_BYTES).keys()) {
    const first = frame * PAGE_WORDS;
    if (isZero(u32, first)) continue;
    const hash = hashOf(u32, first);
    const candidates = byHash.get(hash) ?? [];
    let page = candidates.find((known) => isEqual(u32, (pages[known] ?? 0) * PAGE_WORDS, first));
    if (page === undefined) {
      page = pages.length;
      pages.push(frame);
      byHash.set(hash, [...candidates, page]);
    }
    frames.push(frame);
    numbers.push(page);
  }
  const blocks: Uint8Array[] = [];
  for (let start = 0; start < pages.length; start += PAGES_PER_BLOCK) {
    const part = pages.slice(start, start + PAGES_PER_BLOCK);
    const block = new Uint8Array(part.length * PAGE_BYTES);
    part.forEach((frame, k) => {
      block.set(u8.subarray(frame * PAGE_BYTES, (frame + 1) * PAGE_BYTES), k * PAGE_BYTES);
    });
    blocks.push(block);
  }
  return { state: { frames: packed(frames), pages: packed(numbers) }, blocks };
}

/** The same for another machine of this process: in shared memory, and no page is looked for twice. */
export function sharePages({ u8, u32 }: PhysicalMemory, used: readonly number[]): SavedPages {
  const frames = used.filter((frame) => !isZero(u32, frame * PAGE_WORDS));
  const bytes = new Uint8Array(new SharedArrayBuffer(frames.length * PAGE_BYTES));
  for (const { frame, count, page } of runsOf(frames)) {
    const run = u8.subarray(frame * PAGE_BYTES, (frame + count) * PAGE_BYTES);
    bytes.set(run, page * PAGE_BYTES);
  }
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += PAGES_PER_BLOCK * PAGE_BYTES)
    blocks.push(bytes.subarray(at, at + PAGES_PER_BLOCK * PAGE_BYTES));
  return { state: { frames: packed(frames), pages: packed([...frames.keys()]) }, blocks };
}

/** From another machine's RAM into that of one that was just made. Frames of zeros take no memory there. */
export function copyFrames(
  from: Uint8Array,
  frames: Iterable<number>,
  { u8 }: PhysicalMemory,
): void {
  const words = new Uint32Array(from.buffer, from.byteOffset, from.byteLength / 4);
  const used = Array.from(frames).filter((frame) => !isZero(words, frame * PAGE_WORDS));
  for (const { frame, count } of runsOf(used)) {
    const at = frame * PAGE_BYTES;
    u8.set(from.subarray(at, at + count * PAGE_BYTES), at);
  }
}

/** Neighbouring frames; `page`: the number of the first among all. */
function runsOf(frames: readonly number[]): { frame: number; count: number; page: number }[] {
  const runs: { frame: number; count: number; page: number }[] = [];
  for (const [page, frame] of frames.entries()) {
    const last = runs.at(-1);
    if (last && last.frame + last.count === frame) last.count++;
    else runs.push({ frame, count: 1, page });
  }
  return runs;
}

/**
 * All of RAM becomes what was saved. RAM that is `isFresh` holds zeros, and stays untouched where nothing was saved: so it
 * takes no memory of the host. Throws an Error where frames or pages do not exist.
 */
export function restorePages(
  memory: PhysicalMemory,
  state: StateValue,
  blocks: readonly Uint8Array[],
  isFresh = false,
): void {
  const fields = new StateFields('memory', state);
  const frames = unpacked(fields.bytes('frames'));
  const pages = unpacked(fields.bytes('pages'));
  if (frames.length !== pages.length)
    throw new Error('saved state of memory: frames without pages');
  if (!isFresh) {
    memory.fill(memory.base, 0, memory.size);
    memory.codeReplaced(memory.base, memory.size);
  }
  for (let k = 0; k < frames.length; ) {
    const frame = frames[k] as number;
    const page = pages[k] as number;
    const count = runLength(frames, pages, k);
    const start = (page % PAGES_PER_BLOCK) * PAGE_BYTES;
    const block = blocks[Math.floor(page / PAGES_PER_BLOCK)];
    const bytes = block?.subarray(start, start + count * PAGE_BYTES);
    if (bytes?.length !== count * PAGE_BYTES || (frame + count) * PAGE_BYTES > memory.size) {
      throw new Error(`saved state of memory: frame ${frame} is not there`);
    }
    memory.u8.set(bytes, frame * PAGE_BYTES);
    k += count;
  }
}

/** How many frames from number k on are neighbours, as their pages are in one block. */
function runLength(frames: readonly number[], pages: readonly number[], k: number): number {
  const [frame, page] = [frames[k] as number, pages[k] as number];
  const most = PAGES_PER_BLOCK - (page % PAGES_PER_BLOCK);
  let count = 1;
  while (count < most && frames[k + count] === frame + count && pages[k + count] === page + count)
    count++;
  return count;
}

function packed(numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * numbers.length);
  const view = new DataView(bytes.buffer);
  for (const [k, number] of numbers.entries()) view.setUint32(4 * k, number, true);
  return bytes;
}

function unpacked(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >>> 2 }, (_, k) => view.getUint32(4 * k, true));
}
