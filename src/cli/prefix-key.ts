/** The prefix key of a machine's console, as QEMU has it: ^A, then a letter. */

const PREFIX = 0x01;

export interface PrefixCommand {
  readonly help: string;
  run(): void;
}

export class PrefixKey {
  private readonly commands: Readonly<Record<string, PrefixCommand>>;
  private readonly type: (bytes: Uint8Array) => void;
  private readonly say: (text: string) => void;
  private isPending = false;

  /** `type` gets what is meant for the guest, `say` what the user is told. */
  constructor(
    commands: Readonly<Record<string, PrefixCommand>>,
    type: (bytes: Uint8Array) => void,
    say: (text: string) => void,
  ) {
    this.commands = commands;
    this.type = type;
    this.say = say;
  }

  receive(bytes: Uint8Array): void {
    let from = 0;
    for (const [at, byte] of bytes.entries()) {
      if (this.isPending) {
        this.isPending = false;
        from = at + 1;
        this.perform(byte);
      } else if (byte === PREFIX) {
        this.isPending = true;
        if (at > from) this.type(bytes.subarray(from, at));
        from = at + 1;
      }
    }
    if (from < bytes.length) this.type(bytes.subarray(from));
  }

  private perform(byte: number): void {
    if (byte === PREFIX) {
      this.type(new Uint8Array([PREFIX]));
      return;
    }
    const command = this.commands[String.fromCharCode(byte)];
    if (command) command.run();
    else this.say(this.help());
  }

  private help(): string {
    const rows = Object.entries(this.commands).map(([key, { help }]) => `^A ${key}   ${help}`);
    return ['', ...rows, '^A ^A  a ^A for the guest', '^A ?   this text', ''].join('\r\n');
  }
}
