/** Metadata on its way to a slow disk: what became of it is heard of later. */
import { IoBatch } from '../io-batch.ts';
import type { Ext4 } from './ext4.ts';

export class MetadataWrites extends IoBatch {
  private readonly fs: Ext4;

  /** With a journal, a commit block must not follow on what it is about if that was not written. */
  constructor(fs: Ext4) {
    super(fs.isJournaled);
    this.fs = fs;
  }

  protected override finished(): void {
    const { error, fs } = this;
    if (error === undefined) return;
    fs.errors.record(error);
    if (this.stopsAtError) fs.abort(`journal commit failed: ${error.message}`);
    else this.error = undefined;
  }
}
