/**
 * While hubs of two releases stand behind one address, a page of the one may ask the other for its files, which are 404 there. Then it
 * has to come anew; nobody would else find out that half of it is missing. It is no module and has a name without revision, so that it
 * is there whatever else is not. Once somebody has touched the page it is never loaded anew: they may have typed something.
 */
(() => {
  const MOST = 30_000;
  const untouched = new AbortController();
  const listening = { capture: true, signal: untouched.signal };
  let coming = false;

  const tries = () => Number(sessionStorage.getItem("agenthub.reloads") ?? 0);
  const comeAnew = async () => {
    if (coming) return;
    coming = true;
    const n = tries(); // throws in a sandbox, where the next page would be no better
    for (let wait = Math.min(250 * 2 ** n, MOST); ; wait = Math.min(wait * 2, MOST)) {
      await new Promise((done) => setTimeout(done, wait * (0.5 + Math.random())));
      if (untouched.signal.aborted) return;
      const there = await fetch(location.href, { cache: "no-store" }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (there) break; // else a page of the browser would stand where ours is
    }
    sessionStorage.setItem("agenthub.reloads", String(n + 1));
    location.reload();
  };

  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => untouched.abort(), listening);
  addEventListener(
    "error",
    ({ target }) => {
      if (target instanceof HTMLScriptElement || target instanceof HTMLLinkElement) comeAnew();
    },
    listening,
  );
  addEventListener(
    "unhandledrejection",
    ({ reason }) => reason instanceof TypeError && /modul/i.test(reason.message) && comeAnew(),
    listening,
  );
  addEventListener("load", () => coming || sessionStorage.removeItem("agenthub.reloads"), listening);
})();
