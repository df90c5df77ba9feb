/** One client of the GDB remote serial protocol ("Debugging with GDB", appendix E) on a Debugger. Threads are harts, from 1. */
import type { Hart } from '../hart.ts';
import { HART } from '../hart-layout.ts';
import type { Debugger, Resumption, Stop } from './debugger.ts';
import { featuresOf } from './features.ts';
import { type Commands, hartSummary, monitor } from './monitor.ts';
import {
  encodePacket,
  fromHex,
  MAX_PACKET_BYTES,
  PacketReader,
  parseAddress,
  parseNumber,
  toBytes,
  toHex,
} from './packet.ts';
import { type DebugPoint, POINT, type PointKind } from './points.ts';

const OK = 'OK';
/** Errors have numbers that gdb only prints; these are errno's. */
const EFAULT = 'E0e';
const EINVAL = 'E16';
const EPERM = 'E01';
/** Registers and memory are written. */
const WRITES = ['G', 'P', 'M', 'X'];
const SIGINT = '02';
const SIGTRAP = '05';
const MAX_READ_BYTES = MAX_PACKET_BYTES / 2 - 16;
/** Z packets by their digit: software and hardware breakpoints are the same here. */
const KINDS: readonly PointKind[] = [POINT.CODE, POINT.CODE, POINT.STORE, POINT.LOAD, POINT.ACCESS];
const WATCH_NAMES: Readonly<Record<number, string>> = {
  [POINT.STORE]: 'watch',
  [POINT.LOAD]: 'rwatch',
  [POINT.ACCESS]: 'awatch',
};

export interface SessionOptions {
  readonly send: (bytes: Uint8Array) => void;
  /** The client wants the machine to end. */
  readonly kill: () => void;
  /** The client is done with this session; the machine goes on. */
  readonly detached: () => void;
  /** The auxiliary vector of a program, in its memory's layout. */
  readonly auxv?: (hart: Hart) => Uint8Array;
  /** Commands of `monitor` beside those of every machine. */
  readonly commands?: Commands;
  /** Of a recording that is replayed, in which nothing can be changed: go back, and report where as for a stop. */
  readonly goBack?: (how: 'step' | 'continue', hasAcks: boolean) => void;
  /** Of a client that waits for such a report: whether packets are acknowledged. */
  readonly wentBack?: { readonly hasAcks: boolean };
}

export class GdbSession {
  private readonly debug: Debugger;
  private readonly options: SessionOptions;
  private readonly reader = new PacketReader();
  private hasAcks = true;
  private lastSent = '';
  /** Threads of `g`, `p`, `m` … and of `c`, `s`. */
  private general: Hart;
  private control: Hart | undefined;
  private isPhysical = false;
  /** A resumption has not been answered. */
  private isAwaited = false;

  constructor(debug: Debugger, options: SessionOptions) {
    this.debug = debug;
    this.options = options;
    this.general = debug.hartAt(0);
    if (!options.wentBack) return;
    this.hasAcks = options.wentBack.hasAcks;
    this.isAwaited = true;
  }

  receive(bytes: Uint8Array): void {
    for (const event of this.reader.feed(bytes)) {
      switch (event.kind) {
        case 'packet':
          if (this.hasAcks) this.options.send(toBytes('+'));
          this.reply(this.handle(event.payload));
          break;
        case 'damaged':
          if (this.hasAcks) this.options.send(toBytes('-'));
          break;
        case 'again':
          this.options.send(encodePacket(this.lastSent));
          break;
        case 'interrupt':
          this.debug.interrupt();
          break;
      }
    }
  }

  /** The machine stands still. */
  stopped(stop: Stop): void {
    this.general = stop.hart;
    if (!this.isAwaited) return;
    this.isAwaited = false;
    this.reply(stopReply(stop));
  }

  private reply(answer: string | undefined): void {
    if (answer === undefined) return;
    this.lastSent = answer;
    this.options.send(encodePacket(answer));
  }

  /** The answer; '' for what is not supported, undefined where it comes later. */
  private handle(payload: string): string | undefined {
    const rest = payload.slice(1);
    if (this.options.goBack && WRITES.includes(payload.charAt(0))) return EPERM;
    switch (payload.charAt(0)) {
      case '?':
        return this.debug.stop ? stopReply(this.debug.stop) : OK;
      case 'g':
        return toHex(this.debug.registers.readGeneral(this.general));
      case 'G':
        return this.writeGeneral(rest);
      case 'p':
        return this.readRegister(rest);
      case 'P':
        return this.writeRegister(rest);
      case 'm':
        return this.readMemory(rest);
      case 'M':
      case 'X':
        return this.writeMemory(rest, payload[0] === 'X');
      case 'Z':
      case 'z':
        return this.changePoint(rest, payload[0] === 'Z');
      case 'c':
      case 's':
        return this.resumeOld(payload[0] === 's', parseAddress(rest || undefined));
      case 'C':
      case 'S':
        return this.resumeOld(payload[0] === 'S', parseAddress(rest.split(';')[1]));
      case 'b':
        return this.goBack(rest);
      case 'H':
        return this.selectThread(rest);
      case 'T':
        return this.threadOf(rest) ? OK : EINVAL;
      case 'D':
        this.options.detached();
        return OK;
      case 'k':
        this.options.kill();
        return undefined;
      case 'v':
        return this.handleLong(payload);
      case 'q':
      case 'Q':
        return this.handleQuery(payload);
      default:
        return '';
    }
  }

