// Ways in which servers of health records were found to give away what their rules close: each is tried on
// the pages, the API and FHIR of one running server, which have to tell the same of everybody and nothing more.
import { ask, assert, Browser, county, done, password, run, serve, serviceToken, test, until } from "./harness.mjs";

const people = ["dr.hughes", "dr.morgan", "nurse.price", "sw.lewis", "coordinator.evans", "housing.watkins", "desk.parry", "reception.jones", "analyst.davies", "finance.powell", "privacy.rees",
    "index.thomas", "admin.roberts", "gwendoline.preece"];
const dir = await county(500, people, "--seed", "7");
const server = await serve(dir, "--log");
const tokens = new Map([["practice.system", await serviceToken(dir, "practice.system")]]);
for (const name of people) {
    const { body } = await ask(server, "POST", "/api/v1/sessions", { headers: { "content-type": "application/json" }, body: JSON.stringify({ name, password }) });
    tokens.set(name, JSON.parse(body).token);
}

const headers = (name) => ({ authorization: `Bearer ${tokens.get(name)}` });
const get = (name, path) => ask(server, "GET", path, { headers: headers(name) });

async function post(name, path, body) {
    const type = path.startsWith("/fhir") && typeof body === "string" ? "application/x-www-form-urlencoded" : "application/json";
    return ask(server, "POST", path, { headers: { ...headers(name), "content-type": type }, body: typeof body === "string" ? body : JSON.stringify(body) });
}

async function json(name, path) {
    const { status, body } = await get(name, path);
    assert.equal(status, 200, `${path} as ${name}: ${body.slice(0, 200)}`);
    return JSON.parse(body);
}

