// The page's pure parts, without a browser: what follows from what happens, what a server's answer means, how dates are read.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { fetchBound } from "../../www/form/bounded.js";
import { endpoint, judge } from "../../www/form/post.js";
import { deleteBy } from "../../www/form/receipt.js";
import { begin, step } from "../../www/form/state.js";
import { decimal, grouped, isoDate, longDate, problem, refusal, today, words } from "../../www/form/words.js";

const at = (phase, more = {}) => ({ ...begin("id"), phase, ...more });
const after = (state, type, more = {}) => step(state, { type, ...more });

test("nothing is asked before the question of age", () => {
  assert.deepEqual(after(at("age"), "submit"), [at("age"), []]);
  const [young] = after(at("age"), "adult", { adult: false });
  assert.equal(young.phase, "young");
  assert.deepEqual(after(young, "typed"), [young, []]);
});

test("a double click sends once", () => {
  const [state, effects] = after(at("review"), "agree");
  assert.deepEqual(effects, [["draw", true], ["seal"]]);
  assert.deepEqual(after(state, "agree"), [state, []]);
});

test("keys are drawn at the first key press and not again", () => {
  const [state, effects] = after(at("filling"), "typed");
  assert.deepEqual(effects, [["prepare"]]);
  assert.deepEqual(after(state, "typed")[1], []);
  assert.deepEqual(after(state, "chosen", { purpose: "minat", given: true })[1], [["reveal"]]);
});

test("a failed sending sends the same bytes again, or says that this cannot help", () => {
  for (const trouble of ["offline", "slow", "busy", "down", "unconfirmed"]) {
    const [state] = after(at("sending"), "failed", { trouble });
    assert.deepEqual(after(state, "retry")[1], [["draw", true], ["send"]]);
  }
  for (const trouble of ["outdated", "closed", "rejected", "too_large"]) {
    const state = at("unsent", { trouble });
    assert.deepEqual(after(state, "retry"), [state, []]);
    const mends = !["outdated", "closed"].includes(trouble);
    assert.equal(after(state, "back")[0].phase, mends ? "filling" : "unsent", "what the customer can mend goes back to the answers");
  }
  const [again, effects] = after(at("unsent", { trouble: "unsealed", prepared: true }), "retry");
  assert.deepEqual([again.phase, again.prepared, effects], ["review", false, [["draw", true]]]);
});

test("what is tried again by itself disturbs nobody, and is sent once at a time", () => {
  const [quiet, effects] = after(at("unsent", { trouble: "offline", kept: true }), "retry", { quiet: true });
  assert.deepEqual([quiet.phase, effects], ["unsent", [["send"]]]);
  assert.deepEqual(after(quiet, "retry", { quiet: true })[1], []);
  assert.deepEqual(after(quiet, "failed", { trouble: "offline", kept: true })[1], [], "nothing new to say");
  assert.deepEqual(after(quiet, "failed", { trouble: "busy", kept: true })[1], [["draw", false]]);
  assert.deepEqual(after(quiet, "stored"), [{ ...quiet, phase: "done" }, [["draw", true], ["forget"]]]);
  const [pressed, then] = after(quiet, "retry");
  assert.deepEqual([pressed.phase, then], ["sending", [["draw", true]]], "the one on its way is waited for");
  assert.equal(after(pressed, "failed", { trouble: "offline" })[0].retrying, false);
});

test("what waited across a reload is sent before anything is asked", () => {
  const [state, effects] = after(begin("id"), "waiting");
  assert.deepEqual([state.phase, effects], ["sending", [["draw", false], ["send"]]]);
});

test("success forgets what was typed and cannot be undone", () => {
  const [state, effects] = after(at("sending"), "stored");
  assert.deepEqual(effects, [["draw", true], ["forget"]]);
  assert.deepEqual(after(state, "back"), [state, []]);
});

test("the language changes everywhere, and draws nothing anew while loading and sending", () => {
  for (const phase of ["age", "young", "filling", "review", "unsent", "done", "refused"]) {
    assert.deepEqual(after(at(phase), "language", { language: "en" }), [at(phase, { language: "en" }), [["draw", false]]]);
  }
  for (const phase of ["loading", "sending"]) assert.deepEqual(after(at(phase), "language", { language: "en" }), [at(phase, { language: "en" }), []]);
});

