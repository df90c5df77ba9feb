/** What is counted by real user over all its processes. Linux: struct ucounts. */
import { KernelError } from '../abi/errno.ts';
import { ObjectCharge, type Slab } from './mm/slab.ts';

/** sizeof(struct sigqueue), about. */
const SIGNAL_BYTES = 640;
/** A twenty-fifth of memory may go to struct epitem and struct eppoll_entry. Linux: eventpoll_init. */
const EPOLL_PART = 25;
const EPOLL_WATCH_BYTES = 192;

export class UserAccount {
  /** immutable */
  readonly uid: number;
  /** Signals that wait to be taken: RLIMIT_SIGPENDING. */
  queuedSignals = 0;
  /** What the pipes that its processes made may hold: fs.pipe-user-pages-soft and -hard. */
  pipePages = 0;
  /** Files that its epolls watch: fs.epoll.max_user_watches. */
  epollWatches = 0;
  private readonly all: UserAccounts;

  constructor(uid: number, all: UserAccounts) {
    this.uid = uid;
    this.all = all;
  }

  get hasRoomForWatch(): boolean {
    return this.epollWatches < this.all.maxEpollWatches;
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
  /** Of each user. */
  maxEpollWatches: number;

  constructor(slab: Slab, memoryBytes: number) {
    this.maxEpollWatches = Math.floor(memoryBytes / EPOLL_PART / EPOLL_WATCH_BYTES);
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
