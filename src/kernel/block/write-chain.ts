/**
 * Writes that nobody waits for at once, in stages: those of one stage may be done in any order, and the next stage begins when all are done. A
 * flush is a stage of its own. So a journal's commit block is not on its way before what it is about is durable. Linux: REQ_PREFLUSH, and the
 * waiting in fs/jbd2/commit.c.
 */
import type { KernelError } from '../../abi/errno.ts';
import { IoBatch } from '../../fs/io-batch.ts';
import { overlaps, type Request } from './request.ts';

export class WriteStage extends IoBatch {
  /** Not sent yet. */
  readonly requests: Request[] = [];
  readonly isFlush: boolean;

  constructor(isFlush: boolean) {
    super();
    this.isFlush = isFlush;
  }
}

export class WriteChain {
  /** The first is under way. */
  private readonly stages: WriteStage[] = [];

  /** All that was begun is done. */
  get isEmpty(): boolean {
    return this.stages.every(({ pending }) => pending === 0);
  }

  /** A write, or a flush without sectors; `isAfter` all that is there. The request counts in its stage. */
  add(request: Request, isAfter: boolean): void {
    let stage = this.stages.at(-1);
    const { isFlush, sector, sectors } = request;
    const mayNotJoin = isAfter || isFlush || this.waitsFor(sector, sectors);
    if (stage === undefined || stage.isFlush || mayNotJoin) {
      stage = new WriteStage(isFlush);
      this.stages.push(stage);
    }
    stage.pending++;
    stage.requests.push(request);
    request.batches.push(stage);
    request.isChained = true;
  }

  /** Requests that may go now, but those for which it is too late: something that they belong to has failed. */
  take(give: (request: Request) => void, drop: (request: Request, why: KernelError) => void): void {
    for (;;) {
      const [stage] = this.stages;
      if (stage === undefined) return;
      for (const request of stage.requests.splice(0)) {
        const failed = request.batches.find(({ error, stopsAtError }) => error && stopsAtError);
        if (failed?.error) drop(request, failed.error);
        else give(request);
      }
      if (stage.pending > 0) return;
      this.stages.shift();
    }
  }

  /** Of those that were not sent: the disk is gone. */
  takeAll(): Request[] {
    return this.stages.flatMap(({ requests }) => requests.splice(0));
  }

  /** Whether a write is not done that touches these sectors. Those that were sent are asked for by the queue. */
  waitsFor(sector: number, sectors: number): boolean {
    return this.stages.some(({ requests }) =>
      requests.some((each) => overlaps(each, sector, sectors)),
    );
  }
}
