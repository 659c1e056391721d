/** ELK in a worker of its own; both are loaded when the first chart is looked at. */
import elkjs from 'elkjs/lib/elk-api.js';
import workerUrl from 'elkjs/lib/elk-worker.min.js?url';
import type { LayOut } from './layout.js';

const elk = new elkjs.default({ workerFactory: () => new Worker(new URL(workerUrl, import.meta.url)) });

export const layOut: LayOut = (graph) => elk.layout(graph);
