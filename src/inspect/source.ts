/** Where the messages of the inspection socket come from: a mesh that runs, or a recording of one. */
import type { ViewerRequest } from './messages.js';

export interface Viewer {
  /** One message. `false`: not taken, since too much waits already. */
  send(text: string): boolean;
}

export interface Source {
  /** Tells the viewer everything until the returned function is called. */
  connect(viewer: Viewer): () => void;
  /** Throws an `Error` with a reason for people when it cannot be done. */
  answer(request: ViewerRequest): Promise<void>;
}
