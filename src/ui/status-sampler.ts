/** The figures of the bottom line, read each second from the guest's /proc. */
import type { System } from '../api/system.ts';
import { computeStatus, type Sample, STATUS_FILES, statusText } from './model.ts';

const REFRESH_MS = 1000;

export class StatusSampler {
  private readonly system: System;
  private readonly onStatus: (text: string) => void;
  private readonly timer: NodeJS.Timeout;
  private sample: Sample | undefined;
  private isReading = false;
  private isClosed = false;

  constructor(system: System, onStatus: (text: string) => void) {
    this.system = system;
    this.onStatus = onStatus;
    this.timer = setInterval(() => void this.refresh(), REFRESH_MS);
    void this.refresh();
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
  }

  private async refresh(): Promise<void> {
    // A machine that is busy elsewhere is not asked twice.
    if (this.isReading) return;
    this.isReading = true;
    const text = await this.read();
    this.isReading = false;
    if (!this.isClosed) this.onStatus(text);
  }

  private async read(): Promise<string> {
    try {
      const texts = await Promise.all(
        STATUS_FILES.map((name) => this.system.fs.readFile(`/proc/${name}`, 'utf8')),
      );
      const files = Object.fromEntries(
        STATUS_FILES.map((name, index) => [name, texts[index] ?? '']),
      );
      const sample = { atMs: performance.now(), files };
      const status = statusText(computeStatus(this.sample, sample));
      this.sample = sample;
      return status;
    } catch (error) {
      // The machine is going down: the line says so.
      return error instanceof Error ? error.message : String(error);
    }
  }
}
