/** Whether a page in the network can be reached at all. */

const PATIENCE_MS = 4_000;

/** What is in the way, for people; undefined when the page's server answers, whatever it says. */
export async function noWayTo(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) });
    await response.body?.cancel();
    return undefined;
  } catch (error) {
    const { name, cause } = error as { name?: string; cause?: { code?: string; message?: string } };
    if (name === 'TimeoutError') return 'no answer';
    return cause?.code ?? cause?.message ?? String(error);
  }
}
