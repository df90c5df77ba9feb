/** Writes of a file system's own structures that are over later: whoever asks then hears that they failed. Linux: mark_buffer_write_io_error. */
import type { ErrorSequence } from './error-sequence.ts';
import { IoBatch } from './io-batch.ts';

export class NotedWrites extends IoBatch {
  private readonly errors: ErrorSequence;

  constructor(errors: ErrorSequence) {
    super();
    this.errors = errors;
  }

  protected override finished(): void {
    if (this.error !== undefined) this.errors.record(this.error);
  }
}
