// What no client should send, to every operation of the API, every search of FHIR and every form of the pages:
// requests made from the descriptions and then spoilt. Whatever comes, the answer is one that is described, it
// quotes nothing of what was sent, and the server goes on. mutate.mjs PROGRAM SHIM [SECONDS [SEED]] goes on for longer.
import { ask, assert, county, password, run, serve, serviceToken, test } from "./harness.mjs";

const [seconds, seed] = [Number(process.argv[4] ?? 0), Number(process.argv[5] ?? 20261122)];
const requestsLeast = 700; // of each kind, however long that takes
const names = ["dr.hughes", "privacy.rees", "admin.roberts", "index.thomas", "analyst.davies"];
const dir = await county(500, names, "--seed", "7");
const server = await serve(dir, "--log");
const tokens = [await serviceToken(dir, "practice.system")];
for (const name of names) {
    const { body } = await ask(server, "POST", "/api/v1/sessions", { headers: { "content-type": "application/json" }, body: JSON.stringify({ name, password }) });
    tokens.push(JSON.parse(body).token);
}
const description = JSON.parse((await ask(server, "GET", "/api/v1/openapi.json")).body);
const capabilities = JSON.parse((await ask(server, "GET", "/fhir/metadata")).body);

// ---- chance, the same for the same seed ----

let state = seed >>> 0;
function below(count) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
}
const chance = (one, of) => below(of) < one;
const pick = (list) => list[below(list.length)];
// Half of a pair of UTF-16 has no bytes of its own in an address; String.toWellFormed is newer than Debian's Node.js.
const wellFormed = (text) => Buffer.from(text).toString();

// ---- values ----

const secret = "Zzyzx"; // part of what is sent as a value, and never of an answer's words
const oddTexts = [`${secret}-1`, `${secret} O'Brien \u{1F9EA}`, `${secret}"}]}`, `${secret}%00%zz`, `${secret}\\u0000`, `${secret}\u0000x`, `${secret}'; DROP TABLE account; --`, "", " ", "-1", "0", "9".repeat(30), "2024-02-30",
    "2024-04-01", "2024-04-01T25:61:00Z", "P0000000000000000", "../../etc/passwd", `${secret}${"x".repeat(3000)}`, "\ud800", "\u202e\u0301", "null", "true", "RLQ", "care", `${secret}|${secret}`, "https://fhir.nhs.uk/Id/nhs-number|9", "a,b\\,c"];
const oddValues = [null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, -(2 ** 63), [], {}, [[[[[[]]]]]], { a: { b: { c: {} } } }, [null], ...oddTexts];

const resolve = (schema) => (schema.$ref === undefined ? schema : resolve(description.components.schemas[schema.$ref.split("/").at(-1)]));

function fit(given, depth = 0) {
    const schema = resolve(given);
    const type = Array.isArray(schema.type) ? pick(schema.type) : schema.type;
    if (schema.const !== undefined) {
        return schema.const;
    }
    if (schema.enum !== undefined) {
        return pick(schema.enum);
    }
    for (const choices of [schema.oneOf, schema.anyOf]) {
        if (choices !== undefined) {
            return fit(pick(choices), depth);
        }
    }
    switch (type) {
    case "object":
        return Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name]) => schema.required?.includes(name) || chance(1, 2))
            .map(([name, one]) => [name, depth > 6 ? null : fit(one, depth + 1)]));
    case "array":
        return Array.from({ length: below(3) }, () => fit(schema.items ?? {}, depth + 1));
    case "integer":
    case "number":
        return pick([1, 2, 5, 10, 49]);
    case "boolean":
        return chance(1, 2);
    default:
        return pick([`${secret} text`, "2024-04-01", "RLQ", "preece", "care", "1", pick(ids)]);
    }
}

// One place of a value becomes another thing.
function spoil(value) {
    if (value === null || typeof value !== "object" || chance(1, 5)) {
        return pick(oddValues);
    }
    const keys = Object.keys(value);
    const copy = Array.isArray(value) ? [...value] : { ...value };
    if (keys.length === 0 || chance(1, 6)) {
        Array.isArray(copy) ? copy.push(...Array.from({ length: pick([1, 500]) }, () => pick(oddValues))) : (copy[pick(["__proto__", secret, "", "id"])] = pick(oddValues));
    } else {
        const key = pick(keys);
        chance(1, 6) ? delete copy[key] : (copy[key] = spoil(copy[key]));
    }
    return copy;
}

function spoilBytes(text) {
    const bytes = Buffer.from(text);
    for (let i = below(4) + 1; i > 0 && bytes.length > 0; i--) {
        bytes[below(bytes.length)] = below(256);
    }
    return chance(1, 4) ? bytes.subarray(0, below(bytes.length + 1)) : bytes;
}

