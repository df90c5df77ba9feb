/** What is counted by real user over all its processes. Linux: struct ucounts. */
import { KernelError } from '../abi/errno.ts';
import { ObjectCharge, type Slab } from './mm/slab.ts';

/** sizeof(struct sigqueue), about. */
const SIGNAL_BYTES = 640;

export class UserAccount {
  /** immutable */
  readonly uid: number;
  /** Signals that wait to be taken: RLIMIT_SIGPENDING. */
  queuedSignals = 0;
  /** What the pipes that its processes made may hold: fs.pipe-user-pages-soft and -hard. */
  pipePages = 0;
  private readonly all: UserAccounts;

  constructor(uid: number, all: UserAccounts) {
    this.uid = uid;
    this.all = all;
  }

  signalQueued(): void {
    this.queuedSignals++;
    this.all.queuedSignals++;
  }

  signalLeft(): void {
    this.queuedSignals--;
    this.all.queuedSignals--;
    this.all.settle();
  }
}

export class UserAccounts {
  private readonly accounts = new Map<number, UserAccount>();
  private readonly signals: ObjectCharge;
  /** Of all users. */
  queuedSignals = 0;

  constructor(slab: Slab) {
    this.signals = new ObjectCharge(slab, SIGNAL_BYTES);
  }

  of(uid: number): UserAccount {
    let account = this.accounts.get(uid);
    if (!account) this.accounts.set(uid, (account = new UserAccount(uid, this)));
    return account;
  }

  /** There is memory for one more signal. */
  hasRoomForSignal(): boolean {
    try {
      this.signals.reserve(this.queuedSignals + 1);
      return true;
    } catch (error) {
      if (error instanceof KernelError) return false;
      throw error;
    }
  }

  /** One has left its queue. */
  settle(): void {
    this.signals.settle(this.queuedSignals);
  }
}
