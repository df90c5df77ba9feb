/** Text of translated code: asks a translator's thread of its own, which has binaryen. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { ShowRequest } from '../protocol.ts';
import { bundleFile } from './bundle.ts';

export class RegionText {
  private readonly port: MessagePort;
  private readonly worker: Worker;
  private asked = 0;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.worker = new Worker(bundleFile('translator-thread.js'), {
      workerData: { ports: [port2], cache: undefined },
      transferList: [port2],
      execArgv: [],
    });
  }

  /** Of the function that the module in `wasm` exports under `name`. Rejects when the thread has failed. */
  textOf(wasm: Uint8Array, name: string): Promise<string> {
    const request: ShowRequest = { show: ++this.asked, wasm, name };
    return new Promise((resolve, reject) => {
      const answered = ({ show, text }: { show: number; text: string }): void => {
        if (show !== request.show) return;
        this.port.off('message', answered);
        this.worker.off('error', reject);
        resolve(text);
      };
      this.worker.once('error', reject);
      this.port.on('message', answered);
      this.port.postMessage(request);
    });
  }

  async close(): Promise<void> {
    this.port.close();
    await this.worker.terminate();
  }
}