const story = JSON.parse((await ask(server, "POST", "/api/v1/people/search", { headers: { authorization: `Bearer ${tokens[1]}`, "content-type": "application/json" }, body: JSON.stringify({ line: "gwen preece 17/5/1944" }) })).body).found[0].person_id;
const { items } = JSON.parse((await ask(server, "GET", `/api/v1/people/${story}/plans`, { headers: { authorization: `Bearer ${tokens[1]}` } })).body);
const ids = [story, items[0].item_id, "practice.system", "dr.hughes", "1", "unheard"];

// ---- asking ----

// Nothing of a value stands in an answer that refuses, and the server says that nothing went wrong in it.
async function send(what, method, path, { headers = {}, body = null } = {}) {
    const answer = await ask(server, method, path, { headers, body }).catch((error) => assert.fail(`seed ${seed}: ${what} ${method} ${path} ${String(body).slice(0, 600)} ${JSON.stringify(headers).slice(0, 900)}: ${error}`));
    const shown = `seed ${seed}: ${what} ${method} ${path} ${String(body).slice(0, 600)} -> ${answer.status} ${answer.body.slice(0, 300)}`;
    assert.ok(answer.status < 500 || answer.status === 503, shown);
    // A form shows again what was entered, and a change of what-if is told with its words: no person stands in it.
    if (answer.status >= 400 && !["form", "whatIf", "saveScenario"].includes(what)) {
        assert.ok(!answer.body.includes(secret), shown);
    }
    return { ...answer, shown };
}

async function repeat(one) {
    const end = Date.now() + (seconds * 1000) / 3;
    for (let i = 0; i < requestsLeast || Date.now() < end; i += 8) {
        await Promise.all(Array.from({ length: 8 }, one));
    }
    assert.doesNotMatch(server.log(), /failed \(/);
    assert.ok(!server.log().includes(secret));
    assert.equal((await ask(server, "GET", "/health")).status, 200);
}

const operations = Object.entries(description.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })))
    .filter(({ operationId }) => !["signIn", "signOut", "makeToken", "endToken"].includes(operationId)); // which would end what signs in here

test(`each operation of the API answers as it is described, whatever comes (seed ${seed})`, async () => {
    await repeat(async () => {
        const operation = pick(operations);
        const parameters = operation.parameters ?? [];
        const path = operation.path.replace(/\{[^}]+\}/g, () => encodeURIComponent(chance(2, 3) ? pick(ids) : wellFormed(pick(oddTexts))));
        const query = parameters.filter((one) => one.in === "query" && chance(1, 2)).map(({ name, schema }) => `${name}=${encodeURIComponent(wellFormed(String(chance(1, 2) ? fit(schema) : pick(oddTexts))))}`);
        const headers = { ...(chance(1, 4) ? { "x-shire-purpose": pick(["care", "planning", "finance", secret]) } : {}), ...(chance(1, 3) ? { "if-match": pick(["\"1.0\"", "\"2\"", secret, "*"]) } : {}) };
        let body = null;
        if (operation.requestBody !== undefined) {
            let value = fit(operation.requestBody.content["application/json"].schema);
            for (let i = below(3); i > 0; i--) {
                value = spoil(value);
            }
            body = chance(1, 4) ? spoilBytes(JSON.stringify(value)) : JSON.stringify(value);
            headers["content-type"] = chance(1, 20) ? "text/plain" : "application/json";
        }
        const first = below(tokens.length);
        let answer;
        for (let i = 0; i < tokens.length && (i === 0 || answer.status === 403); i++) {
            headers.authorization = `Bearer ${tokens[(first + i) % tokens.length]}`; // somebody may
            answer = await send(operation.operationId, operation.method, query.length === 0 ? path : `${path}?${query.join("&")}`, { headers, body });
        }
        // A path that is no operation's after all, or one of too many bytes, is not the operation's to describe.
        assert.ok(operation.responses[answer.status] !== undefined || [400, 404, 405, 431].includes(answer.status), answer.shown);
        if (answer.status >= 400 && answer.status !== 431) {
            assert.match(answer.headers["content-type"], /json|text\/plain/, answer.shown);
        }
    });
});