  /** `bs`, `bc`. */
  private goBack(how: string): string | undefined {
    const { goBack } = this.options;
    if (!goBack || (how !== 's' && how !== 'c')) return '';
    goBack(how === 's' ? 'step' : 'continue', this.hasAcks);
    return undefined;
  }

  private handleLong(payload: string): string | undefined {
    if (payload === 'vCont?') return 'vCont;c;C;s;S';
    if (payload.startsWith('vCont;')) return this.resume(payload.slice('vCont;'.length));
    if (payload.startsWith('vKill')) {
      this.options.kill();
      return OK;
    }
    return '';
  }

  private handleQuery(payload: string): string {
    const [name = ''] = payload.split(/[:,;]/, 1);
    const rest = payload.slice(name.length + 1);
    switch (name) {
      case 'qSupported':
        return featuresOf(this.options);
      case 'QStartNoAckMode':
        this.hasAcks = false;
        return OK;
      case 'qXfer':
        return this.transfer(rest);
      case 'qAttached':
        return '1';
      case 'qC':
        return `QC${threadId(this.general)}`;
      case 'qfThreadInfo':
        return `m${this.debug.machine.harts.map(threadId).join(',')}`;
      case 'qsThreadInfo':
        return 'l';
      case 'qThreadExtraInfo': {
        const hart = this.threadOf(rest);
        return hart ? toHex(toBytes(this.summary(hart))) : EINVAL;
      }
      case 'qRcmd':
        return this.command(rest);
      case 'qqemu.PhyMemMode':
        return this.isPhysical ? '1' : '0';
      case 'Qqemu.PhyMemMode':
        this.isPhysical = rest === '1';
        return OK;
      case 'qSymbol':
        return OK;
      default:
        return '';
    }
  }

  private summary(hart: Hart): string {
    const who = this.debug.subject?.describe(hart);
    return who === undefined ? hartSummary(hart) : `${hartSummary(hart)} ${who}`;
  }

  private transfer(request: string): string {
    const match = /^(\w+):read:([^:]*):([0-9a-f]+),([0-9a-f]+)$/i.exec(request);
    const offset = parseNumber(match?.[3]);
    const length = parseNumber(match?.[4]);
    if (!match || offset === undefined || length === undefined) return '';
    const object = this.transferred(match[1], match[2]);
    if (object === undefined) return '';
    const part = object.slice(offset, offset + Math.min(length, MAX_READ_BYTES));
    return `${offset + part.length < object.length ? 'm' : 'l'}${part}`;
  }

  /** A character for each byte. */
  private transferred(object: string | undefined, annex: string | undefined): string | undefined {
    if (object === 'features' && annex === 'target.xml') return this.debug.registers.description;
    const auxv = object === 'auxv' && annex === '' ? this.options.auxv?.(this.general) : undefined;
    return auxv && Array.from(auxv, (byte) => String.fromCharCode(byte)).join('');
  }

  private command(encoded: string): string {
    const line = fromHex(encoded);
    if (!line) return EINVAL;
    const text = monitor(this.debug, new TextDecoder().decode(line), this.options.commands);
    return toHex(new TextEncoder().encode(text));
  }

  private writeGeneral(encoded: string): string {
    const bytes = fromHex(encoded);
    return bytes && this.debug.registers.writeGeneral(this.general, bytes) ? OK : EINVAL;
  }

  private readRegister(text: string): string {
    const number = parseNumber(text);
    const { registers } = this.debug;
    const bytes = number === undefined ? 0 : registers.bytesOf(number);
    if (number === undefined || bytes === 0) return EINVAL;
    const value = registers.read(this.general, number);
    return value ? toHex(value) : 'xx'.repeat(bytes);
  }

  private writeRegister(text: string): string {
    const [name, encoded = ''] = text.split('=');
    const number = parseNumber(name);
    const bytes = fromHex(encoded);
    if (number === undefined || !bytes) return EINVAL;
    return this.debug.registers.write(this.general, number, bytes) ? OK : EINVAL;
  }

