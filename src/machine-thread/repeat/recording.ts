/** Writes down what comes into a machine, and where in its run. */
import { crc32 } from 'node:zlib';
import type { MessageServer } from '../../machine/virtio/9p.ts';
import type { Request } from '../../protocol.ts';
import { type RequestGate, UNNOTICED } from './request-gate.ts';
import type { LogItem, RunLogWriter } from './run-log.ts';
import type { Witness } from './witness.ts';

/** Events between two places where a replay is compared though nothing came in. */
const EVENTS_PER_CHECK = 64;

type Content<Item> = Item extends unknown ? Omit<Item, 'at'> : never;

export class Recording implements RequestGate {
  private readonly log: RunLogWriter;
  private readonly gate: RequestGate;
  private witness: Witness | undefined;
  private hasEnded = false;
  readonly passIdle: RequestGate['passIdle'];

  /** `gate` says when requests come in. */
  constructor(log: RunLogWriter, gate: RequestGate) {
    this.log = log;
    this.gate = gate;
    this.passIdle = gate.passIdle?.bind(gate);
  }

  /** The machine is about to boot. */
  attach(witness: Witness): void {
    this.witness = witness;
    witness.onEvent = (events) => {
      if (events % EVENTS_PER_CHECK === 0) this.add({ kind: 'check', hash: witness.hash.digest });
    };
  }

  poll(): boolean {
    return this.gate.poll();
  }

  take(): Request | undefined {
    const request = this.gate.take();
    if (request?.type === 'endRecording') this.end();
    else if (request && !UNNOTICED.has(request.type)) this.add({ kind: 'request', request });
    return request;
  }

  isRung(): boolean {
    const isRung = this.gate.isRung();
    if (isRung) this.add({ kind: 'ring' });
    return isRung;
  }

  share(tag: string, server: MessageServer): MessageServer {
    return {
      answer: (message) => {
        const reply = server.answer(message);
        this.add({ kind: 'share', tag, message: crc32(message), reply: reply.slice() });
        return reply;
      },
      reset: () => server.reset(),
      save: () => server.save(),
      restore: (state) => server.restore(state),
    };
  }

  /** The recording is complete. Safe to call twice. */
  end(): void {
    if (this.hasEnded) return;
    this.add({ kind: 'end', hash: this.witness?.hash.digest ?? '' });
    this.hasEnded = true;
    this.log.close();
  }

  private add(item: Content<LogItem>): void {
    if (this.hasEnded) return;
    const at = this.witness?.position ?? { events: 0, retired: 0, ticks: 0 };
    this.log.add({ at, ...item });
  }
}
