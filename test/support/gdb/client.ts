/** For tests: a client of the GDB remote serial protocol, on the end of a session in the same thread. */
import { encodePacket, PacketReader } from '../../../src/machine/debug/packet.ts';

export class GdbClient {
  /** Packets from the session that were not looked at. */
  private readonly answers: string[] = [];
  private readonly reader = new PacketReader();

  private readonly send: (bytes: Uint8Array) => void;
  private readonly wait: () => void;

  /** `wait` lets the machine run until it stands still. */
  constructor(send: (bytes: Uint8Array) => void, wait: () => void) {
    this.send = send;
    this.wait = wait;
  }

  receive(bytes: Uint8Array): void {
    for (const event of this.reader.feed(bytes)) {
      if (event.kind === 'packet') this.answers.push(event.payload);
    }
  }

  /** The answer to a packet, after the machine has run where it must. */
  ask(payload: string): string {
    this.send(encodePacket(payload));
    if (this.answers.length === 0) this.wait();
    return this.next();
  }

  /** Without an answer yet. */
  post(payload: string): void {
    this.send(encodePacket(payload));
  }

  interrupt(): string {
    this.send(Uint8Array.of(3));
    return this.next();
  }

  private next(): string {
    const answer = this.answers.shift();
    if (answer === undefined) throw new Error('no answer');
    return answer;
  }

  /** A register by gdb's number, below 2^53. */
  register(number: number): number {
    const bytes = Buffer.from(this.ask(`p${number.toString(16)}`), 'hex');
    return Number(bytes.readBigUInt64LE());
  }
}
