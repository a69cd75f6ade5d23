// FHIR, read by clients that others wrote and checked by a validator that others wrote: each kind of
// resource, searches, pages of them, and what a viewer may not learn.
import { createRequire } from "node:module";
import { Client } from "fhir-kit-client";
import { ask, assert, county, run, serve, serviceToken, shire, test } from "./harness.mjs";

const require = createRequire(import.meta.url);
const { Fhir } = require("fhir");
const smart = require("fhirclient");

const dir = await county(500, [], "--seed", "7");
const server = await serve(dir, "--log");
const base = `${server.url}/fhir`;
const bearer = await serviceToken(dir, "practice.system");
const client = new Client({ baseUrl: base, customHeaders: { authorization: `Bearer ${bearer}` } });
const stroke = { given: "Gwen", family: "Preece", born: "1944-05-17" };

async function get(path, headers = {}) {
    const answer = await ask(server, "GET", `/fhir/${path}`, { headers: { authorization: `Bearer ${bearer}`, ...headers } });
    return { ...answer, json: answer.body === "" ? null : JSON.parse(answer.body) };
}

async function refused(promise, status) {
    await assert.rejects(promise, (error) => {
        assert.equal(error.response.status, status);
        assert.equal(error.response.data.resourceType, "OperationOutcome");
        return true;
    });
}

async function findStroke() {
    const bundle = await client.search({ resourceType: "Patient", searchParams: { family: stroke.family, birthdate: stroke.born } });
    assert.equal(bundle.total, 1);
    return bundle.entry[0].resource;
}

test("the statement of capabilities says what searches take", async () => {
    const answer = await ask(server, "GET", "/fhir/metadata");
    assert.equal(answer.status, 200);
    const statement = JSON.parse(answer.body);
    const kinds = statement.rest[0].resource.map((resource) => resource.type);
    for (const kind of ["Patient", "RelatedPerson", "Encounter", "EpisodeOfCare", "CarePlan", "Condition", "Organization", "Location"]) {
        assert.ok(kinds.includes(kind), kind);
    }
    for (const { type, searchParam } of statement.rest[0].resource) {
        for (const { name } of searchParam) {
            const patient = name === "patient" || name === "subject" || type === "Patient" || type === "Organization" || type === "Location" ? "" : "&patient=x";
            const value = /date/.test(name) ? "2024" : "x";
            assert.equal((await get(`${type}?${name}=${value}${patient}`)).status, 200, `${type} ${name}`);
        }
    }
});

test("fhirclient and fhir-kit-client read a person", async () => {
    const patient = await findStroke();
    assert.equal(patient.name[0].family, stroke.family);
    const again = await client.read({ resourceType: "Patient", id: patient.id });
    assert.deepEqual(again, patient);
    const request = { url: "/", headers: { host: "localhost" }, socket: {} };
    const other = smart(request, {}, {}).client({ serverUrl: base, tokenResponse: { access_token: bearer } });
    assert.deepEqual(await other.request(`Patient/${patient.id}`), patient);
    const encounters = await other.request(`Encounter?patient=${patient.id}&_count=100`, { pageLimit: 0, flat: true });
    const bundle = await client.search({ resourceType: "Encounter", searchParams: { patient: patient.id, _summary: "count" } });
    assert.equal(encounters.filter(({ resourceType }) => resourceType === "Encounter").length, bundle.total);
    assert.ok(bundle.total > 100);
});

test("every kind of resource passes the validator", async () => {
    const patient = await findStroke();
    const validator = new Fhir();
    assert.ok((await get(`CarePlan?patient=${patient.id}`)).json.total > 0);
    assert.ok((await get(`Condition?patient=${patient.id}`)).json.total > 0);
    for (const search of ["Patient?family=p", `Encounter?patient=${patient.id}&_count=100`, `EpisodeOfCare?patient=${patient.id}`,
        `CarePlan?patient=${patient.id}`, `Condition?patient=${patient.id}`, `RelatedPerson?patient=${patient.id}`, "Organization", "Location", "metadata"]) {
        const { status, json } = await get(search);
        assert.equal(status, 200, search);
        for (const resource of [json, ...(json.entry ?? []).map((entry) => entry.resource)]) {
            const { valid, messages } = validator.validate(resource);
            assert.ok(valid, `${search}: ${JSON.stringify(messages)}`);
        }
    }
});

test("a page of a search leads to the next, and no link names anybody", async () => {
    const all = await get("Patient?family=p&_count=100");
    let bundle = (await get("Patient?family=p&_count=3")).json;
    const ids = [];
    for (;;) {
        for (const { resource } of bundle.entry.filter(({ search }) => search.mode === "match")) {
            ids.push(resource.id);
        }
        for (const { url } of bundle.link) {
            assert.match(url, /\/fhir\/Patient\?_page=[\w-]+$/);
        }
        const next = bundle.link.find(({ relation }) => relation === "next");
        if (next === undefined) {
            break;
        }
        bundle = (await get(next.url.slice(base.length + 1))).json;
    }
    assert.deepEqual(ids, all.json.entry.filter(({ search }) => search.mode === "match").map(({ resource }) => resource.id));
    assert.equal(new Set(ids).size, all.json.total);
    assert.equal((await get("Patient?_page=AAAA")).status, 410);
    assert.doesNotMatch(server.log(), /Preece|family=/i);
});

