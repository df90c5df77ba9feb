/** A moment of a running system from which any number of systems begin. */
import type { ScheduleOption, SystemParts } from '../protocol.ts';
import type { HostCommand } from './host-commands.ts';
import { HeldRoot, type SystemStart, twinOf } from './start.ts';
import type { System } from './system.ts';

/** Starts a machine; of System, which knows how to make one. */
export type Begin = (
  start: SystemStart,
  root: HeldRoot,
  commands: ReadonlyMap<string, HostCommand>,
) => Promise<System>;

/** What twins begin with. Good for as long as the system is open that it was taken from. */
export class Template {
  private readonly start: SystemStart;
  private readonly commands: ReadonlyMap<string, HostCommand>;
  private readonly begin: Begin;

  /** Throws OptionError where the system's disks can have one machine only. */
  constructor(
    start: SystemStart,
    parts: SystemParts,
    commands: ReadonlyMap<string, HostCommand>,
    begin: Begin,
  ) {
    this.start = twinOf(start, parts);
    this.commands = commands;
    this.begin = begin;
  }

  /** A twin that goes on from that moment: each is as the first was. */
  fork(): Promise<System> {
    return this.forkWith({});
  }

  /** The same under another schedule. */
  forkWith(changes: { schedule?: ScheduleOption | undefined }): Promise<System> {
    const { start, commands, begin } = this;
    const options = { ...start.options, ...changes };
    return begin({ ...start, options }, HeldRoot.again(options.rootImage), commands);
  }
}
