/** The platform of a machine whose thread runs others, too: nextEvent() gives it back where it would sleep. Of one hart. */
import { Riscv64Platform } from './riscv64.ts';

export class SharingPlatform extends Riscv64Platform {
  /** The thread is this machine's again: others have had it. */
  resumed(): void {
    if (this.restsMs > 0) this.runner.slept?.();
    this.restsMs = 0;
    this.restart(this.checkTimers());
    this.isReplanned = true;
  }

  /** Who executes may have said already that it rests. */
  protected override wait(_rings: number, timeoutMs: number): void {
    if (this.restsMs === 0) this.restsMs = timeoutMs;
  }
}
