/**
 * Which of the waiting requests goes to the disk next. Silberschatz, "Operating System Concepts", disk scheduling; Linux: block/mq-deadline.c,
 * block/bfq-iosched.c.
 */
import { IDLE_CLASS, type IoPriority } from './io-priority.ts';

/** A request that waits; sectors of 512 bytes. */
export interface WaitingRequest {
  readonly sector: number;
  readonly sectors: number;
  readonly isWrite: boolean;
  /** Of who asked for it; `owner` is the process, 0 for the kernel. */
  readonly priority: IoPriority;
  readonly owner: number;
  /** When it came: nanoseconds of the monotonic clock. */
  readonly arrivalNs: number;
}

/** What a scheduler knows of the past. Plain data. */
export class SchedulerState {
  /** Where the head is, and which way it went last. */
  sector = 0;
  isRising = true;
  /** mq-deadline: how often reads went before writes that waited. */
  starved = 0;
  /** bfq: sectors that each process was given, by its weight; nobody is behind `floor`. */
  readonly service = new Map<number, number>();
  floor = 0;

  /** A request was sent. */
  sent({ sector, sectors, owner, priority }: WaitingRequest): void {
    if (sector !== this.sector) this.isRising = sector > this.sector;
    this.sector = sector + sectors;
    const served = Math.max(this.service.get(owner) ?? 0, this.floor);
    this.floor = served;
    this.service.set(owner, served + sectors / weightOf(priority));
    if (this.service.size > MAX_OWNERS) this.service.clear();
  }
}

/** Returns one of `waiting`, which is not empty and in order of arrival. */
type Choice = <T extends WaitingRequest>(
  waiting: readonly T[],
  state: SchedulerState,
  nowNs: number,
) => T;

/** Whoever has waited so long goes first: read_expire and write_expire of mq-deadline. */
const READ_EXPIRE_NS = 500e6;
const WRITE_EXPIRE_NS = 5e9;
/** A better class keeps another waiting for so long: prio_aging_expire. */
const AGING_NS = 10e9;
/** writes_starved: so often reads go first. */
const WRITES_STARVED = 2;
/** Processes that bfq keeps in mind. */
const MAX_OWNERS = 256;

/** BFQ: 8 minus the level, and the real-time class as much as all others. */
function weightOf({ level }: IoPriority): number {
  return 8 - level;
}

const first: Choice = ([request]) => request as NonNullable<typeof request>;

/** The least by `cost`; of equals the one that came first. */
function least<T extends WaitingRequest>(waiting: readonly T[], cost: (request: T) => number): T {
  return waiting.reduce((best, each) => (cost(each) < cost(best) ? each : best));
}

function expired<T extends WaitingRequest>(waiting: readonly T[], nowNs: number): T | undefined {
  return waiting.find(({ isWrite, arrivalNs }) => {
    return nowNs - arrivalNs >= (isWrite ? WRITE_EXPIRE_NS : READ_EXPIRE_NS);
  });
}

/** With expiration: a request may not wait for ever because others are nearer. */
function unlessExpired(choose: Choice): Choice {
  return (waiting, state, nowNs) => expired(waiting, nowNs) ?? choose(waiting, state, nowNs);
}

const shortestSeek: Choice = (waiting, { sector: head }) =>
  least(waiting, ({ sector }) => Math.abs(sector - head));

/** The elevator: on in its direction, then back. SCAN and LOOK differ in how far the head goes where nothing is asked for, which takes time, and changes no order. */
const elevator: Choice = (waiting, { sector: head, isRising }) =>
  least(waiting, ({ sector }) => {
    const distance = isRising ? sector - head : head - sector;
    // Behind it: after all that is in front, the nearest first.
    return distance >= 0 ? distance : BEHIND - distance;
  });

/** One way only: from the lowest again when the highest is done. */
const circular: Choice = (waiting, { sector: head }) =>
  least(waiting, ({ sector }) => (sector >= head ? sector : BEHIND + sector));
const BEHIND = 2 ** 45;

/** Those of the best class, but for what has waited too long for a better one. */
function bestClass<T extends WaitingRequest>(waiting: readonly T[], nowNs: number): readonly T[] {
  const aged = waiting.find(({ arrivalNs }) => nowNs - arrivalNs >= AGING_NS);
  if (aged) return [aged];
  const best = Math.min(...waiting.map(({ priority }) => priority.class));
  return waiting.filter(({ priority }) => priority.class === best);
}

/** Of the best class reads first, for somebody waits for them, then writes; each kind one way, and what has expired before. */
const deadline: Choice = (all, state, nowNs) => {
  const waiting = bestClass(all, nowNs);
  const reads = waiting.filter(({ isWrite }) => !isWrite);
  const writes = waiting.filter(({ isWrite }) => isWrite);
  const takesReads = reads.length > 0 && (writes.length === 0 || state.starved < WRITES_STARVED);
  state.starved = takesReads && writes.length > 0 ? state.starved + 1 : 0;
  const kind = takesReads ? reads : writes;
  return expired(kind, nowNs) ?? circular(kind, state, nowNs);
};

/** Of the best class the process that was given least for its weight; its requests one way. */
const fair: Choice = (all, state, nowNs) => {
  const waiting = bestClass(all, nowNs);
  const served = ({ owner }: WaitingRequest) =>
    Math.max(state.service.get(owner) ?? 0, state.floor);
  const { owner } = least(waiting, (each) =>
    each.priority.class === IDLE_CLASS ? each.arrivalNs : served(each),
  );
  return circular(
    waiting.filter((each) => each.owner === owner),
    state,
    nowNs,
  );
};

/** By the name that /sys/block/<disk>/queue/scheduler has for it. */
export const IO_SCHEDULERS: Readonly<Record<string, Choice>> = {
  none: first,
  'mq-deadline': deadline,
  bfq: fair,
  fcfs: first,
  ssf: unlessExpired(shortestSeek),
  scan: unlessExpired(elevator),
  'c-scan': unlessExpired(circular),
  look: unlessExpired(elevator),
  'c-look': unlessExpired(circular),
};