test(`each search of FHIR and each match answers with a resource, whatever comes (seed ${seed})`, async () => {
    const kinds = capabilities.rest[0].resource;
    const oddNames = ["_count", "_summary", "_include", "_revinclude", "_page", "_format", "_sort", "_has:Encounter:patient:status", "patient.name", secret, "", "name:exact", "birthdate:missing"];
    const prefixes = ["", "ge", "le", "sa", "ap", "ne", "xx"];
    const template = { resourceType: "Parameters", parameter: [{ name: "resource", resource: { resourceType: "Patient", identifier: [{ system: "https://fhir.nhs.uk/Id/nhs-number", value: "9" }],
        name: [{ family: "Preece", given: ["Gwen", "Ann"], text: "x" }], birthDate: "1944-05-17", gender: "female", telecom: [{ system: "phone", value: "1" }], address: [{ line: ["1"], postalCode: "HR1" }] } },
    { name: "count", valueInteger: 3 }, { name: "onlyCertainMatches", valueBoolean: false }] };
    await repeat(async () => {
        const { type, searchParam } = pick(kinds);
        const authorization = `Bearer ${pick(tokens)}`;
        let answer;
        if (chance(1, 4)) {
            let value = template;
            for (let i = below(4); i > 0; i--) {
                value = spoil(value);
            }
            const text = JSON.stringify(value);
            answer = await send("$match", "POST", "/fhir/Patient/$match", { headers: { authorization, "content-type": "application/fhir+json" }, body: chance(1, 4) ? spoilBytes(text) : text });
        } else {
            const pairs = Array.from({ length: below(5) }, () => {
                const { name } = chance(3, 4) ? pick(searchParam) : { name: pick(oddNames) };
                const value = /date/.test(name) && chance(2, 3) ? pick(prefixes) + pick(["2024", "2024-04", "1944-05-17", "2024-13", "2024-04-01T10:00:00+01:00"]) : pick([...oddTexts, story, `Patient/${story}`, "preece", "p", "3", "IMP"]);
                return `${encodeURIComponent(name)}=${encodeURIComponent(wellFormed(value))}`;
            });
            const text = chance(1, 6) ? spoilBytes(pairs.join("&")).toString("latin1") : pairs.join("&");
            const headers = { authorization, ...(chance(1, 4) ? { prefer: "handling=lenient" } : {}) };
            answer = chance(1, 2) ? await send("search", "POST", `/fhir/${type}/_search`, { headers: { ...headers, "content-type": "application/x-www-form-urlencoded" }, body: text })
                : await send("search", "GET", `/fhir/${type}?${encodeURI(text.replace(/[\u0000-\u0020#]/g, "")).replace(/%25/g, "%")}`, { headers });
        }
        if (/fhir\+json/.test(answer.headers["content-type"])) {
            assert.match(JSON.parse(answer.body).resourceType, /^(Bundle|OperationOutcome)$/, answer.shown);
        } else {
            assert.ok(answer.status === 400 || answer.status === 431, answer.shown); // not understood as a request at all
        }
    });
});

test(`each form of the pages takes whatever is entered (seed ${seed})`, async () => {
    const forms = [];
    const paths = ["/people", `/people/${story}`, `/people/${story}/new/plan`, `/people/${story}/new/alert`, `/people/${story}/items/${items[0].item_id}/edit`, `/people/${story}/break-glass`, "/review", "/costs", "/costs/what-if", "/admin/audit", "/admin/agreements",
        "/admin/notices", "/admin/accounts", "/directory", "/"];
    for (const token of tokens.slice(1)) {
        for (const path of paths) {
            const { status, body } = await ask(server, "GET", path, { headers: { cookie: `shire=${token}` } });
            for (const [, open, inner] of status === 200 ? body.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g) : []) {
                const [action, method] = ["action", "method"].map((name) => new RegExp(`${name}="([^"]*)"`).exec(open)?.[1] ?? "");
                const fields = [...inner.matchAll(/<(?:input|textarea|select)[^>]*name="([^"]*)"(?:[^>]*value="([^"]*)")?/g)].map(([, name, value]) => [name, value ?? ""]);
                if (!/sign-out|disabled/.test(action)) {
                    forms.push({ token, action: action || path, method: method.toUpperCase() || "GET", fields });
                }
            }
        }
    }
    assert.ok(forms.length > 12, String(forms.length));
    await repeat(async () => {
        const { token, action, method, fields } = pick(forms);
        const sent = fields.filter(() => !chance(1, 10)).map(([name, value]) => [name, name === "csrf" && !chance(1, 20) ? value : chance(1, 3) ? value : wellFormed(pick(oddTexts))]);
        const text = new URLSearchParams(sent).toString();
        const cookie = chance(1, 10) ? pick([`shire=${secret}; shire=${token}`, `shire="${token}"`, `=;;shire=${token};=`, `shire=${token.slice(1)}`, "shire", `${"a=b; ".repeat(100)}shire=${token}`]) : `shire=${token}`;
        const body = chance(1, 8) ? spoilBytes(text) : text;
        const answer = method === "GET" ? await send("form", "GET", `${action}?${text}`, { headers: { cookie } })
            : await send("form", "POST", action, { headers: { cookie, "content-type": "application/x-www-form-urlencoded" }, body });
        assert.ok(answer.status < 600, answer.shown);
    });
});

await run();
