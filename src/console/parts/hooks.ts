import { createContext, type RefObject } from 'preact';
import { useContext, useEffect, useReducer, useRef, useState } from 'preact/hooks';
import type { Ask } from '../connection.js';
import type { Store } from '../store/store.js';

export interface Services {
  store: Store;
  ask: Ask;
}
export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === null) throw new Error('no services');
  return services;
}

const count = (value: number): number => value + 1;

/** The store, and a new rendering whenever it has changed. */
export function useStore(): Store {
  const { store } = useServices();
  const [, changed] = useReducer(count, 0);
  useEffect(() => store.subscribe(() => changed(undefined)), [store]);
  return store;
}

/** A new rendering every `everyMs`, for what shows how time passes. */
export function useTicking(everyMs: number, isOn = true): void {
  const [, changed] = useReducer(count, 0);
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => changed(undefined), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, isOn]);
}

/** Size of an element in CSS pixels, kept up to date. */
export function useSize<E extends Element>(): [RefObject<E | null>, { width: number; height: number }] {
  const ref = useRef<E>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(ref.current!);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}
