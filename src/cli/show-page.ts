/** Opens a page in the browser of whoever sits at this terminal. Its address has been printed, so a failure is no harm. */
import open from 'open';

export async function showPage(url: string, wanted: boolean): Promise<void> {
  if (!wanted || !process.stdout.isTTY || !hasScreen()) return;
  const browser = await open(url).catch(() => undefined);
  browser?.on('error', () => {});
}

/** Elsewhere a terminal has a desktop beside it; on Linux it may be a server's. */
function hasScreen(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME } = process.env;
  return process.platform !== 'linux' || Boolean(DISPLAY || WAYLAND_DISPLAY || WSL_DISTRO_NAME);
}