test("problems keep the customer at the fields", () => {
  const problems = [{ field: "nama", cause: "required", limit: 0 }];
  assert.equal(after(at("filling"), "checked", { problems })[0].phase, "filling");
  assert.equal(after(at("filling"), "checked", { problems: [] })[0].phase, "review");
});

test("only an answer that names these bytes confirms them", () => {
  const [id, digest] = ["01".repeat(16), "ab".repeat(32)];
  const good = { id, digest, received_at: "2026-11-23T03:12:46Z", sequence: 1 };
  for (const status of [200, 201]) {
    assert.deepEqual(judge(status, JSON.stringify(good), id, digest), { receivedAt: good.received_at });
  }
  const wrong = [
    { ...good, id: "00".repeat(16) }, { ...good, digest: "00".repeat(32) }, { ...good, received_at: "2026-99-23T03:12:46Z" },
    { ...good, received_at: 5 }, {}, null, [], 5,
  ];
  for (const reply of [...wrong.map((reply) => JSON.stringify(reply)), "<html>ok</html>", ""]) {
    assert.deepEqual(judge(201, reply, id, digest), { trouble: "unconfirmed" }, reply);
  }
});

test("a refusal says whether waiting helps", () => {
  const told = { form_replaced: "outdated", form_expired: "closed", unknown_form: "closed", unavailable: "down", full: "down", busy: "busy", constructor: "busy" };
  for (const [code, trouble] of Object.entries(told)) {
    assert.deepEqual(judge(503, JSON.stringify({ code }), "", ""), { trouble });
  }
  assert.deepEqual(judge(503, '{"code":{"toString":1,"valueOf":1}}', "", ""), { trouble: "busy" });
  for (const status of [408, 425, 429, 500, 503, 507]) assert.deepEqual(judge(status, '{"code":"busy"}', "", ""), { trouble: "busy" });
  assert.deepEqual(judge(413, "{}", "", ""), { trouble: "too_large" });
  for (const status of [400, 404, 422]) assert.deepEqual(judge(status, '{"code":"conflict"}', "", ""), { trouble: "rejected" });
});

test("a submission goes where the signed form says", () => {
  const source = "https://toko.example/forms/daftar.segel?x#y";
  assert.equal(endpoint(source), "https://toko.example/forms/daftar");
  assert.equal(endpoint(source, "/kirim"), "https://toko.example/kirim");
  assert.equal(endpoint(source, "https://lain.example/k"), "https://lain.example/k");
});

