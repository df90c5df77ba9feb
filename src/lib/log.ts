/** Named log channels. A channel that is off costs one property read. Where lines go is set once by the composition root. */

export type Sink = (channel: string, text: string) => void;

export class Log {
  private sink: Sink = () => undefined;
  private readonly channels = new Map<string, Channel>();

  setSink(sink: Sink): void {
    this.sink = sink;
  }

  channel(name: string): Channel {
    let channel = this.channels.get(name);
    if (!channel) this.channels.set(name, (channel = new Channel(name, this)));
    return channel;
  }

  /** Enable channels by name, as given to --trace. Returns the names that do not exist. */
  enable(names: readonly string[]): string[] {
    const unknown: string[] = [];
    for (const name of names) {
      const channel = this.channels.get(name);
      if (channel) channel.isOn = true;
      else unknown.push(name);
    }
    return unknown;
  }

  write(channel: string, text: string): void {
    this.sink(channel, text);
  }
}

export class Channel {
  readonly name: string;
  private readonly log: Log;
  isOn = false;

  constructor(name: string, log: Log) {
    this.name = name;
    this.log = log;
  }

  write(text: string): void {
    if (this.isOn) this.log.write(this.name, text);
  }
}

export const log = new Log();
