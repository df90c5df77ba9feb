/** The translator: where programs spend their time, and what their code has become. */
import type { WindowSize } from '../../api/system.ts';
import type { HotRegion, HotRegions } from '../../protocol.ts';
import type { SplitView, ViewHost } from '../split-view.ts';
import { hex } from './page-walk.ts';
import { type Body, type KeyRow, SampledView } from './sampled-view.tsx';
import { regionLine, sideBySide, translatorHead } from './translations.ts';

const INTERVAL_MS = 1000;

interface TranslatorSample {
  jit: string;
  hot: HotRegions;
}

class TranslatorView extends SampledView<TranslatorSample> {
  protected readonly name = 'Translator';
  /** Whose code is shown; undefined: the list is. */
  private region: { region: HotRegion; text: string } | undefined;
  protected readonly keys: readonly KeyRow[] = [
    { keys: ['\r'], shown: 'Enter', name: 'code of the region', act: () => this.open() },
    { keys: ['l', '\x7f'], name: 'list', act: () => this.list() },
  ];

  protected async read(): Promise<TranslatorSample> {
    const [jit, hot] = await Promise.all([
      this.system.fs.readFile('/proc/jit', 'utf8'),
      this.system.inspect.regions(true),
    ]);
    return { jit, hot };
  }

  protected override ended(): Promise<unknown> {
    return this.system.inspect.regions(false);
  }

  protected draw({ jit, hot }: TranslatorSample, { columns }: WindowSize): Body {
    if (this.region) {
      const { region, text } = this.region;
      const { entry, file, code } = region;
      return {
        title: `Region at ${hex(entry)} of ${file}: ${code.length} instructions, and their WebAssembly`,
        lines: sideBySide(region, text, columns - 2),
      };
    }
    const lines = hot.regions.map((region) => regionLine(region, hot.total));
    return {
      title: 'Translator: hot regions',
      head: translatorHead(jit, hot),
      lines: lines.length > 0 ? lines : ['no translated code is running now'],
    };
  }

  private open(): void {
    const region = this.sample?.hot.regions[this.selected ?? 0];
    if (this.region || !region) return;
    this.perform(async () => {
      this.region = { region, text: await this.system.inspect.wasmText(region) };
      this.selected = 0;
      return '';
    });
  }

  private list(): void {
    this.region = undefined;
    this.selected = 0;
  }
}

export function openTranslatorView(host: ViewHost): SplitView {
  return new TranslatorView(host, INTERVAL_MS);
}
