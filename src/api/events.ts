/** Events of the guest as async iterators. */
import type { EventKind, EventTypes, SystemEvent } from '../protocol.ts';
import { CHECKED_LATER, checkOptions, FLAG, PID, type Shape } from './argument-checks.ts';
import type { Connection } from './connection.ts';
import { ClosedError, OptionError } from './errors.ts';

export interface EventOptions {
  /** Of this process only. */
  pid?: number;
  /** With pid: of what it and its children start from now on, too. Default true. */
  children?: boolean;
  /** Events that wait for the reader at most, 1 to 1,000,000. Default 4096. */
  limit?: number;
  /**
   * What happens when so many wait. 'drop' (default): those that come are counted in `dropped`, and lost. 'wait': the guest stands still
   * until the reader has taken some; a reader that waits for the guest itself then waits for ever.
   */
  whenFull?: 'drop' | 'wait';
}

const KINDS: Readonly<Record<EventKind, true>> = {
  syscall: true,
  process: true,
  signal: true,
  'page-fault': true,
  log: true,
};
const DEFAULT_LIMIT = 4096;
const MAX_LIMIT = 1e6;

const SHAPE: Shape<EventOptions> = {
  pid: PID,
  children: FLAG,
  limit: CHECKED_LATER,
  whenFull: CHECKED_LATER,
};

interface Waiting {
  resolve(result: IteratorResult<SystemEvent, undefined>): void;
  reject(error: Error): void;
}

/**
 * Events as they come, for `for await`. What happens after events() has returned is in it. It ends with the machine, and rejects with the
 * error of one that failed; leaving the loop, or return(), ends it as well.
 */
export class EventStream<Event> implements AsyncIterableIterator<Event, undefined> {
  /** Events that were lost so far because too many waited. */
  dropped = 0;
  private readonly source: EventSource;
  private readonly id: number;
  /** After so many the machine is told: a part of what it may send. */
  private readonly batch: number;
  private items: Event[] = [];
  private at = 0;
  private taken = 0;
  private readonly readers: Waiting[] = [];
  private end: Error | 'done' | undefined;

  constructor(source: EventSource, id: number, limit: number) {
    this.source = source;
    this.id = id;
    this.batch = Math.ceil(limit / 4);
  }

  receive(items: Event[], dropped: number): void {
    this.dropped += dropped;
    this.items.splice(0, this.at);
    this.at = 0;
    for (const item of items) this.items.push(item);
    while (this.readers.length > 0 && this.at < this.items.length)
      this.readers.shift()?.resolve({ value: this.take() as SystemEvent, done: false });
  }

  /** Nothing more comes. What waits can still be read. */
  finish(end: Error | 'done'): void {
    if (this.end !== undefined) return;
    this.end = end;
    for (const reader of this.readers.splice(0)) this.settle(reader);
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject } as Waiting;
      if (this.at < this.items.length) resolve({ value: this.take(), done: false });
      else if (this.end === undefined) this.readers.push(reader);
      else this.settle(reader);
    });
  }

  return(): Promise<IteratorResult<Event, undefined>> {
    this.items = [];
    this.at = 0;
    if (this.end === undefined) this.source.close(this.id);
    this.finish('done');
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  private take(): Event {
    const item = this.items[this.at++] as Event;
    if (++this.taken >= this.batch) {
      this.source.taken(this.id, this.taken);
      this.taken = 0;
    }
    return item;
  }

  private settle(reader: Waiting): void {
    if (this.end instanceof Error) reader.reject(this.end);
    else reader.resolve({ value: undefined, done: true });
  }
}

/** All streams of one machine. */
export class EventSource {
  private readonly connection: Connection;
  private readonly streams = new Map<number, EventStream<SystemEvent>>();
  private nextId = 1;
  /** Why there is no machine any more. */
  private end: Error | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.onEvents = ({ stream, items, dropped }) =>
      this.streams.get(stream)?.receive(items, dropped);
    void connection.ended.then((error) => {
      this.end = error;
      this.finish(error instanceof ClosedError ? 'done' : error);
    });
  }

  /** Throws OptionError. */
  open<Kind extends EventKind>(kind: Kind, options: EventOptions): EventStream<EventTypes[Kind]> {
    checkOptions('events', options, SHAPE);
    const { pid, children = true, limit = DEFAULT_LIMIT, whenFull = 'drop' } = options;
    if (!Object.hasOwn(KINDS, kind))
      throw new OptionError(`events: no '${kind}'; write ${Object.keys(KINDS).join(', ')}`);
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT))
      throw new OptionError(`events: limit ${limit} is outside 1 to ${MAX_LIMIT}`);
    if (whenFull !== 'drop' && whenFull !== 'wait')
      throw new OptionError(`events: whenFull '${String(whenFull)}'; write drop or wait`);
    if (pid !== undefined && kind === 'log')
      throw new OptionError('events: lines of the log belong to no process; leave out pid');
    const id = this.nextId++;
    const stream = new EventStream<EventTypes[Kind]>(this, id, limit);
    if (this.end !== undefined) {
      stream.finish(this.end);
      return stream;
    }
    this.streams.set(id, stream as EventStream<SystemEvent>);
    this.connection.post({
      type: 'eventsOpen',
      stream: id,
      kind,
      pid,
      hasChildren: pid !== undefined && children,
      room: limit,
      waits: whenFull === 'wait',
    });
    return stream;
  }

  taken(stream: number, count: number): void {
    this.connection.post({ type: 'eventsTaken', stream, count });
  }

  close(stream: number): void {
    this.streams.delete(stream);
    this.connection.post({ type: 'eventsClose', stream });
  }

  private finish(end: Error | 'done'): void {
    for (const stream of this.streams.values()) stream.finish(end);
    this.streams.clear();
  }
}
