/**
 * How long slices take, kernel, translator and garbage collection included: so long the machine looks at nothing else. For --stats:
 * by the clock, and in processor time of the thread, which a busy host does not lengthen.
 */
import type { Engine, Exit } from '../machine/engine.ts';
import type { Runner } from '../platform/riscv64.ts';
import { DurationCounts } from './duration-counts.ts';
import { processorMs } from './processor-time.ts';

/** Of processor time in the engine: programs differ in how soon they are translated. */
const FIRST_MS = 100;

export class SliceTimes implements Runner {
  private readonly engine: Pick<Engine, 'run'>;
  private readonly retired: () => number;
  private readonly clock = new DurationCounts();
  private readonly processor = new DurationCounts();
  private startMs = performance.now();
  private startProcessorMs = processorMs();
  /** In the engine. */
  private engineMs = 0;
  private firstInstructions = 0;

  /** `retired`: instructions so far. */
  constructor(engine: Pick<Engine, 'run'>, retired: () => number) {
    this.engine = engine;
    this.retired = retired;
  }

  /** In the place of the engine's. */
  run(block: number): Exit {
    const start = processorMs();
    const exit = this.engine.run(block);
    this.engineMs += processorMs() - start;
    if (this.engineMs < FIRST_MS) this.firstInstructions = this.retired();
    return exit;
  }

  /** The host and the timers are looked at now. */
  sliceEnded(): void {
    this.clock.add((performance.now() - this.startMs) * 1000);
    this.processor.add((processorMs() - this.startProcessorMs) * 1000);
    this.begin();
  }

  /** Whoever sleeps keeps nobody waiting. */
  slept(): void {
    this.begin();
  }

  private begin(): void {
    this.startMs = performance.now();
    this.startProcessorMs = processorMs();
  }

  /** Microseconds; percentiles to a fifth, upwards. */
  measured(): Record<string, number> {
    return {
      engineUs: Math.round(this.engineMs * 1000),
      firstInstructions: this.firstInstructions,
      sliceUsMedian: this.clock.percentile(0.5),
      sliceUs99: this.clock.percentile(0.99),
      sliceUsMaximum: this.clock.percentile(1),
      sliceProcessorUsMedian: this.processor.percentile(0.5),
      sliceProcessorUs99: this.processor.percentile(0.99),
      sliceProcessorUsMaximum: this.processor.percentile(1),
    };
  }
}
