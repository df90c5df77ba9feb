/** What is counted by real user over all its processes. Linux: struct ucounts. */

export class UserAccount {
  /** immutable */
  readonly uid: number;
  /** Signals that wait to be taken: RLIMIT_SIGPENDING. */
  queuedSignals = 0;
  /** What the pipes that its processes made may hold: fs.pipe-user-pages-soft and -hard. */
  pipePages = 0;

  constructor(uid: number) {
    this.uid = uid;
  }
}

export class UserAccounts {
  private readonly accounts = new Map<number, UserAccount>();

  of(uid: number): UserAccount {
    let account = this.accounts.get(uid);
    if (!account) this.accounts.set(uid, (account = new UserAccount(uid)));
    return account;
  }
}