test("dates are read from numbers and from names in both languages, and shown as people write them", () => {
  for (const [day, month] of [["29", "2"], ["29", "02"], ["29", "Februari"], ["29", "feb"], ["29", "FEBRUARY"]]) {
    assert.equal(isoDate(day, month, "2000"), "2000-02-29");
  }
  assert.equal(isoDate("5", "agu", "1999"), "1999-08-05");
  assert.equal(isoDate("5", "august", "1999"), "1999-08-05");
  assert.equal(isoDate("", "", ""), "");
  assert.equal(isoDate("5", "xx", "1999"), "1999-xx-05");
  assert.equal(longDate("2000-08-29", "id"), "29 Agustus 2000");
  const zone = process.env.TZ;
  for (const [place, day] of [["Asia/Jakarta", 4], ["UTC", 3], ["America/New_York", 3]]) {
    process.env.TZ = place;
    assert.equal(longDate("2026-11-03T18:12:46Z", "en"), `${day} November 2026`, `the calendar of ${place}`);
  }
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

test("a number is read as people of the language write it, and never as another than it can mean", () => {
  const id = { "5.000.000": "5000000", "1.500": "1500", "-1.500,25": "-1500.25", "1,5": "1.5", "1.5": "1.5", "2,500": "2.500", "5,000,000.5": "5000000.5", "12 000": "12000", "1500": "1500", "0": "0", "0.125": "0.125", "0,125": "0.125", "1500,125": "1500.125" };
  const en = { "5,000,000": "5000000", "1,500": "1500", "1,500.25": "1500.25", "1.500": "1.500", "2,5": "2.5", "5.000.000,5": "5000000.5", "0,125": "0.125", "1500.125": "1500.125" };
  for (const [typed, meant] of Object.entries(id)) assert.equal(decimal(typed, "id"), meant, typed);
  for (const [typed, meant] of Object.entries(en)) assert.equal(decimal(typed, "en"), meant, typed);
  for (const typed of ["1.50.000", "1.500.00", "5.000,000.1", "12a", "1,2,3", "12500.000", "5000.000", ""]) assert.doesNotMatch(decimal(typed, "id"), /^-?\d+(\.\d+)?$/, typed);
  for (const typed of ["12500,000", "5000,000"]) assert.doesNotMatch(decimal(typed, "en"), /^-?\d+(\.\d+)?$/, typed);
  for (const [number, shown] of [["5000000", "5.000.000"], ["-1500.25", "-1.500,25"], ["999", "999"], ["0.5", "0,5"]]) {
    assert.equal(grouped(number, "id"), shown);
    assert.equal(decimal(shown, "id"), number);
  }
  assert.equal(grouped("1234567.5", "en"), "1,234,567.5");
});

test("an answer is read no further than its limit, and not waited for without end", async () => {
  let ended;
  const gone = new Promise((resolve) => (ended = resolve));
  const server = createServer((request, response) => {
    if (request.url === "/silent") return;
    if (request.url === "/cut") return response.writeHead(200, { "content-length": "9" }).write("abc", () => response.destroy());
    if (request.url === "/nine") return response.end("123456789");
    response.on("close", ended);
    const more = () => response.writable && response.write(Buffer.alloc(65536), more);
    more();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = (path) => `http://127.0.0.1:${server.address().port}/${path}`;
  const whole = await fetchBound(at("nine"), {}, 9);
  assert.equal(new TextDecoder().decode(whole.bytes), "123456789");
  const long = await fetchBound(at("nine"), {}, 8);
  assert.deepEqual([long.response.status, long.bytes.length > 8], [200, true], "whoever judges it sees that it is too long");
  const endless = await fetchBound(at("endless"), {}, 1_000_000);
  assert.deepEqual([endless.response.status, endless.late], [200, undefined]);
  assert.ok(endless.bytes.length > 1_000_000 && endless.bytes.length < 3_000_000, `${endless.bytes.length} bytes were read`);
  await gone;
  const cut = await fetchBound(at("cut"), {}, 100);
  assert.deepEqual([cut.response.status, cut.bytes], [200, undefined]);
  assert.deepEqual(await fetchBound(at("silent"), {}, 9, 100), { late: true });
  assert.deepEqual(await fetchBound(at("nine"), { signal: AbortSignal.abort() }, 9), {});
  const stopping = new AbortController();
  const stopped = fetchBound(at("silent"), { signal: stopping.signal }, 9);
  stopping.abort();
  assert.deepEqual(await stopped, {});
  server.closeAllConnections();
  server.close();
});

test("data is deleted when the last of what was agreed to is over", () => {
  const of = (...spans) => deleteBy(spans.map((max) => ({ retention: { max } })), "2024-02-29T01:02:03Z").slice(0, 10);
  assert.equal(of("P1Y"), "2025-02-28");
  assert.equal(of("P2Y", "P90D", "P18M"), "2026-02-28");
  assert.equal(of("P2W"), "2024-03-14");
  assert.equal(of(), "2024-02-29");
});

test("both languages have the same sentences, and every problem and refusal has its own", () => {
  assert.deepEqual(Object.keys(words("id")), Object.keys(words("en")));
  const causes = ["required", "too_long", "control", "phone", "email", "date", "birth", "number", "option", "files", "file_size", "file_type", "file_name"];
  const sentences = causes.flatMap((cause) => ["id", "en"].map((language) => problem({ cause, limit: 3 * 1048576 }, language)));
  assert.equal(new Set(sentences).size, sentences.length);
  assert.match(problem({ cause: "file_size", limit: 5242880 }, "id"), /5 MB/);
  assert.match(problem({ cause: "file_size", limit: 512000 }, "id"), /500 KB/);
  assert.match(problem({ cause: "file_size", limit: 1048575 }, "en"), /1023 KB/);
  assert.match(problem({ cause: "file_size", limit: 999 }, "en"), /999 byte/);
  assert.deepEqual(refusal("form_signature"), refusal("other_owner"));
  assert.match(refusal("expired")[0], new RegExp(longDate(today(), "id")), "a clock that is wrong is seen");
  assert.notEqual(refusal("missing"), refusal("insecure"));
});
