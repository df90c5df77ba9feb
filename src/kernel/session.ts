/** Process groups and sessions: setpgid(2), setsid(2). Linux: struct pid with PIDTYPE_PGID, PIDTYPE_SID. */
import type { Process } from './process.ts';
import type { Tty } from './tty/tty.ts';

export class Session {
  /** immutable: pid of the process that called setsid. */
  readonly sid: number;
  /** Undefined once the leader has exited. */
  leader: Process | undefined = undefined;
  /** Controlling terminal; set and cleared by the tty layer. */
  terminal: Tty | undefined = undefined;
  readonly groups = new Set<ProcessGroup>();

  constructor(sid: number) {
    this.sid = sid;
  }
}

export class ProcessGroup {
  /** immutable */
  readonly pgid: number;
  readonly session: Session;
  readonly members = new Set<Process>();

  constructor(pgid: number, session: Session) {
    this.pgid = pgid;
    this.session = session;
    session.groups.add(this);
  }

  /**
   * No member has a parent in another group of the same session: nobody is left to continue it
   * (POSIX, "Orphaned Process Group"). `except` is about to leave.
   */
  isOrphaned(except?: Process): boolean {
    for (const member of this.members) {
      if (member !== except && this.isKeptBy(member)) return false;
    }
    return true;
  }

  /** Whether a member's parent is one of those who can continue the group. */
  isKeptBy({ isZombie, parent }: Process): boolean {
    if (isZombie || !parent || parent.pid === 1) return false;
    return parent.group !== this && parent.session === this.session;
  }

  hasStoppedMember(): boolean {
    for (const member of this.members) if (member.isStopped) return true;
    return false;
  }
}
