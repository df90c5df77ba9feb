/** A 9P2000.L server over a FileBackend: sessions, dispatch, errors. plan9 intro(5); diod, protocol.md. */
import type { StateValue } from '../../state.ts';
import { StateFields } from '../../state-fields.ts';
import { BackendError, type FileBackend } from './backend.ts';
import { errnoOf } from './errno-table.ts';
import { FILE_REQUESTS } from './file-requests.ts';
import { FidTable } from './files.ts';
import { MAX_MESSAGE_BYTES, RLERROR, T, writeQid } from './message.ts';
import { NAME_REQUESTS } from './name-requests.ts';
import { MessageReader, MessageWriter } from './wire.ts';

const VERSION = '9P2000.L';
const MIN_MESSAGE_BYTES = 4096;

/** What a request works on. */
export interface Session {
  readonly backend: FileBackend;
  readonly fids: FidTable;
  /** Device of the root, for qids. */
  readonly rootDevice: number;
  /** Largest message, in bytes. */
  messageBytes: number;
}

/** Reads the request's fields and writes the reply's; a failure is thrown. */
export type RequestHandler = (
  session: Session,
  request: MessageReader,
  reply: MessageWriter,
) => void;

/** Opens a session: all fids of the one before are gone. */
function version(session: Session, request: MessageReader, reply: MessageWriter): void {
  const wanted = request.u32();
  const name = request.string();
  if (wanted < MIN_MESSAGE_BYTES) throw new BackendError('EINVAL');
  session.fids.clear();
  session.messageBytes = Math.min(wanted, MAX_MESSAGE_BYTES);
  reply.u32(session.messageBytes);
  reply.string(name.startsWith(VERSION) ? VERSION : 'unknown');
}

/** attach: fid[4] afid[4] uname[s] aname[s] n_uname[4]. There is one tree, and the host decides who may what. */
function attach(session: Session, request: MessageReader, reply: MessageWriter): void {
  const stat = session.backend.stat('');
  session.fids.add(request.u32(), '');
  writeQid(reply, stat, session.rootDevice);
}

/** flush: every request is answered before the next one is read. */
function flush(): void {
  // Nothing is pending.
}

function auth(): void {
  throw new BackendError('EOPNOTSUPP');
}

const REQUESTS: ReadonlyMap<number, RequestHandler> = new Map<number, RequestHandler>([
  [T.VERSION, version],
  [T.AUTH, auth],
  [T.ATTACH, attach],
  [T.FLUSH, flush],
  ...FILE_REQUESTS,
  ...NAME_REQUESTS,
]);

export class NinePServer {
  private readonly session: Session;
  /** Used for every reply: it may be large. */
  private writer = new MessageWriter(MIN_MESSAGE_BYTES);

  /** Throws where the backend's root cannot be read. */
  constructor(backend: FileBackend) {
    this.session = {
      backend,
      fids: new FidTable(backend),
      rootDevice: backend.stat('').device,
      messageBytes: MIN_MESSAGE_BYTES,
    };
  }

  /** Answer one message, which must not be shared memory. The reply is valid until the next call. */
  answer(message: Uint8Array): Uint8Array {
    const request = new MessageReader(message);
    request.u32();
    const type = request.u8();
    const tag = request.u16();
    const reply = this.emptyReply();
    writeHeader(reply, type + 1, tag);
    try {
      const handler = REQUESTS.get(type);
      if (!handler) throw new BackendError('EOPNOTSUPP');
      handler(this.session, request, reply);
    } catch (error) {
      // The one place where a failure becomes a number.
      reply.truncate(0);
      writeHeader(reply, RLERROR, tag);
      reply.u32(errnoOf(error));
    }
    return reply.finish();
  }

  private emptyReply(): MessageWriter {
    const { messageBytes } = this.session;
    if (this.writer.capacity !== messageBytes) this.writer = new MessageWriter(messageBytes);
    this.writer.truncate(0);
    return this.writer;
  }

  save(): StateValue {
    return { messageBytes: this.session.messageBytes, fids: this.session.fids.save() };
  }

  /** Open files are opened again by their paths; those that cannot be give EIO. */
  restore(state: StateValue): void {
    const fields = new StateFields('9p server', state);
    const messageBytes = fields.index('messageBytes', MAX_MESSAGE_BYTES);
    this.session.messageBytes = Math.max(messageBytes, MIN_MESSAGE_BYTES);
    this.session.fids.restore(fields.value('fids'));
  }

  /** Close every file. */
  reset(): void {
    this.session.fids.clear();
  }
}

/** The size is patched at the end. */
function writeHeader(reply: MessageWriter, type: number, tag: number): void {
  reply.u32(0);
  reply.u8(type);
  reply.u16(tag);
}
