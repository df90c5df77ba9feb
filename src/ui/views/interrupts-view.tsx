/** Interrupts, traps and devices, with what they do a second. */
import type { DeviceInfo } from '../../api/devices.ts';
import type { SplitView, ViewHost } from '../split-view.ts';
import { type CountSample, interruptLines, parseCounts } from './interrupts.ts';
import { type Body, type KeyRow, SampledView } from './sampled-view.tsx';

const INTERVAL_MS = 1000;

interface InterruptSample extends CountSample {
  devices: readonly DeviceInfo[];
}

class InterruptsView extends SampledView<InterruptSample> {
  protected readonly name = 'Interrupts and devices';
  protected readonly keys: readonly KeyRow[] = [];
  private before: InterruptSample | undefined;

  protected async read(): Promise<InterruptSample> {
    const { fs, devices } = this.system;
    const [interrupts, traps, list] = await Promise.all([
      fs.readFile('/proc/interrupts', 'utf8'),
      fs.readFile('/proc/trapstat', 'utf8'),
      devices.list(),
    ]);
    this.before = this.sample;
    return {
      atMs: performance.now(),
      interrupts: parseCounts(interrupts),
      traps: parseCounts(traps),
      devices: list,
    };
  }

  protected draw(sample: InterruptSample): Body {
    return { title: this.name, lines: interruptLines(this.before, sample, sample.devices) };
  }
}

export function openInterruptsView(host: ViewHost): SplitView {
  return new InterruptsView(host, INTERVAL_MS);
}