test("an encounter is found by its date, class and status, and read by its id", async () => {
    const { id } = await findStroke();
    const stays = (await get(`Encounter?patient=Patient/${id}&class=IMP`)).json;
    assert.ok(stays.total >= 2);
    for (const { resource } of stays.entry.filter(({ search }) => search.mode === "match")) {
        assert.equal(resource.class.code, "IMP");
        const day = resource.period.start.slice(0, 10);
        const same = (await get(`Encounter?patient=${id}&class=IMP&date=ge${day}&date=le${day}`)).json;
        assert.ok(same.entry.some((entry) => entry.resource.id === resource.id));
        assert.deepEqual((await get(`Encounter/${resource.id}`)).json, resource);
    }
    assert.equal((await get(`Encounter?patient=${id}&date=lt1900`)).json.total, 0);
    assert.equal((await get(`Encounter/${id}.0000000000000000`)).status, 404);
});

test("a match forgives slips of the pen and says how sure it is", async () => {
    const { id } = await findStroke();
    const bundle = await client.operation({
        name: "$match", resourceType: "Patient",
        input: { resourceType: "Parameters", parameter: [{ name: "resource",
            resource: { resourceType: "Patient", name: [{ family: "Preese", given: ["Gwendolin"] }], birthDate: stroke.born } }] },
    });
    const best = bundle.entry[0];
    assert.equal(best.resource.id, id);
    assert.ok(best.search.score > 0.5);
    assert.match(best.search.extension[0].valueCode, /^(certain|probable|possible)$/);
    const wrong = await ask(server, "POST", "/fhir/Patient/$match",
        { headers: { authorization: `Bearer ${bearer}`, "content-type": "application/fhir+json" }, body: "{" });
    assert.equal(wrong.status, 400);
});

test("an answer that the client has is not sent again", async () => {
    const { id } = await findStroke();
    const first = await get(`Patient/${id}`);
    assert.match(first.headers.etag, /^W\/"[0-9a-f]{16}"$/);
    const second = await get(`Patient/${id}`, { "if-none-match": first.headers.etag });
    assert.equal(second.status, 304);
    assert.equal(second.body, "");
});

test("what is not understood is refused, or left out and named when the client asks for that", async () => {
    await refused(client.search({ resourceType: "Patient", searchParams: { shoe: "9" } }), 400);
    await refused(client.search({ resourceType: "Patient", searchParams: { birthdate: "yesterday" } }), 400);
    await refused(client.search({ resourceType: "Patient" }), 400);
    await refused(client.search({ resourceType: "Encounter" }), 400);
    await refused(client.search({ resourceType: "Observation" }), 404);
    assert.equal((await get("Patient?family=preece&_format=xml")).status, 406);
    const lenient = await get("Patient?family=preece&shoe=9", { prefer: "handling=lenient" });
    assert.equal(lenient.status, 200);
    assert.ok(lenient.json.entry.some(({ search, resource }) => search.mode === "outcome" && resource.issue[0].code === "not-supported"));
});

test("no search goes through another resource or includes one", async () => {
    const { id } = await findStroke();
    for (const search of [`Encounter?patient=${id}&_include=Encounter:patient`, "Patient?_has:Encounter:patient:class=IMP", `Patient?_id=${id}&_revinclude=CarePlan:patient`,
        "Encounter?subject:Patient.family=preece", "Encounter?patient.family=preece"]) {
        assert.equal((await get(search)).status, 400, search);
    }
});

test("who may not be known is not there, in reads, searches, counts and matches", async () => {
    const { id, identifier } = await findStroke();
    const number = identifier[0].value;
    for (const headers of [{}, { authorization: "Bearer " + "0".repeat(64) }]) {
        for (const path of [`Patient/${id}`, `Patient?identifier=${number}`, `Encounter?patient=${id}`]) {
            assert.equal((await ask(server, "GET", `/fhir/${path}`, { headers })).status, 401);
        }
    }
    assert.equal((await get(`Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|${number}`)).json.total, 1);
    const strangers = await get("Patient/Pffffffffffffffff");
    assert.equal(strangers.status, 404);
    assert.equal((await get("Encounter?patient=Pffffffffffffffff")).json.total, 0);
    assert.equal((await get("Patient?_id=Pffffffffffffffff&_summary=count")).json.total, 0);
});

test("every read is in the audit log before it is answered", async () => {
    const { id } = await findStroke();
    const count = async () => JSON.parse((await shire(["audit", "log", dir, "--subject", id, "--json"])).stdout).length;
    const before = await count();
    await client.read({ resourceType: "Patient", id });
    assert.equal(await count(), before + 1);
});

await run();
