// What the hosted inspector does with what is posted to it, in as much as a test needs: the real receiver, all that it hears.
import { createBrowserReceiver } from '@statelyai/inspect';

globalThis.received = [];
createBrowserReceiver().subscribe((event) => globalThis.received.push(event));
