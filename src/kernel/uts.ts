/** Names of the system: uname(2), sethostname(2). Linux: struct uts_namespace. */

export class Uts {
  readonly sysname = 'Linux';
  nodename = 'hartix';
  /** The Linux release whose interface is offered; C libraries compare it with what they need. */
  readonly release = '6.6.0-hartix';
  readonly version = '#1 SMP PREEMPT Hartix 0.1.0';
  readonly machine = 'riscv64';
  domainname = '(none)';
}
