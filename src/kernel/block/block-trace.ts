/** What happens to requests: lines of `--trace block`, and of `/sys/block/<disk>/trace`, as blkparse(1) prints them. */
import { log } from '../../lib/log.ts';
import type { Request } from './request.ts';

const channel = log.channel('block');
/** Events that are kept; the oldest go. */
const MAX_EVENTS = 8192;

/** Queued, got a request, merged, to the device, complete. */
export type TraceAction = 'Q' | 'G' | 'M' | 'D' | 'C';

interface TraceEvent {
  readonly timeNs: number;
  readonly action: TraceAction;
  readonly isWrite: boolean;
  readonly sector: number;
  readonly sectors: number;
  readonly owner: number;
  readonly name: string;
  /** Physical address of the first frame: where the device reads or writes. */
  readonly address: number | undefined;
}

export class BlockTrace {
  readonly disk: string;
  /** Since when events are kept; undefined while they are not. */
  startNs: number | undefined = undefined;
  private events: TraceEvent[] = [];
  private lost = 0;
  private readonly clock: { nowNs(): number };

  constructor(disk: string, clock: { nowNs(): number }) {
    this.disk = disk;
    this.clock = clock;
  }

  start(): void {
    this.events = [];
    this.lost = 0;
    this.startNs = this.clock.nowNs();
  }

  stop(): void {
    this.startNs = undefined;
  }

  /** `address`: where the data are in memory, if not in the request's frames. */
  add(action: TraceAction, request: Request, address = request.frames[0]): void {
    const { isWrite, sector, sectors, owner, name } = request;
    if (channel.isOn && action !== 'G')
      channel.write(`${this.disk} ${action} ${isWrite ? 'W' : 'R'} ${sector} + ${sectors}`);
    if (this.startNs === undefined) return;
    if (this.events.length >= MAX_EVENTS) {
      this.events.shift();
      this.lost++;
    }
    const timeNs = this.clock.nowNs() - this.startNs;
    this.events.push({ timeNs, action, isWrite, sector, sectors, owner, name, address });
  }

  /** Device, processor, number, seconds, process, action, kind, place; with the process's name, or for D where the data are in memory. */
  text(device: string): string {
    const lines = this.events.map((event, i) => {
      const { timeNs, action, isWrite, sector, sectors, owner, name, address } = event;
      const seconds = (timeNs / 1e9).toFixed(9).padStart(14);
      const head = `${device.padStart(6)}  0 ${String(i + 1 + this.lost).padStart(8)} ${seconds} ${String(owner).padStart(5)}`;
      const end = action === 'C' ? '[0]' : `[${name}]`;
      const at = action === 'D' && address !== undefined ? ` 0x${address.toString(16)}` : '';
      return `${head}  ${action} ${isWrite ? ' WS' : ' RS'} ${sector} + ${sectors} ${end}${at}\n`;
    });
    return lines.join('');
  }
}
