/** The protocol, spoken by a small client, on a bare machine whose loop is a translated region. */
import { describe, expect, it } from 'vitest';
import {
  assemble,
  hasInterpreter,
  symbolsOf,
} from '../../../test/support/bare-machine/bare-machine.ts';
import { SYNCHRONOUS } from '../../../test/support/engine-backend.ts';
import { GdbClient } from '../../../test/support/gdb/client.ts';
import { DebugBoard } from '../../../test/support/gdb/debug-board.ts';

const PC = 32;
const S0 = 8;
const MAX_TURNS = 2000;
const elf = hasInterpreter() ? assemble('counting.S', 0x8000_0000) : new Uint8Array();
const symbols = hasInterpreter() ? symbolsOf(elf) : new Map<string, number>();

function at(name: string): number {
  const address = symbols.get(name);
  if (address === undefined) throw new Error(`no symbol ${name}`);
  return address;
}
const hex = (value: number): string => value.toString(16);

function connect(harts = 1): { client: GdbClient; board: DebugBoard } {
  const board: DebugBoard = new DebugBoard(elf, harts, SYNCHRONOUS, (bytes) =>
    client.receive(bytes),
  );
  const client = new GdbClient(
    (bytes) => board.session.receive(bytes),
    () => {
      for (let turns = 0; !board.turn(); turns++) {
        if (turns > MAX_TURNS) throw new Error('the machine does not stop');
      }
    },
  );
  return { client, board };
}

