/** The rules of a run, how often each has matched, and what they have made fail. */
import { Random } from '../random.ts';
import { type FaultRule, parseFaultRule } from './fault-rule.ts';

/** One that happened. */
export interface Injection {
  readonly rule: FaultRule;
  /** What failed, and how. */
  readonly text: string;
}

interface Progress {
  readonly rule: FaultRule;
  matched: number;
  injected: number;
}

export class FaultPlan {
  readonly seed: number;
  readonly rules: readonly FaultRule[];
  /** How many there were. */
  count = 0;
  /** The machine has booted: before that nothing fails. */
  isArmed = false;
  onInjection: (injection: Injection) => void = () => undefined;
  private readonly random: Random;
  private readonly progress: ReadonlyMap<FaultRule, Progress>;

  /** Throws FaultRuleError. */
  constructor(rules: readonly string[], seed: number) {
    this.seed = seed;
    this.rules = rules.map(parseFaultRule);
    this.random = new Random(new TextEncoder().encode(`faults ${seed}`));
    this.progress = new Map(
      this.rules.map((rule) => [rule, { rule, matched: 0, injected: 0 } satisfies Progress]),
    );
  }

  /** Something that the rule is about happens: whether it is to fail. */
  strikes(rule: FaultRule): boolean {
    const progress = this.progress.get(rule);
    if (!progress || progress.injected >= rule.times) return false;
    const number = ++progress.matched;
    if (number <= rule.after) return false;
    if (rule.nth !== undefined && number !== rule.nth + rule.after) return false;
    if (rule.every !== undefined && (number - rule.after) % rule.every !== 0) return false;
    if (rule.probability < 1 && this.random.word() / 2 ** 32 >= rule.probability) return false;
    progress.injected++;
    return true;
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return this.random.below(limit);
  }

  injected(rule: FaultRule, text: string): void {
    this.count++;
    this.onInjection({ rule, text });
  }
}
