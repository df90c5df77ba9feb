/** What all views have in common: a sample that is read again and again, a list to move in, keys from a table, a prompt. */
import type { ReactElement } from 'react';
import type { System, WindowSize } from '../../api/system.ts';
import { MOVES } from '../list-moves.ts';
import type { SplitView, ViewHost } from '../split-view.ts';
import type { Content, Line } from './line.ts';
import { Prompt } from './prompt.ts';
import { ViewFrame } from './ViewFrame.tsx';

/** A row of a view's table of keys. */
export interface KeyRow {
  /** As they are typed; the first is shown. */
  readonly keys: readonly string[];
  /** How the help line calls the first, where it is none to print, and what it does. */
  readonly shown?: string;
  readonly name: string;
  readonly act: () => void;
}

/** What a view draws, but for the mark. */
export interface Body {
  readonly title: string;
  readonly head?: readonly Line[];
  readonly lines: readonly Line[];
  /** The newest line is the last and stays in sight until one is chosen. */
  readonly isStream?: boolean;
}

export abstract class SampledView<Sample> implements SplitView {
  protected readonly system: System;
  protected sample: Sample | undefined;
  /** Marked line; undefined: none, or the end of a stream. */
  protected selected: number | undefined;
  private readonly host: ViewHost;
  private readonly timer: NodeJS.Timeout;
  private prompt: Prompt | undefined;
  /** Why there is no sample. */
  private problem = '';
  private note = '';
  private body: Body = { title: '', lines: [] };
  private isReading = false;
  private isClosed = false;

  constructor(host: ViewHost, intervalMs: number) {
    this.host = host;
    this.system = host.system;
    this.timer = setInterval(() => void this.refresh(), intervalMs);
    // The fields of the class that extends this one have no values yet.
    queueMicrotask(() => void this.refresh());
  }

  protected abstract readonly keys: readonly KeyRow[];
  protected abstract read(): Promise<Sample>;
  /** Pure: what the sample is in this size. */
  protected abstract draw(sample: Sample, size: WindowSize): Body;
  /** The title without a sample. */
  protected abstract readonly name: string;

  get help(): string {
    if (this.prompt) return 'Enter takes it, Escape does not';
    const rows = this.keys.filter(({ name }) => name !== '');
    return rows.map(({ keys, shown, name }) => `${shown ?? keys[0]} ${name}`).join('  ');
  }

  element(size: WindowSize, hasFocus: boolean): ReactElement {
    const footer = this.prompt?.line ?? (this.note || undefined);
    return (
      <ViewFrame content={this.content(size)} size={size} hasFocus={hasFocus} footer={footer} />
    );
  }

  private content(size: WindowSize): Content {
    const { sample, problem } = this;
    this.body =
      sample === undefined || problem !== ''
        ? { title: this.name, lines: [problem === '' ? 'reading ...' : problem], isStream: true }
        : this.draw(sample, size);
    const { title, head = [], lines, isStream = false } = this.body;
    const last = Math.max(0, lines.length - 1);
    if (!isStream) this.selected = Math.min(this.selected ?? 0, last);
    return { title, head, lines, selected: this.selected };
  }

  key(key: string): boolean {
    if (this.prompt) {
      const { prompt } = this;
      // A prompt may open another.
      if (prompt.key(key) && this.prompt === prompt) this.prompt = undefined;
      this.changed();
      return true;
    }
    this.note = '';
    const row = this.keys.find(({ keys }) => keys.includes(key));
    if (row) row.act();
    else if (MOVES[key] !== undefined) this.move(MOVES[key]);
    else return false;
    this.changed();
    return true;
  }

  dispose(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    void this.ended().catch(() => undefined);
  }

  /** What costs the machine something is turned off. */
  protected ended(): Promise<unknown> {
    return Promise.resolve();
  }

  private move(lines: number): void {
    const { length } = this.body.lines;
    const from = this.selected ?? length - 1;
    const to = Math.max(0, Math.min(length - 1, from + lines));
    // At its end a stream goes on.
    this.selected = this.body.isStream && to >= length - 1 ? undefined : to;
    this.moved();
  }

  /** Another line is marked. */
  protected moved(): void {
    // Of interest to some.
  }

  protected ask(label: string, text: string, take: (text: string) => void): void {
    this.prompt = new Prompt(label, text, (typed) => {
      this.prompt = undefined;
      take(typed);
    });
  }

  /** Something to say at the bottom. */
  protected say(note: string): void {
    this.note = note;
    this.changed();
  }

  /** Do it, say what became of it, look again. */
  protected perform(action: () => Promise<string>): void {
    action()
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
      .then((note) => {
        this.say(note);
        return this.refresh();
      })
      .catch(() => undefined);
  }

  protected changed(): void {
    if (!this.isClosed) this.host.changed();
  }

  /** Read again; a machine that is busy elsewhere is not asked twice. */
  protected async refresh(): Promise<void> {
    if (this.isReading || this.isClosed) return;
    this.isReading = true;
    try {
      this.sample = await this.read();
      this.problem = '';
    } catch (error) {
      // The process has ended, or the machine: that is what the view shows.
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.isReading = false;
    this.changed();
  }
}
