/** In which order waiting requests go to the disk. Silberschatz, "Operating System Concepts", disk scheduling; Linux: block/mq-deadline.c. */

/** A request that waits; sectors of 512 bytes. */
export interface WaitingRequest {
  readonly sector: number;
  readonly isWrite: boolean;
}

/** Where the head is, and which way it went last. */
export interface HeadState {
  readonly sector: number;
  readonly isRising: boolean;
}

type Order = <T extends WaitingRequest>(waiting: readonly T[], head: HeadState) => T[];

function rising<T extends WaitingRequest>(requests: readonly T[]): T[] {
  return requests.toSorted((one, other) => one.sector - other.sector);
}

/** Requests at or above the head, and those below it, each from the lowest sector up. */
function split<T extends WaitingRequest>(waiting: readonly T[], from: number): [T[], T[]] {
  const sorted = rising(waiting);
  return [
    sorted.filter(({ sector }) => sector >= from),
    sorted.filter(({ sector }) => sector < from),
  ];
}

/** As they came. */
const inOrder: Order = (waiting) => [...waiting];

/** Shortest seek first. */
const shortestSeek: Order = (waiting, head) => {
  const left = [...waiting];
  const order: typeof left = [];
  let at = head.sector;
  while (left.length > 0) {
    let nearest = 0;
    left.forEach(({ sector }, i) => {
      const best = left[nearest]?.sector ?? 0;
      if (Math.abs(sector - at) < Math.abs(best - at)) nearest = i;
    });
    const [next] = left.splice(nearest, 1);
    if (next === undefined) break;
    order.push(next);
    at = next.sector;
  }
  return order;
};

/** The elevator: on in its direction, then back. SCAN and LOOK differ in how far the head goes where nothing is asked for, which takes time, and changes no order. */
const elevator: Order = (waiting, { sector, isRising }) => {
  const [above, below] = split(waiting, isRising ? sector : sector + 1);
  const down = below.toReversed();
  return isRising ? [...above, ...down] : [...down, ...above];
};

/** One way only: from the lowest again when the highest is done. */
const circular: Order = (waiting, { sector }) => split(waiting, sector).flat();

/** Reads first, for somebody waits for them; each kind one way. */
const deadline: Order = (waiting, head) => [
  ...circular(
    waiting.filter(({ isWrite }) => !isWrite),
    head,
  ),
  ...circular(
    waiting.filter(({ isWrite }) => isWrite),
    head,
  ),
];

/** By the name that /sys/block/<disk>/queue/scheduler has for it. Each is a permutation of what waits. */
export const IO_SCHEDULERS: Readonly<Record<string, Order>> = {
  none: inOrder,
  'mq-deadline': deadline,
  fcfs: inOrder,
  ssf: shortestSeek,
  scan: elevator,
  'c-scan': circular,
  look: elevator,
  'c-look': circular,
};
