// /api/v1 against its own description: every operation is called on the real server, every answer is
// held against the schema that the description gives it, and neither has a route that the other lacks.
import { createRequire } from "node:module";
import { Validator } from "@seriousme/openapi-schema-validator";
import { ask, assert, county, password, run, serve, serviceToken, shire, test } from "./harness.mjs";

const require = createRequire(import.meta.url);
const Ajv = require("ajv/dist/2020").default;

const dir = await county(500, ["dr.hughes", "analyst.davies", "admin.roberts", "privacy.rees", "index.thomas", "gwendoline.preece"], "--seed", "7");
const server = await serve(dir, "--log");
const description = JSON.parse((await ask(server, "GET", "/api/v1/openapi.json")).body);
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(description, "api");

const operations = new Map(); // operationId -> { method, path, operation }
for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
        operations.set(operation.operationId, { method: method.toUpperCase(), path, operation });
    }
}
const answered = new Map([...operations.keys()].map((id) => [id, new Set()]));

function pointer(...parts) {
    return `api#/${parts.map((part) => encodeURIComponent(String(part).replace(/~/g, "~0").replace(/\//g, "~1"))).join("/")}`;
}

function fits(parts, value, what) {
    const validate = ajv.getSchema(pointer(...parts));
    assert.ok(validate(value), `${what}: ${JSON.stringify(validate.errors?.slice(0, 4))} of ${JSON.stringify(value).slice(0, 600)}`);
}

// Calls an operation as the description has it and checks the answer: { status, headers, json }.
async function call(id, { token, cookie, path = {}, query = {}, body, headers = {}, type = "application/json" } = {}) {
    const { method, path: pattern, operation } = operations.get(id);
    const target = pattern.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name]));
    const search = new URLSearchParams(query).toString();
    const sent = { ...headers };
    if (token !== undefined) {
        sent.authorization = `Bearer ${token}`;
    }
    if (cookie !== undefined) {
        sent.cookie = `shire=${cookie}`;
    }
    if (body !== undefined) {
        sent["content-type"] = type;
        sent["content-length"] = Buffer.byteLength(typeof body === "string" ? body : JSON.stringify(body));
    }
    const answer = await ask(server, method, target + (search === "" ? "" : `?${search}`),
        { headers: sent, body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body) });
    const described = operation.responses[answer.status];
    assert.ok(described !== undefined, `${id} answered ${answer.status}, which is not described: ${answer.body.slice(0, 300)}`);
    answered.get(id).add(answer.status);
    const [kind] = Object.keys(described.content ?? {});
    if (kind === undefined) {
        assert.equal(answer.body, "", id);
        return { ...answer, json: null };
    }
    assert.ok(answer.headers["content-type"].startsWith(kind), `${id}: ${answer.headers["content-type"]}`);
    if (kind === "text/plain") {
        return answer;
    }
    const json = JSON.parse(answer.body);
    fits(["paths", pattern, method.toLowerCase(), "responses", answer.status, "content", kind, "schema"], json, `${id} ${answer.status}`);
    if (answer.status >= 400) {
        assert.equal(json.status, answer.status);
    }
    for (const name of Object.keys(described.headers ?? {})) {
        assert.ok(answer.headers[name.toLowerCase()] !== undefined, `${id} has no ${name}`);
    }
    return { ...answer, json };
}

// The same, which has to answer `status`.
async function expect(status, id, options) {
    const answer = await call(id, options);
    assert.equal(answer.status, status, `${id}: ${answer.body.slice(0, 300)}`);
    return answer;
}

async function signIn(name, more = {}) {
    return (await expect(201, "signIn", { body: { name, password, ...more } })).json.token;
}

const service = await serviceToken(dir, "practice.system");
let doctor, person;

test("the description is OpenAPI 3.1, open to anybody and to any site", async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(description));
    assert.ok(result.valid, JSON.stringify(result.errors));
    assert.equal(validator.version, "3.1");
    const answer = await expect(200, "getDescription");
    assert.equal(answer.headers["access-control-allow-origin"], "*");
});

