/** A transfer on its way to a disk. Linux: struct request. */
import type { IoBatch } from '../../fs/io-batch.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { IoPriority } from './io-priority.ts';
import type { WaitingRequest } from './io-scheduler.ts';

const SECTOR_BYTES = 512;
/** Frames in one request at most. */
export const MAX_FRAMES = 64;

/** Plain data. */
export interface Request extends WaitingRequest {
  sector: number;
  sectors: number;
  readonly isWrite: boolean;
  /** Without sectors: what was written before is durable behind it. */
  readonly isFlush: boolean;
  /** Its turn came in a chain of writes. */
  isChained: boolean;
  readonly priority: IoPriority;
  readonly owner: number;
  readonly name: string;
  readonly arrivalNs: number;
  /** Each with a reference of ours; the last may be needed in part only. */
  readonly frames: number[];
  /** Who waits: more than one after a merge. */
  readonly batches: IoBatch[];
  /** How often the device was asked. */
  attempts: number;
}

export function overlaps(one: Request, sector: number, sectors: number): boolean {
  return sector < one.sector + one.sectors && one.sector < sector + sectors;
}

function isWholePages({ frames, sectors }: Request): boolean {
  return frames.length * PAGE_SIZE === sectors * SECTOR_BYTES;
}

/** Whether `next` can become part of `one`, at its end. */
function touches(one: Request, next: Request): boolean {
  return (
    one.sector + one.sectors === next.sector &&
    one.isWrite === next.isWrite &&
    one.isChained === next.isChained &&
    !one.isFlush &&
    one.priority.class === next.priority.class &&
    one.frames.length + next.frames.length <= MAX_FRAMES &&
    isWholePages(one) &&
    isWholePages(next)
  );
}

function join(one: Request, next: Request): Request {
  return {
    ...one,
    sectors: one.sectors + next.sectors,
    arrivalNs: Math.min(one.arrivalNs, next.arrivalNs),
    frames: [...one.frames, ...next.frames],
    batches: [...one.batches, ...next.batches],
  };
}

/** Neighbours of one kind become one, where the first of them came. */
export function merged(
  requests: readonly Request[],
  counter: { noteMerged(request: Request): void },
): Request[] {
  const arrivals = requests.map((request, arrival) => ({ request, arrival }));
  arrivals.sort((one, other) => one.request.sector - other.request.sector);
  const runs: { request: Request; arrival: number }[] = [];
  for (const { request, arrival } of arrivals) {
    const last = runs.at(-1);
    if (last && touches(last.request, request)) {
      counter.noteMerged(request);
      last.request = join(last.request, request);
      last.arrival = Math.min(last.arrival, arrival);
    } else runs.push({ request, arrival });
  }
  runs.sort((one, other) => one.arrival - other.arrival);
  return runs.map(({ request }) => request);
}
