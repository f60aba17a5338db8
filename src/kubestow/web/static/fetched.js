// An answer of the server that a part of the page needs.
import { get } from "./api.js";
import { useEffect, useState } from "./ui.js";

// The answer to a path: {data, error}. Asked again if one of ``causes`` is another; what was there
// stays until the new answer is.
export function useFetched(path, causes = []) {
  const [found, setFound] = useState({ path, data: null, error: null });
  useEffect(() => {
    const stop = new AbortController();
    get(path, stop.signal).then(
      (data) => setFound({ path, data, error: null }),
      (error) => {
        if (error.name === "AbortError") return;
        setFound((old) => ({ path, data: old.path === path ? old.data : null, error }));
      },
    );
    return () => stop.abort();
  }, [path, ...causes]);
  return found.path === path ? found : { path, data: null, error: null };
}