describe.skipIf(!hasInterpreter())('a gdb session', () => {
  it('tells what it can and describes the registers', () => {
    const { client } = connect();
    expect(client.ask('qSupported:swbreak+')).toContain('qXfer:features:read+');
    expect(client.ask('vMustReplyEmpty')).toBe('');
    expect(client.ask('?')).toBe('T02thread:1;core:0;');
    let xml = '';
    for (let more = true; more; ) {
      const part = client.ask(`qXfer:features:read:target.xml:${hex(xml.length)},1000`);
      more = part.startsWith('m');
      xml += part.slice(1);
    }
    expect(xml).toMatch(/^<\?xml.*<\/target>$/);
    for (const name of ['zero', 'pc', 'ft0', 'mstatus', 'satp', 'priv'])
      expect(xml).toContain(`<reg name="${name}"`);
    expect(client.ask('QStartNoAckMode')).toBe('OK');
  });

  it('reads and writes registers and memory', () => {
    const { client } = connect();
    expect(client.register(PC)).toBe(0x8000_0000);
    expect(client.ask('P5=efcdab8967452301')).toBe('OK');
    expect(client.ask('p5')).toBe('efcdab8967452301');
    expect(client.ask('P0=ffffffffffffffff')).toBe('OK');
    expect(client.ask('p0')).toBe('0000000000000000');
    expect(client.ask('P5=00')).toBe('E16');
    expect(client.ask('p9999')).toBe('E16');
    const general = client.ask('g');
    expect(general.length).toBe(2 * 33 * 8);
    expect(general.slice(80, 96)).toBe('efcdab8967452301');
    expect(client.ask(`G${'0'.repeat(80)}0807060504030201${general.slice(96)}`)).toBe('OK');
    expect(client.ask('p5')).toBe('0807060504030201');
    const mscratch = hex(65 + 0x340);
    expect(client.ask(`P${mscratch}=1122334455667788`)).toBe('OK');
    expect(client.ask(`p${mscratch}`)).toBe('1122334455667788');
    // Floating-point control is not there while mstatus.FS is off.
    expect(client.ask(`p${hex(65 + 3)}`)).toBe('x'.repeat(16));
    const count = hex(at('count'));
    expect(client.ask(`M${count},4:01020304`)).toBe('OK');
    expect(client.ask(`X${count},2:\u00ff\u007d`)).toBe('OK');
    expect(client.ask(`m${count},4`)).toBe('ff7d0304');
    expect(client.ask('m0,4')).toBe('E0e');
    expect(client.ask('m80fffffe,8')).toMatch(/^[0-9a-f]{4}$/);
    // The line status register of the UART: transmitter empty.
    expect(client.ask('m10000005,1')).toBe('60');
    expect(client.ask('mzz,4')).toBe('E16');
  });

  it('stops at breakpoints, and code that is read or overwritten does not show them', () => {
    const { client } = connect();
    const bump = hex(at('bump'));
    const before = client.ask(`m${bump},4`);
    expect(client.ask(`Z0,${bump},2`)).toBe('OK');
    for (let round = 0; round < 3; round++) {
      expect(client.ask('c')).toBe('T05thread:1;core:0;swbreak:;');
      expect(client.register(PC)).toBe(at('bump'));
      expect(client.register(S0)).toBe(round);
    }
    expect(client.ask(`m${bump},4`)).toBe(before);
    // addi s0, s0, 2 (c.addi) in the place of addi s0, s0, 1.
    expect(client.ask(`M${bump},2:0904`)).toBe('OK');
    expect(client.ask('vCont;c')).toBe('T05thread:1;core:0;swbreak:;');
    expect(client.register(S0)).toBe(4);
    expect(client.ask(`z0,${bump},2`)).toBe('OK');
    expect(client.ask(`Z1,${hex(at('done'))},4`)).toBe('OK');
    expect(client.ask('c')).toBe('T05thread:1;core:0;swbreak:;');
    expect(client.register(10)).toBe(200_005);
    expect(client.ask('c')).toBe('W00');
    expect(client.ask('c')).toBe('W00');
  });

  it('steps, also over a breakpoint', () => {
    const { client } = connect();
    client.ask(`Z0,${hex(at('bump'))},2`);
    client.ask('c');
    expect(client.ask('vCont;s:1;c')).toBe('T05thread:1;core:0;');
    expect(client.register(PC)).toBe(at('bump') + 2);
    expect(client.register(S0)).toBe(1);
    expect(client.ask(`s${hex(at('bump'))}`)).toBe('T05thread:1;core:0;');
    expect(client.register(S0)).toBe(2);
  });

  it('stops after accesses to watched memory', () => {
    const { client } = connect();
    const count = at('count');
    expect(client.ask(`Z2,${hex(count)},8`)).toBe('OK');
    expect(client.ask('c')).toBe(`T05thread:1;core:0;watch:${hex(count)};`);
    expect(client.ask(`m${hex(count)},8`)).toBe('0100000000000000');
    expect(client.ask('s')).toBe('T05thread:1;core:0;');
    expect(client.ask(`z2,${hex(count)},8`)).toBe('OK');
    expect(client.ask(`Z3,${hex(count + 4)},4`)).toBe('OK');
    expect(client.ask('c')).toBe(`T05thread:1;core:0;rwatch:${hex(count + 4)};`);
    expect(client.register(PC)).toBe(at('amo') + 4);
    client.ask(`z3,${hex(count + 4)},4`);
    expect(client.ask(`Z4,${hex(count)},1`)).toBe('OK');
    expect(client.ask('c')).toBe(`T05thread:1;core:0;awatch:${hex(count)};`);
    expect(client.register(10)).toBe(200_005);
    expect(client.ask('c')).toBe('W00');
  });

  it('shows harts as threads, and runs the ones it is told to', () => {
    const { client, board } = connect(2);
    expect(client.ask('qfThreadInfo')).toBe('m1,2');
    expect(client.ask('qsThreadInfo')).toBe('l');
    expect(Buffer.from(client.ask('qThreadExtraInfo,2'), 'hex').toString()).toMatch(
      /^hart 1 M-mode/,
    );
    expect(client.ask('T3')).toBe('E16');
    expect(client.ask('Hg2')).toBe('OK');
    expect(client.ask(`Z0,${hex(at('bump'))},2`)).toBe('OK');
    client.post('vCont;c:2');
    for (let turns = 0; turns < 5; turns++) expect(board.turn()).toBe(false);
    expect(client.interrupt()).toBe('T02thread:1;core:0;');
    expect(client.register(PC)).toBe(0x8000_0000);
    client.ask('Hg2');
    expect(client.register(PC)).toBe(at('spin'));
    expect(client.ask('vCont;c')).toBe('T05thread:1;core:0;swbreak:;');
    expect(client.ask('vCont;s:2')).toBe('T05thread:2;core:1;');
    expect(client.ask('vCont;c:9')).toBe('E16');
  });

  it('detaches: no point stays', () => {
    const { client, board } = connect();
    client.ask(`Z0,${hex(at('bump'))},2`);
    client.ask('c');
    expect(client.ask('D')).toBe('OK');
    for (let turns = 0; board.machine.powerOffStatus === undefined; turns++) {
      if (turns > MAX_TURNS) throw new Error('the machine does not end');
      board.turn();
    }
    expect(board.debug.stop?.reason).toEqual({ kind: 'exit', status: 0 });
  });

  it('has commands of its own', () => {
    const { client } = connect();
    const command = (line: string): string =>
      Buffer.from(client.ask(`qRcmd,${Buffer.from(line).toString('hex')}`), 'hex').toString();
    expect(command('help')).toContain('xp ADDRESS [COUNT]');
    expect(command('info harts')).toBe('hart 0 M-mode pc 0000000080000000 instret 0\n');
    expect(command('nothing')).toContain("no command 'nothing'");
    const word = Buffer.from(client.ask('m80000000,4'), 'hex').readUInt32LE();
    expect(command('xp 0x80000000')).toBe(
      `0000000080000000: 0x${word.toString(16).padStart(8, '0')}\n`,
    );
    expect(command('xp 0x80000000 0')).toContain('usage');
    expect(client.ask('qRcmd,6')).toBe('E16');
  });
});
