/** What a process does on each signal: sigaction(2). Shared by CLONE_SIGHAND. Linux: struct sighand_struct. */
import { SIG_DFL, SIG_IGN } from '../abi/signal.ts';
import { copySet, emptySet, type SignalSet } from './signal-set.ts';

export interface SignalAction {
  /** SIG_DFL, SIG_IGN or the address of the handler. */
  readonly handler: number;
  /** SA_* as an unsigned 32-bit number. */
  readonly flags: number;
  readonly mask: SignalSet;
}

const DEFAULT: SignalAction = { handler: SIG_DFL, flags: 0, mask: emptySet() };

export class SignalActions {
  private readonly actions = new Array<SignalAction>(65).fill(DEFAULT);

  get(signal: number): SignalAction {
    return this.actions[signal] ?? DEFAULT;
  }

  set(signal: number, action: SignalAction): void {
    this.actions[signal] = { ...action, mask: copySet(action.mask) };
  }

  copy(): SignalActions {
    const copy = new SignalActions();
    // Actions are replaced, never changed: both sides can have the same ones.
    for (let signal = 0; signal < this.actions.length; signal++)
      copy.actions[signal] = this.get(signal);
    return copy;
  }

  /** exec: handlers become SIG_DFL, ignored signals stay ignored. */
  resetHandlers(): void {
    this.actions.forEach((action, signal) => {
      if (action.handler !== SIG_IGN) this.actions[signal] = DEFAULT;
    });
  }
}