// A page's search, whose form wants the session's own token: sent by a cookie as browsers do.
async function pageSearch(name, line) {
    const cookie = { cookie: `shire=${tokens.get(name)}` };
    const form = (await ask(server, "GET", "/people", { headers: cookie })).body;
    const csrf = /name="csrf" value="([^"]+)"/.exec(form)[1];
    return ask(server, "POST", "/people",
        { headers: { ...cookie, "content-type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ csrf, line }).toString() });
}

async function found(name, body) {
    const answer = await post(name, "/api/v1/people/search", body);
    assert.equal(answer.status, 200, answer.body);
    return JSON.parse(answer.body);
}

const story = (await found("dr.hughes", { line: "gwendoline preece 17/5/1944" })).found[0].person_id;
const of = (page) => page.body.replace(/nonce="[^"]*"|name="csrf" value="[^"]*"/g, "");

test("pages, API and FHIR know and do not know the same people", async () => {
    const ids = new Set([story, "P0000000000000000"]);
    for (const line of ["thomas hereford", "price leominster", "davies ross", "williams hr4"]) {
        for (const name of ["privacy.rees", "index.thomas", "dr.morgan", "desk.parry"]) {
            (await found(name, { line })).found.slice(0, 4).forEach(({ person_id }) => ids.add(person_id));
        }
    }
    assert.ok(ids.size > 8);
    let [open, closed] = [0, 0];
    for (const name of tokens.keys()) {
        for (const id of ids) {
            const [page, api, timeline, patient] = await Promise.all(
                [`/people/${id}`, `/api/v1/people/${id}`, `/api/v1/people/${id}/timeline`, `/fhir/Patient/${id}`].map((path) => get(name, path)));
            assert.ok(api.status === 200 || api.status === 404, `${name} ${api.status}`);
            assert.deepEqual([page.status, timeline.status, patient.status], [api.status, api.status, api.status], `${name} ${id}`);
            const total = JSON.parse((await get(name, `/fhir/Encounter?patient=${id}&_summary=count`)).body).total;
            if (api.status === 200) {
                open++;
                assert.equal(total, JSON.parse(timeline.body).total, `${name} ${id}`);
            } else {
                closed++;
                assert.equal(total, 0);
                const nobody = await get(name, "/api/v1/people/P0000000000000000");
                assert.equal(api.body, nobody.body);
                assert.equal(of(page), of(await get(name, "/people/P0000000000000000")));
            }
        }
    }
    assert.ok(open > 10 && closed > 20, `${open} ${closed}`);
});

// What the hospital's clinician sees of the person, on each way.
async function seen(name) {
    const person = await json(name, `/api/v1/people/${story}`);
    const timeline = await json(name, `/api/v1/people/${story}/timeline?limit=500`);
    const encounters = await json(name, `/fhir/Encounter?patient=${story}&_summary=count`);
    const patient = await json(name, `/fhir/Patient/${story}`);
    const page = await get(name, `/people/${story}`);
    return { person, timeline, encounters, patient, page };
}

const everything = ({ person, timeline, patient, page }) => JSON.stringify([person, timeline, patient]) + page.body;

test("what an agreement closes is gone from records, counts, searches and matches of every way", async () => {
    const owner = "5CN";
    const before = await seen("dr.hughes");
    const theirs = before.timeline.events.filter(({ body }) => body.code === owner).length;
    assert.ok(theirs > 0 && before.person.holdings.some(({ body }) => body.code === owner));
    // Values that this body's records alone hold, and what is found by them.
    const secret = [];
    for (const { field, best, others } of before.person.facts) {
        for (const { value, body, records } of [best, ...others]) {
            if (body.code === owner && records === 1 && value.length > 3 && !before.person.facts.some((fact) => fact.field !== field
                && [fact.best, ...fact.others].some((other) => other.value.includes(value)))) {
                secret.push({ field, value });
            }
        }
    }
    secret.push({ field: "local_id", value: before.person.holdings.find(({ body }) => body.code === owner).local_id });
    const agreements = JSON.parse((await get("privacy.rees", "/api/v1/agreements")).body).agreements.filter((one) => one.owner === owner && one.recipient === "RLQ");
    assert.ok(agreements.length > 0);
    for (const { agreement } of agreements) {
        await done(["access", dir, "agreement", "end", String(agreement), "--until", "2024-04-01"]);
    }
    let after;
    do {
        after = await seen("dr.hughes");
    } while (after.person.holdings.some(({ body }) => body.code === owner));
    const left = before.timeline.total - theirs;
    assert.equal(after.timeline.total, left);
    assert.equal(after.encounters.total, left);
    assert.equal(after.person.timeline.categories.reduce((sum, { events }) => sum + events, 0), left);
    assert.ok(after.timeline.events.every(({ body }) => body.code !== owner));
    assert.equal(after.person.is_partial, true);
    const whole = everything(after);
    const { holdings } = before.person;
    const { source, local_id } = holdings.find(({ body }) => body.code === owner);
    const keyed = await found("dr.hughes", { organisation: owner, source, local_id });
    assert.deepEqual([keyed.found, keyed.total, keyed.needs_reason], [[], 0, ""]);
    assert.equal(JSON.parse((await post("dr.hughes", "/fhir/Patient/_search", `identifier=${encodeURIComponent(local_id)}`)).body).total, 0);
    for (const { field, value } of secret) {
        const kept = [...holdings].some((one) => one.body.code !== owner && one.local_id === value);
        assert.ok(kept || !whole.includes(`>${value}<`) && !whole.includes(`"${value}"`), field);
        const parameter = { phone: "phone", email: "email", family_name: "family", given_name: "given", postcode: "address-postalcode" }[field];
        if (parameter !== undefined) {
            const bundle = JSON.parse((await post("dr.hughes", "/fhir/Patient/_search", `${parameter}=${encodeURIComponent(value)}&_id=${story}`)).body);
            assert.equal(bundle.total, 0, field);
        }
    }
    for (const resource of ["CarePlan", "Condition", "EpisodeOfCare"]) {
        assert.doesNotMatch((await get("dr.hughes", `/fhir/${resource}?patient=${story}`)).body, new RegExp(`Organization/${owner}"`), resource);
    }
});

test("a search by what stands in closed records alone finds nobody on any way", async () => {
    const { facts } = await json("gwendoline.preece", `/api/v1/people/${story}`);
    const number = facts.find(({ field }) => field === "nhs_number").best.value;
    for (const name of ["housing.watkins", "reception.jones", "desk.parry", "nurse.price"]) {
        if ((await get(name, `/api/v1/people/${story}`)).status === 200) {
            continue;
        }
        assert.deepEqual((await found(name, { nhs_number: number })).total, 0, name);
        assert.match((await pageSearch(name, number)).body, /Nobody found|No one/i, name);
        assert.equal(JSON.parse((await post(name, "/fhir/Patient/_search", `identifier=${number}`)).body).total, 0, name);
        const match = { resourceType: "Parameters", parameter: [{ name: "resource", resource: { resourceType: "Patient", identifier: [{ value: number }], birthDate: "1944-05-17", name: [{ family: "Preece" }] } }] };
        const bundle = JSON.parse((await post(name, "/fhir/Patient/$match", match)).body);
        assert.equal((bundle.entry ?? []).filter(({ resource }) => resource.resourceType === "Patient").length, 0, name);
    }
});

test("nothing comes in through another resource, another person or another version", async () => {
    for (const name of tokens.keys()) {
        // What is included of a person is what is read of the same one, by everybody.
        const bundle = await json(name, `/fhir/Encounter?patient=${story}&_count=1&_include=Encounter:patient`);
        const included = (bundle.entry ?? []).filter(({ search }) => search.mode === "include").map(({ resource }) => resource);
        const read = await get(name, `/fhir/Patient/${story}`);
        assert.deepEqual(included, bundle.total > 0 && read.status === 200 ? [JSON.parse(read.body)] : [], name);
    }
    for (const search of ["_revinclude=CarePlan:patient", "patient.family=preece", "subject:Patient.birthdate=1944-05-17", "_has:CarePlan:patient:status=active"]) {
        assert.equal((await get("dr.hughes", `/fhir/Encounter?patient=${story}&${search}`)).status, 400, search);
    }
    const { items } = await json("dr.morgan", `/api/v1/people/${story}/plans`);
    assert.ok(items.length > 0);
    const [{ item_id, version_count }] = items;
    const plans = await json("dr.morgan", `/fhir/CarePlan?patient=${story}`);
    const plan = plans.entry.find(({ resource }) => resource.id?.includes(item_id)).resource.id;
    const other = (await found("privacy.rees", { line: "thomas hereford" })).found.map(({ person_id }) => person_id).find((id) => id !== story);
    for (const name of tokens.keys()) {
        for (const path of [`/api/v1/people/${other}/plans/${item_id}`, `/api/v1/people/${other}/plans/${item_id}/versions`, `/people/${other}/items/${item_id}`,
            `/api/v1/people/${story}/alerts/${item_id}`, `/fhir/Encounter/${item_id}`]) {
            assert.equal((await get(name, path)).status, 404, `${name} ${path}`);
        }
        const may = (await get(name, `/api/v1/people/${story}/plans/${item_id}`)).status;
        for (let version = 1; version <= version_count; version++) {
            assert.equal((await get(name, `/api/v1/people/${story}/plans/${item_id}?version=${version}`)).status, may, name);
        }
        assert.equal((await get(name, `/people/${story}/items/${item_id}`)).status, may, name);
        assert.equal((await get(name, `/fhir/CarePlan/${plan}`)).status, may, name);
    }
});

test("an alert of a sensitive kind stays closed to others, also after a change that says nothing of it", async () => {
    const made = await post("dr.hughes", `/api/v1/people/${story}/alerts`, { body: { text: "Zebrafish result back" }, why: "Ward round", sensitivity: ["domestic_abuse"] });
    assert.equal(made.status, 201, made.body);
    const { item_id } = JSON.parse(made.body);
    const path = `/api/v1/people/${story}/alerts/${item_id}`;
    const others = async () => {
        for (const name of tokens.keys()) {
            if (name !== "dr.hughes") {
                for (const place of [path, `/api/v1/people/${story}`, `/api/v1/people/${story}/alerts`, `/people/${story}`, `/people/${story}/items/${item_id}`]) {
                    const { body } = await get(name, place);
                    assert.doesNotMatch(body, /Zebrafish/, `${name} ${place}`);
                }
                assert.equal((await get(name, path)).status, 404, name);
            }
        }
    };
    await others();
    const read = await get("dr.hughes", path);
    const changed = await ask(server, "PUT", path, {
        headers: { ...headers("dr.hughes"), "content-type": "application/json", "if-match": read.headers.etag },
        body: JSON.stringify({ body: { text: "Zebrafish result was back" }, why: "A word" }),
    });
    assert.equal(changed.status, 200, changed.body);
    await others();
});

test("costs are shown to roles that may see them, and to no others", async () => {
    for (const name of tokens.keys()) {
        const person = await get(name, `/api/v1/people/${story}`);
        const page = await get(name, `/people/${story}`);
        const may = ["analyst.davies", "finance.powell"].includes(name);
        for (const path of ["/api/v1/costs/bodies", "/api/v1/costs/kinds"]) {
            assert.equal((await get(name, path)).status, may ? 200 : 403, `${name} ${path}`);
        }
        if (person.status === 200 && !may) {
            assert.doesNotMatch(person.body, /"costs?":/, name);
            assert.doesNotMatch(page.body, /id="costs"/, name);
        }
    }
});

const purposeToken = async (purpose) => JSON.parse((await ask(server, "POST", "/api/v1/sessions", { headers: { "content-type": "application/json" }, body: JSON.stringify({ name: "analyst.davies", password, purpose }) })).body).token;

// What if, asked of the API and of the page: { status, scenario, page }.
async function whatIf(token, changes) {
    const answer = await ask(server, "POST", "/api/v1/what-if", { headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify(changes) });
    const query = changes.scenario === undefined ? new URLSearchParams({ more: changes.changes.join("\n") }) : `with_${changes.scenario}=yes`;
    const page = await ask(server, "GET", `/costs/what-if?${query}`, { headers: { cookie: `shire=${token}` } });
    assert.equal(page.status, answer.status, answer.body);
    return { status: answer.status, scenario: answer.status === 200 ? JSON.parse(answer.body).scenarios[0] : null, answer, page };
}

test("what if counts nobody's items, and tells no more of care than the costs do", async () => {
    const { holdings } = await json("gwendoline.preece", `/api/v1/people/${story}`);
    const { local_id } = holdings.find(({ body }) => body.code === "RLQ");
    const [planning, finance] = [await purposeToken("planning"), await purposeToken("finance")];
    const personal = [`local_id=${local_id}`, "event_id=E*", "item_id=1", "start>=2024-05-01", "minutes>240", "quantity=1", "amount>5"].map((one) => `activity.quantity[${one}] *= 1`);
    await done(["whatif", dir, "--scenario", "of-one", "--set", personal[0], "--save", "of-one"]);
    await done(["whatif", dir, "--scenario", "of-all", "--set", "ledger.amount *= 1.1", "--save", "of-all"]);
    assert.deepEqual((await json("analyst.davies", "/api/v1/what-if/scenarios")).scenarios, [{ name: "of-all", changes: ["ledger.amount *= 1.1"] }]);
    for (const token of [planning, finance]) {
        for (const asked of [...personal.map((one) => ({ changes: [one] })), { scenario: "of-one" }]) {
            const { status, answer, page } = await whatIf(token, asked);
            assert.equal(status, 422, JSON.stringify(asked));
            assert.ok(!answer.body.includes(local_id), answer.body);
            assert.doesNotMatch(page.body, /\d+ rows/);
        }
    }
    const costs = ["kinds_of_care", "ages", "activities", "delays"];
    const all = await whatIf(finance, { changes: ["ledger.amount *= 1.1"] });
    assert.ok(costs.every((key) => all.scenario[key].length > 0));
    assert.match(all.page.body, /What care costs[^]*What waiting to leave hospital costs/);
    const bodies = async (token) => {
        const { scenario, page } = await whatIf(token, { changes: ["ledger.amount *= 1.1"] });
        assert.deepEqual(costs.map((key) => scenario[key].length), [0, 0, 0, 0]);
        assert.deepEqual(scenario.organisations, all.scenario.organisations);
        assert.doesNotMatch(page.body, /What care costs|What waiting to leave hospital costs/);
        for (const change of ["activity.quantity[feed=x] *= 1", "activity.discharge_delay *= 0.5"]) {
            assert.equal((await whatIf(token, { changes: [change] })).status, 422);
        }
        return scenario;
    };
    await bodies(planning);
    // A body that no longer shares its costs: what all together cost would tell what its care did.
    const lead = tokens.get("finance.powell");
    assert.ok((await whatIf(lead, { changes: ["ledger.amount *= 1.1"] })).scenario.pools.some(({ organisation }) => organisation === "RTQ"));
    const { agreement } = (await json("privacy.rees", "/api/v1/agreements")).agreements.find((one) => one.owner === "RTQ" && one.recipient === "5CN" && one.purpose === "finance");
    await done(["access", dir, "agreement", "end", String(agreement), "--until", "2024-04-01"]);
    await until("the end of the agreement to hold", async () => (await json("finance.powell", "/api/v1/costs/kinds")).costs.every(({ organisation }) => organisation !== "RTQ"));
    const { pools } = await bodies(lead);
    assert.ok(pools.length > 0 && pools.every(({ organisation }) => organisation !== "RTQ"));
});

const rowsOf = (page) => [...page.body.matchAll(/<tr[^>]*>([^]*?)<\/tr>/g)].map(([, row]) => [...row.matchAll(/<t[hd][^>]*>([^]*?)<\/t[hd]>/g)].map(([, cell]) => cell.replace(/<[^>]+>/g, "").trim()));

test("small numbers are withheld by the API exactly where the pages withhold them, whoever opts out", async () => {
    const [planning, finance] = [await purposeToken("planning"), await purposeToken("finance")];
    const api = async (path) => JSON.parse((await ask(server, "GET", path, { headers: { authorization: `Bearer ${planning}` } })).body);
    const page = (token, query) => ask(server, "GET", `/costs?${query}`, { headers: { cookie: `shire=${token}` } });
    const withheld = async () => {
        const { costs } = await api("/api/v1/costs/kinds");
        const both = [];
        for (const code of new Set(costs.map(({ organisation }) => organisation))) {
            const ofApi = costs.filter(({ organisation, events }) => organisation === code && events === null).map(({ kind_of_care }) => kind_of_care).sort();
            const ofPage = rowsOf(await page(planning, `body=${code}`)).filter(([, cost]) => cost === "[c]" || cost === "").map(([kind]) => kind).sort();
            assert.deepEqual(ofApi, ofPage, code);
            both.push(...ofApi.map((kind) => `${code} ${kind}`));
        }
        return both;
    };
    const before = await withheld();
    // A service that many use, of whom all but a few opt out of being counted: those few are a small number.
    const service = "body=WLHA&service=Housing+repair";
    const [activity] = rowsOf(await page(finance, service)).find(([, cost]) => cost?.startsWith("£"));
    const users = rowsOf(await page(finance, `${service}&activity=${encodeURIComponent(activity)}`)).map(([id]) => id).filter((id) => /^P[0-9a-f]{16}$/.test(id));
    assert.ok(users.length > 10 && !before.includes("WLHA Housing repair"), `${users.length} ${before}`);
    for (const id of users.slice(3)) {
        await done(["access", dir, "opt-out", "add", id]);
    }
    await until("the opt-outs to hold", async () => rowsOf(await page(planning, "body=WLHA")).some(([kind, cost]) => kind === "Housing repair" && !cost.startsWith("£")));
    assert.ok((await withheld()).includes("WLHA Housing repair"));
    for (const id of users.slice(3)) {
        await done(["access", dir, "opt-out", "end", id]);
    }
});

test("a page of costs is full though bodies between do not share theirs, and does not tell how much they hold", async () => {
    const name = "finance.powell";
    const all = (await json(name, "/api/v1/costs/kinds")).costs;
    const { agreement } = (await json("privacy.rees", "/api/v1/agreements")).agreements.find((one) => one.owner === "RLQ" && one.recipient === "5CN" && one.purpose === "finance");
    await done(["access", dir, "agreement", "end", String(agreement), "--until", "2024-04-01"]);
    const shared = all.filter(({ organisation }) => organisation !== "RLQ");
    await until("the end of the agreement to hold", async () => (await json(name, "/api/v1/costs/kinds")).costs.length === shared.length);
    assert.ok(all.length > shared.length);
    for (const limit of [1, 4, shared.length - 1, shared.length]) {
        const read = [];
        for (let cursor = ""; cursor !== null;) {
            const { costs, next } = await json(name, `/api/v1/costs/kinds?limit=${limit}${cursor}`);
            assert.ok(costs.length === limit || next === null, `${limit}: ${costs.length}`);
            assert.ok(costs.length > 0);
            read.push(...costs);
            cursor = next === null ? null : `&cursor=${encodeURIComponent(next)}`;
        }
        assert.deepEqual(read, shared);
    }
});

test("who looked at a record is told to nobody but the person and the privacy officer", async () => {
    for (const name of tokens.keys()) {
        const may = ["gwendoline.preece", "privacy.rees"].includes(name) ? 200 : 404;
        assert.equal((await get(name, `/api/v1/people/${story}/accesses`)).status, may, name);
    }
});

test("what a privacy officer changes of an agreement on the page holds in the gate, and only of their own body's", async () => {
    const acute = async () => (await json("dr.morgan", `/api/v1/people/${story}/timeline?limit=500`)).events.filter(({ body }) => body.code === "RLQ").length;
    const held = await acute();
    assert.ok(held > 0);
    const all = (await json("privacy.rees", "/api/v1/agreements")).agreements;
    const { agreement } = all.find((one) => one.owner === "RLQ" && one.recipient === "5CN" && one.purpose === "care");
    const officer = new Browser(server);
    await officer.signIn("privacy.rees");
    await officer.get(`/admin/agreements/${agreement}`);
    await officer.submit(`/admin/agreements/${agreement}/change`, { categories: "demographics", reference: "ISA-2026-1", until: "" });
    assert.equal(officer.page.status, 200);
    const changed = officer.path;
    await until("the changed agreement to hold", async () => (await acute()) === 0);
    assert.equal((await json("dr.morgan", `/fhir/Encounter?patient=${story}&_summary=count`)).total, (await json("dr.morgan", `/api/v1/people/${story}/timeline`)).total);
    const before = JSON.parse((await get("privacy.rees", "/api/v1/agreements")).body).agreements;
    const other = all.find((one) => one.owner === "5CN" && one.recipient !== "RLQ").agreement;
    const csrf = /name="csrf" value="([^"]+)"/.exec(officer.page.body)[1];
    const forge = (path, fields) => ask(server, "POST", path, { headers: { ...officer.session, "content-type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ csrf, ...fields }).toString() });
    const forged = [
        await forge(`/admin/agreements/${other}/change`, { categories: "gp", reference: "forged" }), await forge(`/admin/agreements/${other}/end`, {}),
        await forge("/admin/agreements", { owner: "5CN", recipient: "RLQ", purpose: "care", categories: "gp", reference: "forged" }), // of RLQ with itself, whatever the form says
        await forge("/admin/agreements", { recipient: "NOBODY", purpose: "care", categories: "gp", reference: "forged" }),
    ];
    assert.deepEqual(forged.map(({ status }) => status), [422, 422, 422, 422]);
    assert.deepEqual(JSON.parse((await get("privacy.rees", "/api/v1/agreements")).body).agreements, before);
    await officer.get(changed);
    await officer.submit(`${changed}/change`, Object.assign({ reference: "ISA-2026-2" }, { categories: "acute" }));
    await until("the agreement changed again to hold", async () => (await acute()) === held);
});

// What differs from answer to answer anyhow.
const said = ({ status, headers: { date, "content-security-policy": policy, etag, ...others }, body }) =>
    JSON.stringify([status, others, (policy ?? "").replace(/nonce-[^']*/, ""), body.replace(/_page=[\w-]+/, (sealed) => `_page of ${sealed.length}`)]).replaceAll(/nonce=\\"[^"]*\\"|name=\\"csrf\\" value=\\"[^"]*\\"/g, "");

test("status, headers and words of every answer are the same for who is closed and for who is nobody", async () => {
    const nobody = "P0000000000000000";
    const etag = (await get("dr.morgan", `/fhir/Patient/${story}`)).headers.etag;
    assert.match(etag, /^W?\/?"/);
    const reason = { body: { text: "x" }, why: "y" };
    let closed = 0;
    for (const name of tokens.keys()) {
        if ((await get(name, `/api/v1/people/${story}`)).status !== 404) {
            continue;
        }
        closed++;
        const asked = [
            ...["", "/timeline", "/timeline?limit=1", "/timeline?category=acute", "/plans", "/alerts", "/accesses", "/plans/1", "/plans/1/versions", "/alerts/1?version=2"].map((rest) => ["GET", `/api/v1/people/ID${rest}`]),
            ...["", "?kind=acute", "?first=50", "/new/plan", "/new/alert", "/new/document", "/items/1", "/items/1/edit", "/items/1/document", "/access-log"].map((rest) => ["GET", `/people/ID${rest}`]),
            ...["Patient/ID", "Patient?_id=ID", "Patient?_id=ID&_summary=count", "Encounter?patient=ID", "Encounter?patient=ID&_count=1", "Encounter?patient=ID&_summary=count", "CarePlan?patient=ID", "Condition?patient=ID",
                "EpisodeOfCare?patient=ID", "RelatedPerson?patient=ID"].map((rest) => ["GET", `/fhir/${rest}`]),
            ["POST", "/api/v1/people/ID/plans", reason], ["POST", "/api/v1/people/ID/alerts", reason], ["PUT", "/api/v1/people/ID/plans/1", reason], ["PUT", "/api/v1/people/ID/alerts/1", reason],
        ];
        for (const [method, path, body] of asked) {
            for (const more of [{}, { "if-none-match": etag }, { "if-none-match": "*" }, { "if-modified-since": new Date().toUTCString() }, { "if-match": etag }, { "if-match": "*" }]) {
                const one = (id) => ask(server, method, path.replace("ID", id), { headers: { ...headers(name), "content-type": "application/json", ...more }, body: body === undefined ? null : JSON.stringify(body) });
                const [theirs, none] = [await one(story), await one(nobody)];
                assert.equal(said(theirs).replaceAll(story, nobody), said(none), `${method} ${path} as ${name} ${JSON.stringify(more)}`);
                assert.notEqual(theirs.status, 304);
            }
        }
    }
    assert.ok(closed > 1, String(closed));
});

test("totals, pages and the mark that there are more count whom one may see, and nobody else", async () => {
    for (const name of ["housing.watkins", "reception.jones", "nurse.price", "sw.lewis"]) {
        for (const line of ["thomas", "price leominster", "preece", "williams hr4"]) {
            const first = await found(name, { line, limit: 50 });
            assert.ok(first.total === first.found.length || (first.total > 50 && first.found.length === 50), `${name} ${line} ${first.total}`);
            for (const { person_id } of first.found) {
                assert.equal((await get(name, `/api/v1/people/${person_id}`)).status, 200, `${name} ${line}`);
            }
            const few = await found(name, { line, limit: 2 });
            assert.equal(few.total, first.total);
            assert.deepEqual(few.found.map(({ person_id }) => person_id), first.found.slice(0, 2).map(({ person_id }) => person_id), `${name} ${line}`);
            const page = (await pageSearch(name, line));
            const links = page.status === 303 ? 1 : new Set([...page.body.matchAll(/href="(\/people\/P[0-9a-f]{16})"/g)].map(([, path]) => path)).size;
            assert.ok(links <= first.total, `${name} ${line} ${links}`);
        }
    }
});

test("a sealed item is gone from lists, totals, single reads and their marks, as if it had never been", async () => {
    const before = await seen("sw.lewis");
    const sealed = before.timeline.events.find(({ body, events }) => body.code !== "E06000019" && events === 1);
    const bundle = await json("sw.lewis", `/fhir/Encounter?patient=${story}&date=${sealed.start.slice(0, 10)}`);
    const one = bundle.entry.map(({ resource }) => resource).find(({ identifier }) => identifier?.some(({ value }) => value === sealed.event_id));
    const etag = (await get("sw.lewis", `/fhir/Encounter/${one.id}`)).headers.etag;
    const key = `event/${sealed.body.code}/${sealed.source}/${sealed.event_id}`;
    await done(["access", dir, "seal", "add", story, "--organisation", sealed.body.code, "--items", key]);
    await until("the seal to hold", async () => (await json("sw.lewis", `/api/v1/people/${story}/timeline`)).total === before.timeline.total - 1);
    const after = await seen("sw.lewis");
    assert.equal(after.encounters.total, before.encounters.total - 1);
    assert.equal(after.person.timeline.categories.reduce((sum, { events }) => sum + events, 0), before.person.timeline.categories.reduce((sum, { events }) => sum + events, 0) - 1);
    assert.doesNotMatch(everything(after), new RegExp(`"event_id":"${sealed.event_id}"`));
    for (const more of [{}, { "if-none-match": etag }, { "if-none-match": "*" }]) {
        const [theirs, none] = await Promise.all([one.id, one.id.replace(/^.{4}/, "zzzz")].map((id) => ask(server, "GET", `/fhir/Encounter/${id}`, { headers: { ...headers("sw.lewis"), ...more } })));
        assert.deepEqual([theirs.status, theirs.body, theirs.headers.etag], [none.status, none.body, undefined]);
        assert.equal(theirs.status, 404);
    }
    await done(["access", dir, "seal", "end", "1", "--until", "2024-04-01"]);
    await until("the seal to end", async () => (await json("sw.lewis", `/api/v1/people/${story}/timeline`)).total === before.timeline.total);
});

test("no address, log or refusal holds what is known of anybody", async () => {
    const refusal = await post("dr.hughes", "/api/v1/people/search", { line: "x", preece: "Gwendoline" });
    assert.equal(refusal.status, 422);
    assert.doesNotMatch(refusal.body, /preece|gwendoline/i);
    assert.doesNotMatch(server.log(), /preece|gwendoline|zebrafish|hughes|P[0-9a-f]{16}|failed/i);
});

await run();
