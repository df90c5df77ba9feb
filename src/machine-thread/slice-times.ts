/**
 * How long slices take, kernel, translator and garbage collection included: so long the machine looks at nothing else. For --stats:
 * by the clock, and in processor time of the thread, which a busy host does not lengthen.
 */
import { type Engine, Exit } from '../machine/engine.ts';
import type { Runner } from '../platform/runner.ts';
import { DurationCounts } from './duration-counts.ts';
import { processorMs } from './processor-time.ts';

/** Of processor time in the engine: programs differ in how soon they are translated. */
const FIRST_MS = 100;

/** How long a look at the clock takes now, in milliseconds: the least of three. */
function clockLookMs(): number {
  let least = Infinity;
  for (let k = 0; k < 3; k++) {
    const start = performance.now();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

interface Samples {
  look(block: number): void;
  measured(): Record<string, number>;
}

export class SliceTimes implements Runner {
  private readonly engine: Pick<Engine, 'run'>;
  private readonly retired: () => number;
  private readonly samples: Samples | undefined;
  private readonly clock = new DurationCounts();
  private readonly processor = new DurationCounts();
  /** Since the last look at the processor time, by the clock: in the engine, and when that began: 0 before the first run. */
  private engineClockMs = 0;
  private runs = 0;
  private startMs = 0;
  private startProcessorMs = 0;
  /** Of processor time, in the engine. */
  private engineMs = 0;
  private firstInstructions = 0;

  /** `retired`: instructions so far. `samples`: what else is looked at where a budget is spent. */
  constructor(engine: Pick<Engine, 'run'>, retired: () => number, samples?: Samples) {
    this.engine = engine;
    this.retired = retired;
    this.samples = samples;
  }

  /** In the place of the engine's. */
  run(block: number): Exit {
    if (this.startMs === 0) this.begin();
    const start = performance.now();
    const exit = this.engine.run(block);
    this.engineClockMs += performance.now() - start;
    this.runs++;
    if (exit === Exit.BUDGET) this.samples?.look(block);
    return exit;
  }

  /** The host and the timers are looked at now. */
  sliceEnded(): void {
    const nowMs = performance.now();
    const nowProcessorMs = processorMs();
    const clockMs = nowMs - this.startMs;
    const processor = nowProcessorMs - this.startProcessorMs;
    this.clock.add(clockMs * 1000);
    this.processor.add(processor * 1000);
    this.credit(processor, clockMs);
    // To ask for the processor time is not free: the slice that begins has this one's end.
    this.begin(nowMs, nowProcessorMs);
  }

  sleeps(): void {
    this.credit(processorMs() - this.startProcessorMs, performance.now() - this.startMs);
    this.begin();
  }

  /** Whoever sleeps keeps nobody waiting. */
  slept(): void {
    this.begin();
  }

  /** The engine had its share of this processor time: to ask for it at each trap would take longer than many a trap. */
  private credit(processor: number, clockMs: number): void {
    // Runs of a microsecond are not rare: then the clock's own time is a tenth of what it tells.
    const engineClockMs = Math.max(0, this.engineClockMs - this.runs * clockLookMs());
    if (clockMs > 0) this.engineMs += (processor * engineClockMs) / clockMs;
    if (this.engineMs < FIRST_MS) this.firstInstructions = this.retired();
  }

  private begin(nowMs = performance.now(), nowProcessorMs = processorMs()): void {
    this.engineClockMs = 0;
    this.runs = 0;
    this.startMs = nowMs;
    this.startProcessorMs = nowProcessorMs;
  }

  /** Microseconds; percentiles to a fifth, upwards. */
  measured(): Record<string, number> {
    return {
      ...this.samples?.measured(),
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
