/** The line editor and job control of sh in a pseudo-terminal; the keys are those of bash's emacs mode. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildNativeCommands } from '../../tools/userland.ts';
import { ProgramTerminal, type TerminalOptions } from './program-terminal.ts';

let bin = '';
let terminal: ProgramTerminal | undefined;

async function open(options: TerminalOptions = {}): Promise<ProgramTerminal> {
  terminal = new ProgramTerminal(bin, 'sh', [], options);
  await terminal.see('', /^\$ $|^\$$/m);
  return terminal;
}

describe.skipIf(process.platform !== 'linux')('line editor', () => {
  beforeAll(async () => {
    bin = await buildNativeCommands();
  }, 600_000);
  afterEach(() => terminal?.close());

  it('edits in the middle of the line', async () => {
    const sh = await open();
    await sh.see('echo helo\x1b[Dl\x01\x05!\x1b[D\x1b[3~\r', /^hello$/m);
    await sh.see('echo one two three\x17\x17four\r', /^one four$/m);
    await sh.see('gone\x15echo kept\r', /^kept$/m);
    await sh.see('echo cut\x1bb\x0b\x19\x19\r', /^cutcut$/m);
  });

  it('recalls lines, from its file too', async () => {
    const sh = await open();
    await sh.see('echo first\r', /^first$/m);
    await sh.see('echo second\r', /^second$/m);
    const before = await sh.see('\x1b[A\x1b[A\r', /first\n.*second\nsecond\n.*first\nfirst/);
    expect(before.filter((line) => line === 'first')).toHaveLength(2);
    await sh.see('sh\r', /\$ sh\n\$/);
    await sh.see('\x12sec', /reverse-i-search\)`sec': echo second/);
    await sh.see('\r', /second\nsecond\n/);
  });

  it('fills in events of the history', async () => {
    const sh = await open();
    await sh.see('echo one two three\r', /^one two three$/m);
    const events: [line: string, shown: string, output: string][] = [
      ['!!', 'echo one two three', 'one two three'],
      ['echo a/b.c d; echo "e f"', '', 'a/b.c d\ne f'],
      ['echo !$ !-2:2', 'echo "e f" two', 'e f two'],
      ['!1', 'echo one two three', 'one two three'],
      ['!?b.c?:s/b/X/', 'echo a/X.c d; echo "e f"', 'a/X.c d\ne f'],
      ['echo !-1:1:h !-1:1:t !-1:1:r !-1:1:e', 'echo a X.c a/X .c', 'a X.c a/X .c'],
      ['^X^Y', 'echo a Y.c a/X .c', 'a Y.c a/X .c'],
      ['echo !* again', 'echo a Y.c a/X .c again', 'a Y.c a/X .c again'],
      ['echo !^ !:2-3 !:0', 'echo a Y.c a/X echo', 'a Y.c a/X echo'],
      ['echo \'!!\' \\!x 5 != 6 "!" a!', '', '!! !x 5 != 6 ! a!'],
      ['!echo:gs/!/-/:p', 'echo \'--\' \\-x 5 -= 6 "-" a-', ''],
    ];
    for (const [line, shown, output] of events) {
      const lines = [line, shown, output].filter((text) => text !== '').join('\n');
      sh.type(`\x0c${line}\r`);
      await sh.until((screen) => screen.join('\n').includes(`$ ${lines}\n$`));
    }
    await sh.see('!nothing\r', /!nothing: event not found/);
    await sh.see('set +H; echo !!\r', /event|^echo .*!!/m);
  });

  it('wraps at the width of the window and follows its changes', async () => {
    const sh = await open({ columns: 20 });
    await sh.see('echo aaaaaaaaaabbbbbbbbbbcccccc', /^\$ echo aaaaaaaaaabbb\nbbbbbbbcccccc$/);
    expect(sh.cursor()).toEqual({ row: 1, column: 13 });
    sh.type('\x01');
    await sh.until(() => sh.cursor().row === 0 && sh.cursor().column === 2);
    await sh.see('X', /^\$ Xecho aaaaaaaaaabb\nbbbbbbbbcccccc$/);
    await sh.see('\x7f\x05\r', /^aaaaaaaaaabbbbbbbbbb\ncccccc$/m);
  });

  it('counts wide and combining characters', async () => {
    const sh = await open({ columns: 20 });
    await sh.see('echo 日本語', /日本語/);
    expect(sh.cursor().column).toBe(13);
    await sh.see('\x1b[D\x7f\r', /^日語$/m);
    await sh.see('echo e\u0301x\x1b[D\x7f', /^\$ echo x$/m);
  });

  it('completes commands, files and variables', async () => {
    const sh = await open();
    await sh.see('mkdir folder; echo hi > "folder/a file"\r', /\$ $|\$$/);
    await sh.see('cat fol\ta\t\r', /cat folder\/a\\ file\s*\nhi$/m);
    await sh.see('whoa\t', /whoami/);
    await sh.see('\x15LONGNAME=v\recho $LONGN\t\r', /^v$/m);
    await sh.see('true\r\x0cec\t', /echo/);
  });

  it('stops and continues jobs', async () => {
    const sh = await open();
    // the job says itself when it is in the foreground: before that, ^Z would reach the shell
    await sh.see("sh -c 'echo go; exec sleep 99'\r", /^go$/m);
    await sh.see('\x1a', /\[1\]\+ {2}Stopped {17}sh -c 'echo go; exec sleep 99'/);
    await sh.see('bg\r', /\[1\] sh -c 'echo go; exec sleep 99' &/);
    await sh.see('jobs\r', /\[1\]\+ {2}Running {17}sh -c 'echo go; exec sleep 99' &/);
    await sh.see('fg\r', /fg\nsh -c 'echo go; exec sleep 99'$/);
    await sh.see('\x03', /\^C\n\$/);
    await sh.see('echo $?\r', /^130$/m);
    await sh.see('sleep 0.1 &\r', /\[1\] \d+/);
    await sh.see('wait; echo done\r', /^done$/m);
    await sh.see('echo gone; while :; do :; done\r', /^gone$/m);
    await sh.see('\x03', /\n\$ ?$/);
    await sh.see('echo $?\r', /\n130\n\$ ?$/);
  });

  it('tells how a job ended that was waited for, and kills one that has just begun', async () => {
    const sh = await open();
    // bash 5.2 prints these lines.
    await sh.see(
      'sleep 99 & kill $!; wait $!; echo E$?\r',
      /\[1\]\+ {2}Terminated +sleep 99\nE143$/m,
    );
    await sh.see('\x0c(exit 3) & wait; echo D$?\r', /\[1\]\+ {2}Exit 3 +\(exit 3\)\nD0$/m);
    await sh.see('\x0csleep 0.1 & wait %1; jobs; echo F$?\r', /Done +sleep 0.1\nF0$/m);
  });

  it('runs a trap on INT when ^C ends the job before it, as dash does', async () => {
    const sh = await open();
    await sh.see("trap 'echo trapped' INT; sh -c 'echo go; exec sleep 99'; echo next\r", /^go$/m);
    await sh.see('\x03', /\^C\s*trapped\nnext\n\$/);
    await sh.see('typed\x03', /typed\s*\ntrapped\n\$ ?$/);
    await sh.see("trap - INT; sh -c 'echo going; exec sleep 99'; echo behind\r", /^going$/m);
    await sh.see('\x03', /\^C\n\$ ?$/);
    expect(sh.lines()).not.toContain('behind');
  });

  it('gives up a line whose ^C comes before the next command runs', async () => {
    const sh = await open();
    // a pattern with much to try keeps the shell itself busy: the words of the second command
    await sh.see('x=$(printf %02000d 0); echo $?\r', /^0$/m);
    await sh.see(`\x0cecho go; sleep 9${'$'}{x%%*0*0*1}; echo behind\r`, /^go$/m);
    await sh.see('\x03', /\^C\n\$ ?$/);
    expect(sh.lines()).not.toContain('behind');
    await sh.see('echo $?\r', /^130$/m);
  });

  it('goes on after an exec of what is not there, as bash does', async () => {
    const sh = await open();
    await sh.see('exec no-such-program; echo S$?\r', /no-such-program: command not found\nS127$/m);
  });

  it('keeps job control when ^C ends a command substitution', async () => {
    const sh = await open();
    await sh.see('x=$(echo go >&2; sleep 99); echo behind\r', /^go$/m);
    await sh.see('\x03', /\^C\n\$ ?$/);
    await sh.see("sh -c 'echo on; exec sleep 99'\r", /^on$/m);
    await sh.see('\x1a', /\[1\]\+ {2}Stopped/);
    expect(sh.lines()).not.toContain('behind');
  });

  it('inserts tabs in a here-document', async () => {
    const sh = await open();
    await sh.see("cat <<'E' | od -An -c\r\techo\ta", /^> {7}echo {4}a$/m);
    await sh.see('\rE\r', /\\t +e +c +h +o +\\t +a +\\n/);
  });

  it('keeps a pasted line until it is entered', async () => {
    const sh = await open();
    await sh.see('\x1b[200~echo a\necho b\n\x1b[201~', /\$ echo a\necho b$/);
    await sh.see('\r', /^a\nb$/m);
  });

  it('reads continuation lines, and leaves with the status', async () => {
    const sh = await open();
    await sh.see('for i in 1 2\r', /^>/m);
    await sh.see('do echo $i\rdone\r', /^1\n2$/m);
    await sh.see('nosuch\r', /nosuch: command not found/);
    // ^D before the next prompt would be the running command's.
    await sh.see('(exit 7)\r', /^\$ \(exit 7\)\s*\n\$\s*$/m);
    sh.type('\x04');
    expect(await sh.exit()).toBe(7);
  });
});
