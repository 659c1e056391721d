/** The mesh console: a page that the daemon serves, and that asks nobody else for anything. */
import { render } from 'preact';
import { App } from './app.js';
import { connect } from './connection.js';
import { ServicesContext } from './parts/hooks.js';
import { Store } from './store/store.js';
import './styles.css';

const store = new Store({
  nowMs: () => Date.now(),
  soon: (callback, afterMs) => setTimeout(() => requestAnimationFrame(callback), afterMs),
});

// The token is in the address that the daemon printed; the socket asks for the same one.
const socketUrl = new URL(`socket${location.search}`, location.href);
socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';

const ask = connect(socketUrl.href, {
  link: (link) => store.setLink(link),
  message: (message) => store.take(message),
  unreadable: (problem) =>
    store.setProblem(`The daemon said something that this page does not understand (${problem}).`),
});

render(
  <ServicesContext.Provider value={{ store, ask }}>
    <App />
  </ServicesContext.Provider>,
  document.getElementById('console')!,
);
