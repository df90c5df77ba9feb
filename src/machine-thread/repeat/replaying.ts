/** Gives a machine what came into it when it was recorded, at the same places, and notices where the run is another one. */
import { crc32 } from 'node:zlib';
import type { MessageServer } from '../../machine/virtio/9p.ts';
import type { Request } from '../../protocol.ts';
import type { HostPort } from '../host-port.ts';
import type { RequestGate } from './request-gate.ts';
import type { LogItem, RunLog } from './run-log.ts';
import type { RunPosition, Witness } from './witness.ts';

/** The run is over, as far as it is known, or is another one: thrown through the machine. */
export class ReplayEnd extends Error {
  override readonly name = 'ReplayEnd';
}

function show({ retired, ticks, events }: RunPosition): string {
  return `instruction ${retired}, ${ticks * 100} ns, event ${events}`;
}

export class Replaying implements RequestGate {
  private readonly log: RunLog;
  private readonly port: HostPort;
  private next = 0;
  private witness: Witness | undefined;
  /** Why this is not the recorded run; undefined as long as it is. */
  difference: string | undefined;

  constructor(log: RunLog, port: HostPort) {
    this.log = log;
    this.port = port;
  }

  attach(witness: Witness): void {
    this.witness = witness;
    witness.onEvent = () => this.compare();
  }

  /** The recording has nothing more. */
  get isOver(): boolean {
    const item = this.item;
    if (item === undefined) return true;
    return item.kind === 'end' && this.isHere(item);
  }

  /** At the end: what is wrong with it. */
  outcome(): string | undefined {
    if (this.difference !== undefined) return this.difference;
    const { item } = this;
    if (item === undefined) return `the recording was cut short; it goes to ${show(this.position)}`;
    if (item.kind === 'end' && item.hash === this.witness?.hash.digest) return undefined;
    return `it ends at ${show(this.position)}; the recording has ${show(item.at)}`;
  }

  poll(): boolean {
    this.ignoreHost();
    const { item } = this;
    return item?.kind === 'request' && this.isHere(item);
  }

  take(): Request | undefined {
    const { item } = this;
    if (item?.kind !== 'request' || !this.isHere(item)) return undefined;
    this.next++;
    return item.request;
  }

  isRung(): boolean {
    this.ignoreHost();
    const { item } = this;
    if (item?.kind !== 'ring' || !this.isHere(item)) return false;
    this.next++;
    return true;
  }

  passIdle(deadline: number): number {
    const { item, position } = this;
    if (item === undefined) throw new ReplayEnd('the recording ends here');
    if (item.kind === 'ring' && item.at.events === position.events)
      return Math.min(deadline, item.at.ticks);
    if (deadline === Number.POSITIVE_INFINITY) throw this.differs('it sleeps for ever', item);
    return deadline;
  }

  share(tag: string): MessageServer {
    return {
      answer: (message) => {
        const { item } = this;
        if (item === undefined) throw new ReplayEnd('the recording ends here');
        const isSame = item.kind === 'share' && item.tag === tag && item.message === crc32(message);
        if (!isSame || !this.isHere(item)) throw this.differs(`it asks the folder ${tag}`, item);
        this.next++;
        return item.reply.slice();
      },
      reset: () => undefined,
      save: () => ({}),
      restore: () => undefined,
    };
  }

  private get item(): LogItem | undefined {
    return this.log.items[this.next];
  }

  private get position(): RunPosition {
    return this.witness?.position ?? { events: 0, retired: 0, ticks: 0 };
  }

  private isHere({ at }: LogItem): boolean {
    const { events, retired, ticks } = this.position;
    return at.events === events && at.retired === retired && at.ticks === ticks;
  }

  /** After each event: whether what was to be here was, and the state is the recorded one. */
  private compare(): void {
    const { item, position } = this;
    if (item === undefined) return;
    if (item.at.events < position.events) throw this.differs('something did not come', item);
    if (item.kind !== 'check' || item.at.events !== position.events) return;
    if (!this.isHere(item)) throw this.differs('it is elsewhere', item);
    if (item.hash !== this.witness?.hash.digest)
      throw this.differs('registers or calls were others before this', item);
    this.next++;
  }

  private differs(what: string, { at }: LogItem): ReplayEnd {
    const where = this.witness?.describe() ?? '';
    this.difference ??= `${what} at ${show(this.position)}${where}; the recording has ${show(at)}`;
    return new ReplayEnd(this.difference);
  }

  /** What is urgent is served as it comes; the rest is not part of the recorded run. */
  private ignoreHost(): void {
    if (this.port.poll()) while (this.port.take() !== undefined);
  }
}