test("the server has the routes of the description and no others", async () => {
    const metrics = (await ask(server, "GET", "/metrics")).body;
    const routes = [...metrics.matchAll(/shire_answer_seconds_count\{method="(\w+)",route="(\/api\/v1\/[^"]*)"\}/g)].map(([, method, route]) => `${method} ${route}`);
    assert.deepEqual(routes.sort(), [...operations.values()].map(({ method, path }) => `${method} ${path}`).sort());
    assert.ok(routes.length > 30);
});

test("nobody gets anything without signing in, and the refusal is a problem document", async () => {
    for (const [id, { operation }] of operations) {
        if (operation.security?.length === 0) {
            continue;
        }
        const path = { id: "P0000000000000000", item: "0".repeat(32), number: "1", name: "x" };
        for (const token of [undefined, "0".repeat(64), "no token"]) {
            const { headers } = await expect(401, id, { path, token, body: /POST|PUT/.test(operations.get(id).method) ? {} : undefined });
            assert.equal(headers["www-authenticate"], "Bearer");
        }
    }
    const none = await ask(server, "GET", "/api/v1/nothing");
    assert.equal(none.status, 404);
    fits(["components", "schemas", "Problem"], JSON.parse(none.body), "404");
});

test("people sign in for a token, and out", async () => {
    doctor = await signIn("dr.hughes");
    const { json } = await expect(200, "getAccount", { token: doctor });
    assert.equal(json.account, "dr.hughes");
    assert.equal(json.role, "clinician");
    assert.equal(json.is_program, false);
    await expect(401, "signIn", { body: { name: "dr.hughes", password: "not the right one" } });
    await expect(422, "signIn", { body: { name: "dr.hughes", password, purpose: "audit" } });
    await expect(422, "signIn", { body: { name: "dr.hughes" } });
    const planner = await signIn("analyst.davies", { purpose: "planning" });
    assert.equal((await expect(200, "getAccount", { token: planner })).json.purpose, "planning");
    await expect(204, "signOut", { token: planner });
    await expect(401, "getAccount", { token: planner });
    const own = (await expect(200, "getAccount", { token: service })).json;
    assert.equal(own.is_program, true);
    await expect(403, "signOut", { token: service });
});

test("a body is JSON with the members that are described", async () => {
    await expect(415, "searchPeople", { token: doctor, body: "line=preece", type: "application/x-www-form-urlencoded" });
    await expect(400, "searchPeople", { token: doctor, body: "{" });
    await expect(400, "searchPeople", { token: doctor, body: '{"line":"a","line":"b"}' });
    await expect(400, "searchPeople", { token: doctor, body: "[]" });
    await expect(422, "searchPeople", { token: doctor, body: {} });
    await expect(422, "searchPeople", { token: doctor, body: { line: 9 } });
    await expect(422, "searchPeople", { token: doctor, body: { line: "preece", nhs_number: "9" } });
    await expect(400, "searchPeople", { token: doctor, body: { line: "preece" }, query: { line: "x" } });
    const { json } = await expect(422, "searchPeople", { token: doctor, body: { preece: "x" } });
    assert.doesNotMatch(JSON.stringify(json), /preece/);
});

test("somebody is found by a line, by what is known, and by a body's number", async () => {
    for (const token of [doctor, service]) {
        const { json } = await expect(200, "searchPeople", { token, body: { line: "gwendoline preece 17/5/1944" } });
        assert.equal(json.is_exact, true);
        person = json.found[0].person_id;
    }
    const slip = (await expect(200, "searchPeople", { token: doctor, body: { given_name: "Gwendolin", family_name: "Preese", birth_date: "1944-05-17" } })).json;
    assert.equal(slip.found[0].person_id, person);
    const { holdings } = (await expect(200, "getPerson", { token: doctor, path: { id: person } })).json;
    const key = holdings.find(({ body }) => body.code === "RLQ") ?? holdings[0];
    const keyed = (await expect(200, "searchPeople", { token: doctor, body: { organisation: key.body.code, source: key.source, local_id: key.local_id } })).json;
    assert.equal(keyed.found[0].person_id, person);
});

test("a person's record is whole, and who may not be known is not there", async () => {
    const { json, headers } = await expect(200, "getPerson", { token: doctor, path: { id: person } });
    assert.match(json.name, /Preece/i);
    assert.ok(json.plans.length > 0 && json.alerts.length > 0 && json.facts.length > 5 && json.holdings.length > 2);
    assert.equal(json.costs, undefined);
    assert.match(headers.etag, /^"[0-9a-f]{16}"$/);
    const again = await expect(304, "getPerson", { token: doctor, path: { id: person }, headers: { "if-none-match": headers.etag } });
    assert.equal(again.headers.etag, headers.etag);
    for (const tag of ["*", `"0", W/${headers.etag}`]) {
        await expect(304, "getPerson", { token: doctor, path: { id: person }, headers: { "if-none-match": tag } });
        await expect(200, "searchPeople", { token: doctor, body: { line: "preece" }, headers: { "if-none-match": tag } }); // of what is read alone
    }
    await expect(200, "getPerson", { token: doctor, path: { id: person }, headers: { "if-none-match": headers.etag.replace('"', '"0') } });
    await expect(404, "getPerson", { token: doctor, path: { id: "P0000000000000000" } });
    await expect(404, "getTimeline", { token: doctor, path: { id: "P0000000000000000" } });
});

test("a timeline is read page by page to its end", async () => {
    const all = (await expect(200, "getTimeline", { token: doctor, path: { id: person }, query: { limit: 500 } })).json;
    assert.equal(all.events.length, all.total);
    assert.equal(all.next, null);
    const events = [];
    for (let cursor; cursor !== null;) {
        const query = { limit: 7, ...(cursor === undefined ? {} : { cursor }) };
        const page = (await expect(200, "getTimeline", { token: doctor, path: { id: person }, query })).json;
        assert.doesNotMatch(String(page.next), new RegExp(person));
        events.push(...page.events);
        cursor = page.next;
    }
    assert.deepEqual(events, all.events);
    const acute = (await expect(200, "getTimeline", { token: doctor, path: { id: person }, query: { category: "acute", limit: 2 } })).json;
    assert.ok(acute.total > 0 && acute.total < all.total && acute.events.every(({ category }) => category === "acute"));
    const folded = (await expect(200, "getTimeline", { token: doctor, path: { id: person }, query: { folded: "true" } })).json;
    assert.ok(folded.total < all.total);
    await expect(400, "getTimeline", { token: doctor, path: { id: person }, query: { category: "shoes" } });
    await expect(400, "getTimeline", { token: doctor, path: { id: person }, query: { limit: 0 } });
    await expect(400, "getTimeline", { token: doctor, path: { id: person }, query: { cursor: acute.next } });
    await expect(410, "getTimeline", { token: doctor, path: { id: person }, query: { cursor: "AAAA" } });
    await expect(410, "getTimeline", { token: service, path: { id: person }, query: { category: "acute", cursor: acute.next } });
    await expect(410, "listFindings", { token: await signIn("admin.roberts"), query: { cursor: acute.next } });
});

for (const [word, Word, body, changed] of [
    ["plan", "Plan", { title: "Home again", actions: [{ text: "Fit rails", owner: { organisation: "E06000019" }, due: "1/4/2025" }] }, { title: "Home again soon" }],
    ["alert", "Alert", { text: "Key safe by the side door", kind: "access" }, { text: "Key safe by the front door" }],
]) {
    test(`a ${word} is put down, read and changed by the version that was read`, async () => {
        const at = { token: doctor, path: { id: person } };
        const before = (await expect(200, `list${Word}s`, at)).json.items.length;
        const made = await expect(201, `add${Word}`, { ...at, body: { body, why: "After the ward round" } });
        assert.equal(made.headers.location, `/api/v1/people/${person}/${word}s/${made.json.item_id}`);
        assert.equal(made.json.version, 1);
        const one = { token: doctor, path: { id: person, item: made.json.item_id } };
        const read = await expect(200, `get${Word}`, one);
        assert.deepEqual(read.json, made.json);
        await expect(304, `get${Word}`, { ...one, headers: { "if-none-match": read.headers.etag } });
        const edit = { body: changed, why: "Told by her son" };
        await expect(428, `change${Word}`, { ...one, body: edit });
        await expect(428, `change${Word}`, { ...one, body: edit, headers: { "if-match": "*" } });
        const second = await expect(200, `change${Word}`, { ...one, body: edit, headers: { "if-match": read.headers.etag } });
        assert.equal(second.json.version, 2);
        await expect(412, `change${Word}`, { ...one, body: { ...edit, why: "Too late" }, headers: { "if-match": read.headers.etag } });
        const versions = (await expect(200, `list${Word}Versions`, one)).json.versions;
        assert.deepEqual(versions.map(({ version }) => version), [2, 1]);
        assert.doesNotMatch(JSON.stringify(versions), /Too late/);
        assert.equal((await expect(200, `get${Word}`, { ...one, query: { version: 1 } })).json.why, "After the ward round");
        await expect(404, `get${Word}`, { ...one, query: { version: 9 } });
        await expect(422, `change${Word}`, { ...one, body: { body: { shoes: 1 }, why: "x" }, headers: { "if-match": second.headers.etag } });
        await expect(422, `add${Word}`, { ...at, body: { body, why: "x", sensitivity: ["shoes"] } });
        await expect(422, `add${Word}`, { ...at, body: { body, why: " " } });
        await expect(404, `add${Word}`, { ...at, path: { id: "P0000000000000000" }, body: { body, why: "x" } });
        const ended = await expect(200, `change${Word}`, { ...one, body: { ...edit, is_ended: true }, headers: { "if-match": second.headers.etag } });
        assert.equal(ended.json.is_ended, true);
        assert.equal((await expect(200, `list${Word}s`, at)).json.items.length, before + 1);
        await expect(404, `get${Word === "Plan" ? "Alert" : "Plan"}`, one);
        await expect(422, `add${Word}`, { ...at, token: service, body: { body, why: "x" } });
    });
}

test("who looked is told to the person themselves and to the privacy officer", async () => {
    const citizen = await signIn("gwendoline.preece");
    const own = (await expect(200, "getAccount", { token: citizen })).json.person_id;
    assert.equal(own, person);
    const { json } = await expect(200, "listAccesses", { token: citizen, path: { id: own }, query: { limit: 3 } });
    assert.equal(json.accesses.length, 3);
    assert.ok(json.total > 3);
    const rest = (await expect(200, "listAccesses", { token: citizen, path: { id: own }, query: { limit: 3, cursor: json.next } })).json;
    assert.equal(rest.accesses.length, 3);
    await expect(200, "listAccesses", { token: await signIn("privacy.rees"), path: { id: own } });
    await expect(404, "listAccesses", { token: doctor, path: { id: own } });
    await expect(200, "getPerson", { token: citizen, path: { id: own } });
});

test("a doubtful pair is decided about and the decision taken back", async () => {
    const token = await signIn("index.thomas");
    const { pairs, left } = (await expect(200, "listPairs", { token, query: { limit: 3 } })).json;
    assert.ok(pairs.length > 0 && left >= pairs.length);
    const [pair] = pairs.filter(({ may_see }) => may_see);
    const decided = (await expect(201, "decide", { token, body: { a: pair.a.record, b: pair.b.record, verdict: "different" } })).json;
    const after = (await expect(200, "listPairs", { token, query: { limit: 50 } })).json;
    assert.ok(!after.pairs.some(({ number }) => number === pair.number));
    await expect(422, "decide", { token, body: { a: pair.a.record, verdict: "different" } });
    await expect(400, "decide", { token, body: { a: pair.a.record, b: pair.b.record, verdict: "perhaps" } });
    await expect(404, "decide", { token, body: { a: "X/y/1", b: pair.b.record, verdict: "same" } });
    await expect(403, "decide", { token: doctor, body: { a: pair.a.record, b: pair.b.record, verdict: "same" } });
    await expect(201, "undoDecision", { token, path: { number: decided.decision }, body: { why: "Looked again" } });
    await expect(400, "undoDecision", { token, path: { number: decided.decision }, body: { why: "Twice" } });
    await expect(404, "undoDecision", { token, path: { number: "9999" }, body: { why: "None" } });
    const all = (await expect(200, "listDecisions", { token })).json.decisions;
    assert.deepEqual(all.map(({ verdict }) => verdict), ["undone", "different"]);
    assert.ok((await expect(200, "listPairs", { token, query: { limit: 50 } })).json.pairs.some(({ number }) => number === pair.number));
    assert.equal((await expect(200, "listDecisions", { token, query: { limit: 1 } })).json.decisions.length, 1);
});

// Micropounds of a decimal text.
const micro = (text) => BigInt(text.replace(/\.(\d+)$/, (_, digits) => digits.padEnd(6, "0")).replace(/^(-?\d+)$/, "$1"));

test("the run's money is told to the micropound, and the ledgers reconcile", async () => {
    const token = await signIn("analyst.davies");
    const runs = (await expect(200, "listRuns", { token })).json;
    assert.ok(runs.served.people > 100 && runs.runs.length >= 1);
    const { reconciliation } = (await expect(200, "getReconciliation", { token })).json;
    assert.ok(reconciliation.length > 3);
    for (const row of reconciliation) {
        assert.equal(micro(row.ledger), micro(row.allocated) + micro(row.excluded) + micro(row.unallocated));
        assert.equal(micro(row.difference), 0n);
    }
    const first = (await expect(200, "listFindings", { token, query: { limit: 5 } })).json;
    const found = (await expect(200, "listFindings", { token, query: { limit: 500 } })).json;
    const second = (await expect(200, "listFindings", { token, query: { limit: 5, cursor: first.next } })).json;
    assert.deepEqual([...first.findings, ...second.findings], found.findings.slice(0, 10));
    const bodies = (await expect(200, "listBodyCosts", { token })).json.costs;
    const kinds = (await expect(200, "listKindCosts", { token })).json.costs;
    assert.ok(kinds.length > 0);
    for (const code of new Set(kinds.map(({ organisation }) => organisation))) {
        const sum = kinds.filter(({ organisation }) => organisation === code).reduce((total, { amount }) => total + micro(amount), 0n);
        assert.equal(sum, micro(bodies.find(({ organisation }) => organisation === code).amount), code);
    }
    await expect(403, "listKindCosts", { token: doctor });
    await expect(403, "getReconciliation", { token: doctor });
});

test("for planning small numbers do not leave, nor what they would follow from", async () => {
    const exact = (await expect(200, "listKindCosts", { token: await signIn("analyst.davies") })).json.costs;
    const token = await signIn("analyst.davies", { purpose: "planning" });
    const planned = (await expect(200, "listKindCosts", { token })).json.costs;
    for (const row of planned) {
        const same = exact.find(({ organisation, kind_of_care }) => organisation === row.organisation && kind_of_care === row.kind_of_care);
        if (row.events === null) {
            assert.equal(row.amount, null);
            assert.equal(row.median, null);
        } else {
            assert.equal(row.events % 5, 0);
            assert.ok(same === undefined || same.events > 7);
        }
    }
    let withheld = 0;
    for (const code of new Set(planned.map(({ organisation }) => organisation))) {
        const rows = planned.filter(({ organisation }) => organisation === code);
        assert.ok(rows.length === 1 || rows.filter(({ events }) => events === null).length !== 1, code);
        // Twenty visits of one person are one person's: what the page withholds, which counts people, the API withholds.
        const { body } = await ask(server, "GET", `/costs?body=${code}`, { headers: { cookie: `shire=${token}` } });
        for (const { kind_of_care, events } of rows) {
            const shown = new RegExp(`<t[hd][^>]*>(?:<a [^>]*>)?${kind_of_care}(?:</a>)?</t[hd]>\\s*<td[^>]*>([^<]*)<`).exec(body);
            assert.ok(shown, `${kind_of_care} of ${code}`);
            withheld += shown[1] === "";
            assert.ok(shown[1] !== "" || events === null, `${kind_of_care} of ${code}`);
        }
    }
    assert.ok(withheld > 3);
    assert.ok((await expect(200, "listBodyCosts", { token })).json.costs.every(({ events }) => events % 5 === 0));
});

test("what if: changes are worked out, saved by name, and taken away", async () => {
    const token = await signIn("analyst.davies");
    const changes = ["ledger.amount *= 1.1"];
    const { json } = await expect(200, "whatIf", { token, body: { changes } });
    for (const { ledger } of json.scenarios[0].organisations) {
        const [before, after] = [micro(ledger.before), micro(ledger.after)];
        assert.ok((before * 11n - after * 10n) ** 2n <= 10n ** 14n, JSON.stringify(ledger));
    }
    const path = { name: "ten-percent" };
    await expect(200, "saveScenario", { token, path, body: { changes } });
    assert.deepEqual((await expect(200, "listScenarios", { token })).json.scenarios, [{ name: "ten-percent", changes }]);
    assert.deepEqual((await expect(200, "whatIf", { token, body: { scenario: "ten-percent" } })).json.scenarios[0].organisations, json.scenarios[0].organisations);
    await expect(204, "deleteScenario", { token, path });
    await expect(404, "deleteScenario", { token, path });
    await expect(404, "whatIf", { token, body: { scenario: "ten-percent" } });
    await expect(422, "whatIf", { token, body: { changes: ["make it cheaper"] } });
    await expect(422, "whatIf", { token, body: { changes: [] } });
    await expect(422, "whatIf", { token, body: { scenario: "../etc" } });
    await expect(422, "saveScenario", { token, path: { name: "..x" }, body: { changes } });
    await expect(403, "whatIf", { token: doctor, body: { changes } });
});

test("administrators and privacy officers read what is theirs", async () => {
    const admin = await signIn("admin.roberts");
    const privacy = await signIn("privacy.rees");
    const { accounts } = (await expect(200, "listAccounts", { token: admin })).json;
    assert.ok(accounts.some(({ name, role }) => name === "practice.system" && role === "service"));
    await expect(403, "listAccounts", { token: doctor });
    assert.ok((await expect(200, "listAgreements", { token: privacy })).json.agreements.length > 0);
    assert.ok((await expect(200, "listTeams", { token: admin })).json.teams.length > 0);
    const entries = (await expect(200, "listEntries", { token: privacy, query: { limit: 5 } })).json;
    assert.deepEqual(entries.entries.map(({ number }) => number), [0, 1, 2, 3, 4]);
    const last = (await expect(200, "listEntries", { token: privacy, query: { from: entries.size - 1 } })).json;
    assert.equal(last.entries[0].number, entries.size - 1);
    await expect(400, "listEntries", { token: privacy, query: { from: "x" } });
    await expect(403, "listEntries", { token: admin });
});

test("a privacy officer finds entries by who, about whom, of what kind and when, however many there are", async () => {
    const privacy = await signIn("privacy.rees");
    const all = [];
    for (let from = 0, size = 1; from < size; from += 500) {
        const { json } = await expect(200, "listEntries", { token: privacy, query: { from, limit: 500 } });
        all.push(...json.entries);
        size = json.size;
    }
    const of = all.findLast(({ kind, subject }) => kind === "read" && /^P[0-9a-f]{16}$/.test(subject));
    const day = all[0].at.slice(0, 10);
    const end = all.at(-1).number;
    for (const body of [{}, { actor: of.actor }, { subject: of.subject }, { actor: of.actor, subject: of.subject, kind: "read" }, { kind: "configuration" }, { kind: "search", from: day }, { until: "2000-01-01" },
        { from: day, until: "2100-01-01" }, { actor: "nobody" }]) {
        const found = [];
        let cursor;
        do {
            const { json } = await expect(200, "findEntries", { token: privacy, body, query: { limit: 60, ...(cursor === undefined ? {} : { cursor }) } });
            found.push(...json.entries);
            cursor = json.next ?? undefined;
        } while (cursor !== undefined);
        const wanted = all.filter(({ actor, subject, kind, at }) => [["actor", actor], ["subject", subject], ["kind", kind]].every(([name, value]) => (body[name] ?? value) === value)
            && at.slice(0, 10) >= (body.from ?? "") && at.slice(0, 10) <= (body.until ?? "9"));
        assert.deepEqual(found.filter(({ number }) => number <= end).map(({ number }) => number).sort((a, b) => a - b), wanted.map(({ number }) => number), JSON.stringify(body));
        assert.deepEqual(found, [...found].sort((a, b) => (a.at === b.at ? b.number - a.number : a.at < b.at ? 1 : -1)));
    }
    await expect(403, "findEntries", { token: doctor, body: {} });
    await expect(410, "findEntries", { token: privacy, body: {}, query: { cursor: "AAAA" } });
    await expect(422, "findEntries", { token: privacy, body: { from: "yesterday" } });
    await expect(422, "findEntries", { token: privacy, body: { nurse: "x" } });
    // Who looked for whom is an entry about that person.
    const latest = await expect(200, "findEntries", { token: privacy, body: { subject: of.subject } });
    assert.deepEqual([latest.json.entries[0].actor, latest.json.entries[0].detail], ["privacy.rees", "the audit log"]);
});

test("a witness gets the checkpoint and the proof by the API", async () => {
    const note = await expect(200, "getCheckpoint", { token: service });
    assert.match(note.body, /^[^\n]+\n\d+\n[^\n]+\n\n— /);
    const proof = await expect(200, "getCheckpoint", { token: service, query: { since: 1 } });
    assert.match(proof.body, /^old 1\n/);
    await expect(404, "getCheckpoint", { token: service, query: { since: 999999 } });
});

test("an administrator makes a service account's token, which takes the place of the one before", async () => {
    const admin = await signIn("admin.roberts");
    const made = (await expect(201, "makeToken", { token: admin, path: { name: "practice.system" } })).json;
    await expect(200, "getAccount", { token: made.token });
    await expect(401, "getAccount", { token: service });
    await expect(400, "makeToken", { token: admin, path: { name: "dr.hughes" } });
    await expect(404, "makeToken", { token: admin, path: { name: "nobody.here" } });
    await expect(403, "makeToken", { token: doctor, path: { name: "practice.system" } });
    await expect(403, "endToken", { token: doctor, path: { name: "practice.system" } });
    await expect(204, "endToken", { token: admin, path: { name: "practice.system" } });
    await expect(401, "getAccount", { token: made.token });
    await expect(404, "endToken", { token: admin, path: { name: "practice.system" } });
    await expect(404, "endToken", { token: admin, path: { name: "nobody.here" } });
});

test("another site's page changes nothing with a browser's cookie", async () => {
    const cookie = await signIn("dr.hughes");
    await expect(200, "searchPeople", { cookie, body: { line: "preece" } });
    for (const headers of [{ origin: "https://elsewhere.example" }, { "sec-fetch-site": "cross-site" }]) {
        await expect(403, "searchPeople", { cookie, headers, body: { line: "preece" } });
    }
});

test("every operation was called and answered", () => {
    for (const [id, statuses] of answered) {
        assert.ok([...statuses].some((status) => status < 300), `${id} was never answered: ${[...statuses]}`);
    }
});

test("nothing personal stands in the log, and each reading in the audit log", async () => {
    assert.doesNotMatch(server.log(), /preece|hughes|P[0-9a-f]{16}|failed/i);
    assert.equal(await server.stop(), 0);
    const { status, stderr } = await shire(["audit", "verify", dir]);
    assert.equal(status, 0, stderr);
    const log = JSON.parse((await shire(["audit", "log", dir, "--json"])).stdout);
    for (const [kind, detail] of [["search", /./], ["read", /what if/], ["read", /the audit log/], ["configuration", /scenario ten-percent saved/], ["change", /plan .* version 2/]]) {
        assert.ok(log.some((entry) => entry.kind === kind && detail.test(entry.detail)), `${kind} ${detail}`);
    }
});

await run();
