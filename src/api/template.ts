/** A moment of a running system from which any number of systems begin, or one. */
import { MessageChannel } from 'node:worker_threads';
import type { ScheduleOption, SystemParts, TwinTarget } from '../protocol.ts';
import type { Connection } from './connection.ts';
import type { HostCommand } from './host-commands.ts';
import { spareThreads } from './spare-threads.ts';
import { HeldRoot, type SystemStart, twinOf } from './start.ts';
import type { System } from './system.ts';

/** Starts a machine; of System, which knows how to make one. */
export type Begin = (
  start: SystemStart,
  root: HeldRoot,
  commands: ReadonlyMap<string, HostCommand>,
) => Promise<System>;

/** What twins are made of: a system that runs. */
export interface Origin {
  readonly connection: Connection;
  readonly start: SystemStart;
  readonly commands: ReadonlyMap<string, HostCommand>;
  readonly begin: Begin;
}

/** What twins begin with. Good for as long as the system is open that it was taken from. */
export class Template {
  private readonly start: SystemStart;
  private readonly origin: Origin;

  /** Throws OptionError where the system's disks can have one machine only. */
  constructor(origin: Origin, parts: SystemParts) {
    this.start = twinOf(origin.start, { kind: 'twin', parts });
    this.origin = origin;
  }

  /** A twin that goes on from that moment: each is as the first was. */
  fork(): Promise<System> {
    return this.forkWith({});
  }

  /** The same under another schedule. */
  forkWith(changes: { schedule?: ScheduleOption | undefined }): Promise<System> {
    const { start, origin } = this;
    return beginTwin(origin, { ...start, options: { ...start.options, ...changes } });
  }
}

/** Rejects with OptionError. */
export async function templateOf(origin: Origin): Promise<Template> {
  const { connection, commands } = origin;
  const { reply } = connection.request(
    (id) => ({ type: 'snapshot', id, path: undefined, isForTwin: true }),
    'fork',
    '',
  );
  // As they are now.
  const then = { ...origin, commands: new Map(commands) };
  return new Template(then, (await reply) as SystemParts);
}

/** A twin of this moment. Rejects with OptionError. */
export async function twinNow(origin: Origin): Promise<System> {
  const { port1, port2 } = new MessageChannel();
  const start = twinOf(origin.start, { kind: 'direct', port: port2 });
  const doorbell = spareThreads.bellOf(start.options);
  if (doorbell) return beginDirectly(origin, start, { port: port1, doorbell });
  port1.close();
  // First, and its code is read here, before the parent takes the other of two cores.
  spareThreads.prepare(start.options);
  return (await templateOf(origin)).fork();
}

/** The parts go from the parent's thread to the twin's, which gets ready in the meantime. */
function beginDirectly(origin: Origin, start: SystemStart, twin: TwinTarget): Promise<System> {
  const { reply } = origin.connection.request((id) => ({ type: 'fork', id, twin }), 'fork', '', [
    twin.port,
  ]);
  return beginTwin(origin, { ...start, arrival: reply, bell: twin.doorbell });
}

function beginTwin({ begin, commands }: Origin, start: SystemStart): Promise<System> {
  return begin(start, HeldRoot.again(start.options.rootImage), new Map(commands));
}