  private readMemory(text: string): string {
    const [start, size] = text.split(',');
    const address = parseAddress(start);
    const length = parseNumber(size);
    if (address === undefined || length === undefined) return EINVAL;
    const { memory } = this.debug;
    const wanted = Math.min(length, MAX_READ_BYTES);
    const bytes = this.isPhysical
      ? memory.readPhysical(address, wanted)
      : memory.readVirtual(this.general, address, wanted);
    return bytes.length === 0 && wanted > 0 ? EFAULT : toHex(bytes);
  }

  private writeMemory(text: string, isBinary: boolean): string {
    const colon = text.indexOf(':');
    const [start, size] = text.slice(0, colon).split(',');
    const address = parseAddress(start);
    const length = parseNumber(size);
    const data = text.slice(colon + 1);
    const bytes = isBinary ? toBytes(data) : fromHex(data);
    if (colon < 0 || address === undefined || !bytes || bytes.length !== length) return EINVAL;
    const { memory } = this.debug;
    const isDone = this.isPhysical
      ? memory.writePhysical(address, bytes)
      : memory.writeVirtual(this.general, address, bytes);
    return isDone ? OK : EFAULT;
  }

  private changePoint(text: string, isAdded: boolean): string {
    const [digit = '', start, size] = text.split(/[,;]/);
    const kind = KINDS[Number.parseInt(digit, 10)];
    const address = parseAddress(start);
    const bytes = parseNumber(size);
    if (kind === undefined) return '';
    if (address === undefined || bytes === undefined) return EINVAL;
    const point: DebugPoint = {
      kind,
      low: Number(address & 0xffff_ffffn),
      high: Number(address >> 32n),
      bytes: kind === POINT.CODE ? 0 : Math.max(1, bytes),
    };
    if (isAdded) this.debug.addPoint(point);
    else this.debug.removePoint(point);
    return OK;
  }

  private selectThread(text: string): string {
    const isAny = text.slice(1) === '0' || text.slice(1) === '-1';
    const hart = isAny ? undefined : this.threadOf(text.slice(1));
    if (!isAny && !hart) return EINVAL;
    if (text[0] === 'g') this.general = hart ?? this.debug.stop?.hart ?? this.general;
    else if (text[0] === 'c') this.control = hart;
    else return EINVAL;
    return OK;
  }

  private threadOf(text: string): Hart | undefined {
    const id = parseNumber(text);
    return id === undefined ? undefined : this.debug.machine.harts[id - 1];
  }

  /** `c` and `s`: all harts run, or the selected one steps. */
  private resumeOld(isStep: boolean, pc: bigint | undefined): string | undefined {
    const chosen = this.control ?? this.general;
    if (pc !== undefined) {
      chosen.state.setWord(HART.PC, Number(pc & 0xffff_ffffn));
      chosen.state.setWord(HART.PC + 4, Number(pc >> 32n));
    }
    return this.go((hart) => {
      if (isStep) return hart === chosen ? 'step' : 'stay';
      return this.control === undefined || hart === chosen ? 'run' : 'stay';
    });
  }

  /** `vCont`: for each hart, the first action that names it. Signals mean nothing to a machine. */
  private resume(text: string): string | undefined {
    const actions: { how: Resumption; hart: Hart | undefined }[] = [];
    for (const action of text.split(';')) {
      const [what = '', thread] = action.split(':');
      const how = /^[cC]/.test(what) ? 'run' : /^[sS]/.test(what) ? 'step' : undefined;
      const isAll = thread === undefined || thread === '-1' || thread === '0';
      const hart = isAll ? undefined : this.threadOf(thread);
      if (how === undefined || (!isAll && !hart)) return EINVAL;
      actions.push({ how, hart });
    }
    return this.go(
      (hart) =>
        actions.find((action) => action.hart === undefined || action.hart === hart)?.how ?? 'stay',
    );
  }

  private go(howOf: (hart: Hart) => Resumption): string | undefined {
    const { stop, isStopped } = this.debug;
    if (stop && !isStopped) return stopReply(stop);
    this.isAwaited = true;
    this.debug.resume(howOf);
    return undefined;
  }
}

function threadId(hart: Hart): string {
  return (hart.state.id + 1).toString(16);
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function stopReply({ hart, reason }: Stop): string {
  const thread = `thread:${threadId(hart)};core:${hart.state.id.toString(16)};`;
  switch (reason.kind) {
    case 'breakpoint':
      return `T${SIGTRAP}${thread}swbreak:;`;
    case 'watchpoint':
      return `T${SIGTRAP}${thread}${WATCH_NAMES[reason.point]}:${reason.address.toString(16)};`;
    case 'step':
      return `T${SIGTRAP}${thread}`;
    case 'interrupt':
      return `T${SIGINT}${thread}`;
    case 'begin':
      return `T${SIGTRAP}${thread}replaylog:begin;`;
    case 'signal':
      return `T${byte(reason.signal)}${thread}`;
    case 'exit':
      return `W${byte(reason.status & 0xff)}`;
    case 'killed':
      return `X${byte(reason.signal)}`;
  }
}
