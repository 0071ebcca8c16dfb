// Provinces, regencies and cities to choose from while typing; anything else may be typed too. The table is fetched when somebody comes to
// such a field, and says nothing about what is typed there.
import { fetchBound } from "./bounded.js";
import { make } from "./dom.js";

let loading;

async function provinces() {
  loading ??= fetchBound(new URL("./regions.json", import.meta.url), { credentials: "omit", referrerPolicy: "no-referrer" }, 65536)
    .then(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)))
    .catch(() => {
      loading = undefined;
      return { provinces: {} };
    });
  return (await loading).provinces;
}

// Gives an input a list of what it may mean. `provinceOf()` is the province typed so far, if the form asks for one: a city's list is that of
// its province.
export function suggest(input, { id, kind }, provinceOf) {
  const list = make("datalist", { id: `list-${id}` });
  input.setAttribute("list", list.id);
  input.addEventListener("focus", async () => {
    const known = await provinces();
    const typed = provinceOf()?.trim().toLowerCase();
    const own = Object.keys(known).find((name) => name.toLowerCase() === typed);
    const names = kind === "province" ? Object.keys(known) : own ? known[own] : Object.values(known).flat();
    list.replaceChildren(...names.map((value) => make("option", { value })));
  });
  return list;
}
